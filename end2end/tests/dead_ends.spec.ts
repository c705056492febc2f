// Every way back has a way forward, and none of them sends a second message.
import {
  waitForHydration, openSignIn, codeFor, expect, fillDetails, holdRequests, signInContainer,
  signOut, profileMenu, sendCode, signUp, test, inboxMessages, verify, wrongCode,
} from "./support";

test("an unknown number through Sign in reaches the details", async ({ page, scripts, phone }) => {
  const place = await openSignIn(page, scripts, "Sign in");
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await fillDetails(place);
  await expect(profileMenu(page)).toBeVisible();
});

test("a known number through Sign up is signed in", async ({ page, scripts, phone }) => {
  await signUp(page, scripts, phone);
  await signOut(page);
  const place = await openSignIn(page, scripts, "Sign up");
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await expect(profileMenu(page)).toBeVisible();
});

test("reload, Back, reopening and a second tab resume the step and send nothing", async ({
  page, scripts, phone, context,
}) => {
  let place = await openSignIn(page, scripts);
  await sendCode(place, phone);

  await page.reload();
  await waitForHydration(page, scripts);
  if (scripts) {
    await page.getByRole("banner").getByRole("link", { name: "Sign in" }).click();
    place = await signInContainer(page, scripts);
  }
  await expect(place.getByLabel("Verification code")).toBeVisible();

  await page.goto("/nowhere");
  await page.goBack();
  if (scripts) {
    await waitForHydration(page, scripts);
    await page.getByRole("banner").getByRole("link", { name: "Sign in" }).click();
    place = await signInContainer(page, scripts);
    await place.getByRole("button", { name: "Close" }).click();
    await expect(place).toBeHidden();
    await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
    place = await signInContainer(page, scripts, "Sign up");
  }
  await expect(place.getByLabel("Verification code")).toBeVisible();

  const tab = await context.newPage();
  await tab.goto("/sign-in");
  await expect(tab).toHaveURL(/\/sign-in\/code$/);
  await waitForHydration(tab, scripts);
  await expect(tab.getByLabel("Verification code")).toBeVisible();
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);

  await verify(tab.getByRole("main"), await codeFor(page.request, phone));
  await expect(tab.getByLabel("First name")).toBeVisible();
  await page.goto("/sign-in");
  await expect(page).toHaveURL(/\/sign-in\/details$/);
  await waitForHydration(page, scripts);
  await fillDetails(page.getByRole("main"));
  await expect(profileMenu(page)).toBeVisible();
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
});

test("a mistyped number is changed, and the right one gets its own code", async ({
  page, scripts, phone,
}) => {
  const place = await openSignIn(page, scripts);
  const mistyped = phone.replace(/^9876/, "9875");
  await sendCode(place, mistyped);
  await place.getByRole("link", { name: "Change number" }).click();
  await expect(place.getByLabel("Phone number")).toBeVisible();
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await fillDetails(place);
  await expect(profileMenu(page)).toBeVisible();
});

test("the same number typed again leads back to the code that is under way", async ({
  page, scripts, phone,
}) => {
  const place = await openSignIn(page, scripts);
  await sendCode(place, phone);
  await place.getByRole("link", { name: "Change number" }).click();
  await sendCode(place, phone);
  await expect(place.getByRole("alert")).toContainText("You can ask for another code in");
  await verify(place, await codeFor(page.request, phone));
  await expect(place.getByLabel("First name")).toBeVisible();
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
});

test("the flow's own page is named after the step that it shows @scripts", async ({
  page, phone,
}) => {
  await page.goto("/sign-up");
  await waitForHydration(page, true);
  const place = page.getByRole("main");
  const heading = place.getByRole("heading", { level: 1 });
  await expect(heading).toHaveText("Sign up");
  await place.getByRole("button", { name: "Send code" }).click();
  await expect(place.getByRole("alert")).toContainText("Type your mobile number.");
  await expect(heading, "refused").toHaveText("Sign up");
  await sendCode(place, phone);
  await expect(heading).toHaveText("Type your code");
  await page.goto("/sign-in/code");
  await waitForHydration(page, true);
  await place.getByRole("link", { name: "Change number" }).click();
  await expect(place.getByLabel("Phone number")).toBeVisible();
  await expect(heading).toHaveText("Sign in");
  // The resend is too soon, so the error leads to the current code.
  await sendCode(place, phone);
  await expect(heading).toHaveText("Type your code");
  await verify(place, await codeFor(page.request, phone));
  await expect(heading).toHaveText("Your details");
});

test("an error of a step that was left is not shown at another one @scripts", async ({
  page, phone,
}) => {
  const place = await openSignIn(page, true);
  await sendCode(place, phone);
  const answer = await holdRequests(page, "**/api/auth/verify-otp");
  const answered = page.waitForResponse("**/api/auth/verify-otp");
  await verify(place, wrongCode(await codeFor(page.request, phone)));
  await place.getByRole("link", { name: "Change number" }).click();
  const number = place.getByLabel("Phone number");
  await expect(number).toBeFocused();
  answer();
  expect((await answered).status()).toBe(401);
  await expect(place.getByRole("button", { name: "Send code" }), "the answer has been read")
    .toBeEnabled();
  await expect(place.getByRole("alert")).toHaveCount(0);
  await expect(number).toBeFocused();
  // The flow continues from there.
  await sendCode(place, phone);
  await verify(place, await codeFor(page.request, phone));
  await expect(place.getByLabel("First name")).toBeVisible();
});

test("other tabs follow when somebody signs in or out @scripts", async ({
  page, phone, context,
}) => {
  const tab = await context.newPage();
  await tab.goto("/");
  await waitForHydration(tab, true);
  await signUp(page, true, phone);
  await expect(profileMenu(tab)).toBeVisible();
  await waitForHydration(tab, true);
  await signOut(page);
  await expect(tab.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
});
