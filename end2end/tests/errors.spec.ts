// Errors are beside their field, in words, and typed text is not lost.
import {
  openSignIn, codeFor, expect, profileMenu, sendCode, test, inboxMessages, verify, wrongCode,
} from "./support";
import { ownServer } from "./server";

test("a number that is none is refused beside its field and sends nothing", async ({
  page, scripts, phone,
}) => {
  const place = await openSignIn(page, scripts);
  const field = place.getByLabel("Phone number");
  for (const [typed, words] of [
    ["", "Type your mobile number."],
    ["98765x", "only digits"],
    ["12345", "not a number we know"],
    ["022 2345 6789", "not a mobile number"],
  ]) {
    await place.getByLabel("Country").selectOption("IN");
    await field.fill(typed);
    await place.getByRole("button", { name: "Send code" }).click();
    await expect(place.getByRole("alert")).toContainText(words);
    await expect(field).toHaveAttribute("aria-invalid", "true");
    // With scripts the number is grouped, and no digit is lost.
    const bare = (text: string) => (scripts ? text.replaceAll(" ", "") : text);
    expect(bare(await field.inputValue())).toBe(bare(typed));
    if (scripts) await expect(field).toBeFocused();
  }
  for (const number of ["12345", "2223456789"])
    expect(await inboxMessages(page.request, number)).toHaveLength(0);
  await sendCode(place, phone);
});

test("a wrong code says how many tries are left, and the fifth ends the challenge", async ({
  page, scripts, phone,
}) => {
  const place = await openSignIn(page, scripts);
  await sendCode(place, phone);
  const code = await codeFor(page.request, phone);
  await verify(place, "12");
  await expect(place.getByRole("alert")).toContainText("The code has 6 digits");
  for (const words of ["4 tries left", "3 tries left", "2 tries left", "1 try left", "last try"]) {
    await verify(place, wrongCode(code));
    await expect(place.getByRole("alert")).toContainText(words);
    await expect(place.getByLabel("Verification code")).toHaveValue(wrongCode(code));
  }
  await verify(place, code);
  await expect(place.getByRole("alert")).toContainText("cannot be used any more");
});

test("a code with spaces is understood", async ({ page, scripts, phone }) => {
  const place = await openSignIn(page, scripts);
  await sendCode(place, phone);
  const code = await codeFor(page.request, phone);
  await verify(place, ` ${code.slice(0, 3)} ${code.slice(3)} `);
  await expect(place.getByLabel("First name")).toBeVisible();
});

test("details that are not valid are each named, and what was typed stays", async ({
  page, scripts, phone,
}) => {
  const place = await openSignIn(page, scripts);
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await place.getByLabel("First name").fill("Ada");
  await place.getByLabel("Email").fill("ada@nowhere");
  await place.getByRole("button", { name: "Create account" }).click();
  await expect(place.getByRole("alert")).toHaveText([
    /Type your last name/, /does not look like an e-mail/,
  ]);
  await expect(place.getByLabel("First name")).toHaveValue("Ada");
  await expect(place.getByLabel("Email")).toHaveValue("ada@nowhere");
  await place.getByLabel("Last name").fill("Lovelace");
  await place.getByLabel("Email").fill("ada@example.com");
  await place.getByRole("button", { name: "Create account" }).click();
  await expect(profileMenu(page)).toBeVisible();
});

test("another text can be asked for after the wait, which is shown", async ({
  page, scripts, phone,
}) => {
  const place = await openSignIn(page, scripts);
  await sendCode(place, phone);
  const again = place.getByRole("button", { name: "Resend code" });
  if (scripts) {
    await expect(again).toBeDisabled();
    await expect(place.getByText(/^in 0:(30|2\d)$/)).toBeVisible();
  } else {
    await again.click();
    await expect(place.getByRole("alert")).toContainText(/in (30|2\d) seconds/);
  }
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
});

test.describe("with short waits", () => {
  const ports = { scripts: 3513, "no-scripts": 3514, phone: 3515 };
  test.use({ baseURL: ownServer(ports, { RESEND_COOLDOWNS: "3,60" }) });

  test("the countdown ends, and the same code comes again @scripts", async ({ page, phone }) => {
    const place = await openSignIn(page, true);
    await sendCode(place, phone);
    const again = place.getByRole("button", { name: "Resend code" });
    await expect(again).toBeDisabled();
    await expect(again).toBeEnabled();
    await again.click();
    await expect(place.getByText(/^in (1:00|0:5\d)$/)).toBeVisible();
    const sent = await inboxMessages(page.request, phone);
    expect(sent).toHaveLength(2);
    expect(sent[0].code).toBe(sent[1].code);
  });
});

test("a page that is not there says so", async ({ page }) => {
  const answer = await page.goto("/nowhere");
  expect(answer!.status()).toBe(404);
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
});
