// The accessibility tree of every step, which a screen reader reads line by line.
import { expect, test } from "./support";
import { menu, openDialog, walkSteps } from "./steps";

// `/children: equal` allows no missing and no added node. The long list of countries is left out.
const trees: Record<string, string> = {
  "number": `
    - dialog "Sign in":
      - /children: equal
      - heading "Sign in" [level=2]
      - button "Close"
      - paragraph: We text you a code. There is no password.
      - text: Country
      - combobox "Country"
      - text: Phone number
      - textbox "Phone number"
      - paragraph
      - button "Send code"
      - paragraph: A text may cost what your plan charges for receiving one.
      - button "Sign in with a passkey"
      - paragraph:
        - link "Use a recovery code":
          - /url: /sign-in/recovery
      - status
  `,
  "number, refused": `
    - dialog "Sign in":
      - /children: equal
      - heading "Sign in" [level=2]
      - button "Close"
      - paragraph: We text you a code. There is no password.
      - text: Country
      - combobox "Country"
      - text: Phone number
      - textbox "Phone number" [invalid]
      - alert: Type your mobile number.
      - paragraph
      - button "Send code"
      - paragraph: A text may cost what your plan charges for receiving one.
      - button "Sign in with a passkey"
      - paragraph:
        - link "Use a recovery code":
          - /url: /sign-in/recovery
      - status
  `,
  "code": `
    - dialog "Sign in":
      - /children: equal
      - heading "Sign in" [level=2]
      - button "Close"
      - paragraph:
        - /children: equal
        - text: We sent a code to
        - strong: /^\\+91 •{5} ••\\d{3}$/
        - text: . Its reference is
        - strong: /^[0-9A-Z]{4}$/
        - text: .
      - text: Verification code
      - textbox "Verification code"
      - paragraph: 6 digits.
      - button "Verify"
      - paragraph: /^The code is good for [45]:\\d\\d\\.$/
      - status
      - button "Resend code" [disabled]
      - text: /^in 0:\\d\\d$/
      - link "Change number":
        - /url: /sign-in?change
      - status
      - group: No text yet?
      - paragraph:
        - link "Open the development inbox":
          - /url: /dev/inbox
      - status
  `,
  "code, refused": `
    - dialog "Sign in":
      - /children: equal
      - heading "Sign in" [level=2]
      - button "Close"
      - paragraph:
        - /children: equal
        - text: We sent a code to
        - strong: /^\\+91 •{5} ••\\d{3}$/
        - text: . Its reference is
        - strong: /^[0-9A-Z]{4}$/
        - text: .
      - text: Verification code
      - textbox "Verification code" [invalid]
      - alert: Type the digits from the text message; only digits belong here.
      - paragraph: 6 digits.
      - button "Verify"
      - paragraph: /^The code is good for [45]:\\d\\d\\.$/
      - status
      - button "Resend code" [disabled]
      - text: /^in 0:\\d\\d$/
      - link "Change number":
        - /url: /sign-in?change
      - status
      - group: No text yet?
      - paragraph:
        - link "Open the development inbox":
          - /url: /dev/inbox
      - status
  `,
  "details": `
    - dialog "Sign in":
      - /children: equal
      - heading "Sign in" [level=2]
      - button "Close"
      - status
      - paragraph: Your number is confirmed, and it is new here. Tell us who you are.
      - text: First name
      - textbox "First name"
      - text: Last name
      - textbox "Last name"
      - text: Email
      - textbox "Email"
      - button "Create account"
      - paragraph:
        - link "Change number":
          - /url: /sign-in?change
  `,
  "details, refused": `
    - dialog "Sign in":
      - /children: equal
      - heading "Sign in" [level=2]
      - button "Close"
      - status
      - paragraph: Your number is confirmed, and it is new here. Tell us who you are.
      - text: First name
      - textbox "First name" [invalid]
      - alert: Type your first name.
      - text: Last name
      - textbox "Last name" [invalid]
      - alert: Type your last name.
      - text: Email
      - textbox "Email" [invalid]
      - alert: Type your e-mail address.
      - button "Create account"
      - paragraph:
        - link "Change number":
          - /url: /sign-in?change
  `,
};

test("a screen reader gets the dialog, the menu and the account in full @scripts", async ({
  page, phone,
}) => {
  const place = await openDialog(page);
  await walkSteps(page, place, phone, async (where) => {
    expect(trees, where).toHaveProperty([where]);
    await expect(place, where).toMatchAriaSnapshot(trees[where]);
  });
  await menu(page).click();
  await expect(page.locator("header"), "menu").toMatchAriaSnapshot(`
    - banner:
      - /children: equal
      - link "Ringkey":
        - /url: /
      - group:
        - /children: equal
        - text: Ada
        - paragraph:
          - /children: equal
          - strong: Ada Lovelace
          - text: /^\\+91 •{5} ••\\d{3}$/
        - link "Account":
          - /url: /account
        - button "Log out"
  `);
  await page.goto("/account");
  await expect(page.locator("main"), "account").toMatchAriaSnapshot(`
    - main:
      - /children: equal
      - heading "Your account" [level=1]
      - region "Profile":
        - heading "Profile" [level=2]
        - term: Phone
        - definition: /^\\+91 •{5} ••\\d{3}$/
        - button "Change number"
        - text: First name
        - textbox "First name": Ada
        - text: Last name
        - textbox "Last name": Lovelace
        - text: Email
        - textbox "Email": ada@example.com
        - button "Save"
        - status
      - region "Devices":
        - heading "Devices" [level=2]
        - paragraph: You are signed in on these devices. If you do not know one, log it out.
        - list:
          - listitem:
            - paragraph:
              - strong: /Chrome on (Windows|Android|Linux)/
              - text: This device
            - paragraph: /^Signed in just now, last seen just now. Network. .+$/
            - button "Log out"
        - button "End all sessions"
        - paragraph: Lost a phone, or used a computer that is not yours? This logs you out here and everywhere else.
      - region "Passkeys":
        - heading "Passkeys" [level=2]
        - paragraph: Sign in with your fingerprint, face or screen lock. No text message is needed.
        - list
        - button "Add a passkey"
      - region "Recovery codes":
        - heading "Recovery codes" [level=2]
        - paragraph: /^With a recovery code you get into your account if you lose your number\\. .+$/
        - paragraph: You have no recovery codes.
        - button "Make recovery codes"
      - region "History":
        - heading "History" [level=2]
        - paragraph: What happened to your account.
        - list:
          - listitem:
            - paragraph: You signed up.
            - paragraph: /just now .+/
      - region "Your data":
        - heading "Your data" [level=2]
        - paragraph: "Your profile, devices, passkeys and history, as a file."
        - button "Download my data"
        - paragraph: /^Deleting your account ends all your sessions .+$/
        - button "Delete account"
  `);
});

test("a screen reader gets the home page in full for signed-out people", async ({ page }) => {
  await page.goto("/");
  await expect(page.locator("body")).toMatchAriaSnapshot(`
    - /children: deep-equal
    - link "Skip to content":
      - /url: "#main"
    - banner:
      - link "Ringkey":
        - /url: /
      - link "Sign in":
        - /url: /sign-in
      - link "Sign up":
        - /url: /sign-up
    - main:
      - heading "Sign in with your phone. Nothing to remember." [level=1]
      - paragraph: /^Type your number, type the code that we text you, done\\. .+ until you log out\\.$/
      - paragraph:
        - link "Try it":
          - /url: /sign-up
      - list:
        - listitem:
          - heading "One small binary" [level=2]
          - paragraph: Your server, one SQLite file, your own SMS account. PostgreSQL when one machine is not enough.
        - listitem:
          - heading "Works without scripts" [level=2]
          - paragraph: Every step is a plain page. What loads on top of it only makes it quicker.
        - listitem:
          - heading "Codes that cannot leak" [level=2]
          - paragraph: A code is derived when it is needed and never stored. Logging out works at once, everywhere.
    - contentinfo:
      - paragraph: Ringkey runs on your own server. No passwords, no trackers.
      - form "Language":
        - button "English"
        - button "العربية"
        - button "हिन्दी"
  `);
});

test("a screen reader gets the page for unknown addresses in full", async ({ page }) => {
  await page.goto("/nowhere");
  await expect(page.locator("main")).toMatchAriaSnapshot(`
    - main:
      - /children: deep-equal
      - heading "There is no such page" [level=1]
      - paragraph: The address may be old or mistyped.
      - paragraph:
        - link "Go to the home page":
          - /url: /
  `);
});
