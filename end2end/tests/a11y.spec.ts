// axe on every page and step, light and dark.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { begin, codeFor, expect, giveDetails, profile, sendCode, test, verify } from "./support";

async function check(page: Page, where: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    // Without motion, or colours are measured half-way from one scheme to the other.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`), `${where}, ${colorScheme}`).toEqual([]);
  }
}

test("no page and no step breaks a rule of axe @scripts", async ({ page, phone }) => {
  test.setTimeout(90_000);
  for (const path of ["/", "/sign-in", "/sign-up", "/dev/inbox", "/nowhere"]) {
    await page.goto(path);
    await check(page, path);
  }
  const place = await begin(page, true);
  await check(page, "number");
  await place.getByRole("button", { name: "Send code" }).click();
  await check(page, "number, refused");
  await sendCode(place, phone);
  await check(page, "code");
  await verify(place, "12");
  await check(page, "code, refused");
  await verify(place, await codeFor(page.request, phone));
  await expect(place.getByLabel("First name")).toBeVisible();
  await check(page, "details");
  await giveDetails(place, "", "", "");
  await check(page, "details, refused");
  await giveDetails(place);
  await expect(profile(page)).toBeVisible();
  await profile(page).click();
  await check(page, "menu");
  await page.goto("/account");
  await check(page, "/account");
});

test("nothing is wider than the page and every target is large enough @scripts", async ({ page, phone }) => {
  for (const width of [320, 360, 768, 1280]) {
    await page.setViewportSize({ width, height: 740 });
    for (const path of ["/", "/sign-in", "/nowhere"]) {
      await page.goto(path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${path} at ${width}`).toBeLessThanOrEqual(width);
    }
  }
  const place = await begin(page, true);
  await sendCode(place, phone);
  const small = await page.locator("dialog :is(a.button, button, input:not([type=hidden]), select):visible, header .brand").evaluateAll((all) =>
    all.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.outerHTML));
  expect(small).toEqual([]);
});
