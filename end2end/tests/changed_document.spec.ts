// An extension, a translator or a proxy changes the document. The sign-up still succeeds with one
// message, by the islands or by plain forms, and the console has no error.
import type { Locator, Page } from "@playwright/test";
import {
  waitForHydration, codeFor, expect, holdWasm, profileMenu, test, inboxMessages,
} from "./support";
import { CODE, DETAILS, NUMBER, field, submit } from "./steps";

// The page's one warning when it continues without scripts.
test.use({ expectedConsole: /^Ringkey goes on without scripts: / });

/** Changes from public bug reports. Each runs in the page. */
const changes: Record<string, () => void> = {
  "a translator wraps every text": () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const nodes: Text[] = [];
    while (walker.nextNode()) nodes.push(walker.currentNode as Text);
    for (const node of nodes) {
      if (!node.data.trim() || node.parentElement!.closest("script, option")) continue;
      const outer = document.createElement("font");
      const inner = document.createElement("font");
      node.replaceWith(outer);
      inner.append(`«${node.data}»`);
      outer.append(inner);
    }
  },
  "a password manager puts an icon behind every input": () => {
    for (const input of document.querySelectorAll("input"))
      input.after(document.createElement("span"));
  },
  "an extension puts an element before every field": () => {
    for (const label of document.querySelectorAll("label"))
      label.before(document.createElement("div"));
  },
  "an extension puts an element into every form and island": () => {
    for (const place of document.querySelectorAll("form, leptos-island, dialog, .step"))
      place.append(document.createElement("i"));
  },
  "a toolbar becomes the first element of the page": () => {
    document.body.prepend(document.createElement("div"));
  },
  "a proxy removes every comment": () => {
    const walker = document.createTreeWalker(document, NodeFilter.SHOW_COMMENT);
    const nodes: Comment[] = [];
    while (walker.nextNode()) nodes.push(walker.currentNode as Comment);
    nodes.forEach((node) => node.remove());
  },
  "an extension adds attributes everywhere": () => {
    for (const element of document.querySelectorAll("body *"))
      element.setAttribute("data-extension", "1");
  },
};

/** Continues from the current step, in the dialog or on a page, until the menu is there. */
async function signUp(page: Page, phone: string, between: () => Promise<void>): Promise<void> {
  const place = async (): Promise<Locator> => {
    const dialog = page.locator("dialog[open]");
    return (await dialog.count()) ? dialog : page.getByRole("main");
  };
  const number = page.locator(`${NUMBER} [name=phone]`).locator("visible=true");
  await expect(number).toBeVisible();
  await field(await place(), "country").selectOption("IN");
  await field(await place(), "phone").fill(phone);
  await submit(await place(), NUMBER).click();
  const code = page.locator("#code").locator("visible=true");
  await expect(code).toBeVisible();
  await between();
  await code.fill(await codeFor(page.request, phone));
  const details = page.locator("[name=first_name]").locator("visible=true");
  // A complete code is submitted automatically, except by plain forms. Only there the button stays.
  const press = submit(await place(), CODE).click({ timeout: 5_000 }).catch(() => {});
  await Promise.race([press, details.waitFor()]);
  await expect(details).toBeVisible();
  await between();
  await details.fill("Ada");
  await field(await place(), "last_name").fill("Lovelace");
  await field(await place(), "email").fill("ada@example.com");
  await submit(await place(), DETAILS).click();
  await expect(profileMenu(page)).toBeVisible();
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
}

for (const [name, change] of Object.entries(changes)) {
  test(`${name}: before the WASM @scripts`, async ({ page, phone }) => {
    const release = await holdWasm(page);
    await page.goto("/");
    await page.locator("header a[data-opens=sign-up]").click();
    await page.evaluate(change);
    release();
    await page.waitForLoadState("networkidle");
    await signUp(page, phone, async () => {});
  });

  test(`${name}: as the document arrives @scripts`, async ({ page, phone }) => {
    // The change runs while the document is being read, before any script of the page.
    await page.addInitScript(
      `document.addEventListener("readystatechange", ${change}, { once: true, capture: true })`
    );
    await page.goto("/");
    await page.waitForLoadState("networkidle");
    await page.locator("header a[data-opens=sign-up]").click();
    await signUp(page, phone, async () => {});
  });

  test(`${name}: between the steps @scripts`, async ({ page, phone }) => {
    await page.goto("/");
    await waitForHydration(page, true);
    await page.locator("header a[data-opens=sign-up]").click();
    await page.evaluate(change);
    await signUp(page, phone, () => page.evaluate(change));
  });
}

test("an extension's nodes never get a message, and plain forms go on @scripts", async ({
  page, phone,
}) => {
  // This runs on every page after `boot.js` starts to observe and before it fetches anything. An
  // added node in an error's place would pass for the error.
  await page.addInitScript(() => addEventListener("DOMContentLoaded", () => {
    const added = () =>
      Object.assign(document.createElement("div"), { className: "added", textContent: "text" });
    for (const input of document.querySelectorAll("input")) input.after(added());
    for (const error of document.querySelectorAll("[role=alert]")) error.before(added());
  }));
  const place = page.getByRole("main");
  const settled = async (path: RegExp) => {
    await expect(page).toHaveURL(path);
    await page.waitForLoadState("networkidle");
    await expect(page.locator("html")).not.toHaveAttribute("data-hydrated");
  };
  await page.goto("/sign-up");
  await settled(/\/sign-up$/);
  await submit(place, NUMBER).click();
  await expect(place.locator("#phone-error")).toBeVisible();
  await expect(place.locator("#phone-error")).toHaveText("Type your mobile number.");
  await field(place, "country").selectOption("IN");
  await field(place, "phone").fill(phone);
  await submit(place, NUMBER).click();
  await settled(/\/sign-in\/code$/);
  await field(place, "code").fill(await codeFor(page.request, phone));
  await submit(place, CODE).click();
  await settled(/\/sign-in\/details$/);
  await field(place, "first_name").fill("Ada");
  await field(place, "last_name").fill("Lovelace");
  await field(place, "email").fill("ada@");
  await submit(place, DETAILS).click();
  await expect(place.locator("#email-error")).toBeVisible();
  await expect(place.locator("#email-error")).toContainText("does not look like an e-mail address");
  await expect(place.locator(".added").filter({ hasNotText: /^text$/ })).toHaveCount(0);
  await field(place, "email").fill("ada@example.com");
  await submit(place, DETAILS).click();
  await expect(profileMenu(page)).toBeVisible();
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
});

test("a WASM failure is said once, and plain forms go on with the typed text @scripts", async ({
  page, phone,
}) => {
  const said: string[] = [];
  page.on("console", (line) => line.type() === "warning" && said.push(line.text()));
  await page.goto("/");
  await waitForHydration(page, true);
  await page.locator("header a[data-opens=sign-in]").click();
  const dialog = page.locator("dialog");
  await field(dialog, "country").selectOption("IN");
  await field(dialog, "phone").fill(phone);
  await page.evaluate(() => {
    for (let times = 0; times < 2; times++) {
      const error = new WebAssembly.RuntimeError("unreachable");
      dispatchEvent(new ErrorEvent("error", { error, message: "unreachable", cancelable: true }));
    }
  });
  await expect(page.locator("html")).not.toHaveAttribute("data-hydrated", "");
  await expect(dialog).toBeVisible();
  await expect(field(dialog, "country")).toHaveValue("IN");
  await expect(field(dialog, "phone")).toBeFocused();
  await signUp(page, phone, async () => {});
  expect(said.filter((text) => text.startsWith("Ringkey goes on without scripts: ")))
    .toHaveLength(1);
});
