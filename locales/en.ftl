# The language
language-name = English
direction = ltr
language-label = Language

# Around every page
skip-to-content = Skip to content
sign-in-title = Sign in
sign-up-title = Sign up
menu-account = Account
log-out = Log out
close = Close
go-home = Go to the home page
refusal-title = That did not work
offline = You are offline. What you typed is kept; it is sent when you press the button again.
footer-note = { $app } runs on your own server. No passwords, no trackers.
terms = Terms of use
privacy = Privacy notice

# The number
phone-step-lead = We text you a code. There is no password.
country-label = Country
phone-label = Phone number
phone-read-back = We will text { $phone }.
phone-not-served = We cannot send texts to numbers of that country.
send-code = Send code
phone-step-note = A text may cost what your plan charges for receiving one.
legal-note = By going on you accept:
solving = One moment: your browser is doing a short check before we send the code.

# The code
code-step-title = Type your code
code-sent-to = We sent a code to { $phone }.
code-reference = Its reference is { $reference }.
code-label = Verification code
code-hint = { $length } digits.
verify = Verify
code-expires = The code is good for { $time }.
code-expiring = One minute left to type the code. You can ask for a new one below.
code-expired = That code has expired. Ask for a new one.
resend = Resend code
resend-in = in { $time }
resent = Another text is on its way.
resent-or-call = Sent again. The third time, your phone rings and a voice says the code.
text-delivered = The text is on your phone.
text-failed = The network did not deliver this text. Check the number, or ask for another text.
change-number = Change number
no-text = No text yet?
no-text-wait = A text can take a minute, longer abroad or with weak reception.
no-text-number = Look at the number above. If it is not yours, change it.
no-text-spam = Look into the folder for unknown senders or spam, and see that the phone has room for texts.
no-text-other = If the third text does not come either, wait an hour or use another number.
no-text-other-or-call = If the call does not come either, wait an hour or use another number.

# The details
details-step-title = Your details
details-step-lead = Your number is confirmed, and it is new here. Tell us who you are.
first-name-label = First name
last-name-label = Last name
email-label = Email
create-account = Create account

# The home page
home-title = Phone sign-in that you run yourself
home-heading = Sign in with your phone. Nothing to remember.
home-lead = Type your number, type the code that we text you, done. It stays done on every page and after every reload, until you log out.
home-try = Try it
home-picture-text = { $code } is your { $app } code. Never share it.
home-welcome = Welcome, { $name }
home-signed-in = You are signed in
home-signed-in-lead = You are signed in on this device, on every page, until you log out.
home-see-account = See your account
home-point-binary = One small binary
home-point-binary-text = Your server, one SQLite file, your own SMS account. PostgreSQL when one machine is not enough.
home-point-scripts = Works without scripts
home-point-scripts-text = Every step is a plain page. What loads on top of it only makes it quicker.
home-point-codes = Codes that cannot leak
home-point-codes-text = A code is derived when it is needed and never stored. Logging out works at once, everywhere.

# The account page
account-title = Your account
account-profile = Profile
account-phone = Phone
account-devices = Devices
account-devices-note = You are signed in on these devices. If you do not know one, log it out.
account-log-out-others = Log out all other devices
account-end-all = End all sessions
account-end-all-note = Lost a phone, or used a computer that is not yours? This logs you out here and everywhere else.
account-passkeys = Passkeys
account-passkeys-note = Sign in with your fingerprint, face or screen lock. No text message is needed.
account-passkey-add = Add a passkey
account-passkey-exists = This device already has a passkey for your account.
account-passkey-scripts = To add a passkey, allow scripts for this page.
passkey-added = Added { $added }.
passkey-used = Last used { $used }.
passkey-name = Passkey name
passkey-rename = Rename
passkey-remove = Remove
passkey-removed = That passkey is removed.
passkey-sign-in = Sign in with a passkey
verify-no-phone = Your account has no phone number. Use a passkey, or sign in again with a recovery code.
verify-passkey = Use a passkey
account-recovery = Recovery codes
account-recovery-note = With a recovery code you get into your account if you lose your number. Each code works once.
recovery-none = You have no recovery codes.
recovery-left = { $left ->
    [one] You have 1 unused code. Your codes were made { $made }.
   *[other] You have { $left } unused codes. They were made { $made }.
}
recovery-make = Make recovery codes
recovery-shown-once = These are your new codes. They are shown only now; codes that you had before do not work any more.
recovery-keep = Print them or write them down, and keep them apart from your phone. Show them to nobody: anybody who has one gets into your account.
recovery-done = I have kept them
recovery-use = Use a recovery code
recovery-title = Use a recovery code
recovery-lead = Type the number of your account and one of the codes that you kept.
recovery-code-label = Recovery code
recovery-code-hint = 16 letters and digits, such as ABCD-EFGH-JKMN-PQRS.
recovery-submit = Sign in
recovery-back = Sign in with a text message
owner-title = Is this account yours?
owner-lead = Your number has an account that was not used for a long time. Phone numbers change hands, so please show that it is yours.
owner-email-hint = The e-mail address that you gave for this account.
owner-submit = Continue
owner-not-mine = Not yours?
owner-new-note = A new account takes nothing over from the old one.
owner-new = Start a new account
restore-title = An earlier account of your number
restore-note = This browser knows an account that had your number before. If it is yours, you can go back to it; the account that you are using now is then set aside for 30 days.
restore-submit = Restore the earlier account
objection-title = Your number was changed
objection-lead = Your account had the number { $phone } and has another one now. If it was you, do nothing. If not, take the number back: all sessions end, and passkeys and recovery codes that were added since, or in the week before, are removed.
objection-submit = It was not me, take the number back
objection-leave = It was me
objection-done = Your account has its number back. Sign in with it and look at your account.
objection-over = This link does not work any more. If you cannot get into your account, ask the operator of this site.
account-history = History
account-history-note = What happened to your account.
account-data = Your data
account-data-note = Your profile, devices, passkeys and history, as a file.
account-download = Download my data
account-delete-note = Deleting your account ends all your sessions and removes your data. It cannot be undone.
account-delete = Delete account
account-deleted = Your account is deleted.
delete-title = Delete your account?
delete-lead = Your name, number, e-mail address, devices, passkeys and recovery codes are removed now, and the number { $phone } is free for a new account. This cannot be undone.
delete-keep = Keep my account
verify-title = Confirm that it is you
verify-lead = This changes who can sign in, so we text a code to { $phone } first.
number-title = Change your number
number-lead = We text a code to the new number. It then replaces the number that you have now, and all your other devices are logged out.
save = Save
saved = Saved.

# One device. The browser and the platform are names, such as Firefox and Linux.
device-name = { $browser } on { $platform }
device-unknown = Unknown browser
device-current = This device
device-times = Signed in { $opened }, last seen { $seen }.
device-network = Network:
device-logged-out = That device is logged out.

# Events of an account, one message for each event of the audit log
history-signed-up = You signed up.
history-signed-in = You signed in.
history-signed-in-on-new-device = You signed in on a new device.
history-passkey-used-on-new-device = You signed in with a passkey on a new device.
history-signed-in-with-passkey = You signed in with a passkey.
history-passkey-added = You added a passkey.
history-passkey-removed = You removed a passkey.
history-signed-out = You logged out.
history-signed-out-everywhere = You logged out everywhere.
history-revoked-by-operator = The operator of this site ended all your sessions.
history-session-displaced = Your oldest session was ended, because there were too many.
history-session-ended = You logged out another device.
history-other-sessions-ended = You logged out all other devices.
history-stepped-up = You confirmed that it is you.
history-recovery-codes-made = You made recovery codes.
history-recovery-code-used = You signed in with a recovery code.
history-account-deleted = You deleted your account.
history-deleted-by-operator = The operator of this site deleted your account.
history-owner-confirmed = You signed in after a long time, with your e-mail address.
history-number-released = Your number went to another account.
history-account-restored = You restored this account.
history-number-change-undone = Your number was taken back after a change.
history-number-changed = You changed your phone number.
history-data-exported = You downloaded your data.
history-exported-by-operator = The operator of this site exported your data.
history-profile-changed = You changed your name.
history-email-changed = You changed your e-mail address.
history-database-restored = The operator of this site restored its database.

# The page that is not there
not-found-title = Page not found
not-found-heading = There is no such page
not-found-lead = The address may be old or mistyped.

# Validation errors. Names and e-mail: domain/user.rs; phone: domain/phone.rs (missing, too-long, not-digits,
# too-short) and server/phone.rs (the rest, and the country); code: domain/otp.rs.
field-first-name-missing = Type your first name.
field-last-name-missing = Type your last name.
field-name-too-long = That is longer than 100 characters. Shorten it, please.
field-name-invisible = There is an invisible character in that name. Type it anew, please.
field-passkey-name-missing = Type a name for the passkey.
field-email-missing = Type your e-mail address.
field-email-shape = That does not look like an e-mail address. It should read like name@example.com.
field-phone-missing = Type your mobile number.
field-phone-too-long = That is too long for a phone number. Type just the number, such as 98765 43210.
field-phone-not-digits = A phone number has only digits, spaces and perhaps a + in front. Take the rest out.
field-phone-too-short = That number is too short. Type all of its digits.
field-phone-no-country = Choose the country, or type the number with + and its country code in front.
field-phone-unknown = That is not a number we know. Check its digits and the country. A number of another country begins with + and its country code.
field-phone-not-mobile = That is not a mobile number, so no text can reach it. Type a mobile number.
field-phone-unreachable = No text can be sent to this number. Check it, or use another one. If you once replied STOP to our texts, reply START.
field-phone-mobile-digit = That is a landline, so no text can reach it. Mobile numbers of that country have a { $digit } behind +{ $code }: if yours is one, type +{ $code } { $digit } and then the rest.
field-phone-unchanged = That is already your number. Type the new one.
field-country-unknown = Choose a country from the list.
field-code-not-digits = Type the digits from the text message; only digits belong here.
field-recovery-code-invalid = A recovery code has 16 letters and digits, such as ABCD-EFGH-JKMN-PQRS. Check what you typed.
field-code-length = The code has { $length } digits. Check the text message and type all of them.

# Errors: one message for each code of domain/problem.rs
problem-malformed = Something is missing from that request. Reload the page and try again.
problem-too-large = That is too much text. Shorten it and try again.
problem-cross-site = That request came from another site, so nothing was done. Open this page directly and try again.
problem-wrong-host = This address is not served here. Check the address and try again.
problem-not-found = There is no such call. Check its address.
problem-method-not-allowed = This address cannot be used that way. Go to the home page, or use the method that the documentation names.
problem-invalid = Please check what is marked and try again.
problem-country-not-served = We cannot send texts to numbers of that country. Use a number of another country.
problem-cookies-blocked = Your browser does not keep our cookies. Allow cookies for this site, then send the code again.
problem-already-signed-in = You are signed in already. Log out first to sign in as somebody else.
problem-not-signed-in = You are not signed in any more. Sign in and try again.
problem-verification-required = Confirm first that it is you.
problem-no-challenge = There is no code waiting in this browser. Type your number to get one.
problem-other-challenge = A newer code was asked for in another tab. Type that one; its reference is shown here.
problem-code-incorrect = { $left ->
        [0] That code is not right, and it was the last try. Ask for a new code.
        [one] That code is not right. You have { $left } try left.
       *[other] That code is not right. You have { $left } tries left.
    }
problem-challenge-over = That code cannot be used any more. Ask for a new one.
problem-code-expired = That code has expired. Ask for a new one.
problem-not-verified = Type the code from the text message first.
problem-number-taken = This number already has an account. Use another number, or sign in with this one.
problem-too-soon = You can ask for another code in { $span }.
problem-too-often = That is too much for now. You can try again in { $span }.
problem-proof-required = Please wait { $span }, then try again. Your number is kept.
problem-passkey-refused = That passkey was not accepted. Try again, or use a text message instead.
problem-recovery-code-incorrect = That code does not open an account of this number. Check both, or use another code.
problem-email-incorrect = { $left ->
    [0] That is not the address of this account. There are no tries left for now; use a passkey or a recovery code, or start a new account.
    [one] That is not the address of this account. You have 1 try left.
   *[other] That is not the address of this account. You have { $left } tries left.
}
problem-sms-unavailable = We could not send the text message. Please try again in a moment.
problem-unavailable = We cannot do this right now. Please try again in a moment.
problem-offline = We cannot be reached. Check your connection and try again; what you typed is kept.

# A duration, as it is inserted in the messages above
span-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
span-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
span-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
span-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}

# The time since an event
age-now = just now
age = { $span } ago
