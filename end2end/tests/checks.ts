// Checks of a page: the rules of axe, and that nothing is wider than it.
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect } from "./support";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// These rules are off in axe by default.
const RULES = { "target-size": { enabled: true } };

/** Checks the rules of axe in both colour schemes. */
export async function checkAxe(page: Page, where: string): Promise<void> {
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
