// The journey on databases of 10^3, 10^5 and 10^7 accounts, each account with its session,
// device and history; the size of these databases; and the journey during a large purge. The
// databases are made once and kept in target/bench.
import { createHash } from "node:crypto";
import {
  copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync,
  statSync, writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load, root, start } from "./servers.mjs";

const SIZES = (process.env.SIZES ?? "1000,100000,10000000").split(",").map(Number);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SECONDS = Number(process.env.SECONDS ?? 6);
const PORT = 4131;
const RATE = 50;
// Half of the sessions and history in the database that is purged have expired.
const PURGED = 2_000_000; // accounts
const DAY = 86_400;

const Database =
  createRequire(join(root, "bench/peers/better-auth/package.json"))("better-sqlite3");
const migrations = readdirSync(join(root, "migrations/sqlite")).sort();
const schema = migrations.map(
  (file) => readFileSync(join(root, "migrations/sqlite", file), "utf8"),
);

/** The person's number, by the same formula as in bench/load. */
const mobile = (person) => 9_800_000_000 + Number((BigInt(person) * 70_000_007n) % 200_000_000n);

/** Returns a folder with a database of so many accounts. Rows are inserted in the order of their
 *  keys, which is fast. */
function ensureDatabase(accounts) {
  const schemaHash = createHash("sha256").update(schema.join()).digest("hex").slice(0, 8);
  const folder = join(root, "target/bench", `${accounts}-${schemaHash}`);
  if (existsSync(join(folder, "bytes"))) return folder;
  rmSync(folder, { recursive: true, force: true });
  console.error(`making a database of ${accounts} accounts`);
  const temporary = `${folder}.temporary`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const database = new Database(join(temporary, "ringkey.db"));
  database.exec(`
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    PRAGMA cache_size = -500000; PRAGMA temp_store = MEMORY
  `);
  for (const sql of schema) database.exec(sql);
  database.pragma(`user_version = ${schema.length}`);
  const numbers = new Float64Array(accounts).map((_, person) => mobile(person)).sort();
  const now = Math.floor(Date.now() / 1_000);
  database.exec(
    "CREATE TEMP TABLE people (n INTEGER PRIMARY KEY, key TEXT, phone TEXT, came INTEGER)",
  );
  const person = database.prepare("INSERT INTO people VALUES (?, ?, ?, ?)");
  database.transaction(() => {
    // Keys are as long and as far apart as real ones. Each person's last sign-in is in the last 30
    // days.
    numbers.forEach((number, n) => {
      const key = Math.floor((n / accounts) * 2 ** 52).toString(16).padStart(13, "0");
      person.run(n, key, `+91${number}`, now - 30 * DAY + Math.floor((n / accounts) * 30 * DAY));
    });
    database.exec(`
      INSERT INTO users
        SELECT key || 'abcdefghi', phone, 'Ada', 'Lovelace', 'ada' || n || '@example.com', came
        FROM people;
      INSERT INTO sessions
        SELECT key || 'abcdefghi', CAST(key || '0123456789012345678' AS BLOB), 'key-0001', came,
        came, came + 14 * ${DAY}, NULL FROM people;
      INSERT INTO devices
        SELECT key || 'abcdefghi', CAST(key || '9876543210987654321' AS BLOB), came,
        came + 180 * ${DAY} FROM people;
      INSERT INTO audit (occurred_at, event, user_id, source)
        SELECT came, 'signed_up', key || 'abcdefghi', NULL FROM people;
      INSERT INTO audit (occurred_at, event, user_id, source)
        SELECT came, 'signed_in', key || 'abcdefghi', '203.0.113.0/24' FROM people;
      INSERT INTO challenges (id, phone, purpose, nonce, key_id, code_length, reference, attempts,
        max_attempts, cooldown_step, created_at, sent_at, resend_at, expires_at, consumed_at,
        attempt_budget, refunded_at, country, client_address, client_subnet)
        SELECT CAST(key || '5555555555555555555' AS BLOB), phone, 'sign_in', randomblob(16),
        'key-0001', 6, 'K7QX', 0, 5, 1, came, came, came + 30, came + 300, came + 20,
        phone || '/old', came + 20, 'IN', '203.0.113.7', '203.0.113.0/24'
        FROM people WHERE came > ${now - 2 * DAY};
      INSERT INTO counters SELECT phone || '/sent/number', ${now - DAY}, 1
        FROM people WHERE came > ${now - 2 * DAY};
    `);
  })();
  database.pragma("journal_mode = WAL");
  database.close();
  // The size is stored now, because each run adds rows.
  writeFileSync(join(temporary, "bytes"), String(statSync(join(temporary, "ringkey.db")).size));
  renameSync(temporary, folder);
  return folder;
}

/** Adds the shared counters as after a busy day: all buckets exist, with small counts. */
function fillSharedCounters(file) {
  const database = new Database(file);
  const now = Math.floor(Date.now() / 1_000);
  const bucket = database.prepare("INSERT INTO counters VALUES (?, ?, 1) ON CONFLICT DO NOTHING");
  const prefixes = Array.from({ length: 20 }, (_, nth) => `91${980 + nth}`);
  const places = [["IN", "country", 900], ...prefixes.map((prefix) => [prefix, "prefix", 1_800])];
  const counters = places.flatMap(([owner, kind, width]) =>
    ["sent", "verified"].map((count) => [`${owner}/${count}/${kind}`, width]));
  database.transaction(() => {
    for (const [name, width] of [
      ...counters, ["spent", 900], ["spent-verified", 900], ["failed-attempts", 300],
    ]) {
      for (let at = now - (now % width); at > now - DAY; at -= width) bucket.run(name, at);
    }
  })();
  database.close();
}

/** Records the figures. Returns the p50 of verify for the most and the fewest accounts, one value
 *  for each round. */
export async function growth(record) {
  const p50 = new Map(SIZES.map((size) => [size, []]));
  for (const size of SIZES) {
    record(
      "bytes on disk an account",
      `${size} accounts`,
      Number(readFileSync(join(ensureDatabase(size), "bytes"), "utf8")) / size,
    );
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const size of round % 2 === 0 ? SIZES : SIZES.toReversed()) {
      const folder = ensureDatabase(size);
      fillSharedCounters(join(folder, "ringkey.db"));
      const server = await start("ringkey", PORT, folder);
      try {
        // New people come first, so that the limits count verified codes here.
        const first = 50_000_000 + 10_000 * (round + 1);
        await load(
          "journeys", server, { kind: "sign-up", first, people: 400, concurrency: 8, seconds: 20 },
        );
        const people = Math.min(size, RATE * SECONDS * 2);
        const run = await load("journeys", server, {
          kind: "sign-in",
          first: (round * people) % (size - people + 1),
          people,
          rate: RATE,
          seconds: SECONDS * 2,
        });
        for (const step of ["send", "verify", "session"]) {
          record(`${step}, ${RATE} a second: p50 ms`, `${size} accounts`, run.steps[step].p50);
          record(`${step}, ${RATE} a second: p99 ms`, `${size} accounts`, run.steps[step].p99);
        }
        p50.get(size).push(run.steps.verify.p50);
      } finally {
        await server.stop();
      }
    }
  }
  return { most: p50.get(SIZES.at(-1)), fewest: p50.get(SIZES[0]) };
}

/** The time of the server's first purge, in milliseconds after its start. */
const FIRST_PURGE = 600_000;

/** Records verify while half of a database is purged, and afterwards. */
export async function purge(record) {
  for (let round = 0; round < ROUNDS; round++) {
    const folder = mkdtempSync(join(tmpdir(), "ringkey-bench-purge-"));
    const file = join(folder, "ringkey.db");
    copyFileSync(join(ensureDatabase(PURGED), "ringkey.db"), file);
    const database = new Database(file);
    database.pragma("synchronous = OFF");
    const half = PURGED / 2;
    database.exec(`
      UPDATE sessions SET expires_at = 1 WHERE user_id IN (SELECT id FROM users LIMIT ${half});
      UPDATE audit SET occurred_at = 1 WHERE id <= ${half * 2}
    `);
    // The newest code must be recent: if the clock is days away from it, nothing is purged for a
    // day.
    database.exec(`
      UPDATE challenges SET expires_at = unixepoch()
      WHERE id = (SELECT id FROM challenges ORDER BY expires_at DESC LIMIT 1)
    `);
    database.pragma("wal_checkpoint(TRUNCATE)");
    database.close();
    const started = performance.now();
    const server = await start("ringkey", PORT, folder, {
      RUST_LOG: "warn,ringkey::server::background_jobs=info", NO_COLOR: "1",
    });
    try {
      let people = 50_000_000;
      await load("journeys", server, {
        kind: "sign-up", first: people, people: 400, concurrency: 8, seconds: 20,
      });
      await new Promise(
        (done) => setTimeout(done, started + FIRST_PURGE + 5_000 - performance.now()),
      );
      for (const when of ["during", "after"]) {
        const began = performance.now();
        while (when === "after" && !/rows=(\d+)/.test(server.stderr())) {
          if (performance.now() - began > 300_000) throw new Error("the purge does not end");
          await new Promise((done) => setTimeout(done, 500));
        }
        const run = await load("journeys", server, {
          kind: "sign-up", first: (people += 10_000), people: 1e6, rate: RATE, seconds: SECONDS,
        });
        if (when === "during" && /rows=/.test(server.stderr()))
          throw new Error("the purge was over before the load");
        record(`verify, ${RATE} a second: p50 ms`, `${when} a purge`, run.steps.verify.p50);
        record(`verify, ${RATE} a second: p99 ms`, `${when} a purge`, run.steps.verify.p99);
      }
      record("rows purged", "ringkey", Number(/rows=(\d+)/.exec(server.stderr())[1]));
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
