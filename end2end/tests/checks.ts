// Checks of a page: the rules of axe, and that nothing is wider than it.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect } from "./support";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// These rules are off in axe by default.
const RULES = { "target-size": { enabled: true } };
// These depend on colours, which alone the style changes by colour scheme.
const COLOR_RULES = { type: "rule" as const, values: ["color-contrast", "link-in-text-block"] };

/** Checks the rules of axe in the light colour scheme, and those about colours in the dark one. */
export async function checkAxe(page: Page, where: string): Promise<void> {
  const light = { runOnly: TAGS, rules: RULES };
  const dark = { runOnly: COLOR_RULES };
  for (const [colorScheme, options] of [["light", light], ["dark", dark]] as const) {
    // Without this, a transition would be measured halfway between two colour schemes.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // This mode does not look into frames, of which no page has any, and takes half as long.
    const { violations } =
      await new AxeBuilder({ page }).options(options).setLegacyMode(true).analyze();
    const faults = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`
    );
    expect(faults, `${where}, ${colorScheme}`).toEqual([]);
  }
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

/** Checks these widths of the window, in pixels. */
export async function checkWidths(
  page: Page, where: string, widths: readonly number[],
): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 740 });
    expect(await wide(page), `${where} at ${width}`).toEqual([]);
  }
}
