// Servers of the release build: one that all specs share, and others that a spec starts and stops.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestInfo } from "@playwright/test";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** High limits, for specs that do not test limits. They are settings, so the code of the limits
 *  runs. */
const raisedLimits = {
  NUMBER_SENDS_PER_HOUR: "100000",
  NUMBER_SENDS_PER_DAY: "100000",
  SOURCE_SENDS_PER_HOUR: "100000",
  SOURCE_SENDS_PER_HOUR_WITH_PROOF: "100000",
  PREFIX_UNVERIFIED_PER_DAY: "100000",
  PREFIX_UNVERIFIED_PER_DAY_WITH_PROOF: "100000",
  COUNTRY_UNVERIFIED_PER_HOUR: "100000",
  SMS_BUDGET_PER_DAY: "1000000",
};

export function serverEnvironment(port: number, folder: string): Record<string, string> {
  return {
    ...raisedLimits,
    PUBLIC_ORIGIN: `http://localhost:${port}`,
    LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
    DATABASE_URL: `sqlite://${join(folder, "ringkey.db")}`,
    SECRET_KEY: randomBytes(32).toString("base64"),
    SMS_PROVIDERS: "inbox",
    RUST_LOG: "warn",
  };
}

/** A spec's own server, which can be restarted on the same database. */
export class Server {
  readonly origin: string;
  private readonly folder = mkdtempSync(join(tmpdir(), "ringkey-spec-"));
  private readonly environment: Record<string, string>;
  private process?: ChildProcess;

  constructor(port: number, settings: Record<string, string> = {}) {
    this.origin = `http://localhost:${port}`;
    this.environment = { ...serverEnvironment(port, this.folder), ...settings };
  }

  async start(): Promise<void> {
    this.process = spawn(join(root, "target/release/ringkey"), {
      env: this.environment, cwd: this.folder, stdio: "ignore",
    });
    for (let tries = 0; tries < 200; tries++) {
      const ready = await fetch(`${this.origin}/readyz`).then((answer) => answer.ok, () => false);
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("The server did not start.");
  }

  /** Runs an operator's command on the server's database. */
  run(...command: string[]): void {
    execFileSync(join(root, "target/release/ringkey"), command, {
      env: this.environment, cwd: this.folder, stdio: "ignore",
    });
  }

  /** Runs SQL on the server's database. */
  sql(statement: string): void {
    execFileSync("sqlite3", ["-cmd", ".timeout 5000", join(this.folder, "ringkey.db"), statement]);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process?.once("exit", resolve));
    this.process?.kill("SIGTERM");
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }
}

/** Settings, which may depend on the port of the server. */
type Settings = Record<string, string> | ((port: number) => Record<string, string>);

/** Returns the fixture `baseURL` of a server of the specs' own: with these ports by project, and
 *  these settings. `onStart` gets the server. */
export function ownServer(
  ports: Record<string, number>, settings: Settings = {},
  onStart: (server: Server) => void = () => {},
) {
  return async ({}, use: (origin: string) => Promise<void>, info: TestInfo) => {
    const port = ports[info.project.name] + info.parallelIndex * 10;
    const server = new Server(port, typeof settings === "function" ? settings(port) : settings);
    await server.start();
    onStart(server);
    await use(server.origin);
    await server.remove();
  };
}
