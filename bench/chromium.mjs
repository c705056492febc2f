// Returns the path of Chromium: from CHROMIUM, or under the names that systems use.
import { execSync } from "node:child_process";

export function chromium() {
  const names = [
    process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome",
    "chromium-headless-shell",
  ];
  for (const name of names.filter(Boolean)) {
    try {
      return execSync(`command -v ${name}`, { encoding: "utf8" }).trim();
    } catch {
      // Try the next name.
    }
  }
  throw new Error("There is no Chromium; scripts/setup test installs one.");
}
