// Starts the page's WASM when the browser is idle or at the first gesture. Everything works without
// the WASM. This file also has the behaviour of the page that does not need it.

const { js, wasm } = document.querySelector("script[data-wasm]").dataset;
let started, documentChanged, app, failed;

// Nodes in an island that an extension, a translator or a proxy's script adds or removes. Our own
// scripts add and remove none before hydration.
const recordChanges = (records) => {
  documentChanged ||= records.some(({ target }) =>
    target.closest("leptos-island, leptos-children")?.matches("leptos-island"),
  );
};
const observer = new MutationObserver(recordChanges);
observer.observe(document.body, { childList: true, subtree: true });

const start = () => (started ??= hydrate().catch(fallBackToPlainForms));

async function hydrate() {
  const loaded = await import(js);
  await loaded.default({ module_or_path: wasm });
  // Only nodes that are as the server rendered them can be hydrated. Else plain forms remain.
  recordChanges(observer.takeRecords());
  observer.disconnect();
  if (documentChanged) return;
  app = loaded;
  app.hydrate();
  hydrateIslands(document.body);
  document.documentElement.dataset.hydrated = "";
}

// Hydrates each island before the islands inside it, in the context of the island around it.
function hydrateIslands(node, enterContext) {
  for (const child of node.children) {
    if (child.localName === "leptos-island") {
      enterContext?.();
      app[child.dataset.component](child);
    }
    const enter = child.localName === "leptos-children" ? child.$$on_hydrate : enterContext;
    hydrateIslands(child, enter);
  }
}

// The listeners of a failed WASM would cancel every submission and send nothing. So a copy of the
// body without listeners replaces it, and its plain forms work. Without any WASM there are none.
function fallBackToPlainForms(reason) {
  if (failed) return;
  failed = true;
  console.warn("Ringkey goes on without scripts:", reason);
  if (!app) return;
  delete document.documentElement.dataset.hydrated;
  const focused = document.activeElement?.id;
  const body = document.body.cloneNode(true);
  const chosen = [...document.querySelectorAll("select")].map((select) => select.value);
  document.body.replaceWith(body);
  body.querySelectorAll("select").forEach((select, index) => (select.value = chosen[index]));
  for (const button of body.querySelectorAll("button[type=submit]")) {
    button.disabled = false;
    button.ariaBusy = button.ariaDisabled = "false";
  }
  const dialog = body.querySelector("dialog[open]");
  dialog?.close();
  dialog?.showModal();
  document.getElementById(focused)?.focus();
}

function onError(event) {
  const reason = event.reason ?? event.error;
  if (!failed && !(reason instanceof WebAssembly.RuntimeError)) return;
  event.preventDefault();
  fallBackToPlainForms(reason);
}

// Closes the profile menu on Escape, and on a click or focus outside.
function closeMenu({ key, target }) {
  const menu = document.querySelector(".menu[open]");
  if (!menu || (key ? key !== "Escape" : menu.contains(target))) return;
  menu.open = false;
  if (key) menu.querySelector("summary").focus();
}

// Sends a plain form once, however often its button is pressed, and again after ten seconds.
function preventDoubleSubmit(event) {
  const button = event.submitter;
  if (event.defaultPrevented || event.target.method !== "post" || !button) return;
  if (button.ariaBusy === "true") return event.preventDefault();
  button.ariaBusy = "true";
  setTimeout(() => (button.ariaBusy = "false"), 10000);
}

// Typed text survives a reload in its own tab, but no sign-in. It is stored with the id of a
// journey, which all tabs share. A sign-in in place, or any page of a signed-in user, ends the
// journey. Then every tab deletes the text.
const fields = () => [
  ...document.querySelectorAll(".step :is(#country, #phone, #first_name, #last_name, #email)"),
];
const resetField = (field) =>
  (field.value = field.defaultValue ?? field.querySelector("[selected]").value);

function savedFields() {
  const { journey, ...saved } = JSON.parse(sessionStorage.typed ?? "{}");
  if (journey === localStorage.journey) return saved;
  delete sessionStorage.typed;
  return {};
}

function endJourney() {
  localStorage.journey = Math.random();
  delete sessionStorage.typed;
}

function persistTyping() {
  localStorage.journey ??= Math.random();
  if (!document.querySelector("header [data-opens]")) endJourney();
  addEventListener("pageshow", () => {
    const saved = savedFields();
    // A country is always selected, and a saved number needs its own.
    for (const field of fields())
      if (!field.value || field.options) field.value = saved[field.name] ?? field.value;
  });
  document.addEventListener("input", ({ target }) => {
    if (!fields().includes(target)) return;
    // All fields are saved: a number that is typed with its calling code selects its country.
    const form = Object.fromEntries(new FormData(target.form));
    const typed = { ...savedFields(), ...form, journey: localStorage.journey };
    sessionStorage.typed = JSON.stringify(typed);
  });
  document.addEventListener("reset", endJourney);
  // The browser sends this event to the other tabs only.
  addEventListener("storage", ({ key }) => {
    if (key !== "journey") return;
    delete sessionStorage.typed;
    fields().forEach(resetField);
  });
}

// If the browser can read SMS (WebOTP), it offers to fill in the code.
let webOtp;
function autofillCode({ target }) {
  if (!("OTPCredential" in globalThis) || target.autocomplete !== "one-time-code" || webOtp) return;
  webOtp = new AbortController();
  target.form.addEventListener("submit", () => webOtp?.abort(), { once: true });
  navigator.credentials
    .get({ otp: { transport: ["sms"] }, signal: webOtp.signal })
    .then(({ code }) => {
      target.value = code;
      target.dispatchEvent(new Event("input", { bubbles: true }));
    })
    .catch(() => {}) // It was cancelled, refused or too late. The person types the code.
    .finally(() => (webOtp = undefined));
}

["keydown", "click", "focusin"].forEach((event) => document.addEventListener(event, closeMenu));
["error", "unhandledrejection"].forEach((event) => addEventListener(event, onError));
document.addEventListener("submit", preventDoubleSubmit);
document.addEventListener("focusin", autofillCode);
// The dialog was opened. It gets its passkeys after the hydration.
document.addEventListener("focusin", ({ target }) => {
  if (target.closest("dialog")) start().then(() => import("/passkey.js"));
});
// Back must not show data from before a logout. Nor may the browser restore typed text, as it does
// between the end of the document and this event: it does not know about journeys.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
  else if (performance.getEntriesByType("navigation")[0]?.type !== "navigate")
    document.querySelectorAll("input, .step select").forEach(resetField);
});
try {
  persistTyping();
} catch {
  // The browser stores nothing for this site.
}
for (const gesture of ["pointerdown", "touchstart", "keydown", "focusin"])
  addEventListener(gesture, start, { capture: true, once: true, passive: true });
globalThis.requestIdleCallback
  ? requestIdleCallback(start, { timeout: 2000 })
  : setTimeout(start, 200);
