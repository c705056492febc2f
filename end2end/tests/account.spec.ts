// The account page: its devices and history, the change of the number, and the download.
import { readFileSync } from "node:fs";
import {
  codeFor, expect, inboxMessages, newPhone, openSignIn, profileMenu, sendCode, signOut, signUp,
  test, verify, waitForHydration,
} from "./support";

test("a device is logged out from another one", async ({ page, scripts, phone, browser }) => {
  await signUp(page, scripts, phone);
  const context = await browser.newContext({ javaScriptEnabled: scripts });
  const other = await context.newPage();
  const place = await openSignIn(other, scripts);
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await expect(profileMenu(other)).toBeVisible();

  await page.goto("/account");
  await waitForHydration(page, scripts);
  const devices = page.getByRole("region", { name: "Devices" });
  await expect(devices.getByRole("listitem")).toHaveCount(2);
  await expect(devices.getByText("This device")).toHaveCount(1);
  let loads = 0;
  page.on("load", () => loads++);
  await devices.getByRole("button", { name: "Log out", exact: true }).last().click();
  if (scripts) {
    await expect(devices.getByText("That device is logged out.")).toBeFocused();
    expect(loads).toBe(0);
    await page.reload();
  }
  await expect(devices.getByRole("listitem")).toHaveCount(1);
  await expect(page.getByText("You logged out another device.")).toBeVisible();
  await other.goto("/account");
  await expect(other).toHaveURL(/\/sign-in\?next=\/account$/);
  await expect(profileMenu(page)).toBeVisible();
  await context.close();
});

test("all other devices are logged out at once", async ({ page, scripts, phone, browser }) => {
  await signUp(page, scripts, phone);
  const context = await browser.newContext({ javaScriptEnabled: scripts });
  const other = await context.newPage();
  const place = await openSignIn(other, scripts);
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await expect(profileMenu(other)).toBeVisible();
  await page.goto("/account");
  await page.getByRole("button", { name: "Log out all other devices" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Log out all other devices" })).toHaveCount(0);
  await other.reload();
  await expect(profileMenu(other)).toHaveCount(0);
  await context.close();
});

test.describe("offline", () => {
  test.use({ expectedConsole: /net::ERR_FAILED/ });
  test("a form that cannot be sent says so and can be sent again @scripts", async ({
    page, phone, browser,
  }) => {
    await signUp(page, true, phone);
    const context = await browser.newContext({ javaScriptEnabled: false });
    const other = await context.newPage();
    const place = await openSignIn(other, false);
    await sendCode(place, phone);
    await verify(place, await codeFor(page.request, phone));
    await context.close();
    await page.goto("/account");
    await page.route("**/api/account/devices/log-out", (route) => route.abort(), { times: 1 });
    const button = page.getByRole("button", { name: "Log out", exact: true }).last();
    await button.click();
    await expect(page.getByRole("alert").filter({ hasText: "cannot be reached" })).toBeVisible();
    await button.click();
    await expect(page.getByText("That device is logged out.")).toBeVisible();
  });
});

test("the number is changed after a code for the old one and a code for the new one", async ({
  page, scripts, phone,
}, info) => {
  const next = newPhone(info.workerIndex);
  await signUp(page, scripts, phone);
  await page.goto("/account");
  await page.getByRole("button", { name: "Change number" }).click();
  const main = page.getByRole("main");
  await expect(main.getByRole("heading", { name: "Change your number" })).toBeVisible();
  await main.getByLabel("Country").selectOption("IN");
  await main.getByLabel("Phone number").fill("12");
  await main.getByRole("button", { name: "Send code" }).click();
  await expect(main.getByLabel("Phone number")).toHaveValue("12");
  await expect(main.getByRole("alert").filter({ hasText: "too short" })).toBeVisible();
  await main.getByLabel("Phone number").fill(next);
  await main.getByRole("button", { name: "Send code" }).click();
  await main.getByLabel("Verification code").fill(await codeFor(page.request, next));
  await main.getByRole("button", { name: "Verify" }).click();
  await expect(page).toHaveURL(/\/account\?saved$/);
  await expect(main.getByText("+91 ••••• ••" + next.slice(-3))).toBeVisible();
  await expect(main.getByText("You changed your phone number.")).toBeVisible();
});

test("everything that is kept is downloaded as a file", async ({ page, scripts, phone }) => {
  await signUp(page, scripts, phone);
  await page.goto("/account");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download my data" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("account.json");
  const { profile } = JSON.parse(readFileSync(await file.path(), "utf8"));
  expect(profile).toMatchObject({ first_name: "Ada", phone: `+91${phone}` });
});

test("recovery codes are shown once, and one of them signs in without a text", async ({
  page, scripts, phone,
}) => {
  await signUp(page, scripts, phone);
  await page.goto("/account");
  await page.getByRole("button", { name: "Make recovery codes" }).click();
  await expect(page.getByText("They are shown only now")).toBeVisible();
  const codes = await page.locator("[data-recovery-code]").allTextContents();
  expect(new Set(codes).size).toBe(10);
  await page.getByRole("link", { name: "I have kept them" }).click();
  await expect(page.getByText("You have 10 unused codes.")).toBeVisible();
  await signOut(page);
  const place = await openSignIn(page, scripts);
  await place.getByRole("link", { name: "Use a recovery code" }).click();
  await expect(page.getByRole("heading", { name: "Use a recovery code" })).toBeVisible();
  await page.getByLabel("Country").selectOption("IN");
  await page.getByLabel("Phone number").fill(phone);
  await page.getByLabel("Recovery code").fill("AAAA-AAAA-AAAA-AAAA");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: "does not open an account" }))
    .toBeVisible();
  await expect(page.getByLabel("Phone number")).toHaveValue(phone);
  await page.getByLabel("Recovery code").fill(codes[0].toLowerCase());
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(profileMenu(page)).toBeVisible();
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
});

test("an account is deleted after a question, and its number is free", async ({
  page, scripts, phone,
}) => {
  await signUp(page, scripts, phone);
  await page.goto("/account");
  await page.getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByRole("heading", { name: "Delete your account?" })).toBeVisible();
  await page.getByRole("link", { name: "Keep my account" }).click();
  await page.getByRole("button", { name: "Delete account" }).click();
  await page.getByRole("button", { name: "Delete account" }).click();
  await expect(page.getByText("Your account is deleted.")).toBeVisible();
  await expect(profileMenu(page)).toHaveCount(0);
});
