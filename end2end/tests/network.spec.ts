// On a slow, missing or lossy network every press gives a message or a next step, and typed text is
// not lost.
import { setTimeout as wait } from "node:timers/promises";
import type { BrowserContext, Locator, Page, Request } from "@playwright/test";
import { ownServer } from "./server";
import {
  waitForHydration, openSignIn, codeFor, expect, fillDetails, groupDigits, holdRequests, holdWasm,
  signOut, profileMenu, signUp, test, inboxMessages, verify,
} from "./support";

const NO_ANSWER = /^Failed to load resource: net::ERR_(FAILED|INTERNET_DISCONNECTED)$/;
const WITHOUT_WASM =
  /^Ringkey goes on without scripts: |^Failed to load resource: net::ERR_FAILED$/;
const DETAILS = { "First name": "Ada", "Last name": "Lovelace", Email: "ada@example.com" };

const button = (place: Locator, name: string) => place.getByRole("button", { name });

async function expectFields(place: Locator, fields: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(fields))
    await expect(place.getByLabel(label)).toHaveValue(value);
}

/** Makes the whole journey by plain forms. */
async function signUpByForms(
  page: Page, phone: string, press: (button: Locator) => Promise<void>,
): Promise<void> {
  await page.goto("/sign-up");
  const place = page.getByRole("main");
  await place.getByLabel("Country").selectOption("IN");
  await place.getByLabel("Phone number").fill(phone);
  await press(button(place, "Send code"));
  await expect(page).toHaveURL(/\/sign-in\/code$/);
  await place.getByLabel("Verification code").fill(await codeFor(page.request, phone));
  await press(button(place, "Verify"));
  await expect(page).toHaveURL(/\/sign-in\/details$/);
  for (const [label, value] of Object.entries(DETAILS)) await place.getByLabel(label).fill(value);
  await press(button(place, "Create account"));
  await expect(profileMenu(page)).toBeVisible();
}

test.describe("offline", () => {
  test.use({ expectedConsole: NO_ANSWER });

  test("every step says so, and the same press goes on with the typed text later @scripts", async ({
    page, phone, context,
  }) => {
    const place = await openSignIn(page, true, "Sign up");
    const press = async (name: string, fields: Record<string, string>) => {
      await expect(place.getByRole("alert")).toContainText(
        "You are offline. What you typed is kept",
      );
      await expectFields(place, fields);
      await button(place, name).click();
      await expect(place.getByRole("alert"), "still offline").toContainText("You are offline.");
      await expectFields(place, fields);
      await context.setOffline(false);
      await button(place, name).click();
    };
    await place.getByLabel("Country").selectOption("IN");
    await place.getByLabel("Phone number").fill(phone);
    await context.setOffline(true);
    await button(place, "Send code").click();
    await press("Send code", { Country: "IN", "Phone number": groupDigits(phone) });
    const code = await codeFor(page.request, phone);
    await expect(place.getByLabel("Verification code")).toBeVisible();
    await context.setOffline(true);
    await verify(place, code);
    await press("Verify", { "Verification code": code });
    await expect(place.getByLabel("First name")).toBeVisible();
    await context.setOffline(true);
    await fillDetails(place);
    await press("Create account", DETAILS);
    await expect(profileMenu(page)).toBeVisible();
    expect(await inboxMessages(page.request, phone)).toHaveLength(1);
  });
});

test("while an answer takes 2 s a button is busy, and a press is one request @scripts", async ({
  page, phone,
}) => {
  await page.route("**/api/**", async (route) => {
    await wait(2_000);
    await route.continue();
  });
  const calls: string[] = [];
  page.on("request", (request) =>
    request.method() === "POST" && calls.push(new URL(request.url()).pathname));
  // The opened dialog asks for the options with which the browser offers a passkey.
  const callsOfForms = () => calls.filter((path) => path !== "/api/auth/passkey/options");
  const place = await openSignIn(page, true, "Sign up");
  const insist = async (name: string, field: string) => {
    await expect(button(place, name)).toHaveAttribute("aria-busy", "true");
    await expect(button(place, name)).toBeDisabled();
    await button(place, name).click({ force: true });
    await place.getByLabel(field).press("Enter");
    await place.getByLabel(field).press("Enter");
    await expect(button(place, name), "still the first press").toHaveAttribute("aria-busy", "true");
  };
  await place.getByLabel("Country").selectOption("IN");
  await place.getByLabel("Phone number").fill(phone);
  await button(place, "Send code").click();
  await expect(button(place, "Send code"), "busy, it keeps the focus").toBeFocused();
  await insist("Send code", "Phone number");
  await expect(place.getByLabel("Verification code")).toBeVisible();
  await verify(place, await codeFor(page.request, phone));
  await insist("Verify", "Verification code");
  await expect(place.getByLabel("First name")).toBeVisible();
  await fillDetails(place);
  await insist("Create account", "Email");
  await expect(profileMenu(page)).toBeVisible();
  expect(callsOfForms()).toEqual([
    "/api/auth/send-otp", "/api/auth/verify-otp", "/api/auth/create-account",
  ]);
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
});

test.describe("without boot.js or WASM", () => {
  for (const file of ["**/boot.js", "**/*.wasm"]) {
    test.describe(file, () => {
      test.use({ expectedConsole: WITHOUT_WASM });
      test.beforeEach(async ({ page }) => page.route(file, (route) => route.abort()));

      test("the whole journey goes by plain forms @scripts", async ({ page, phone }) => {
        await signUpByForms(page, phone, (button) => button.click());
        expect(await inboxMessages(page.request, phone)).toHaveLength(1);
      });

      test("pressing a plain form's button twice costs one text @scripts", async ({
        page, phone,
      }) => {
        // Without it the first request may have left when the second press comes. Both are without
        // a cookie, so nothing tells them apart.
        test.skip(file.includes("boot.js"), "boot.js is what lets a form be sent once");
        // The second press of the last button may end the session that the first one opened.
        // Without scripts there is no remedy.
        await signUpByForms(page, phone, async (button) =>
          (await button.textContent()) === "Create account" ? button.click() : button.dblclick());
        expect(await inboxMessages(page.request, phone)).toHaveLength(1);
      });
    });
  }
});

test.describe("without the WASM", () => {
  test.use({ expectedConsole: WITHOUT_WASM });

  test("where it never comes, the field that somebody types in is left alone @scripts", async ({
    page,
  }) => {
    const fail = await holdRequests(page, "**/*.wasm", "abort");
    await page.goto("/sign-up");
    const number = page.getByLabel("Phone number");
    await number.fill("98765");
    await number.evaluate((field: HTMLInputElement) => field.setSelectionRange(2, 2));
    const before = await number.elementHandle();
    const said = page.waitForEvent(
      "console", (line) => line.text().startsWith("Ringkey goes on without scripts: "),
    );
    fail();
    await said;
    expect(await number.evaluate((field, before) => field === before, before)).toBe(true);
    await expect(number).toBeFocused();
    expect(await number.evaluate((field: HTMLInputElement) => field.selectionStart)).toBe(2);
  });

  test("a plain form's button sends nothing while its answer is awaited @scripts", async ({
    page, phone,
  }) => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let posts = 0;
    await page.route("**/*.wasm", (route) => route.abort());
    await page.route("**/sign-up", async (route, request) => {
      if (request.method() === "POST" && ++posts === 1) await held;
      await route.continue();
    });
    await page.goto("/sign-up");
    await page.getByLabel("Country").selectOption("IN");
    await page.getByLabel("Phone number").fill(phone);
    const sent = page.waitForRequest((request) => request.method() === "POST");
    // This clicks with the mouse, because a locator's click would wait for the next page.
    const { x, y } = (await button(page.getByRole("main"), "Send code").boundingBox())!;
    await page.mouse.click(x + 5, y + 5);
    await sent;
    await page.mouse.click(x + 5, y + 5);
    release();
    await expect(page).toHaveURL(/\/sign-in\/code$/);
    expect(posts).toBe(1);
    expect(await inboxMessages(page.request, phone)).toHaveLength(1);
  });
});

test("a form that is sent before the WASM is plain, and the next page goes on @scripts", async ({
  page, phone,
}) => {
  const release = await holdWasm(page);
  await page.goto("/");
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
  const dialog = page.getByRole("dialog", { name: "Sign up" });
  await dialog.getByLabel("Country").selectOption("IN");
  await dialog.getByLabel("Phone number").fill(phone);
  await button(dialog, "Send code").click();
  await expect(page).toHaveURL(/\/sign-in\/code$/);
  release();
  await waitForHydration(page, true);
  const place = page.getByRole("main");
  await verify(place, await codeFor(page.request, phone));
  await fillDetails(place);
  await expect(profileMenu(page)).toBeVisible();
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
});

/** Returns numbers from 0 to 1, the same for the same seed (mulberry32). */
function chances(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Sends a request to the server without the browser. `route.fetch` would keep the cookies of the
 *  response, which the browser must not get here. */
async function deliver(request: Request, context: BrowserContext): Promise<void> {
  const { origin } = new URL(request.url());
  const jar = await context.cookies(origin);
  const cookies = jar.map(({ name, value }) => `${name}=${value}`).join("; ");
  const headers = {
    "content-type": request.headers()["content-type"], origin, ...(cookies && { cookie: cookies }),
  };
  await fetch(
    request.url(), { method: "POST", headers, body: request.postData(), redirect: "manual" },
  );
}

type Fate = "arrives" | "is cut" | "response is lost";

/** Decides the fate of each post to the journey's addresses. Counts the lost responses. */
async function line(page: Page, fate: (path: string) => Fate): Promise<{ lost: number }> {
  const line = { lost: 0 };
  await page.route(/\/api\/auth\/|\/sign-(in|up)/, async (route, request) => {
    const drawn = request.method() === "POST" ? fate(new URL(request.url()).pathname) : "arrives";
    if (drawn === "arrives") return route.continue();
    if (drawn === "response is lost") {
      await deliver(request, page.context());
      line.lost++;
    }
    await route.abort();
  });
  return line;
}

/** Loses three of ten posts: half of them before the server, and half after it has answered. */
function threeOfTen(seed: number): () => Fate {
  const chance = chances(seed);
  return () => {
    const drawn = chance();
    return drawn < 0.15 ? "is cut" : drawn < 0.3 ? "response is lost" : "arrives";
  };
}

type Place = "number" | "code" | "details" | "signed in" | "error page" | "elsewhere";

/** A person who wants to be signed in and follows the page's instructions. */
class Person {
  presses = 0;
  sends = 0;
  private readonly typed = new Set<string>();

  constructor(
    private readonly page: Page, private readonly phone: string, private readonly inPlace: boolean,
  ) {}

  async signIn(most: number): Promise<void> {
    await this.page.goto("/");
    await waitForHydration(this.page, this.inPlace);
    while ((await this.place()) !== "signed in") {
      expect(this.presses, "it ends").toBeLessThan(most);
      await this.goOn(await this.place());
    }
  }

  async place(): Promise<Place> {
    if (this.page.url().startsWith("chrome-error:")) return "error page";
    if (await profileMenu(this.page).isVisible()) return "signed in";
    const labels = {
      number: "Phone number", code: "Verification code", details: "First name",
    } as const;
    for (const [place, label] of Object.entries(labels)) {
      if (await this.page.getByLabel(label).isVisible()) return place as Place;
    }
    return "elsewhere";
  }

  private words(): Locator {
    return this.page.getByRole("alert").filter({ visible: true, hasText: /\S/ });
  }

  private async goOn(place: Place): Promise<void> {
    if (place === "error page") {
      // Back would repeat the post if the page was the response to one.
      await this.page.goto("/");
      return;
    }
    await waitForHydration(this.page, this.inPlace);
    if (place === "elsewhere") {
      await this.page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
      await expect.poll(() => this.place()).not.toBe("elsewhere");
    } else if (place === "number") {
      await this.page.getByLabel("Country").selectOption("IN");
      await this.type({ "Phone number": this.inPlace ? groupDigits(this.phone) : this.phone });
      await this.press("Send code");
    } else if (place === "code") {
      await this.giveCode();
    } else {
      await this.type(DETAILS);
      await this.press("Create account");
    }
  }

  private async giveCode(): Promise<void> {
    const words = (await this.words().allInnerTexts()).join(" ");
    if (/Ask for a new one/.test(words)) return this.press("Resend code");
    const field = this.page.getByLabel("Verification code");
    const code = await codeFor(this.page.request, this.phone);
    if (this.inPlace && (await field.inputValue()) !== code)
      return this.awaited(() => field.fill(code));
    await field.fill(code);
    await this.press("Verify");
  }

  /** Types each value. With scripts a value that was typed before must still be there. */
  private async type(fields: Record<string, string>): Promise<void> {
    for (const [label, value] of Object.entries(fields)) {
      const field = this.page.getByLabel(label);
      if (this.inPlace && this.typed.has(label))
        await expect(field, "nothing typed is lost").toHaveValue(value);
      else await field.fill(value);
      this.typed.add(label);
    }
  }

  private async press(
    name: "Send code" | "Resend code" | "Verify" | "Create account",
  ): Promise<void> {
    if (/end code$/.test(name)) this.sends++;
    await this.awaited(() => this.page.getByRole("button", { name }).click());
  }

  /** Each press must give a message, another page, or the browser's own error page. */
  private async awaited(press: () => Promise<void>): Promise<void> {
    this.presses++;
    const before = await this.place();
    const shown = this.inPlace ? null : this.page.waitForEvent("framenavigated");
    const over = Promise.race(["requestfinished", "requestfailed"].map((event) =>
      this.page.waitForEvent(
        event as "requestfinished", (request) => request.method() === "POST",
      )));
    await Promise.all([over, shown, press()]);
    const sent = this.page.getByText("Another text is on its way.");
    const led = async () =>
      (await this.words().or(sent).count()) > 0 ||
      ![before, "elsewhere"].includes(await this.place());
    await expect.poll(led, `words or a next step after press ${this.presses}`).toBe(true);
  }
}

const ports = { scripts: 3217, "no-scripts": 3218, phone: 3219 };
const seeds = Array.from({ length: process.env.SOAK ? 50 : 6 }, (_, index) => index + 1);

test.describe("a network that loses requests", () => {
  test.describe.configure({ timeout: 60_000 });

  // The waits are short but real.
  test.use({ baseURL: ownServer(ports, { RESEND_COOLDOWNS: "1", PUZZLE_WAIT: "1" }) });

  /** Signs in on a lossy network. `known` is `true` if the number has an account already. */
  async function signIn(
    page: Page, phone: string, known: boolean, inPlace: boolean, fate: (path: string) => Fate,
  ): Promise<void> {
    if (known) {
      if (inPlace) await signUp(page, true, phone);
      else await signUpByForms(page, phone, (button) => button.click());
      await signOut(page);
    }
    const before = (await inboxMessages(page.request, phone)).length;
    const losses = await line(page, fate);
    const person = new Person(page, phone, inPlace);
    await person.signIn(40);
    const sent = (await inboxMessages(page.request, phone)).length - before;
    expect(sent, "texts, for the answers that were lost").toBeLessThanOrEqual(1 + losses.lost);
    expect(sent, "texts, for the presses that asked for one").toBeLessThanOrEqual(person.sends);
  }

  /** The server accepts the right code, and the browser never gets the response. */
  function loseTheFirstGuess(): (path: string) => Fate {
    let guessed = false;
    return (path) => {
      const first = !guessed && /verify-otp|\/code$/.test(path);
      guessed ||= first;
      return first ? "response is lost" : "arrives";
    };
  }

  for (const wasm of [true, false]) {
    test.describe(wasm ? "with all its files" : "without the WASM", () => {
      const tag = wasm ? "" : " without the WASM @scripts";
      test.use({ expectedConsole: wasm ? NO_ANSWER : WITHOUT_WASM });
      test.beforeEach(async ({ page }) => {
        if (!wasm) await page.route("**/*.wasm", (route) => route.abort());
      });

      for (const seed of seeds) {
        const known = seed % 2 === 0;
        const kind = known ? "known" : "new";
        test(`three of ten: somebody ${kind} still ends signed in: seed ${seed}${tag}`, async ({
          page, scripts, phone,
        }) => {
          await signIn(page, phone, known, scripts && wasm, threeOfTen(seed));
        });
      }

      test(`a code whose response was lost is followed by another one${tag}`, async ({
        page, scripts, phone,
      }) => {
        await signIn(page, phone, true, scripts && wasm, loseTheFirstGuess());
      });
    });
  }
});
