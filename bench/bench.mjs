// `make bench` measures Ringkey beside better-auth, the Next.js page and its own previous commit,
// in turns, in one run on one machine. It prints the figures, and ratios over the rounds: the
// median, and in brackets the least and the greatest.
//   node bench/bench.mjs [sign-ins] [client] [start] [growth] [purge] [slow-disk] [postgres]
// Without a name it runs all parts.
// Variables: ROUNDS=3, SECONDS=6 a phase, PREVIOUS=HEAD~1 (or none),
// SIZES=1000,100000,10000000 accounts for growth, DELAY=1 ms to the distant PostgreSQL.
import { cpus } from "node:os";
import { clickToUsable, launch } from "./client.mjs";
import { syncedCommits } from "./disk.mjs";
import { growth, purge } from "./growth.mjs";
import { postgres, ratios as postgresRatios } from "./postgres.mjs";
import { load, start } from "./servers.mjs";
import { SYNCS, slowDisk } from "./slow-disk.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SECONDS = Number(process.env.SECONDS ?? 6);
const previous = process.env.PREVIOUS === "none" ? [] : ["previous"];
const parts = process.argv.slice(2);
const wanted = (part) => parts.length === 0 || parts.includes(part);
const CONCURRENCY = [1, 8, 64];
const STEADY = 200; // sign-ins a second, for the p99 of verify
const FIRST_PORT = 4101;
let sessions = 0; // each run of requests with a session uses new accounts

const results = new Map(); // name → server → one value for each round
const record = (name, server, value) => {
  const servers = results.get(name) ?? results.set(name, new Map()).get(name);
  (servers.get(server) ?? servers.set(server, []).get(server)).push(value);
};
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const round = (value) =>
  (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const spread = (values) =>
  `${round(median(values))} (${round(Math.min(...values))}–${round(Math.max(...values))})`;

async function signIns(name) {
  const server = await start(name, FIRST_PORT);
  try {
    // The first load is small: the limits have no verified codes yet, and the engine warms up.
    await load(
      "journeys", server, { kind: "sign-up", first: 0, people: 400, concurrency: 8, seconds: 20 },
    );
    const measure = async (kind, first, people, concurrency) => {
      const cpu = server.cpu();
      const run =
        await load("journeys", server, { kind, first, people, concurrency, seconds: SECONDS });
      const what = `${kind}s, ${concurrency} at once`;
      record(`${what}: a second`, name, run.journeys_per_second);
      record(`${what}: processor ms each`, name, ((server.cpu() - cpu) / run.journeys) * 1_000);
      for (const [step, { p50, p99 }] of Object.entries(run.steps)) {
        record(`${what}: ${step} p50 ms`, name, p50);
        record(`${what}: ${step} p99 ms`, name, p99);
      }
      return run.journeys;
    };
    const people = 400 + (await measure("sign-up", 400, 1e6, 64));
    // Each person signs in once, in the order of the phases, and again if there are too few people.
    let first = 0;
    for (const concurrency of CONCURRENCY) {
      if (people - first < people / 2) first = 0;
      first += await measure("sign-in", first, people - first, concurrency);
    }
    record("peak memory MB", name, server.peakMemory() / 1e6);
    const session = name === "better-auth" ? "/api/auth/get-session" : "/api/auth/session";
    for (const [what, path, who] of [
      ["session check", session, { "signed-in": true }],
      ...(name === "better-auth" ? [] : [
        ["home page, signed in", "/", { "signed-in": true }],
        ["home page, signed out", "/", {}],
      ]),
    ]) {
      const cpu = server.cpu();
      const run = await load("requests", server, {
        path, ...who, first: 2e6 + 1e6 * sessions++, concurrency: 16, seconds: SECONDS,
      });
      record(`${what}: a second`, name, run.requests_per_second);
      record(
        `${what}: processor µs each`, name, ((server.cpu() - cpu) / run.steps.request.count) * 1e6,
      );
      record(`${what}: p99 ms`, name, run.steps.request.p99);
    }
    if (name !== "better-auth") {
      const steady = await load(
        "journeys", server, { kind: "sign-in", first: 0, people, rate: STEADY, seconds: SECONDS },
      );
      record(`verify at ${STEADY} sign-ins a second: p50 ms`, name, steady.steps.verify.p50);
      record(`verify at ${STEADY} sign-ins a second: p99 ms`, name, steady.steps.verify.p99);
    }
    record("peak memory with all of it MB", name, server.peakMemory() / 1e6);
  } finally {
    await server.stop();
  }
}

async function startUps() {
  for (const name of ["ringkey", "next", "better-auth", ...previous]) {
    const server = await start(name, FIRST_PORT);
    record("start to first answer ms", name, server.firstAnswer);
    record("memory at start MB", name, server.peakMemory() / 1e6);
    await server.stop();
  }
}

async function pages(browser) {
  const names = ["ringkey", "next", ...previous];
  const servers = await Promise.all(names.map((name, i) => start(name, FIRST_PORT + i)));
  try {
    for (const server of servers) {
      for (const when of ["at first sight", "loaded"]) {
        const { took, script } = await clickToUsable(browser, server, when);
        record(`click to usable, ${when} ms`, server.name, took);
        if (when === "loaded") record("bytes of script", server.name, script);
      }
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

const began = performance.now();
// A failed part is printed and makes the whole run fail. The other parts are printed all the same.
let failed = 0;
const part = (running) => running.catch((error) => ((failed = 1), console.error(error.message)));
const browser = wanted("client") ? await launch() : undefined;
for (let i = 0; i < ROUNDS; i++) {
  console.error(`round ${i + 1} of ${ROUNDS}`);
  const alternate = (names) => (i % 2 === 0 ? names : names.toReversed());
  if (wanted("sign-ins")) {
    for (const name of alternate(["ringkey", "better-auth", ...previous])) {
      record("synced commits of the disk a second", "disk", syncedCommits(2));
      await part(signIns(name));
    }
  }
  if (wanted("slow-disk")) await part(slowDisk(record));
  if (wanted("postgres")) await part(postgres(record, alternate(["ringkey", ...previous]), part));
  if (wanted("start")) await part(startUps());
  if (browser) await part(pages(browser));
}
await browser?.close();
const grown = wanted("growth") ? await part(growth(record)) : undefined;
if (wanted("purge")) await part(purge(record));

const machine = `${cpus().length} × ${cpus()[0].model}, Node ${process.version}`;
const took = Math.round((performance.now() - began) / 1_000);
console.log(`\n${machine}, ${ROUNDS} rounds, ${SECONDS} s a phase, ${took} s in all\n`);
console.log("| measured | " + "server | median (least–most) |\n|---|---|---|");
for (const [name, servers] of results) {
  for (const [server, values] of servers)
    console.log(`| ${name} | ${server} | ${spread(values)} |`);
}

const of = (name, server) => results.get(name)?.get(server);
const most = `sign-ins, ${CONCURRENCY.at(-1)} at once: a second`;
// [ratio, ours, theirs, floor, aim]. More is better if the floor is below the aim. The aim of a row
// that has only a floor is infinite.
const rows = [
  ["sign-ins a second / better-auth's", of(most, "ringkey"), of(most, "better-auth"), 10, 25],
  [
    "durable sign-ins a second / the disk's commits",
    of(most, "ringkey"),
    of("synced commits of the disk a second", "disk"),
    0.8, 2,
  ],
  ...SYNCS.map((ms) => [
    `the same where a sync takes ${ms} ms longer`,
    of(`syncs ${ms} ms longer: sign-ins, 64 at once, a second`, "ringkey"),
    of(`syncs ${ms} ms longer: commits of the disk a second`, "disk"),
    0.8, 2,
  ]),
  [
    "peak memory / better-auth's",
    of("peak memory MB", "ringkey"),
    of("peak memory MB", "better-auth"),
    1 / 6, 1 / 10,
  ],
  [
    "session checks a second / better-auth's",
    of("session check: a second", "ringkey"),
    of("session check: a second", "better-auth"),
    10, 40,
  ],
  [
    `verify p99 ms at ${STEADY} sign-ins a second`,
    of(`verify at ${STEADY} sign-ins a second: p99 ms`, "ringkey"),
    [1],
    30, 10,
  ],
  [
    "bytes of script / the Next.js page's",
    of("bytes of script", "ringkey"),
    of("bytes of script", "next"),
    0.7, 0.5,
  ],
  [
    "click at first sight to usable / Next.js",
    of("click to usable, at first sight ms", "ringkey"),
    of("click to usable, at first sight ms", "next"),
    0.7, 0.4,
  ],
  [
    "click on a loaded page to usable / Next.js",
    of("click to usable, loaded ms", "ringkey"),
    of("click to usable, loaded ms", "next"),
    0.7, 0.4,
  ],
  [
    "start to first answer / next start",
    of("start to first answer ms", "ringkey"),
    of("start to first answer ms", "next"),
    1 / 10, 1 / 30,
  ],
  ...(grown ? [["verify p50, most accounts / fewest", grown.most, grown.fewest, 1.5, 1.2]] : []),
  ...(previous.length ? [[
    "sign-ins a second / the previous commit's", of(most, "ringkey"), of(most, "previous"), 0.9, 1,
  ]] : []),
  ...postgresRatios(of),
];
const bound = (value) => (Number.isFinite(value) ? round(value) : "–");
console.log("\n| ratio | seen | floor | aim | |\n|---|---|---|---|---|");
for (const [what, ours, theirs, floor, aim] of rows) {
  if (!ours || !theirs) continue;
  // Each round is divided by the same round of the other. If the numbers of rounds differ, it is
  // divided by the other's median.
  const ratios = ours.map(
    (value, i) => value / (theirs.length === ours.length ? theirs[i] : median(theirs)),
  );
  const seen = median(ratios);
  const reaches = (figure) => (floor < aim ? seen >= figure : seen <= figure);
  const verdict = reaches(aim) ? "aim" : reaches(floor) ? "floor" : "missed";
  console.log(`| ${what} | ${spread(ratios)} | ${bound(floor)} | ${bound(aim)} | ${verdict} |`);
}
process.exit(failed);
