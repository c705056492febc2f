// A session survives a restart of its server, and so does an unfinished sign-in.
import type { Page } from "@playwright/test";
import {
  waitForHydration, openSignIn, codeFor, expect, fillDetails, groupDigits, profileMenu, sendCode,
  signUp, test, inboxMessages, verify,
} from "./support";
import { ownServer, type Server } from "./server";

const ports = { scripts: 3214, "no-scripts": 3215, phone: 3216 };

test.describe("a server of its own", () => {
  let server: Server;

  test.use({ baseURL: ownServer(ports, {}, (started) => (server = started)) });

  /** Restarts the server once the page has loaded. A pending request would fail in the console. */
  async function restart(page: Page): Promise<void> {
    await page.waitForLoadState("networkidle");
    await server.stop();
    await server.start();
  }

  test("somebody who is signed in stays so when the server restarts", async ({
    page, scripts, phone,
  }) => {
    await signUp(page, scripts, phone);
    await restart(page);
    await page.goto("/");
    await expect(profileMenu(page)).toBeVisible();
    await page.goto("/account");
    await expect(page.getByLabel("Email")).toHaveValue("ada@example.com");
  });

  test("a restart between any two steps goes unnoticed", async ({ page, scripts, phone }) => {
    const place = await openSignIn(page, scripts, "Sign up");
    await restart(page);
    await sendCode(place, phone);
    const code = await codeFor(page.request, phone);
    expect(await inboxMessages(page.request, phone)).toHaveLength(1);
    await restart(page);
    await verify(place, code);
    await expect(place.getByLabel("First name")).toBeVisible();
    await restart(page);
    await fillDetails(place);
    await expect(profileMenu(page)).toBeVisible();
    // The inbox is empty after each start.
    expect(await inboxMessages(page.request, phone), "no other text").toHaveLength(0);
  });

  test("a page that is opened anew after a restart goes on with the step", async ({
    page, scripts, phone,
  }) => {
    const place = await openSignIn(page, scripts, "Sign up");
    await sendCode(place, phone);
    const code = await codeFor(page.request, phone);
    await restart(page);
    await page.goto("/sign-in");
    await waitForHydration(page, scripts);
    await verify(page.getByRole("main"), code);
    await expect(page.getByLabel("First name")).toBeVisible();
    await restart(page);
    await page.goto("/sign-up");
    await waitForHydration(page, scripts);
    await fillDetails(page.getByRole("main"));
    await expect(profileMenu(page)).toBeVisible();
    expect(await inboxMessages(page.request, phone), "no other text").toHaveLength(0);
  });

  test.describe("that is away for a while", () => {
    test.use({
      expectedConsole: /^Failed to load resource: net::ERR_(CONNECTION_REFUSED|EMPTY_RESPONSE)$/,
    });

    test("words at every step keep what was typed, and the same press goes on @scripts", async ({
      page, phone,
    }) => {
      const place = await openSignIn(page, true, "Sign up");
      const [number, code] =
        [place.getByLabel("Phone number"), place.getByLabel("Verification code")];
      const away = async () => {
        await expect(place.getByRole("alert")).toContainText(
          "We cannot be reached. Check your connection and try again",
        );
        await server.start();
      };
      await place.getByLabel("Country").selectOption("IN");
      await number.fill(phone);
      await server.stop();
      await place.getByRole("button", { name: "Send code" }).click();
      await away();
      await expect(number).toHaveValue(groupDigits(phone));
      await place.getByRole("button", { name: "Send code" }).click();
      await expect(code).toBeVisible();
      const sent = await codeFor(page.request, phone);
      expect(await inboxMessages(page.request, phone)).toHaveLength(1);
      await server.stop();
      await verify(place, sent);
      await away();
      await expect(code).toHaveValue(sent);
      await place.getByRole("button", { name: "Verify" }).click();
      await expect(place.getByLabel("First name")).toBeVisible();
      await server.stop();
      await fillDetails(place);
      await away();
      await expect(place.getByLabel("First name")).toHaveValue("Ada");
      await expect(place.getByLabel("Last name")).toHaveValue("Lovelace");
      await expect(place.getByLabel("Email")).toHaveValue("ada@example.com");
      await place.getByRole("button", { name: "Create account" }).click();
      await expect(profileMenu(page)).toBeVisible();
      expect(await inboxMessages(page.request, phone), "no other text").toHaveLength(0);
    });
  });
});
