// Where Chromium is: CHROMIUM, or what the system calls it.
import { execSync } from "node:child_process";

export function chromium() {
  for (const name of [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"].filter(Boolean)) {
    try {
      return execSync(`command -v ${name}`, { encoding: "utf8" }).trim();
    } catch {
      // The next one.
    }
  }
  throw new Error("There is no Chromium; scripts/setup test installs one.");
}
