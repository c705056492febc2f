// Runs Chromium against the release build: with scripts, without scripts, and at a phone's size.
import { execSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig, devices } from "@playwright/test";
import { serverEnvironment } from "./tests/server";

export const PORT = 3210;

const names = [
  process.env.CHROMIUM, "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome",
].filter(Boolean) as string[];
// If none is on PATH, Playwright uses its own, which `scripts/setup` installs.
const executablePath = names.map((name) => which(name)).find(Boolean);

function which(name: string): string | undefined {
  try {
    return execSync(`command -v ${name}`, { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

const desktop = { ...devices["Desktop Chrome"], viewport: { width: 1280, height: 800 } };

export default defineConfig({
  testDir: "tests",
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: 2,
  timeout: 30_000,
  expect: { timeout: 7_000 },
  reporter: [["list"]],
  use: {
    baseURL: `http://localhost:${PORT}`,
    locale: "en-IN",
    launchOptions: {
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    },
  },
  projects: [
    { name: "scripts", use: desktop },
    { name: "no-scripts", use: { ...desktop, javaScriptEnabled: false }, grepInvert: /@scripts/ },
    {
      name: "phone",
      use: {
        ...desktop, viewport: { width: 360, height: 740 }, hasTouch: true, deviceScaleFactor: 2,
      },
    },
  ],
  webServer: {
    command: "../target/release/ringkey",
    url: `http://localhost:${PORT}/readyz`,
    env: serverEnvironment(PORT, mkdtempSync(join(tmpdir(), "ringkey-end2end-"))),
    reuseExistingServer: false,
  },
});
