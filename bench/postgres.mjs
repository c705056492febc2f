// Sign-ups and sign-ins on PostgreSQL: an own server with default settings and synced commits, in a
// temporary folder. It shares the machine with Ringkey and the load.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { load, start } from "./servers.mjs";

const SECONDS = Number(process.env.SECONDS ?? 6);
const PORT = 4151;
const CONCURRENCY = [1, 8, 64];

// The shell stops the server at the end of its standard input, that is, when this process ends.
const SCRIPT = `
folder=$(mktemp -d /tmp/ringkey-bench-postgres.XXXXXX) || exit 1
fail() { cat "$folder/log" >&2; exit 1; }
"$1/initdb" --auth=trust --username=postgres -D "$folder/data" >"$folder/log" 2>&1 || fail
"$1/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= >>"$folder/log" 2>&1 &
server=$!
until "$1/pg_isready" -q -h "$folder"; do kill -0 $server || fail; sleep 0.1; done
echo "$folder"
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$folder"
`;

const DEBIAN = "/usr/lib/postgresql";

function programs() {
  const folders =
    existsSync(DEBIAN) ? readdirSync(DEBIAN).map((version) => join(DEBIAN, version, "bin")) : [];
  const found = [...folders.toReversed(), ...process.env.PATH.split(":")].find(
    (folder) => existsSync(join(folder, "initdb")),
  );
  if (!found) throw new Error("PostgreSQL's server is not installed: its part is left out");
  return found;
}

async function database() {
  const shell = ["sh", "-c", SCRIPT, "postgres", programs()];
  // PostgreSQL's server refuses to run as root.
  const command = process.getuid() === 0 ? ["runuser", "-u", "postgres", "--", ...shell] : shell;
  const child =
    spawn(command[0], command.slice(1), { cwd: "/tmp", stdio: ["pipe", "pipe", "inherit"] });
  const folder = await new Promise((done, fail) => {
    child.stdout.once("data", (output) => done(String(output).trim()));
    child.once("exit", () => fail(new Error("PostgreSQL did not start")));
  });
  const ended = new Promise((done) => child.once("exit", done));
  return {
    url: `postgres://postgres@localhost/bench?host=${folder}`,
    stop: () => (child.stdin.end(), ended),
  };
}

/** Records sign-ups and sign-ins a second, and the processor time of Ringkey for each. */
export async function postgres(record) {
  const { url, stop } = await database();
  try {
    const server = await start("ringkey", PORT, undefined, { DATABASE_URL: url });
    try {
      await load(
        "journeys", server, { kind: "sign-up", first: 0, people: 400, concurrency: 8, seconds: 20 },
      );
      let people = 400;
      let first = 0;
      for (const [kind, concurrency] of [
        ["sign-up", CONCURRENCY.at(-1)],
        ...CONCURRENCY.map((concurrency) => ["sign-in", concurrency]),
      ]) {
        const half = Math.floor(people / 2);
        const who = kind === "sign-up"
          ? { first: people, people: 1e6 }
          : { first: first % half, people: half };
        const cpu = server.cpu();
        const run = await load("journeys", server, { kind, ...who, concurrency, seconds: SECONDS });
        if (kind === "sign-up") people += run.journeys;
        else first += run.journeys;
        const what = `on PostgreSQL: ${kind}s, ${concurrency} at once`;
        record(`${what}: a second`, "ringkey", run.journeys_per_second);
        record(
          `${what}: processor ms each`, "ringkey", ((server.cpu() - cpu) / run.journeys) * 1_000,
        );
        for (const step of ["send", "verify"])
          record(`${what}: ${step} p50 ms`, "ringkey", run.steps[step].p50);
      }
    } finally {
      await server.stop();
    }
  } finally {
    await stop();
  }
}
