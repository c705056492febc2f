// The cost of the page for a person: the bytes of script, and the time from the click on Sign in to
// a usable dialog. Measured in Chromium, page by page in turn, on a slow phone and network with an
// empty cache.
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "./chromium.mjs";
import { root } from "./servers.mjs";

const { chromium: engine } = createRequire(join(root, "end2end/package.json"))("playwright-core");

/** The fourfold slowdown of Lighthouse's phone, and the network profile Slow 4G of Chromium's
 *  developer tools. */
const CPU = 4;
const SLOW_4G = {
  offline: false, latency: 562.5, downloadThroughput: 1.44e6 / 8, uploadThroughput: 675e3 / 8,
};

/** The selectors of the button, and of the field in which a person types next. */
const PAGES = {
  ringkey: {
    opener: "header a[href^='/sign-in']",
    field: "dialog[open] input[name=phone], main input[name=phone]",
  },
  next: { opener: "header nav button", field: "dialog[open] input[name=phone]" },
};
PAGES.previous = PAGES.ringkey;

export function launch() {
  return engine.launch({ executablePath: chromium(), args: ["--no-sandbox", "--disable-gpu"] });
}

/** A page with an empty cache on a slow machine and network, and the bytes of script that it
 *  loaded. */
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

/** Runs in the page before its scripts. Stores the times of the first click and of the painted,
 *  focused field. */
function watch(field) {
  const now = (timeStamp) => performance.timeOrigin + timeStamp;
  const isUsable = () =>
    document.activeElement?.matches(field) && document.activeElement.getClientRects().length > 0;
  try {
    addEventListener(
      "pointerdown", (event) => (sessionStorage.clicked ??= now(event.timeStamp)), true,
    );
    // The next frame begins after the frame with the focus was handed over for painting.
    let shown = false;
    requestAnimationFrame(function look(time) {
      if (shown) sessionStorage.usable = now(time);
      shown = Boolean(sessionStorage.clicked) && isUsable();
      if (!sessionStorage.usable) requestAnimationFrame(look);
    });
  } catch {
    // An empty page has no storage.
  }
}

/** Returns the milliseconds from the first click to a focused field. The click is made as soon as
 *  the button is there, or once everything is loaded. */
export async function clickToUsable(browser, server, when) {
  const { opener, field } = PAGES[server.name];
  const { context, page, bytes } = await slowPage(browser);
  await page.addInitScript(watch, field);
  await page.goto(server.origin, { waitUntil: "commit" });
  if (when === "loaded") await page.waitForLoadState("networkidle");
  const button = page.locator(opener).first();
  await button.waitFor({ state: "visible" });
  // A click without effect is repeated, as a person would do. If it leads to another page, this
  // waits. The time starts with the first click.
  let took;
  let leaves = false;
  page.on("request", (request) => (leaves ||= request.isNavigationRequest()));
  for (let tries = 0; took === undefined && tries < 60; tries++) {
    const box = leaves ? null : await button.boundingBox({ timeout: 500 }).catch(() => null);
    if (box) await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    const seen = page.waitForFunction(
      () => sessionStorage.usable && sessionStorage.usable - sessionStorage.clicked,
      null,
      { timeout: 500 },
    );
    took = await seen.then((handle) => handle.jsonValue(), () => undefined);
  }
  if (took === undefined) throw new Error(`${server.name}: nothing heard the click`);
  await page.waitForLoadState("networkidle");
  const script = bytes();
  await context.close();
  return { took, script };
}
