// Sign-ups and sign-ins on PostgreSQL: an own server with default settings and synced commits, in a
// temporary folder. It shares the machine with Ringkey and the load. It is measured through its
// socket, and through a proxy that adds a millisecond to each round trip, as if it were on another
// machine. Each measurement has a database of its own.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { GATEWAY, LOAD, load, start } from "./servers.mjs";

const SECONDS = Number(process.env.SECONDS ?? 6);
const PORT = 4151; // of the first instance
const SECOND_GATEWAY = 4158;
const DATABASE_PORT = 4161;
const PROXY_PORT = 4162;
const CONCURRENCY = [1, 8, 64];
const MOST = CONCURRENCY.at(-1);
const FIRST_PEOPLE = 400;
const PEOPLE_PER_INSTANCE = 1e6; // no instance signs up more
const SESSION_CHECKS = 2; // people who read their session all the while
const NEAR = "on PostgreSQL";
// The milliseconds that the proxy adds to each round trip.
const DELAY = Number(process.env.DELAY ?? 1);
const AWAY = `on PostgreSQL ${DELAY} ms away`;

// The shell stops the server at the end of its standard input, that is, when this process ends.
const SCRIPT = `
folder=$(mktemp -d /tmp/ringkey-bench-postgres.XXXXXX) || exit 1
fail() { cat "$folder/log" >&2; exit 1; }
"$1/initdb" --auth=trust --username=postgres -D "$folder/data" >"$folder/log" 2>&1 || fail
"$1/postgres" -D "$folder/data" -k "$folder" -p "$2" -c listen_addresses=127.0.0.1 \\
  >>"$folder/log" 2>&1 &
server=$!
until "$1/pg_isready" -q -h "$folder" -p "$2"; do kill -0 $server || fail; sleep 0.1; done
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

async function startDatabase() {
  const shell = ["sh", "-c", SCRIPT, "postgres", programs(), String(DATABASE_PORT)];
  // PostgreSQL's server refuses to run as root.
  const command = process.getuid() === 0 ? ["runuser", "-u", "postgres", "--", ...shell] : shell;
  const child =
    spawn(command[0], command.slice(1), { cwd: "/tmp", stdio: ["pipe", "pipe", "inherit"] });
  const { output, stop } = await started(child, "PostgreSQL");
  let databases = 0;
  return {
    /** Returns the URL of a new database, through the socket. */
    near: () =>
      `postgres://postgres@localhost:${DATABASE_PORT}/bench${databases++}?host=${output}`,
    /** Returns the URL of a new database, through the proxy. */
    away: () => `postgres://postgres@127.0.0.1:${PROXY_PORT}/bench${databases++}`,
    stop,
  };
}

function startProxy() {
  const words = [
    "delay", "--listen", PROXY_PORT, "--to", `127.0.0.1:${DATABASE_PORT}`, "--milliseconds", DELAY,
  ];
  return started(spawn(LOAD, words.map(String), { stdio: ["pipe", "pipe", "inherit"] }), "delay");
}

/** Waits for the first line of a process that ends with its standard input. */
async function started(child, name) {
  const output = await new Promise((done, fail) => {
    child.stdout.once("data", (output) => done(String(output).trim()));
    child.once("exit", () => fail(new Error(`${name} did not start`)));
  });
  const ended = new Promise((done) => child.once("exit", done));
  return { output, stop: () => (child.stdin.end(), ended) };
}

/** Starts instances on one database, measures them and stops them. */
async function withInstances(name, url, count, measure) {
  const settings = { DATABASE_URL: url, SECRET_KEY: randomBytes(32).toString("base64") };
  const servers = [];
  try {
    for (const gateway of [GATEWAY, SECOND_GATEWAY].slice(0, count)) {
      servers.push(await start(name, PORT + servers.length, undefined, settings, gateway));
    }
    return await measure(servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

const signUpFirst = (server, first = 0, numbers = "india") => load("journeys", server, {
  kind: "sign-up", first, people: FIRST_PEOPLE, numbers, concurrency: 8, seconds: 60,
});

/** Signs people up and in again, which is not measured. Returns their number. Each person gets at
 *  most four messages, with those of two phases, so that no limit on a number is reached. */
async function prepare(server, first, numbers) {
  await signUpFirst(server, first, numbers);
  const all = { numbers, concurrency: MOST };
  const run = await load("journeys", server, {
    kind: "sign-up", first: first + FIRST_PEOPLE, people: PEOPLE_PER_INSTANCE / 2, ...all,
    seconds: SECONDS,
  });
  const people = FIRST_PEOPLE + run.journeys;
  await load("journeys", server, { kind: "sign-in", first, people, ...all, seconds: 1 });
  return people;
}

async function near(record, name, url) {
  await withInstances(name, url, 1, async ([server]) => {
    await signUpFirst(server);
    let people = FIRST_PEOPLE;
    let first = 0;
    for (const [kind, concurrency] of [
      ["sign-up", MOST],
      ...CONCURRENCY.map((concurrency) => ["sign-in", concurrency]),
    ]) {
      const half = Math.floor(people / 2);
      const who = kind === "sign-up"
        ? { first: people, people: PEOPLE_PER_INSTANCE }
        : { first: first % half, people: half };
      const cpu = server.cpu();
      const run = await load("journeys", server, { kind, ...who, concurrency, seconds: SECONDS });
      if (kind === "sign-up") people += run.journeys;
      else first += run.journeys;
      const what = `${NEAR}: ${kind}s, ${concurrency} at once`;
      record(`${what}: a second`, name, run.journeys_per_second);
      record(`${what}: processor ms each`, name, ((server.cpu() - cpu) / run.journeys) * 1_000);
      for (const step of ["send", "verify"])
        record(`${what}: ${step} p50 ms`, name, run.steps[step].p50);
    }
  });
}

/** Measures one instance, with session checks beside the sign-ins. */
async function away(record, name, url) {
  await withInstances(name, url, 1, async ([server]) => {
    const people = await prepare(server, 0, "india");
    for (const concurrency of [8, MOST]) {
      const run = await load("journeys", server, {
        kind: "sign-in", first: 0, people, concurrency, seconds: SECONDS,
        "session-checks": SESSION_CHECKS,
      });
      const what = `${AWAY}: sign-ins, ${concurrency} at once`;
      record(`${what}: a second`, name, run.journeys_per_second);
      record(`${what}: verify p50 ms`, name, run.steps.verify.p50);
      record(`${what}: session check p50 ms`, name, run.steps["session-check"].p50);
    }
  });
}

/** Measures so many instances with people of these numbers. Returns the sign-ins a second of all
 *  instances together. */
function signIns(name, url, instances, numbers) {
  return withInstances(name, url, instances, async (servers) => {
    const first = (i) => i * PEOPLE_PER_INSTANCE;
    const people =
      await Promise.all(servers.map((server, i) => prepare(server, first(i), numbers)));
    const runs = await Promise.all(servers.map((server, i) => load("journeys", server, {
      kind: "sign-in", first: first(i), people: people[i], numbers, concurrency: MOST,
      seconds: SECONDS,
    })));
    return runs.reduce((sum, run) => sum + run.journeys_per_second, 0);
  });
}

const awayRow = (where) => `${AWAY}: sign-ins, ${MOST} at once ${where}: a second`;
// [row, instances, numbers]
const KINDS = [
  [awayRow("on each of two instances"), 2, "india"],
  [awayRow("in one prefix"), 1, "prefix"],
  [awayRow("in eight countries"), 1, "countries"],
];

/** Records the figures of these servers. A measurement that fails is left to `part`, and the others
 *  are made all the same. */
export async function postgres(record, names, part) {
  const database = await startDatabase();
  try {
    const proxy = await startProxy();
    try {
      for (const name of names) {
        await part(near(record, name, database.near()));
        await part(away(record, name, database.away()));
        for (const [row, instances, numbers] of KINDS) {
          await part(signIns(name, database.away(), instances, numbers).then(
            (rate) => record(row, name, rate),
          ));
        }
      }
    } finally {
      await proxy.stop();
    }
  } finally {
    await database.stop();
  }
}

/** Returns the rows of the table of ratios. `of` returns the values of a row and a server. */
export function ratios(of) {
  const row = (where, concurrency, figure = "a second") =>
    `${where}: sign-ins, ${concurrency} at once: ${figure}`;
  const ours = (what) => of(what, "ringkey");
  const previous = (what) => of(what, "previous");
  const [[two], [prefix], [countries]] = KINDS;
  const session = row(AWAY, MOST, "session check p50 ms");
  const at = `${MOST} at once`;
  return [
    [`${NEAR}: ${at} / 8 at once`, ours(row(NEAR, MOST)), ours(row(NEAR, 8)), 1, Infinity],
    [`${AWAY}: ${at} / 8 at once`, ours(row(AWAY, MOST)), ours(row(AWAY, 8)), 1, Infinity],
    [`${AWAY}: two instances / one`, ours(two), ours(row(AWAY, MOST)), 1.7, Infinity],
    [`${AWAY}: one prefix / eight countries`, ours(prefix), ours(countries), 0.8, Infinity],
    [`${AWAY}: session check p50 ms, ${at}`, ours(session), [1], 3, -Infinity],
    [`${NEAR}: ${at} / previous`, ours(row(NEAR, MOST)), previous(row(NEAR, MOST)), 1.5, Infinity],
    [`${AWAY}: ${at} / previous`, ours(row(AWAY, MOST)), previous(row(AWAY, MOST)), 5, Infinity],
  ];
}
