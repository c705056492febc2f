// Starts, watches and stops the measured servers. Each gets an empty folder of its own, which is
// deleted with it.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const LOAD = join(root, "bench/load/target/release/ringkey-load");
export const GATEWAY = 4100;
const TICKS_PER_SECOND = 100; // in /proc, on every current Linux

const base = { PATH: process.env.PATH, HOME: process.env.HOME };

/** The servers: command, folder, settings, and the path that answers first. */
export const SERVERS = {
  ringkey: (...where) => ringkey(join(root, "target"), ...where),
  previous: (...where) => ringkey(join(root, "target/previous/target"), ...where),
  "better-auth": (port, folder) => ({
    command: ["node", join(root, "bench/peers/better-auth/server.mjs")],
    env: {
      NODE_ENV: "production",
      PORT: String(port),
      DATABASE: join(folder, "peer.db"),
      GATEWAY: `http://127.0.0.1:${GATEWAY}`,
    },
    ready: "/api/auth/get-session",
  }),
  next: (port) => ({
    command: [
      "node",
      join(root, "bench/peers/next/node_modules/next/dist/bin/next"),
      "start", "-H", "127.0.0.1", "-p", String(port),
    ],
    cwd: join(root, "bench/peers/next"),
    env: {
      NODE_ENV: "production",
      NEXTAUTH_URL: `http://127.0.0.1:${port}`,
      NEXTAUTH_SECRET: randomBytes(32).toString("base64"),
      GATEWAY: `http://127.0.0.1:${GATEWAY}`,
    },
    ready: "/",
  }),
};

// All limits are on. The budget is raised by its setting, because a load test sends a day's
// messages in minutes.
function ringkey(target, port, folder, gateway) {
  return {
    command: [join(target, "release/ringkey")],
    env: {
      PUBLIC_ORIGIN: `http://127.0.0.1:${port}`,
      LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
      LEPTOS_SITE_ROOT: join(target, "site"),
      DATABASE_URL: `sqlite://${join(folder, "ringkey.db")}`,
      SECRET_KEY: randomBytes(32).toString("base64"),
      AUTHKEY_API_KEY: "bench",
      AUTHKEY_OTP_TEMPLATE_ID: "1",
      AUTHKEY_BASE_URL: `http://127.0.0.1:${gateway}/request`,
      ALLOWED_COUNTRIES: "*",
      TRUSTED_PROXIES: "127.0.0.1",
      SMS_BUDGET_PER_DAY: "10000000",
      RUST_LOG: "warn",
    },
    ready: "/",
  };
}

// A failed run must leave no server behind, because that server would answer the next run.
const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** Starts a server on a port, in an empty folder or the given one. `firstAnswer` is the
 *  milliseconds until its first answer. Servers that are measured at the same time have a gateway
 *  each. */
export async function start(name, port, given, settings = {}, gateway = GATEWAY) {
  const folder = given ?? mkdtempSync(join(tmpdir(), `ringkey-bench-${name}-`));
  const { command, cwd, env, ready } = SERVERS[name](port, folder, gateway);
  const began = performance.now();
  const child = spawn(command[0], command.slice(1), {
    cwd: cwd ?? folder, env: { ...base, ...env, ...settings }, stdio: ["ignore", "ignore", "pipe"],
  });
  running.add(child);
  let stderr = "";
  child.stderr.on("data", (data) => (stderr = (stderr + data).slice(-2_000)));
  const ended = new Promise((done) => child.once("exit", done));
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}${ready}`).then(
      async (answer) => (await answer.arrayBuffer(), answer.ok),
      () => false,
    );
    if (answered && child.exitCode === null) break;
    if (child.exitCode !== null || performance.now() - began > 30_000)
      throw new Error(`${name} did not start: ${stderr}`);
    await new Promise((done) => setTimeout(done, 2));
  }
  const firstAnswer = performance.now() - began;
  return {
    name,
    port,
    gateway,
    folder,
    origin: `http://127.0.0.1:${port}`,
    firstAnswer,
    /** Returns the processor seconds used so far. */
    cpu() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ");
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    },
    /** Returns the peak resident memory in bytes. */
    peakMemory() {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      return Number(/VmHWM:\s+(\d+)/.exec(status)[1]) * 1024;
    },
    stderr: () => stderr,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      running.delete(child);
      if (!given) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs the load with these arguments and returns its results. It fails if any journey fails. */
export function load(command, server, arguments_) {
  const words = [
    command,
    "--server", server.name === "better-auth" ? "better-auth" : "ringkey",
    "--port", String(server.port),
    "--gateway", String(server.gateway),
  ];
  for (const [name, value] of Object.entries(arguments_))
    words.push(`--${name}`, ...(value === true ? [] : [String(value)]));
  return new Promise((done, fail) => {
    const child = spawn(LOAD, words, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (data) => (text += data));
    child.once("exit", (code) => {
      if (code !== 0) return fail(new Error(`the load failed: ${words.join(" ")}`));
      const run = JSON.parse(text);
      const failed = Object.entries(run.failed).map(([why, count]) => `${count} × ${why}`);
      if (failed.length === 0) return done(run);
      return fail(new Error(`${server.name}: ${failed.join(", ")}: ${words.join(" ")}`));
    });
  });
}
