// The whole journey by keys alone, in the dialog and on the pages, left to right and right to left.
import type { Locator, Page } from "@playwright/test";
import { waitForHydration, codeFor, expect, holdRequests, signUp, test } from "./support";
import { CODE, DETAILS, NUMBER, field, menu, opener, submit } from "./steps";

const STOPS = 30;

/** Presses Tab until `target` has the focus. Checks that each stop is visible and shows its focus.
 *  */
async function tabTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  const focused = page.locator(":focus");
  for (let stops = 0; stops < STOPS; stops++) {
    await page.keyboard.press(key);
    // Between its last stop and its first the browser has stops of its own.
    if (!(await focused.count())) continue;
    await expect(focused).toBeVisible();
    await expect(focused).toBeInViewport();
    await expect(focused).toHaveCSS("outline", /^rgb\(.*\) solid 3px$/);
    if (await target.and(focused).count()) return;
  }
  expect(false, `${key} reaches ${target}`).toBe(true);
}

/** Chooses in the browser's own list: by the first letters if the keyboard has them, else by
 *  arrows. */
async function choose(page: Page, country: Locator, letters?: string): Promise<void> {
  await page.keyboard.press("Home");
  await expect(country).not.toHaveValue("IN");
  if (letters) await page.keyboard.type(letters);
  for (let left = letters ? 0 : 250; left > 0 && (await country.inputValue()) !== "IN"; left--) {
    await page.keyboard.press("ArrowDown");
  }
  await expect(country).toHaveValue("IN");
}

const languages = [
  { name: "English", locale: "en-IN", letters: "india" },
  { name: "Arabic", locale: "ar-EG", letters: undefined },
];

for (const { name, locale, letters } of languages) {
  test.describe(name, () => {
    test.use({ locale });

    test("keys alone sign up, open the menu and log out", async ({ page, scripts, phone }) => {
      await page.goto("/");
      await waitForHydration(page, scripts);
      await tabTo(page, opener(page, "sign-up"));
      await page.keyboard.press("Enter");
      const place = page.locator(scripts ? "dialog" : "main");
      const [country, number] = [field(place, "country"), field(place, "phone")];
      if (scripts) {
        await expect(number).toBeFocused();
        await tabTo(page, country, "Shift+Tab");
      } else {
        await expect(page).toHaveURL(/\/sign-up$/);
        await tabTo(page, country);
      }
      await choose(page, country, letters);
      await tabTo(page, number);
      await page.keyboard.type(phone);
      await tabTo(page, submit(place, NUMBER));
      await page.keyboard.press("Space");

      const code = field(place, "code");
      await expect(code).toBeVisible();
      if (scripts) await expect(code).toBeFocused();
      else await tabTo(page, code);
      await page.keyboard.type(await codeFor(page.request, phone));
      if (!scripts) {
        await tabTo(page, submit(place, CODE));
        await page.keyboard.press("Enter");
      }

      await expect(field(place, "first_name")).toBeVisible();
      if (scripts) await expect(field(place, "first_name")).toBeFocused();
      else await tabTo(page, field(place, "first_name"));
      await page.keyboard.type("Ada");
      await tabTo(page, field(place, "last_name"));
      await page.keyboard.type("Lovelace");
      await tabTo(page, field(place, "email"));
      await page.keyboard.type("ada@example.com");
      await tabTo(page, submit(place, DETAILS));
      await page.keyboard.press("Enter");

      await expect(menu(page)).toBeVisible();
      if (scripts) await expect(menu(page)).toBeFocused();
      else await tabTo(page, menu(page));
      await page.keyboard.press("Space");
      await tabTo(page, page.locator("header form[action='/sign-out'] button"));
      await page.keyboard.press("Enter");
      await expect(opener(page)).toBeVisible();
      await expect(menu(page)).toHaveCount(0);
    });
  });
}

test("the skip link leads past the header", async ({ page }) => {
  await page.goto("/");
  await tabTo(page, page.locator(".skip-link"));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#main$/);
  await page.keyboard.press("Tab");
  await expect(page.locator("main a[data-opens]")).toBeFocused();
});

test("an invalid step moves the focus to its first invalid field @scripts", async ({
  page, phone,
}) => {
  await page.goto("/");
  await waitForHydration(page, true);
  await tabTo(page, opener(page));
  await page.keyboard.press("Enter");
  const place = page.locator("dialog");
  await expect(field(place, "phone")).toBeFocused();
  await page.keyboard.type("12345");
  await page.keyboard.press("Enter");
  await expect(place.locator("#phone-error")).toBeVisible();
  await expect(field(place, "phone")).toBeFocused();
  await page.keyboard.press("Control+A");
  await page.keyboard.type(phone);
  await page.keyboard.press("Enter");
  await expect(field(place, "code")).toBeFocused();
  await page.keyboard.type("12");
  await page.keyboard.press("Enter");
  await expect(place.locator("#code-error")).toBeVisible();
  await expect(field(place, "code")).toBeFocused();
  await tabTo(page, place.locator("a[href^='/sign-in?change']").locator("visible=true"));
  await page.keyboard.press("Enter");
  await expect(field(place, "phone")).toBeFocused();
});

test("saving keeps the focus, and an error moves it to the first invalid field @scripts", async ({
  page, phone,
}) => {
  await signUp(page, true, phone);
  await page.goto("/account");
  await waitForHydration(page, true);
  const [last, email] = [page.getByLabel("Last name"), page.getByLabel("Email")];
  const save = page.getByRole("button", { name: "Save" });
  await last.fill("");
  await tabTo(page, save);
  await page.keyboard.press("Enter");
  await expect(last).toBeFocused();
  await page.keyboard.type("Byron");
  await tabTo(page, save);
  const answer = await holdRequests(page, "**/api/account/profile");
  await page.keyboard.press("Enter");
  await expect(save).toHaveAttribute("aria-busy", "true");
  await expect(save).toBeFocused();
  answer();
  await expect(page.getByText("Saved.")).toBeVisible();
  await expect(save).toBeFocused();
  // Only the server finds this error.
  await page.route("**/api/account/profile", (route) => {
    const error = {
      code: "invalid", message: "Please check what is marked.", fields: { email: "Not that one." },
    };
    return route.fulfill({ status: 422, json: { error } });
  });
  await page.keyboard.press("Enter");
  await expect(page.locator("#email-error")).toHaveText("Not that one.");
  await expect(email).toBeFocused();
});

test("Tab goes round in the dialog, and Escape leads back to what opened it @scripts", async ({
  page,
}) => {
  for (const name of ["sign-in", "sign-up"] as const) {
    await page.goto("/");
    await waitForHydration(page, true);
    await tabTo(page, opener(page, name));
    await page.keyboard.press("Enter");
    const place = page.locator("dialog");
    const number = field(place, "phone");
    await expect(number).toBeFocused();
    for (const key of ["Tab", "Shift+Tab"] as const) {
      await tabTo(page, place.locator(".dialog__close"), key);
      await tabTo(page, number, key);
    }
    await page.keyboard.press("Escape");
    await expect(place).toBeHidden();
    await expect(opener(page, name)).toBeFocused();
  }
});
