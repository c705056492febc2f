// The steps by ids and classes, which are the same in every language, in the dialog and on the
// pages.
import type { Locator, Page } from "@playwright/test";
import { waitForHydration, codeFor, expect, newPhone } from "./support";

/** The selectors of the steps. `place` is the dialog or the page. */
export const NUMBER = "form:has([name=phone])";
export const CODE = "form:has(#code)";
export const DETAILS = "form[action='/sign-in/details']";

export const opener = (page: Page, name: "sign-in" | "sign-up" = "sign-in") =>
  page.locator(`header a[data-opens=${name}]`);
export const field = (place: Locator, name: string) => place.locator(`[name=${name}]`);
export const submit = (place: Locator, step: string) =>
  place.locator(`${step} button[type=submit]`);
export const menu = (page: Page) => page.locator("header summary");

/** Opens the dialog, which shows the current step of the flow. */
export async function openDialog(page: Page): Promise<Locator> {
  await page.goto("/");
  await waitForHydration(page, true);
  await opener(page).click();
  await expect(page.locator("dialog")).toBeVisible();
  return page.locator("dialog");
}

type StepCallback = (where: string) => Promise<void>;

/** Goes through every step. Calls `onStep` at first sight and after a refusal. */
export async function walkSteps(
  page: Page, place: Locator, phone: string, onStep: StepCallback,
): Promise<void> {
  await onStep("number");
  await submit(place, NUMBER).click();
  await expect(place.locator("#phone-error")).toBeVisible();
  await onStep("number, refused");
  await field(place, "country").selectOption("IN");
  await field(place, "phone").fill(phone);
  await submit(place, NUMBER).click();
  await expect(field(place, "code")).toBeVisible();
  await onStep("code");
  await submit(place, CODE).click();
  await expect(place.locator("#code-error")).toBeVisible();
  await onStep("code, refused");
  await field(place, "code").fill(await codeFor(page.request, phone));
  if (!(await page.locator("html[data-hydrated]").count())) await submit(place, CODE).click();
  await expect(field(place, "first_name")).toBeVisible();
  await onStep("details");
  await submit(place, DETAILS).click();
  await expect(place.locator("#email-error")).toBeVisible();
  await onStep("details, refused");
  await field(place, "first_name").fill("Ada");
  await field(place, "last_name").fill("Lovelace");
  await field(place, "email").fill("ada@example.com");
  await submit(place, DETAILS).click();
  await expect(menu(page)).toBeVisible();
}

/** Visits the account page and the pages behind it, and calls `onStep` on each. */
export async function walkAccount(
  page: Page, worker: number, onStep: StepCallback,
): Promise<void> {
  for (const path of ["/account", "/account/verify", "/account/delete", "/account/number"]) {
    await page.goto(path);
    await onStep(path);
  }
  await page.goto("/account");
  await page.locator("form[action='/account/recovery-codes'] button").click();
  await expect(page.locator("[data-recovery-code]").first()).toBeVisible();
  await onStep("/account/recovery-codes");
  await page.goto("/account/number");
  const send = page.locator("main button[type=submit]");
  await send.click();
  await expect(page.locator("#phone-error")).toBeVisible();
  await onStep("/account/number, refused");
  await page.locator("main #country").selectOption("IN");
  await page.locator("main #phone").fill(newPhone(worker));
  await send.click();
  await expect(page.locator("main #code")).toBeVisible();
  await onStep("/account/number, the code");
}
