// The limits as people see them: a puzzle that the page solves by itself, a wait without scripts,
// and messages in words.
import {
  waitForHydration, openSignIn, codeFor, expect, fillDetails, signInContainer, signOut, newPhone,
  profileMenu, sendCode, signUp, test, inboxMessages, verify,
} from "./support";
import { ownServer } from "./server";

/** Milliseconds. The number of hashes of a puzzle is random: one puzzle in a thousand takes ten
 *  times the median. And the specs share the processor. */
const PUZZLE_TIMEOUT = 25_000;
const ports = { scripts: 3221, "no-scripts": 3222, phone: 3223 };

test.describe("a second text that needs a puzzle or a wait", () => {
  const settings = {
    SOURCE_SENDS_PER_HOUR: "1", SOURCE_SENDS_PER_HOUR_WITH_PROOF: "2", PUZZLE_WAIT: "3",
  };
  test.use({ baseURL: ownServer(ports, settings) });

  test("the puzzle is solved or waited out, and past it there are words", async (
    { page, scripts, phone }, info,
  ) => {
    const second = newPhone(info.workerIndex);
    const place = await openSignIn(page, scripts, "Sign up");
    await sendCode(place, phone);
    await place.getByRole("link", { name: "Change number" }).click();
    const statuses: number[] = [];
    page.on(
      "response", (answer) => answer.request().method() === "POST" && statuses.push(answer.status())
    );
    if (scripts) {
      await sendCode(place, second, PUZZLE_TIMEOUT);
      expect(statuses, "a puzzle was asked for and solved").toEqual([428, 200]);
    } else {
      await place.getByLabel("Country").selectOption("IN");
      await place.getByLabel("Phone number").fill(second);
      const again = place.getByRole("button", { name: "Send code" });
      for (const words of ["Please wait 3 seconds", "Please wait"]) {
        await again.click();
        await expect(place.getByRole("alert")).toContainText(words);
        await expect(place.getByLabel("Phone number")).toHaveValue(second);
      }
      await page.waitForTimeout(3_100);
      await again.click();
      await expect(place.getByLabel("Verification code")).toBeVisible();
      expect(statuses).toEqual([428, 428, 303]);
    }
    await verify(place, await codeFor(page.request, second));
    await fillDetails(place, "Grace");
    await expect(profileMenu(page, "Grace")).toBeVisible();

    await profileMenu(page, "Grace").click();
    await page.getByRole("button", { name: "Log out" }).first().click();
    const third = await openSignIn(page, scripts);
    await third.getByLabel("Country").selectOption("IN");
    await third.getByLabel("Phone number").fill(newPhone(info.workerIndex));
    await third.getByRole("button", { name: "Send code" }).click();
    await expect(third.getByRole("alert")).toContainText("You can try again in ");
  });

  test("the page answers while the puzzle is being solved @scripts", async (
    { page, phone }, info,
  ) => {
    await signUp(page, true, phone);
    await signOut(page);
    const place = await openSignIn(page, true);
    // The page stays responsive if its timers run while it shows that it is solving.
    await page.evaluate(() => {
      const counted = { turns: 0 };
      const tick = () => {
        if (document.getElementById("solving")!.textContent) counted.turns++;
        setTimeout(tick, 0);
      };
      tick();
      Object.assign(globalThis, { counted });
    });
    const proven = page.waitForRequest((request) => /proof=/.test(request.postData() ?? ""));
    await sendCode(place, newPhone(info.workerIndex), PUZZLE_TIMEOUT);
    // Nonces are tried in order, so the proof gives their number. No machine tries a hundred
    // thousand in one slice.
    const tries =
      Number(new URLSearchParams((await proven).postData()!).get("proof")!.split(":").at(-1));
    const turns = await page.evaluate(
      () => (globalThis as unknown as { counted: { turns: number } }).counted.turns,
    );
    expect(turns, `turns beside ${tries} tries`).toBeGreaterThanOrEqual(
      Math.floor(tries / 100_000),
    );
  });
});

test.describe("a code that is valid for a minute, with a cooldown of a second", () => {
  const ports = { scripts: 3313, "no-scripts": 3314, phone: 3315 };

  test.use({ baseURL: ownServer(ports, { CODE_TTL: "60", RESEND_COOLDOWNS: "1" }) });

  test("the page says that another text was sent", async ({ page, scripts, phone }) => {
    const place = await openSignIn(page, scripts);
    await sendCode(place, phone);
    // Without scripts the button is enabled at once, and the server decides.
    await page.waitForTimeout(1_100);
    await place.getByRole("button", { name: "Resend code" }).click();
    await expect(place.getByRole("status").filter({ hasText: "Another text is on its way." }))
      .toBeVisible();
    expect(await inboxMessages(page.request, phone)).toHaveLength(2);
  });

  test("a page that is loaded in a code's last minute says so @scripts", async ({
    page, phone,
  }) => {
    await page.goto("/sign-up");
    await waitForHydration(page, true);
    await sendCode(page.getByRole("main"), phone);
    await page.goto("/sign-in/code");
    await waitForHydration(page, true);
    await expect(page.getByRole("status").filter({ hasText: "One minute left to type the code." }))
      .toBeVisible();
    await expect(page.getByText(/^The code is good for (1:00|0:5\d)\.$/)).toBeVisible();
  });
});

test("ending all sessions ends the other browser's session, and Back shows nothing", async ({
  page, scripts, phone, browser,
}) => {
  await signUp(page, scripts, phone);
  const other = await browser.newContext({ javaScriptEnabled: scripts });
  const elsewhere = await other.newPage();
  const place = await openSignIn(elsewhere, scripts);
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await expect(profileMenu(elsewhere)).toBeVisible();
  await elsewhere.goto("/account");
  await elsewhere.getByRole("button", { name: "End all sessions" }).click();
  await expect(elsewhere.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
  await elsewhere.goBack();
  await expect(elsewhere.locator("[value='ada@example.com']")).toHaveCount(0);
  await page.goto("/account");
  await expect(page.locator("[value='ada@example.com']")).toHaveCount(0);
  await signInContainer(page, false);
  await other.close();
});
