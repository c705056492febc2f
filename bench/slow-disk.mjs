// How many whole sign-ins share a synced commit: the same disk, each of its syncs so much longer, with one writer that commits
// row by row beside Ringkey under load. What a quick disk hides, since there the processor is the bound.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { load, root, start } from "./servers.mjs";

/** Milliseconds: what a synced commit took on the quickest and on the slowest of the disks that we have met. */
export const SYNCS = (process.env.SYNCS ?? "0.6,3.5").split(",").map(Number);
const PORT = 4141;
const CONCURRENCY = 64;
const SECONDS = Number(process.env.SECONDS ?? 6);

function preload() {
  const folder = join(root, "target/bench");
  mkdirSync(folder, { recursive: true });
  const library = join(folder, "slow-sync.so");
  execFileSync("cc", ["-shared", "-fPIC", "-O2", "-o", library, join(root, "bench/slow-sync.c"), "-ldl"]);
  return library;
}

/** Sign-ins and commits a second, with syncs of so many milliseconds more. */
export async function slowDisk(record) {
  const library = preload();
  for (const ms of SYNCS) {
    const slow = { LD_PRELOAD: library, SYNC_MS: String(ms) };
    const measure = `import { syncedCommits } from ${JSON.stringify(join(root, "bench/disk.mjs"))}; console.log(syncedCommits(2))`;
    const rate = Number(execFileSync("node", ["--input-type=module", "-e", measure], { env: { ...process.env, ...slow } }));
    const server = await start("ringkey", PORT, undefined, slow);
    try {
      await load("journeys", server, { kind: "sign-up", first: 0, people: 400, concurrency: 8, seconds: 20 });
      const up = await load("journeys", server, { kind: "sign-up", first: 400, people: 1e6, concurrency: CONCURRENCY, seconds: SECONDS });
      const run = await load("journeys", server, { kind: "sign-in", first: 0, people: up.journeys, concurrency: CONCURRENCY, seconds: SECONDS });
      record(`syncs ${ms} ms longer: commits of the disk a second`, "disk", rate);
      record(`syncs ${ms} ms longer: sign-ins, ${CONCURRENCY} at once, a second`, "ringkey", run.journeys_per_second);
    } finally {
      await server.stop();
    }
  }
}
