// A response that never comes is given up after a while, with a message. The same press then works.
import type { Page } from "@playwright/test";
import {
  openSignIn, codeFor, expect, fillDetails, groupDigits, profileMenu, sendCode, test, inboxMessages,
  verify,
} from "./support";

/** The client's timeout of a call and a little more, in milliseconds. */
const CALL_TIMEOUT = 20_500;

/** The following requests get no response. The returned function waits for the timeout and ends
 *  this. */
async function hang(page: Page): Promise<() => Promise<void>> {
  await page.route("**/api/auth/*", () => {});
  const held = page.waitForRequest("**/api/auth/*");
  return async () => {
    await held;
    const busy = page.locator("button[aria-busy=true]:visible");
    await expect(busy).toBeDisabled();
    await page.clock.fastForward(CALL_TIMEOUT);
    await expect(page.getByRole("alert").filter({ visible: true })).toContainText(
      "We cannot be reached.",
    );
    await expect(busy).toHaveCount(0);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  };
}

test.beforeEach(async ({ page }) => page.clock.install());

test("a number that is never answered may be sent again, and sends one text @scripts", async ({
  page, phone,
}) => {
  const place = await openSignIn(page, true);
  const givesUp = await hang(page);
  await place.getByLabel("Country").selectOption("IN");
  await place.getByLabel("Phone number").fill(phone);
  await place.getByRole("button", { name: "Send code" }).click();
  await givesUp();
  await expect(place.getByLabel("Phone number")).toHaveValue(groupDigits(phone));
  await place.getByRole("button", { name: "Send code" }).click();
  await expect(place.getByLabel("Verification code")).toBeVisible();
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
});

test("a code and details that are never answered may be sent again @scripts", async ({
  page, phone,
}) => {
  const place = await openSignIn(page, true);
  await sendCode(place, phone);
  const code = await codeFor(page.request, phone);
  let givesUp = await hang(page);
  await verify(place, code);
  await givesUp();
  await expect(place.getByLabel("Verification code")).toHaveValue(code);
  await place.getByRole("button", { name: "Verify" }).click();
  await expect(place.getByLabel("First name")).toBeVisible();
  givesUp = await hang(page);
  await fillDetails(place);
  await givesUp();
  await expect(place.getByLabel("First name")).toHaveValue("Ada");
  await expect(place.getByLabel("Last name")).toHaveValue("Lovelace");
  await expect(place.getByLabel("Email")).toHaveValue("ada@example.com");
  await place.getByRole("button", { name: "Create account" }).click();
  await expect(profileMenu(page)).toBeVisible();
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
});
