// The measurable part of WCAG 2.2 AA: axe on every page and step, widths, zoom and target sizes.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { waitForHydration, expect, test } from "./support";
import { menu, openDialog, walkAccount, walkSteps } from "./steps";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// These rules are off in axe by default.
const RULES = { "target-size": { enabled: true } };

async function check(page: Page, where: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    // Without this, a transition would be measured halfway between two colour schemes.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } =
      await new AxeBuilder({ page }).options({ runOnly: TAGS, rules: RULES }).analyze();
    const faults = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`
    );
    expect(faults, `${where}, ${colorScheme}`).toEqual([]);
  }
}

const languages = [
  { name: "English", locale: "en-IN" },
  { name: "Hindi", locale: "hi-IN" },
  { name: "Arabic", locale: "ar-EG" },
];

for (const { name, locale } of languages) {
  test.describe(name, () => {
    test.use({ locale });

    test("no page and no step breaks a rule of axe @scripts", async ({ page, phone }, info) => {
      test.setTimeout(180_000);
      const paths = [
        "/", "/sign-in", "/sign-up", "/sign-in/recovery", "/objection", "/nowhere",
        ...(name === "English" ? ["/dev/inbox"] : []),
      ];
      for (const path of paths) {
        await page.goto(path);
        await expect(page.locator("html")).toHaveAttribute("lang", locale.slice(0, 2));
        await check(page, path);
      }
      const dialog = await openDialog(page);
      await walkSteps(page, dialog, phone, async (where) => {
        await check(page, where);
        if (where !== "code" && where !== "details") return;
        await page.goto(`/sign-in/${where}`);
        await waitForHydration(page, true);
        await check(page, `/sign-in/${where}`);
        await openDialog(page);
      });
      await menu(page).click();
      await check(page, "menu");
      await walkAccount(page, info.workerIndex, (where) => check(page, where));
    });
  });
}

/** Returns the elements that reach beyond the page, and the page and the dialog if they scroll
 *  sideways. */
function wide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const shown = [...document.body.querySelectorAll("*")].filter((one) => one.checkVisibility());
    const beyond = shown.filter((one) => {
      const { left, right, width } = one.getBoundingClientRect();
      return width > 0 && (left < -1 || right > document.documentElement.clientWidth + 1);
    });
    const panes = [document.documentElement, ...document.querySelectorAll("dialog[open]")];
    const scrolling = panes.filter((one) => one.scrollWidth > one.clientWidth);
    return [...beyond, ...scrolling].map((one) => one.outerHTML.slice(0, 120));
  });
}

async function checkWidths(page: Page, where: string, widths: readonly number[]): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 740 });
    expect(await wide(page), `${where} at ${width}`).toEqual([]);
  }
}

const sizes = [
  { name: "at every width", widths: [320, 360, 768, 1280, 3840], zoom: 1, text: "100%" },
  { name: "at 200 % zoom", widths: [640], zoom: 2, text: "100%" },
  { name: "with text of double size", widths: [390, 1280], zoom: 1, text: "200%" },
];

for (const locale of ["en-IN", "ar-EG"]) {
  for (const { name, widths, zoom, text } of sizes) {
    test.describe(`${locale} ${name}`, () => {
      test.use({ locale, deviceScaleFactor: zoom });
      test.beforeEach(
        ({}, info) => test.skip(info.project.name === "phone", "it sets its own sizes"),
      );

      test("nothing is wider than the page @scripts", async ({ page, phone }, info) => {
        test.setTimeout(90_000);
        const visit = async (where: string) => {
          await page.evaluate((size) => (document.documentElement.style.fontSize = size), text);
          await checkWidths(page, where, widths);
        };
        for (const path of ["/", "/sign-in", "/sign-up", "/nowhere"]) {
          await page.goto(path);
          await visit(path);
        }
        await walkSteps(page, await openDialog(page), phone, visit);
        await menu(page).click();
        await visit("menu");
        await walkAccount(page, info.workerIndex, visit);
      });
    });
  }
}

test("everything that is pressed is at least 44 px high @scripts", async ({
  page, phone,
}, info) => {
  const visit = async (where: string) => {
    // A link inside a sentence is as high as its line. The skip link is only reached by keys.
    const pressed =
      page.locator("a, button, input:not([type=hidden]), select, summary").locator("visible=true");
    const small = await pressed.evaluateAll((all) =>
      all.filter((one) =>
        !one.matches("p > a:not(.button), .skip-link") && one.getBoundingClientRect().height < 44)
        .map((one) => `${one.getBoundingClientRect().height} px: ${one.outerHTML}`));
    expect(small, where).toEqual([]);
  };
  await page.goto("/");
  await visit("/");
  await walkSteps(page, await openDialog(page), phone, visit);
  await menu(page).click();
  await visit("menu");
  await walkAccount(page, info.workerIndex, visit);
});
