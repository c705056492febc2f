// A phone whose on-screen keyboard has taken its space: the page gets the rest
// (`interactive-widget`).
import type { Locator, Page } from "@playwright/test";
import { waitForHydration, expect, test } from "./support";
import { CODE, DETAILS, NUMBER, field, openDialog, submit, walkSteps } from "./steps";

const PHONE = { width: 390, height: 844 };
const KEYBOARD = 336;

const steps = [
  { name: "number", form: NUMBER, fields: ["phone"] },
  { name: "code", form: CODE, fields: ["code"] },
  { name: "details", form: DETAILS, fields: ["first_name", "last_name", "email"] },
];

/** Taps the first field before the keyboard is open, and reaches each other field from the one
 *  before. */
async function check(page: Page, place: Locator, where: string): Promise<void> {
  const { form, fields } = steps.find(({ name }) => where.startsWith(name))!;
  await page.setViewportSize(PHONE);
  await field(place, fields[0]).focus();
  await page.setViewportSize({ ...PHONE, height: PHONE.height - KEYBOARD });
  for (const name of fields) {
    await expect(field(place, name)).toBeFocused();
    await expect.soft(field(place, name), `${where}: ${name}`).toBeInViewport({
      ratio: 1, timeout: 2_000,
    });
    await expect.soft(submit(place, form), `${where}: the button, from ${name}`).toBeInViewport({
      ratio: 1, timeout: 2_000,
    });
    expect.soft(await isCovered(field(place, name)), `${where}: ${name} is covered`).toBe(false);
    await page.keyboard.press("Tab");
  }
  await page.setViewportSize(PHONE);
}

/** Returns `true` if another element covers a corner of it. */
function isCovered(field: Locator): Promise<boolean> {
  return field.evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const corners = [left + 8, right - 8].flatMap(
      (x) => [top + 4, bottom - 4].map((y) => [x, y] as const),
    );
    return corners.some(([x, y]) => document.elementFromPoint(x, y) !== element);
  });
}

test.beforeEach(({}, info) => test.skip(info.project.name === "phone", "it sets its own size"));

for (const locale of ["en-IN", "ar-IN"]) {
  test.describe(locale, () => {
    test.use({ locale });

    test("beside the keyboard the dialog's field and button have room @scripts", async ({
      page, phone,
    }) => {
      const place = await openDialog(page);
      await walkSteps(page, place, phone, (where) => check(page, place, where));
    });

    test("beside the keyboard the page's field and button have room", async ({
      page, scripts, phone,
    }) => {
      await page.goto("/sign-in");
      await waitForHydration(page, scripts);
      const place = page.getByRole("main");
      await walkSteps(page, place, phone, (where) => check(page, place, where));
    });
  });
}
