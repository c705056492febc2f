// The header, the greeting and an example page follow one session signal.
import {
  waitForHydration, expect, fillDetails, signOut, profileMenu, openSignIn, sendCode, codeFor,
  signUp, test, verify,
} from "./support";

test("the dialog signs in without a page load, greets by name and hides openers @scripts", async ({
  page, phone, context,
}) => {
  const tab = await context.newPage();
  await tab.goto("/");
  await waitForHydration(tab, true);
  const place = await openSignIn(page, true, "Sign up");
  let loads = 0;
  page.on("framenavigated", () => loads++);
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await fillDetails(place);
  await expect(page.getByRole("main").getByRole("heading", { level: 1 })).toHaveText(
    "Welcome, Ada",
  );
  await expect(profileMenu(page)).toBeVisible();
  await expect(page.locator("[data-opens]:visible")).toHaveCount(0);
  expect(loads).toBe(0);
  await expect(tab.getByRole("heading", { level: 1 })).toHaveText("Welcome, Ada");
  await signOut(page);
  await expect(page.getByRole("main").getByRole("link", { name: "Try it" })).toBeVisible();
  await expect(tab.getByRole("main").getByRole("link", { name: "Try it" })).toBeVisible();
});

test("a closed dialog holds nothing of the person who has signed in by it @scripts", async ({
  page, phone,
}) => {
  await signUp(page, true, phone);
  const values = () => page.locator("dialog input:not([type=hidden])").evaluateAll(
    (inputs: HTMLInputElement[]) => inputs.map(({ value }) => value),
  );
  expect((await values()).join("")).toBe("");
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  await signOut(page);
  expect((await values()).join("")).toBe("");
});

test("a guarded form saves the profile, in place where scripts are on", async ({
  page, scripts, phone,
}) => {
  await page.goto("/account");
  await expect(page).toHaveURL(/\/sign-in\?next=\/account$/);
  await signUp(page, scripts, phone);
  await page.goto("/account");
  await waitForHydration(page, scripts);
  let loads = 0;
  page.on("framenavigated", () => loads++);
  const main = page.getByRole("main");
  await main.getByLabel("First name").fill("");
  await main.getByLabel("Last name").fill("Byron");
  await main.getByRole("button", { name: "Save" }).click();
  await expect(main.getByRole("alert")).toHaveText("Type your first name.");
  await expect(main.getByLabel("Last name"), "nothing typed is lost").toHaveValue("Byron");
  await main.getByLabel("First name").fill("Augusta");
  await main.getByRole("button", { name: "Save" }).click();
  await expect(profileMenu(page, "Augusta")).toBeVisible();
  await expect(main.getByRole("status").filter({ hasText: "Saved." })).toBeVisible();
  if (scripts) expect(loads).toBe(0);
  await page.reload();
  await expect(main.getByLabel("Last name")).toHaveValue("Byron");
  await expect(main.getByLabel("Email")).toHaveValue("ada@example.com");
});
