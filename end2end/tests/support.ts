// The base of every spec: a console that must stay silent, unused numbers, and a person's actions.
import {
  test as base, expect, type APIRequestContext, type BrowserContext, type Locator, type Page,
} from "@playwright/test";

export { expect };

/** Chromium's own line for an expected 4xx or 503 of a page or a call. Any other line is a failure.
 *  */
const EXPECTED = /^Failed to load resource: the server responded with a status of (4\d\d|503)/;
const FILE = /\/pkg\/|\.(js|css|svg|wasm|txt)$/;

export const test = base.extend<{
  scripts: boolean;
  expectedConsole: RegExp | null;
  silentConsole: void;
  phone: string;
}>({
  scripts: async ({ javaScriptEnabled }, use) => use(javaScriptEnabled !== false),
  // The console lines that a spec expects, because it cuts requests itself.
  expectedConsole: [null, { option: true }],
  silentConsole: [
    async ({ context, expectedConsole }, use) => {
      const unexpected: string[] = [];
      watchConsole(context, unexpected, expectedConsole);
      await use();
      expect(unexpected, "the console stays silent").toEqual([]);
    },
    { auto: true },
  ],
  phone: async ({}, use, info) => use(newPhone(info.workerIndex)),
});

export function watchConsole(
  context: BrowserContext, unexpected: string[], expectedConsole: RegExp | null = null,
): void {
  context.on("console", (line) => {
    const expected = EXPECTED.test(line.text()) && !FILE.test(line.location().url);
    const cut = expectedConsole?.test(line.text());
    if (["error", "warning"].includes(line.type()) && !expected && !cut)
      unexpected.push(line.text());
  });
  context.on("weberror", (error) => unexpected.push(String(error.error())));
}

let count = 0;
/** Returns the national digits of an Indian mobile number that no other test uses. */
export function newPhone(worker: number): string {
  return `9876${String(worker % 1000).padStart(3, "0")}${String(count++).padStart(3, "0")}`;
}

type Message = { phone: string; code: string; text: string; sent_at: number };

export async function inboxMessages(request: APIRequestContext, phone: string): Promise<Message[]> {
  const inbox: Message[] = await (await request.get("/dev/inbox.json")).json();
  return inbox.filter((message) => message.phone === `+91${phone}`);
}

export async function codeFor(request: APIRequestContext, phone: string): Promise<string> {
  await expect.poll(async () => (await inboxMessages(request, phone)).length).toBeGreaterThan(0);
  return (await inboxMessages(request, phone))[0].code;
}

export function wrongCode(code: string): string {
  return code.slice(0, -1) + ((Number(code.at(-1)) + 1) % 10);
}

/** Waits until the page is hydrated, if scripts are on. */
export async function waitForHydration(page: Page, scripts: boolean): Promise<void> {
  if (scripts) await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
}

/** Holds the requests for an address until the returned function continues or aborts them. */
export async function holdRequests(
  page: Page, address: string, then: "continue" | "abort" = "continue",
): Promise<() => void> {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(address, async (route) => {
    await held;
    await route[then]();
  });
  return release;
}

/** Holds the WASM until the returned function is called. */
export const holdWasm = (page: Page) => holdRequests(page, "**/*.wasm");

/** Returns an Indian number in the groups of its field. */
export const groupDigits = (phone: string) => `${phone.slice(0, 5)} ${phone.slice(5)}`;

/** Opens the flow from the home page's header: the dialog with scripts, the page without. */
export async function openSignIn(
  page: Page, scripts: boolean, name: "Sign in" | "Sign up" = "Sign in",
): Promise<Locator> {
  await page.goto("/");
  await waitForHydration(page, scripts);
  await page.getByRole("banner").getByRole("link", { name }).click();
  return signInContainer(page, scripts, name);
}

/** Returns the element that contains the steps. */
export async function signInContainer(
  page: Page, scripts: boolean, name: "Sign in" | "Sign up" = "Sign in",
): Promise<Locator> {
  const place = scripts ? page.getByRole("dialog", { name }) : page.getByRole("main");
  await expect(place).toBeVisible();
  return place;
}

export async function sendCode(place: Locator, phone: string, timeout?: number): Promise<void> {
  await place.getByLabel("Country").selectOption("IN");
  await place.getByLabel("Phone number").fill(phone);
  await place.getByRole("button", { name: "Send code" }).click();
  await expect(place.getByLabel("Verification code")).toBeVisible({ timeout });
}

/** Types a code. With scripts a complete code is submitted automatically, before a person could
 *  press the button. */
export async function verify(place: Locator, code: string): Promise<void> {
  const field = place.getByLabel("Verification code");
  // Hydration is read before typing, because the code may open another page, not yet hydrated.
  const hydrated = (await place.page().locator("html[data-hydrated]").count()) > 0;
  await field.fill("");
  await field.fill(code);
  if (!hydrated || code.replace(/\D/g, "").length !== 6)
    await place.getByRole("button", { name: "Verify" }).click();
}

export async function fillDetails(
  place: Locator, first = "Ada", last = "Lovelace", email = "ada@example.com",
): Promise<void> {
  await place.getByLabel("First name").fill(first);
  await place.getByLabel("Last name").fill(last);
  await place.getByLabel("Email").fill(email);
  await place.getByRole("button", { name: "Create account" }).click();
}

/** Returns the header's profile menu, whose name contains the first name. */
export function profileMenu(page: Page, first = "Ada"): Locator {
  return page.getByRole("banner").locator("summary", { hasText: first });
}

export async function signUp(page: Page, scripts: boolean, phone: string): Promise<void> {
  const place = await openSignIn(page, scripts, "Sign up");
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await fillDetails(place);
  await expect(profileMenu(page)).toBeVisible();
}

export async function signOut(page: Page): Promise<void> {
  await profileMenu(page).click();
  await page.getByRole("button", { name: "Log out" }).first().click();
  await expect(page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
}
