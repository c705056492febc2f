// Runs Lighthouse's mobile preset on the home page and the sign-in page of the release build.
// Prints the scores. Fails below the floors: 100 for accessibility, best practices and SEO, 98 for
// performance, and no layout shift.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import lighthouse from "lighthouse";
import { launch } from "chrome-launcher";
import { chromium } from "./chromium.mjs";

const FLOORS = { performance: 98, accessibility: 100, "best-practices": 100, seo: 100 };
const RUNS = 3;
const PORT = 3220;
const origin = `http://localhost:${PORT}`;
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const folder = mkdtempSync(join(tmpdir(), "ringkey-lighthouse-"));

const server = spawn(join(root, "target/release/ringkey"), {
  cwd: folder,
  stdio: "ignore",
  env: {
    PUBLIC_ORIGIN: origin,
    LEPTOS_SITE_ADDR: `127.0.0.1:${PORT}`,
    DATABASE_URL: `sqlite://${join(folder, "ringkey.db")}`,
    SECRET_KEY: randomBytes(32).toString("base64"),
    // A deployment lists its countries. By default the page with all countries is measured.
    ALLOWED_COUNTRIES: process.env.ALLOWED_COUNTRIES ?? "*",
  },
});

async function ready() {
  for (let tries = 0; tries < 200; tries++) {
    if (await fetch(`${origin}/readyz`).then((answer) => answer.ok, () => false)) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error("The server did not start.");
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

let failed = false;
try {
  await ready();
  const chrome = await launch({
    chromePath: chromium(), chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"],
  });
  for (const path of ["/", "/sign-in"]) {
    const reports = [];
    for (let run = 0; run < RUNS; run++) {
      const { lhr } =
        await lighthouse(origin + path, { port: chrome.port, output: "json", logLevel: "error" });
      reports.push(lhr);
    }
    for (const [name, floor] of Object.entries(FLOORS)) {
      const scores = reports.map((report) => Math.round(report.categories[name].score * 100));
      const score = name === "performance" ? median(scores) : Math.min(...scores);
      if (score < floor) failed = true;
      const missed = score < floor ? ` (floor ${floor})` : "";
      console.log(`${path}\t${name}\t${score}${missed}\truns ${scores.join(" ")}`);
    }
    const figure = (id) => median(reports.map((report) => report.audits[id].numericValue));
    const shift = Math.max(
      ...reports.map((report) => report.audits["cumulative-layout-shift"].numericValue),
    );
    if (shift > 0) failed = true;
    const [paint, blocked] =
      [figure("largest-contentful-paint"), figure("total-blocking-time")].map(Math.round);
    console.log(`${path}\tlargest paint ${paint} ms, blocked ${blocked} ms, layout shift ${shift}`);
    for (const { id, title, score, displayValue } of Object.values(reports[0].audits)) {
      if (score !== null && score < 0.9)
        console.log(`${path}\t  ${id}: ${title} ${displayValue ?? ""}`);
    }
  }
  chrome.kill();
} finally {
  server.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
