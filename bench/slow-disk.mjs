// Sign-ins for each synced commit on slower disks: each sync is made longer, for one writer that
// commits row by row and for Ringkey under load. On a quick disk the processor is the limit and
// hides this.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { load, root, start } from "./servers.mjs";

/** Milliseconds to add: the time of a synced commit on the quickest and on the slowest disk that we
 *  have met. */
export const SYNCS = (process.env.SYNCS ?? "0.6,3.5").split(",").map(Number);
const PORT = 4141;
const CONCURRENCY = 64;
const SECONDS = Number(process.env.SECONDS ?? 6);

function preload() {
  const folder = join(root, "target/bench");
  mkdirSync(folder, { recursive: true });
  const library = join(folder, "slow-sync.so");
  execFileSync(
    "cc", ["-shared", "-fPIC", "-O2", "-o", library, join(root, "bench/slow-sync.c"), "-ldl"],
  );
  return library;
}

/** Records sign-ins and commits a second, for each added time. */
export async function slowDisk(record) {
  const library = preload();
  for (const ms of SYNCS) {
    const slow = { LD_PRELOAD: library, SYNC_MS: String(ms) };
    const disk = JSON.stringify(join(root, "bench/disk.mjs"));
    const measure = `import { syncedCommits } from ${disk}; console.log(syncedCommits(2))`;
    const rate = Number(execFileSync(
      "node", ["--input-type=module", "-e", measure], { env: { ...process.env, ...slow } },
    ));
    const server = await start("ringkey", PORT, undefined, slow);
    try {
      await load(
        "journeys", server, { kind: "sign-up", first: 0, people: 400, concurrency: 8, seconds: 20 },
      );
      const up = await load("journeys", server, {
        kind: "sign-up", first: 400, people: 1e6, concurrency: CONCURRENCY, seconds: SECONDS,
      });
      const run = await load("journeys", server, {
        kind: "sign-in", first: 0, people: up.journeys, concurrency: CONCURRENCY, seconds: SECONDS,
      });
      record(`syncs ${ms} ms longer: commits of the disk a second`, "disk", rate);
      record(
        `syncs ${ms} ms longer: sign-ins, ${CONCURRENCY} at once, a second`,
        "ringkey",
        run.journeys_per_second,
      );
    } finally {
      await server.stop();
    }
  }
}
