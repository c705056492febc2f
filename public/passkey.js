// Passkeys: signs in, verifies, and adds one. Pages whose forms offer passkeys load it, and
// `boot.js` when the dialog is opened.

const { PublicKeyCredential: Passkey } = globalThis;
let autofill;

async function post(path, body) {
  const signal = AbortSignal.timeout?.(20000);
  const response = await fetch(path, { method: "POST", body: new URLSearchParams(body), signal });
  const answer = await response.json();
  if (response.ok) return answer;
  throw answer.error;
}

// Runs the ceremony of a part of the page. `how` is how the browser asks for a passkey.
async function run({ dataset }, how) {
  const { options, token } = await post(dataset.passkey + "/options");
  const json = JSON.parse(options);
  const { credentials } = navigator;
  const credential =
    "creates" in dataset
      ? await credentials.create({ publicKey: Passkey.parseCreationOptionsFromJSON(json) })
      : await credentials.get({ publicKey: Passkey.parseRequestOptionsFromJSON(json), ...how });
  await post(dataset.passkey, { token, credential: JSON.stringify(credential) });
  location.assign(dataset.next || location.pathname + location.search);
}

// Shows the error of the server, or the exception of the browser. The person may cancel a ceremony.
function show(part, { name, code, message }) {
  if (code === "not_signed_in") return location.assign("/account");
  if (code === "verification_required") return location.assign("/account/verify?next=/account");
  // This site has no passkeys, because its address is a number.
  if (code === "not_found") part.hidden = true;
  const texts = { InvalidStateError: part.dataset.exists, NotAllowedError: "", AbortError: "" };
  const messages = () => JSON.parse(document.getElementById("messages").textContent);
  const text = name ? (texts[name] ?? messages()["problem-offline"]) : message;
  const alert = part.querySelector("[role=alert]");
  alert.textContent = text;
  alert.hidden = !text;
}

// Offers the passkeys of this site where the browser fills in the phone number. A ceremony lasts
// five minutes on the server, so it starts anew before that.
async function offerAutofill(part) {
  const field = document.querySelector("[autocomplete~=webauthn]");
  if (!field || !(await Passkey.isConditionalMediationAvailable?.())) return;
  autofill = new AbortController();
  const { signal } = autofill;
  const restart = setTimeout(() => {
    autofill.abort();
    offerAutofill(part);
  }, 280000);
  signal.addEventListener("abort", () => clearTimeout(restart));
  // Nobody asked for this, so only the refusal of a chosen passkey is shown. Errors of the server
  // have a code in words, those of the browser a number.
  const tell = (error) => typeof error.code === "string" && show(part, error);
  run(part, { mediation: "conditional", signal }).catch(tell);
}

// The fallback to plain forms replaces the body, so the listener is on the document.
async function onClick({ target }) {
  const part = target.closest("[data-passkey] button")?.parentElement;
  if (!part) return;
  // A browser runs one ceremony at a time.
  autofill?.abort();
  part.querySelector("[role=alert]").hidden = true;
  target.disabled = true;
  await run(part).catch((error) => show(part, error));
  target.disabled = false;
}

// The dialog gets these parts only now, after the hydration of its steps.
const template = document.getElementById("sign-in-alternatives");
if (template) document.querySelector("dialog #step-phone").append(template.content);
if (Passkey?.parseRequestOptionsFromJSON) {
  for (const part of document.querySelectorAll("[data-passkey]")) {
    part.hidden = false;
    offerAutofill(part);
  }
  document.addEventListener("click", onClick);
}
// The number was posted, and the browser may have to read its SMS.
document.addEventListener("submit", () => autofill?.abort());
if (document.querySelector("[data-receipts]")) import("/delivery.js");
