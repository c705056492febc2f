// The synced commits a second of this disk: one writer with one row a commit, on SQLite with WAL
// and FULL.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./servers.mjs";

const Database =
  createRequire(join(root, "bench/peers/better-auth/package.json"))("better-sqlite3");

export function syncedCommits(seconds) {
  const folder = mkdtempSync(join(tmpdir(), "ringkey-bench-disk-"));
  const database = new Database(join(folder, "disk.db"));
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)");
  const insert = database.prepare("INSERT INTO rows (text) VALUES (?)");
  const text = "x".repeat(100);
  const began = performance.now();
  let commits = 0;
  while (performance.now() - began < seconds * 1_000) {
    insert.run(text);
    commits += 1;
  }
  const rate = commits / ((performance.now() - began) / 1_000);
  database.close();
  rmSync(folder, { recursive: true, force: true });
  return rate;
}
