// The journeys of the prototype, from sign-up to logging out.
import {
  openSignIn, codeFor, expect, fillDetails, signOut, profileMenu, sendCode, signUp, test,
  inboxMessages, verify, waitForHydration, watchConsole,
} from "./support";

test("somebody new signs up with phone, code and details", async ({ page, scripts, phone }) => {
  let loads = 0;
  const place = await openSignIn(page, scripts, "Sign up");
  page.on("framenavigated", () => loads++);
  await sendCode(place, phone);
  await expect(place.getByText("+91 ••••• ••" + phone.slice(-3))).toBeVisible();
  await verify(place, await codeFor(page.request, phone));
  await fillDetails(place);
  await expect(profileMenu(page)).toBeVisible();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.getByRole("banner").getByRole("link", { name: /Sign (in|up)/ })).toHaveCount(0);
  if (scripts) expect(loads, "the header changes without a page load").toBe(0);
  await expect(page.getByRole("heading", { level: 1 }).filter({ visible: true })).toContainText(
    /Welcome, Ada|You are signed in/,
  );
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
});

test("somebody known signs in with phone and code alone", async ({
  page, scripts, phone, browser,
}) => {
  await signUp(page, scripts, phone);
  const context = await browser.newContext({ javaScriptEnabled: scripts });
  const said: string[] = [];
  watchConsole(context, said);
  const other = await context.newPage();
  const place = await openSignIn(other, scripts);
  await sendCode(place, phone);
  await verify(place, await codeFor(other.request, phone));
  await expect(profileMenu(other)).toBeVisible();
  expect(said).toEqual([]);
  await context.close();
});

test("the account page shows name, e-mail and masked phone, and is guarded", async ({
  page, scripts, phone,
}) => {
  await page.goto("/account");
  await expect(page).toHaveURL(/\/sign-in\?next=\/account$/);
  await waitForHydration(page, scripts);
  const place = page.getByRole("main");
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await fillDetails(place);
  await expect(page).toHaveURL(/\/account$/);
  await expect(place.getByText("+91 ••••• ••" + phone.slice(-3))).toBeVisible();
  const fields = [["First name", "Ada"], ["Last name", "Lovelace"], ["Email", "ada@example.com"]];
  for (const [label, value] of fields) {
    await expect(place.getByLabel(label)).toHaveValue(value);
  }
  await expect(place).not.toContainText(phone);
  await place.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
});

test("a session holds across reload, a new tab and every page, from the first byte", async ({
  page, scripts, phone, context,
}) => {
  await signUp(page, scripts, phone);
  await page.reload();
  await expect(profileMenu(page)).toBeVisible();
  const tab = await context.newPage();
  for (const path of ["/", "/account", "/nowhere"]) {
    const answer = await tab.goto(path);
    const html = await answer!.text();
    expect(html).toContain("Ada");
    expect(html).not.toMatch(/Sign in<|Sign up</);
    expect(html).not.toContain("<dialog");
    await expect(profileMenu(tab)).toBeVisible();
  }
});

test("a person who is signed in is led away from the sign-in pages", async ({
  page, scripts, phone,
}) => {
  await signUp(page, scripts, phone);
  for (const path of ["/sign-in", "/sign-up", "/sign-in/code", "/sign-in/details"]) {
    await page.goto(path);
    await expect(page).toHaveURL(/:\d+\/$/);
  }
  await expect(page.locator("[data-opens]:visible")).toHaveCount(0);
});

test("once signed in through the dialog, nothing opens it any more @scripts", async ({
  page, phone,
}) => {
  await signUp(page, true, phone);
  await expect(page.locator("[data-opens]:visible")).toHaveCount(0);
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(profileMenu(page)).toBeFocused();
});

test("logging out from the menu ends the session, for the old cookie too", async ({
  page, scripts, phone, context,
}) => {
  await signUp(page, scripts, phone);
  const cookies = await context.cookies();
  const old = cookies.find((cookie) => cookie.name === "session")!;
  expect(old.httpOnly).toBe(true);
  await signOut(page);
  expect((await context.cookies()).some((cookie) => cookie.name === "session")).toBe(false);
  await context.addCookies([old]);
  await page.goto("/account");
  await expect(page).toHaveURL(/\/sign-in/);
});
