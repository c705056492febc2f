// The page's behaviour while a person types the number, the code and the details.
import {
  waitForHydration, openSignIn, codeFor, expect, fillDetails, profileMenu, sendCode, test,
  inboxMessages, verify, wrongCode,
} from "./support";

test("a number groups as it is typed, keeps the caret and is read back @scripts", async ({
  page,
}) => {
  const place = await openSignIn(page, true);
  const number = place.getByLabel("Phone number");
  await place.getByLabel("Country").selectOption("IN");
  await number.pressSequentially("9876543210");
  await expect(number).toHaveValue("98765 43210");
  await expect(place.getByText("We will text +91 98765 43210.")).toBeVisible();
  await number.press("Home");
  await number.press("ArrowRight");
  await number.press("Delete");
  await number.pressSequentially("7");
  await expect(number).toHaveValue("97765 43210");
  expect(await number.evaluate((field: HTMLInputElement) => field.selectionStart)).toBe(2);
  await number.fill("09876543210");
  await expect(number).toHaveValue("098765 43210");
  await expect(place.getByText("We will text +91 98765 43210.")).toBeVisible();
});

test("a pasted international number moves the country @scripts", async ({ page }) => {
  const place = await openSignIn(page, true);
  const [country, number] = [place.getByLabel("Country"), place.getByLabel("Phone number")];
  await country.selectOption("IN");
  await number.fill("+447400123456");
  await expect(country).toHaveValue("GB");
  await expect(number).toHaveValue("+44 7400 123456");
  await country.selectOption("FR");
  await expect(number, "a number with a plus says its country itself").toHaveValue(
    "+44 7400 123456",
  );
  await expect(place.getByText("We will text +44 7400 123456.")).toBeVisible();
  await number.fill("");
  await country.selectOption("CA");
  await number.fill("+14165550123");
  await expect(country, "a country of that code stays").toHaveValue("CA");
  await number.fill("+9991234");
  await expect(place.getByText("We cannot send texts to numbers of that country.")).toBeVisible();
});

test("what is not certain is not read back @scripts", async ({ page }) => {
  const place = await openSignIn(page, true);
  const [country, number] = [place.getByLabel("Country"), place.getByLabel("Phone number")];
  for (const [region, whole, said, typed] of [
    ["IN", "9198765432", "+91 91987 65432", "919876543210"],
    ["US", "2015550123", "+1 201 555 0123", "1 (201) 555-0123"],
    ["GB", "+447400123456", "+44 7400 123456", "+44 (0)7400 123456"],
    ["AT", "664123456", "+43 664 123456", "436641234"],
    ["IN", "\u206298765\u061c43210\ufe0f", "+91 98765 43210", "+0 98765 43210"],
  ]) {
    await number.fill("");
    await country.selectOption(region);
    await number.fill(whole);
    await expect(place.locator("#phone-hint")).toHaveText(`We will text ${said}.`);
    await number.fill(typed);
    await expect(place.locator("#phone-hint"), typed).toBeEmpty();
    expect((await number.inputValue()).replace(/\D/g, ""), "no digit is lost").toBe(
      typed.replace(/\D/g, ""),
    );
  }
});

test("the country outlives a reload and a change of language with its number @scripts", async ({
  page, phone,
}) => {
  await page.goto("/sign-up");
  await waitForHydration(page, true);
  const [country, number] = [page.locator("#country"), page.locator("#phone")];
  // These digits are a mobile number in India too, which the page preselects.
  const digits = `718555${phone.slice(-4)}`;
  await country.selectOption("US");
  await number.fill(digits);
  const isThere = async () => {
    await waitForHydration(page, true);
    await expect(country).toHaveValue("US");
    await expect(number).toHaveValue(`718 555 ${phone.slice(-4)}`);
  };
  await page.reload();
  await isThere();
  await page.getByRole("button", { name: "हिन्दी" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "hi");
  await isThere();
  await expect(page.locator("#phone-hint")).not.toContainText("+91");
  await page.locator("#step-phone button[type=submit]").click();
  await expect(page.locator("#code")).toBeVisible();
  expect(await inboxMessages(page.request, digits), "in India").toHaveLength(0);
  const inbox: { phone: string }[] = await (await page.request.get("/dev/inbox.json")).json();
  expect(inbox.map((text) => text.phone)).toContain(`+1${digits}`);
});

test("a calling code that has chosen the country is kept with it @scripts", async ({ page }) => {
  await page.goto("/sign-up");
  await waitForHydration(page, true);
  const [country, number] = [page.locator("#country"), page.locator("#phone")];
  await country.selectOption("IN");
  await number.fill("+447400123456");
  await expect(country).toHaveValue("GB");
  await page.reload();
  await waitForHydration(page, true);
  await expect(country).toHaveValue("GB");
  await expect(number).toHaveValue("+44 7400 123456");
});

const messages = (code: string) => [
  `${code.slice(0, 3)} ${code.slice(3)}`,
  `${code.slice(0, 3)}-${code.slice(3)}`,
  `Your code is ${code}.`,
  [...code].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join(""),
  `${code} is your Ringkey code. It is good for 5 minutes. Never share it.`,
];

for (const kind of [0, 1, 2, 3, 4]) {
  test(`a pasted code signs in: form ${kind}`, async ({ page, scripts, phone }) => {
    const place = await openSignIn(page, scripts, "Sign up");
    await sendCode(place, phone);
    await place.getByLabel("Verification code").fill(
      messages(await codeFor(page.request, phone))[kind],
    );
    if (!scripts) await place.getByRole("button", { name: "Verify" }).click();
    await fillDetails(place);
    await expect(profileMenu(page)).toBeVisible();
  });
}

test("a code is sent by itself once it is complete, and a wrong one is selected @scripts", async ({
  page, phone,
}) => {
  const place = await openSignIn(page, true);
  await sendCode(place, phone);
  const code = await codeFor(page.request, phone);
  const field = place.getByLabel("Verification code");
  await field.pressSequentially(wrongCode(code));
  await expect(place.getByRole("alert")).toContainText("4 tries left");
  await expect(field).toBeFocused();
  expect(
    await field.evaluate((input: HTMLInputElement) => input.selectionEnd! - input.selectionStart!),
  ).toBe(6);
  await expect(place.getByText(/^The code is good for 4:\d\d\.$/)).toBeVisible();
  await page.keyboard.type(code);
  await expect(place.getByLabel("First name")).toBeVisible();
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
});

test("a field is judged when it is left, and what was typed outlives a reload", async ({
  page, scripts, phone,
}) => {
  test.skip(!scripts, "without scripts the server judges, and the browser keeps what it keeps");
  await page.goto("/sign-up");
  await waitForHydration(page, scripts);
  const place = page.getByRole("main");
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  const [first, email] = [place.getByLabel("First name"), place.getByLabel("Email")];
  await email.fill("ada@");
  await first.focus();
  await expect(place.locator("#email-error")).toContainText("does not look like an e-mail address");
  await expect(place.locator("#first_name-error"), "nothing was typed there yet").toBeHidden();
  await email.fill("ada@example.com");
  await first.focus();
  await expect(place.locator("#email-error")).toBeHidden();
  await first.fill("Ada");
  await page.reload();
  await waitForHydration(page, scripts);
  await expect(place.getByLabel("First name")).toHaveValue("Ada");
  await expect(place.getByLabel("Email")).toHaveValue("ada@example.com");
  await fillDetails(place);
  // The header changes at once. Then the page navigates.
  await page.waitForURL("/");
  await expect(profileMenu(page)).toBeVisible();
  expect(await page.evaluate(() => sessionStorage.length), "signed in, it is forgotten").toBe(0);
});
