// However a session ends, no field holds the last person's text. Clear-Site-Data does not help
// here.
import type { BrowserContext, Page } from "@playwright/test";
import { ownServer, type Server } from "./server";
import {
  waitForHydration, openSignIn, codeFor, expect, fillDetails, signOut, newPhone, profileMenu,
  sendCode, signUp, test, verify,
} from "./support";

const WITHOUT_WASM =
  /^Ringkey goes on without scripts: |^Failed to load resource: net::ERR_FAILED$/;
const ports = { scripts: 3310, "no-scripts": 3311, phone: 3312 };
let server: Server;

const settings = { CLEAR_SITE_DATA: "none" };
test.use({ baseURL: ownServer(ports, settings, (started) => (server = started)) });

const signedOut = (page: Page) =>
  expect(page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();

/** Expects every field of the page to be empty, in visible and in hidden steps. */
async function holdsNothing(page: Page, where: string): Promise<void> {
  const inputs = page.locator("form input:not([type=hidden])");
  expect(await inputs.count(), where).toBeGreaterThan(0);
  for (const input of await inputs.all()) await expect(input, where).toHaveValue("");
  // The country is again the preselected one, whichever was chosen.
  for (const country of await page.locator(".step select").all())
    await expect(country, where).toHaveValue("IN");
}

/** Expects the same of every page that the next person may open in this tab. */
async function nothingIsLeft(page: Page, scripts: boolean): Promise<void> {
  await signedOut(page);
  await holdsNothing(page, "where the session ended");
  for (const path of ["/", "/sign-in", "/sign-up", "/nowhere"]) {
    await page.goto(path);
    await waitForHydration(page, scripts);
    await holdsNothing(page, path);
  }
  if (scripts) expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
}

/** Signs up on the flow's own pages. */
async function signUpByPage(page: Page, scripts: boolean, phone: string): Promise<void> {
  await page.goto("/sign-up");
  await waitForHydration(page, scripts);
  const place = page.getByRole("main");
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await fillDetails(place);
  await expect(page).toHaveURL(/:\d+\/$/);
  await expect(profileMenu(page)).toBeVisible();
}

/** Opens a second tab with a chosen country and a typed number that was not sent. */
async function typingElsewhere(
  context: BrowserContext, scripts: boolean, phone: string,
): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto("/sign-up");
  await waitForHydration(tab, scripts);
  await tab.getByLabel("Country").selectOption("US");
  await tab.getByLabel("Phone number").fill(phone);
  return tab;
}

test("logging out after the dialog", async ({ page, scripts, phone }) => {
  await signUp(page, scripts, phone);
  await signOut(page);
  await nothingIsLeft(page, scripts);
});

test("logging out after the flow's own page", async ({ page, scripts, phone }) => {
  await signUpByPage(page, scripts, phone);
  await signOut(page);
  await nothingIsLeft(page, scripts);
});

test("an operator's revoke, and a reload", async ({ page, scripts, phone }) => {
  await signUp(page, scripts, phone);
  server.run("revoke", `+91${phone}`);
  await page.reload();
  await nothingIsLeft(page, scripts);
});

test("the end of the session's time, and a reload", async ({ page, scripts, phone, context }) => {
  await signUp(page, scripts, phone);
  // The browser deletes the cookie when its time is over.
  await context.clearCookies({ name: "session" });
  await page.reload();
  await nothingIsLeft(page, scripts);
});

test("signing in and logging out in another tab @scripts", async ({ page, phone, context }) => {
  const tab = await typingElsewhere(context, true, phone);
  await signUp(page, true, phone);
  await expect(profileMenu(tab)).toBeVisible();
  await waitForHydration(tab, true);
  await signOut(page);
  await nothingIsLeft(tab, true);
});

test("signing in and logging out in another tab, while this one was elsewhere @scripts", async ({
  page, phone, context,
}) => {
  const tab = await typingElsewhere(context, true, phone);
  await tab.goto("about:blank");
  await signUp(page, true, phone);
  await signOut(page);
  await tab.goBack();
  await nothingIsLeft(tab, true);
});

test("Back after logging out @scripts", async ({ page, phone }) => {
  await page.goto("/");
  await signUpByPage(page, true, phone);
  await signOut(page);
  for (const path of ["/", "/sign-up", "/"]) {
    await page.goBack();
    await expect(page).toHaveURL(new RegExp(`:\\d+${path}$`));
    await holdsNothing(page, `Back to ${path}`);
  }
  await nothingIsLeft(page, true);
});

test("the profile's fields when the session ends in another tab @scripts", async ({
  page, phone, context,
}) => {
  await signUp(page, true, phone);
  const tab = await context.newPage();
  await tab.goto("/account");
  await waitForHydration(tab, true);
  await tab.getByLabel("Last name").fill("Byron");
  await signOut(page);
  await expect(tab).toHaveURL(/\/sign-in\?next=\/account$/);
  await nothingIsLeft(tab, true);
});

test("the profile's fields when they are saved after the session's end", async ({
  page, scripts, phone,
}) => {
  await signUp(page, scripts, phone);
  await page.goto("/account");
  await waitForHydration(page, scripts);
  await page.getByLabel("Last name").fill("Byron");
  server.run("revoke", `+91${phone}`);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page).toHaveURL(/\/sign-in\?next=\/account$/);
  await nothingIsLeft(page, scripts);
});

test("the profile's fields when the next person goes back to them @scripts", async (
  { page, phone }, info,
) => {
  const next = newPhone(info.workerIndex);
  await signUp(page, true, phone);
  await page.goto("/account");
  await waitForHydration(page, true);
  await page.getByLabel("Last name").fill("Byron");
  await page.goto("/account");
  await signOut(page);
  const place = await openSignIn(page, true, "Sign up");
  await sendCode(place, next);
  await verify(place, await codeFor(page.request, next));
  await fillDetails(place, "Grace", "Hopper", "grace@example.com");
  await expect(profileMenu(page, "Grace")).toBeVisible();
  for (let pages = 0; pages < 6 && !page.url().endsWith("/account"); pages++) await page.goBack();
  await expect(page).toHaveURL(/\/account$/);
  await waitForHydration(page, true);
  await expect(page.getByLabel("Last name")).toHaveValue("Hopper");
});

test.describe("without the WASM", () => {
  test.use({ expectedConsole: WITHOUT_WASM });
  test.beforeEach(async ({ context }) => context.route("**/*.wasm", (route) => route.abort()));

  test("signing in and logging out in another tab empties this one at once @scripts", async ({
    page, phone, context,
  }) => {
    const tab = await typingElsewhere(context, false, phone);
    await signUpByPage(page, false, phone);
    await holdsNothing(tab, "signed in elsewhere");
    await signOut(page);
    await tab.reload();
    await nothingIsLeft(tab, false);
  });

  test("Back through every step after logging out @scripts", async ({ page, phone }) => {
    await page.goto("/nowhere");
    await signUpByPage(page, false, phone);
    await signOut(page);
    for (let pages = 0; pages < 8 && !page.url().endsWith("/nowhere"); pages++) {
      await page.goBack();
      await holdsNothing(page, `Back to ${page.url()}`);
    }
    expect(page.url()).toMatch(/\/nowhere$/);
    await nothingIsLeft(page, false);
  });
});

test("what is typed outlives a reload as long as nobody is signed in, here alone @scripts", async ({
  page, phone, context,
}) => {
  const tab = await typingElsewhere(context, true, phone);
  await page.goto("/sign-up");
  await holdsNothing(page, "another tab");
  await tab.reload();
  await expect(tab.getByLabel("Phone number")).not.toHaveValue("");
  await expect(tab.getByLabel("Country")).toHaveValue("US");
  const stored = await page.evaluate(
    () => [JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join(),
  );
  expect(stored).not.toContain(phone.slice(-5));
});
