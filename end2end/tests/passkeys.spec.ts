// Passkeys, with Chromium's virtual authenticator.
import type { Page } from "@playwright/test";
import {
  codeFor, expect, openSignIn, profileMenu, sendCode, signOut, signUp, test, verify,
} from "./support";

/** Adds an authenticator to the browser. It answers every ceremony at once, so the browser says
 *  that it has no autofill of passkeys until `localStorage.autofill` is set. */
async function addAuthenticator(page: Page) {
  await page.addInitScript(() => {
    const autofill = async () => Boolean(localStorage.autofill);
    PublicKeyCredential.isConditionalMediationAvailable = autofill;
  });
  const client = await page.context().newCDPSession(page);
  await client.send("WebAuthn.enable");
  const { authenticatorId } = await client.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal", hasResidentKey: true,
      hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
      defaultBackupEligibility: true, defaultBackupState: true,
    },
  });
  return { client, authenticatorId };
}


test("a passkey is added, signs in, verifies and is removed @scripts", async ({ page, phone }) => {
  await signUp(page, true, phone);
  const authenticator = await addAuthenticator(page);
  await page.goto("/account");
  const section = page.getByRole("region", { name: "Passkeys" });
  await section.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await expect(section.getByRole("listitem")).toHaveCount(1);
  await expect(page.getByText("You added a passkey.")).toBeVisible();
  // The same authenticator is not added twice.
  await section.getByRole("button", { name: "Add a passkey" }).click();
  await expect(section.getByRole("alert").filter({ hasText: "already has a passkey" }))
    .toBeVisible();
  await section.getByLabel("Passkey name").fill("My laptop");
  await section.getByRole("button", { name: "Rename" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await expect(section.getByText("My laptop")).toBeVisible();

  // In the dialog and on the page, by the button.
  await signOut(page);
  const dialog = await openSignIn(page, true);
  await dialog.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(profileMenu(page)).toBeVisible();
  await signOut(page);
  await page.goto("/sign-in?next=/account");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();

  // By autofill, which the virtual authenticator answers at once.
  await signOut(page);
  await page.evaluate(() => (localStorage.autofill = "on"));
  await page.goto("/sign-in?next=/account");
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
  await expect(page.getByText("You signed in with a passkey").first()).toBeVisible();

  // It verifies where a code would.
  await page.goto("/account/verify?next=/account/number");
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page.getByRole("heading", { name: "Change your number" })).toBeVisible();

  await page.goto("/account");
  await section.getByRole("button", { name: "Remove" }).click();
  await expect(section.getByText("That passkey is removed.")).toBeFocused();
  await page.reload();
  await expect(section.getByRole("listitem")).toHaveCount(0);
  const { credentials } = await authenticator.client.send("WebAuthn.getCredentials", {
    authenticatorId: authenticator.authenticatorId,
  });
  expect(credentials).toEqual([]);
});

test("a refused and a cancelled passkey leave the form as it was @scripts", async ({
  page, phone,
}) => {
  await signUp(page, true, phone);
  const { client, authenticatorId } = await addAuthenticator(page);
  await page.goto("/account");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await signOut(page);
  const dialog = await openSignIn(page, true);
  await dialog.getByLabel("Phone number").fill(phone);
  const button = dialog.getByRole("button", { name: "Sign in with a passkey" });
  const refused = dialog.getByRole("alert").filter({ hasText: "not accepted" });
  // The signature is wrong, the user is not verified, and the counter goes back.
  for (const wrong of [{ isBogusSignature: true }, { isBadUV: true }]) {
    await client.send("WebAuthn.setResponseOverrideBits", { authenticatorId, ...wrong });
    await button.click();
    await expect(refused).toBeVisible();
    await client.send("WebAuthn.setResponseOverrideBits", {
      authenticatorId, isBogusSignature: false, isBadUV: false,
    });
  }
  const { credentials } = await client.send("WebAuthn.getCredentials", { authenticatorId });
  const [credential] = credentials;
  await client.send("WebAuthn.removeCredential", {
    authenticatorId, credentialId: credential.credentialId,
  });
  await client.send("WebAuthn.addCredential", {
    authenticatorId, credential: { ...credential, signCount: 0 },
  });
  await button.click();
  await expect(refused).toBeVisible();
  // The person cancels.
  await client.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await button.click();
  await expect(button).toBeEnabled();
  await expect(refused).toHaveCount(0);
  // The number is still there, and a text message works.
  await sendCode(dialog, phone);
  await verify(dialog, await codeFor(page.request, phone));
  await expect(profileMenu(page)).toBeVisible();
});

test("without scripts nothing offers a passkey, and the page says why @no-scripts", async ({
  page, phone, scripts,
}) => {
  test.skip(scripts);
  await signUp(page, false, phone);
  await page.goto("/account");
  await expect(page.getByText("To add a passkey, allow scripts for this page.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Add a passkey" })).toHaveCount(0);
});
