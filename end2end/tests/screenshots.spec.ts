// The pictures of the documentation. Only `make screenshots` makes them, because they depend on
// fonts and machines.
import { mkdirSync } from "node:fs";
import type { Page } from "@playwright/test";
import {
  waitForHydration, openSignIn, codeFor, expect, fillDetails, profileMenu, sendCode, test, verify,
  wrongCode,
} from "./support";

const folder = process.env.SCREENSHOTS ?? "";
test.skip(!folder, "only for `make screenshots`");

/** A picture and its caption. */
type Picture = { name: string; image: string };

/** Takes every page and step, in the order in which a person sees them. */
async function takeAll(page: Page, phone: string): Promise<Picture[]> {
  const pictures: Picture[] = [];
  const take = async (name: string) => {
    const image = await page.screenshot({ type: "png" });
    pictures.push({ name, image: `data:image/png;base64,${image.toString("base64")}` });
  };
  await page.goto("/");
  await waitForHydration(page, true);
  await take("home");
  await page.goto("/nowhere");
  await take("no such page");
  await page.goto("/sign-in");
  await waitForHydration(page, true);
  await take("the number, as a page");
  await page.getByRole("button", { name: "Send code" }).click();
  await take("refused");
  let place = await openSignIn(page, true);
  await take("the number, in the dialog");
  await place.getByLabel("Country").selectOption("IN");
  await place.getByLabel("Phone number").fill(phone);
  await take("read back");
  await sendCode(place, phone);
  await take("the code");
  const code = await codeFor(page.request, phone);
  await verify(place, wrongCode(code));
  await expect(place.getByRole("alert")).toContainText("tries left");
  await take("a wrong code");
  await page.goto("/sign-in/code");
  await waitForHydration(page, true);
  await take("the code, as a page");
  await page.goto("/");
  await waitForHydration(page, true);
  await page.getByRole("banner").getByRole("link", { name: "Sign in" }).click();
  place = page.getByRole("dialog");
  await verify(place, code);
  await expect(place.getByLabel("First name")).toBeVisible();
  await take("the details");
  await fillDetails(place, "Ada", "", "ada@");
  await take("refused");
  await fillDetails(place);
  await expect(profileMenu(page)).toBeVisible();
  await take("just signed in");
  await page.goto("/");
  await take("signed in");
  await profileMenu(page).click();
  await take("the menu");
  await page.goto("/account");
  await take("the account");
  await page.goto("/account/verify");
  await take("the step-up");
  await page.goto("/account/number");
  await take("a new number");
  await page.goto("/dev/inbox");
  await take("the inbox");
  await page.context().clearCookies();
  for (const [language, name] of [["hi", "in Hindi"], ["ar", "in Arabic"]]) {
    await page.context().addCookies([{
      name: "language", value: language, url: new URL("/", page.url()).href,
    }]);
    await page.goto("/sign-in");
    await waitForHydration(page, true);
    await take(name);
  }
  return pictures;
}

/** Puts pictures on one sheet in so many columns of this width. */
async function sheet(
  page: Page, pictures: Picture[], columns: number, width: number, path: string,
): Promise<void> {
  const figures = pictures.map(({ name, image }) =>
    `<figure><img src="${image}" width="${width}"><figcaption>${name}</figcaption></figure>`);
  await page.setViewportSize({ width: columns * (width + 24) + 24, height: 600 });
  await page.setContent(`<style>
    body { margin: 24px 0 0 24px; background: #888; font: 14px system-ui; display: grid; gap: 24px;
      grid-template-columns: repeat(${columns}, ${width}px) }
    figure { margin: 0 } img { display: block; border-radius: 6px }
    figcaption { padding: 4px; color: #fff }
  </style>${figures.join("")}`);
  await page.screenshot({ path, fullPage: true, type: "jpeg", quality: 82 });
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport, columns, width] of [
    ["1280", { width: 1280, height: 800 }, 4, 440],
    ["360", { width: 360, height: 740 }, 9, 200],
  ] as const) {
    test(`every page and step, ${colorScheme}, ${size} px @scripts`, async (
      { page, browser, phone }, info,
    ) => {
      test.skip(info.project.name !== "scripts", "it sets its own sizes");
      test.setTimeout(120_000);
      mkdirSync(folder, { recursive: true });
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const pictures = await takeAll(page, phone);
      // The sheet needs a page without the site's content security policy.
      await sheet(
        await browser.newPage(), pictures, columns, width, `${folder}/${size}-${colorScheme}.jpg`
      );
    });
  }
}

test("the dialog of the README @scripts", async ({ page, phone }, info) => {
  test.skip(info.project.name !== "scripts", "it sets its own size");
  await page.emulateMedia({ reducedMotion: "reduce" });
  await sendCode(await openSignIn(page, true), phone);
  await page.screenshot({ path: `${folder}/modal.png` });
});

test("the phone of the README @scripts", async ({ page, phone }, info) => {
  test.skip(info.project.name !== "scripts", "it sets its own size");
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.setViewportSize({ width: 360, height: 740 });
  await sendCode(await openSignIn(page, true), phone);
  await page.screenshot({ path: `${folder}/phone.png` });
});
