// The pictures of the documentation, made by `make screenshots` alone: they change with fonts and machines.
import { mkdirSync } from "node:fs";
import { begin, codeFor, expect, giveDetails, profile, sendCode, test, verify } from "./support";

test.skip(!process.env.SCREENSHOTS, "only for `make screenshots`");

const folder = process.env.SCREENSHOTS ?? "";

test("pictures of every page and step @scripts", async ({ page, phone }, info) => {
  test.skip(info.project.name !== "scripts", "it sets its own sizes");
  test.setTimeout(180_000);
  mkdirSync(folder, { recursive: true });
  for (const [size, viewport] of [["1280", { width: 1280, height: 800 }], ["360", { width: 360, height: 740 }]] as const) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.context().clearCookies();
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const shot = (name: string) => page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png` });
      const number = phone.slice(0, 8) + (size === "360" ? "1" : "2") + (colorScheme === "dark" ? "3" : "4");
      await page.goto("/");
      await shot("home");
      await page.goto("/sign-in");
      await shot("page");
      const place = await begin(page, true);
      await shot("modal");
      await place.getByRole("button", { name: "Send code" }).click();
      await shot("modal-refused");
      await sendCode(place, number);
      await shot("modal-code");
      await verify(place, await codeFor(page.request, number));
      await expect(place.getByLabel("First name")).toBeVisible();
      await shot("modal-details");
      await giveDetails(place);
      await profile(page).click();
      await shot("menu");
      await page.goto("/account");
      await shot("account");
      await page.goto("/dev/inbox");
      await shot("inbox");
    }
  }
});
