// The measurable part of WCAG 2.2 AA: axe on every page and step, widths, zoom and target sizes.
import { waitForHydration, expect, test } from "./support";
import { checkAxe, checkWidths } from "./checks";
import { menu, openDialog, walkAccount, walkSteps } from "./steps";

// A size that is measured during a transition is not the final one.
test.use({ contextOptions: { reducedMotion: "reduce" } });

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
        await checkAxe(page, path);
      }
      const dialog = await openDialog(page);
      await walkSteps(page, dialog, phone, async (where) => {
        await checkAxe(page, where);
        if (where !== "code" && where !== "details") return;
        await page.goto(`/sign-in/${where}`);
        await waitForHydration(page, true);
        await checkAxe(page, `/sign-in/${where}`);
        await openDialog(page);
      });
      await menu(page).click();
      await checkAxe(page, "menu");
      await walkAccount(page, info.workerIndex, (where) => checkAxe(page, where));
    });
  });
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
