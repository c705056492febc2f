// The page before the WASM arrives, and on a browser where it never arrives.
import {
  waitForHydration, openSignIn, codeFor, expect, fillDetails, groupDigits, holdWasm, profileMenu,
  sendCode, test, verify,
} from "./support";

test("a click before the WASM opens the dialog, and typed text stays @scripts", async ({
  page, phone,
}) => {
  const release = await holdWasm(page);
  await page.goto("/");
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  const place = page.getByRole("dialog", { name: "Sign up" });
  await expect(place).toBeVisible();
  await place.getByLabel("Country").selectOption("IN");
  await place.getByLabel("Phone number").fill(phone);
  release();
  await waitForHydration(page, true);
  await expect(place).toBeVisible();
  await expect(page.getByRole("heading", { name: "Sign up" })).toBeVisible();
  await expect(place.getByLabel("Phone number")).toHaveValue(phone);
  await place.getByRole("button", { name: "Send code" }).click();
  await verify(place, await codeFor(page.request, phone));
  await fillDetails(place);
  await expect(profileMenu(page)).toBeVisible();
});

test.describe("WASM that is blocked", () => {
  // This test blocks the WASM, and the browser reports that in the console.
  test("leaves plain forms that work @scripts", async ({ browser, phone }) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.route("**/*.wasm", (route) => route.abort());
    await page.goto("/");
    await page.getByRole("banner").getByRole("link", { name: "Sign in" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Country").selectOption("IN");
    await dialog.getByLabel("Phone number").fill(phone);
    await dialog.getByRole("button", { name: "Send code" }).click();
    await expect(page).toHaveURL(/\/sign-in\/code$/);
    await verify(page.getByRole("main"), await codeFor(page.request, phone));
    await fillDetails(page.getByRole("main"));
    await expect(profileMenu(page)).toBeVisible();
    await context.close();
  });
});

test("the keyboard alone opens the dialog, and Escape gives the focus back @scripts", async ({
  page, phone,
}) => {
  await page.goto("/");
  await waitForHydration(page, true);
  const opener = page.getByRole("banner").getByRole("link", { name: "Sign in" });
  await opener.focus();
  await page.keyboard.press("Enter");
  const place = page.getByRole("dialog");
  await expect(place.getByLabel("Phone number")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(place).toBeHidden();
  await expect(opener).toBeFocused();
  await page.keyboard.press("Enter");
  await place.getByLabel("Country").selectOption("IN");
  await place.getByLabel("Phone number").fill(phone);
  await page.keyboard.press("Enter");
  await expect(place.getByLabel("Verification code")).toBeFocused();
  await page.keyboard.type(await codeFor(page.request, phone));
  await page.keyboard.press("Enter");
  await expect(place.getByLabel("First name")).toBeFocused();
});

test("one phone number stays one step away when the dialog is used twice @scripts", async ({
  page, phone,
}) => {
  const place = await openSignIn(page, true);
  await place.getByLabel("Phone number").fill(phone);
  await place.getByRole("button", { name: "Close" }).click();
  await page.getByRole("main").getByRole("link", { name: "Try it" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expect(page.getByRole("dialog").getByLabel("Phone number")).toHaveValue(groupDigits(phone));
  await sendCode(page.getByRole("dialog"), phone);
});
