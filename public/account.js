// Sends the forms of the account page in the background. Without this script they are plain forms.
// Only `/account` loads it.

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const action = form.closest("[data-action]");
  if (!action || event.defaultPrevented) return;
  event.preventDefault();
  const error = action.querySelector("[role=alert]");
  error.hidden = true;
  try {
    const response = await fetch("/api" + new URL(form.action).pathname, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      signal: AbortSignal.timeout?.(20000),
    });
    if (response.ok) return show(action, form.dataset);
    const { error: refused } = await response.json();
    // The server redirects to the sign-in page.
    if (refused.code === "not_signed_in") return location.assign("/account");
    if (refused.code === "verification_required")
      return location.assign("/account/verify?next=/account");
    error.textContent = refused.message;
  } catch {
    error.textContent = action.dataset.offline;
  }
  error.hidden = false;
  event.submitter.ariaBusy = "false";
});

// Shows the result: another page, or a text in place of the form and of what it was about.
function show(action, { next, done }) {
  if (next) return location.assign(next);
  // The browser's password manager forgets a removed passkey, too.
  const credentialId = action.querySelector("[name=passkey]")?.value;
  if (credentialId)
    PublicKeyCredential.signalUnknownCredential?.({ rpId: location.hostname, credentialId });
  action.textContent = done;
  action.focus();
}
