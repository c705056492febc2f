// Two tabs of one browser each ask for a code. The older tab says so, and continues with the newer
// code.
import type { Page } from "@playwright/test";
import {
  waitForHydration, openSignIn, codeFor, expect, fillDetails, newPhone, profileMenu, sendCode, test,
  verify,
} from "./support";

/** Asks for a code for another number in a second tab. */
async function changeElsewhere(page: Page, scripts: boolean, phone: string): Promise<void> {
  const tab = await page.context().newPage();
  await tab.goto("/sign-in?change");
  await waitForHydration(tab, scripts);
  await sendCode(tab.getByRole("main"), phone);
  await tab.close();
}

/** The page says why it shows another number, and that number's code signs in. */
async function goesOn(page: Page, scripts: boolean, phone: string, words: string): Promise<void> {
  const main = page.getByRole("main");
  await expect(main.getByRole("alert")).toContainText(words);
  await expect(main.getByText("+91 ••••• ••" + phone.slice(-3))).toBeVisible();
  await waitForHydration(page, scripts);
  await verify(main, await codeFor(page.request, phone));
  await fillDetails(main, "Grace");
  await expect(profileMenu(page, "Grace")).toBeVisible();
}

test("the older tab's code is answered in words, and the newer one signs in", async (
  { page, scripts, phone }, info,
) => {
  const newer = newPhone(info.workerIndex);
  const place = await openSignIn(page, scripts, "Sign up");
  await sendCode(place, phone);
  const code = await codeFor(page.request, phone);
  await changeElsewhere(page, scripts, newer);
  await verify(place, code);
  await goesOn(page, scripts, newer, "A newer code was asked for in another tab.");
});

test("the older tab's details are answered in words, and the newer code signs in", async (
  { page, scripts, phone }, info,
) => {
  const newer = newPhone(info.workerIndex);
  const place = await openSignIn(page, scripts, "Sign up");
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await expect(place.getByLabel("First name")).toBeVisible();
  await changeElsewhere(page, scripts, newer);
  await fillDetails(place);
  await goesOn(page, scripts, newer, "Type the code from the text message first.");
});

test("a number whose code another tab has asked for leads to that code in words", async ({
  page, scripts, phone,
}) => {
  const place = await openSignIn(page, scripts, "Sign up");
  await changeElsewhere(page, scripts, phone);
  await place.getByLabel("Country").selectOption("IN");
  await place.getByLabel("Phone number").fill(phone);
  await place.getByRole("button", { name: "Send code" }).click();
  await goesOn(page, scripts, phone, "You can ask for another code in");
});
