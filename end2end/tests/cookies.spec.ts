// In a browser without cookies the response to Send code says so, before a message is sent.
import { openSignIn, expect, groupDigits, test, inboxMessages } from "./support";

test("a browser without cookies is told so, and the same press goes on once it keeps them", async ({
  page, scripts, phone, context,
}) => {
  const place = await openSignIn(page, scripts);
  const [number, send] =
    [place.getByLabel("Phone number"), place.getByRole("button", { name: "Send code" })];
  await place.getByLabel("Country").selectOption("IN");
  await number.fill(phone);
  for (let times = 0; times < 2; times++) {
    // Delete each cookie before the next request, as if the browser had not stored it.
    await context.clearCookies();
    const refused = page.waitForResponse((answer) => answer.request().method() === "POST");
    await send.click();
    expect((await refused).status()).toBe(403);
    await expect(place.getByRole("alert")).toContainText("does not keep our cookies");
    await expect(number).toHaveValue(scripts ? groupDigits(phone) : phone);
    await expect(place.getByLabel("Country")).toHaveValue("IN");
  }
  expect(await inboxMessages(page.request, phone)).toHaveLength(0);
  await send.click();
  await expect(place.getByLabel("Verification code")).toBeVisible();
  expect(await inboxMessages(page.request, phone)).toHaveLength(1);
});

test("a page that stayed open until its cookies had ended goes on at the second press", async ({
  page, scripts, phone, context,
}) => {
  const place = await openSignIn(page, scripts, "Sign up");
  await place.getByLabel("Country").selectOption("IN");
  await place.getByLabel("Phone number").fill(phone);
  await context.clearCookies();
  await place.getByRole("button", { name: "Send code" }).click();
  await expect(place.getByRole("alert")).toContainText("cookies");
  await place.getByRole("button", { name: "Send code" }).click();
  await expect(place.getByLabel("Verification code")).toBeVisible();
});
