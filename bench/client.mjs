// What the page costs a person: bytes of script, and how long from the click on Sign in to a dialog that can be used, on a slow
// phone and network, with nothing cached. In Chromium, page by page in turn.
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "./chromium.mjs";
import { root } from "./servers.mjs";

const { chromium: engine } = createRequire(join(root, "end2end/package.json"))("playwright-core");

/** The four-fold slowdown of Lighthouse's phone, and the network that Chromium's developer tools call Slow 4G. */
const CPU = 4;
const SLOW_4G = { offline: false, latency: 562.5, downloadThroughput: 1.44e6 / 8, uploadThroughput: 675e3 / 8 };

/** Where the button is, and the field that a person types into next. */
const PAGES = {
  ringkey: { opener: "header a[href^='/sign-in']", field: "dialog[open] input[name=phone], main input[name=phone]" },
  next: { opener: "header nav button", field: "dialog[open] input[name=phone]" },
};
PAGES.previous = PAGES.ringkey;

export function launch() {
  return engine.launch({ executablePath: chromium(), args: ["--no-sandbox", "--disable-gpu"] });
}

/** A page with nothing cached on a slow machine and network, and the bytes of script that it took. */
async function slowPage(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", SLOW_4G);
  await session.send("Emulation.setCPUThrottlingRate", { rate: CPU });
  const scripts = new Set();
  let bytes = 0;
  session.on("Network.responseReceived", ({ requestId, response }) => {
    if (/javascript|wasm/.test(response.mimeType)) scripts.add(requestId);
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  return { context, page, bytes: () => bytes };
}

/** Milliseconds from a person's first click, as soon as the button is there or once all is loaded, to a field with the focus. */
export async function clickToUsable(browser, server, when) {
  const { opener, field } = PAGES[server.name];
  const { context, page, bytes } = await slowPage(browser);
  const loaded = page.goto(server.origin, { waitUntil: "networkidle" });
  if (when === "loaded") await loaded;
  await page.locator(opener).first().waitFor({ state: "visible" });
  const began = performance.now();
  const usable = page.waitForFunction(
    (selector) => {
      const input = document.querySelector(selector);
      return input !== null && input === document.activeElement && input.getClientRects().length > 0;
    },
    field,
    { polling: "raf", timeout: 60_000 },
  );
  // A click that nothing heard is made again, as a person would.
  const clicks = (async () => {
    for (let tries = 0; tries < 60; tries++) {
      await page.locator(opener).first().click({ noWaitAfter: true, timeout: 500 }).catch(() => {});
      if (await Promise.race([usable.then(() => true), new Promise((done) => setTimeout(() => done(false), 500))])) return;
    }
  })();
  await usable;
  const took = performance.now() - began;
  await Promise.allSettled([clicks, loaded]);
  await page.waitForLoadState("networkidle");
  const script = bytes();
  await context.close();
  return { took, script };
}
