// The journey in other languages, one of them from right to left, with and without scripts.
import AxeBuilder from "@axe-core/playwright";
import { waitForHydration, codeFor, expect, test } from "./support";

const languages = [
  {
    tag: "ar", direction: "rtl", name: "العربية", signUp: "إنشاء حساب", phone: "رقم الهاتف",
    send: "إرسال الرمز", code: "رمز التحقق", verify: "تأكيد",
  },
  {
    tag: "hi", direction: "ltr", name: "हिन्दी", signUp: "साइन अप", phone: "फ़ोन नंबर",
    send: "कोड भेजें", code: "पुष्टि कोड", verify: "पुष्टि करें",
  },
];

for (const language of languages) {
  test(`the whole journey in ${language.name}, chosen on the page`, async ({
    page, scripts, phone,
  }) => {
    await page.goto("/");
    await page.getByRole("button", { name: language.name }).click();
    await expect(page.locator("html")).toHaveAttribute("dir", language.direction);
    await expect(page.locator("html")).toHaveAttribute("lang", language.tag);
    await waitForHydration(page, scripts);
    await page.getByRole("banner").getByRole("link", { name: language.signUp }).click();
    const place = scripts ? page.getByRole("dialog") : page.getByRole("main");
    await place.locator("select").selectOption("IN");
    const number = place.getByLabel(language.phone);
    // Errors are in the same language, from the page and from the server.
    await number.fill("12");
    await place.getByRole("button", { name: language.send }).click();
    await expect(place.locator("#phone-error")).not.toBeEmpty();
    expect(await place.locator("#phone-error").textContent()).not.toMatch(/[a-z]{3}/i);
    await number.fill(phone);
    await place.getByRole("button", { name: language.send }).click();
    const code = place.getByLabel(language.code);
    await expect(code).toBeVisible();
    if (scripts) {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`),
      ).toEqual([]);
    }
    await code.fill(await codeFor(page.request, phone));
    if (!scripts) await place.getByRole("button", { name: language.verify }).click();
    await place.locator("[name=first_name]").fill("فاطمة");
    await place.locator("[name=last_name]").fill("राधा");
    await place.locator("[name=email]").fill("ada@example.com");
    await place.locator("form[action='/sign-in/details'] button[type=submit]").click();
    await expect(page.getByRole("banner").locator("summary")).toContainText("فاطمة");
    expect(await page.locator("body").innerText(), "no message is missing").not.toContain("⟨");
  });
}

test("the language of the browser is spoken before anybody chooses", async ({
  browser, scripts,
}) => {
  const context = await browser.newContext({ locale: "ar-EG", javaScriptEnabled: scripts });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  expect(
    await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth).catch(() => true),
  ).toBe(true);
  await context.close();
});
