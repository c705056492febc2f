// The page of an account that was not used for long: its owner, and another person with its number.
import type { Page } from "@playwright/test";
import { checkAxe, checkWidths } from "./checks";
import {
  codeFor, expect, fillDetails, openSignIn, profileMenu, sendCode, signUp, test, verify,
  waitForHydration,
} from "./support";
import { ownServer, type Server } from "./server";

const ports = { scripts: 3410, "no-scripts": 3411, phone: 3412 };

test.describe("an account that was not used for 91 days", () => {
  let server: Server;

  test.use({ baseURL: ownServer(ports, {}, (started) => (server = started)) });

  /** Signs up, makes the last visit 91 days older, and signs in with the number in a
   *  browser without cookies. */
  async function signInAfter91Days(page: Page, scripts: boolean, phone: string): Promise<void> {
    await signUp(page, scripts, phone);
    await page.context().clearCookies();
    // The second code is not sent too soon after the first one.
    server.sql("UPDATE users SET seen_at = seen_at - 91 * 86400; DELETE FROM counters");
    const place = await openSignIn(page, scripts);
    await sendCode(place, phone);
    await verify(place, await codeFor(page.request, phone));
    await expect(page.getByRole("heading", { name: "Is this account yours?" })).toBeVisible();
    await waitForHydration(page, scripts);
  }

  const email = (page: Page) => page.getByLabel("Email");
  const submit = (page: Page) => page.getByRole("button", { name: "Continue", exact: true });

  test("its owner types the e-mail address", async ({ page, scripts, phone, browser }) => {
    await signInAfter91Days(page, scripts, phone);
    await expect(profileMenu(page)).toHaveCount(0);
    if (scripts) {
      await checkAxe(page, "/sign-in/owner");
      await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
      await checkWidths(page, "/sign-in/owner", [390]);
    }
    await email(page).fill("eve@example.com");
    await submit(page).click();
    await expect(page.locator("#email-error")).toContainText("You have 2 tries left");
    await expect(email(page), "what was typed stays").toHaveValue("eve@example.com");
    if (scripts) await checkAxe(page, "/sign-in/owner, refused");
    for (const locale of scripts ? ["hi-IN", "ar-EG"] : []) {
      const storageState = await page.context().storageState();
      const context = await browser.newContext({ baseURL: server.origin, locale, storageState });
      const other = await context.newPage();
      await other.goto("/sign-in/owner");
      await expect(other.locator("html")).toHaveAttribute("lang", locale.slice(0, 2));
      await checkAxe(other, `/sign-in/owner in ${locale}`);
      await context.close();
    }
    await email(page).fill(" Ada@Example.com ");
    await submit(page).click();
    await expect(profileMenu(page)).toBeVisible();
    await page.goto("/account");
    await expect(page.getByLabel("Email")).toHaveValue("ada@example.com");
  });

  test("another person with its number starts a new one", async ({ page, scripts, phone }) => {
    await signInAfter91Days(page, scripts, phone);
    await page.getByRole("link", { name: "Start a new account" }).click();
    await waitForHydration(page, scripts);
    await fillDetails(page.getByRole("main"), "Grace", "Hopper", "grace@example.com");
    await expect(profileMenu(page, "Grace")).toBeVisible();
    await page.goto("/account");
    await expect(page.getByLabel("Email")).toHaveValue("grace@example.com");
    await expect(page.getByRole("region", { name: "Devices" }).getByRole("listitem"))
      .toHaveCount(1);
  });
});

test("signed out, the page leads to the sign-in", async ({ page }) => {
  await page.goto("/sign-in/owner");
  await expect(page).toHaveURL(/\/sign-in$/);
});
