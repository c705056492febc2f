// Starts the page's WASM when the browser is idle or somebody reaches for something. Everything works without it, and what the
// page does then is here too.

const { js, wasm } = document.querySelector("script[data-wasm]").dataset;
let started, documentChanged, app, failed;

// Nodes that an extension, a translator or a proxy's script adds to an island or takes from it. Our own scripts change none before
// it is hydrated.
const recordChanges = (records) => {
  documentChanged ||= records.some(({ target }) => target.closest("leptos-island, leptos-children")?.matches("leptos-island"));
};
const observer = new MutationObserver(recordChanges);
observer.observe(document.body, { childList: true, subtree: true });

const start = () => (started ??= hydrate().catch(fallBackToPlainForms));

async function hydrate() {
  const loaded = await import(js);
  await loaded.default({ module_or_path: wasm });
  // Only a view whose nodes are as the server has rendered them can be hydrated. Elsewhere the plain forms go on.
  recordChanges(observer.takeRecords());
  observer.disconnect();
  if (documentChanged) return;
  app = loaded;
  app.hydrate();
  hydrateIslands(document.body);
  document.documentElement.dataset.hydrated = "";
}

// An island is hydrated before those inside of it, and each within the context of the island around it.
function hydrateIslands(node, enterContext) {
  for (const child of node.children) {
    if (child.localName === "leptos-island") {
      enterContext?.();
      app[child.dataset.component](child);
    }
    hydrateIslands(child, child.localName === "leptos-children" ? child.$$on_hydrate : enterContext);
  }
}

// Once the WASM has failed, its listeners would call off every form and send nothing. The page is put in its own place without
// them, as it is, and its plain forms go on. Where it never came there are none.
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

// The profile menu closes on Escape, and when somebody goes elsewhere.
function closeMenu({ key, target }) {
  const menu = document.querySelector(".menu[open]");
  if (!menu || (key ? key !== "Escape" : menu.contains(target))) return;
  menu.open = false;
  if (key) menu.querySelector("summary").focus();
}

// A plain form is sent once, however often its button is pressed; after a while of silence it may be sent again.
function preventDoubleSubmit(event) {
  const button = event.submitter;
  if (event.defaultPrevented || event.target.method !== "post" || !button) return;
  if (button.ariaBusy === "true") return event.preventDefault();
  button.ariaBusy = "true";
  setTimeout(() => (button.ariaBusy = "false"), 10000);
}

// What is typed outlives a reload, in this tab alone, and no sign-in. It belongs to a journey: a number that the tabs share. A
// sign-in in place ends it, and so does each page of somebody who is signed in; then it is forgotten, in every tab.
const fields = () => [...document.querySelectorAll(".step :is(#country, #phone, #first_name, #last_name, #email)")];
const resetField = (field) => (field.value = field.defaultValue ?? field.querySelector("[selected]").value);

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
    // A country is always there, and a number means nothing without its own.
    for (const field of fields()) if (!field.value || field.options) field.value = saved[field.name] ?? field.value;
  });
  document.addEventListener("input", ({ target }) => {
    if (!fields().includes(target)) return;
    // The whole form: a number that is typed with its calling code chooses its country.
    const form = Object.fromEntries(new FormData(target.form));
    sessionStorage.typed = JSON.stringify({ ...savedFields(), ...form, journey: localStorage.journey });
  });
  document.addEventListener("reset", endJourney);
  // Told to the other tabs alone.
  addEventListener("storage", ({ key }) => {
    if (key !== "journey") return;
    delete sessionStorage.typed;
    fields().forEach(resetField);
  });
}

// Where the browser can read the text message that arrives, it offers to fill the code in.
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
    .catch(() => {}) // Called off, refused or too late: it is typed then.
    .finally(() => (webOtp = undefined));
}

["keydown", "click", "focusin"].forEach((event) => document.addEventListener(event, closeMenu));
["error", "unhandledrejection"].forEach((event) => addEventListener(event, onError));
document.addEventListener("submit", preventDoubleSubmit);
document.addEventListener("focusin", autofillCode);
// Back must not show what a page knew before somebody logged out. Nor must the browser put back what was typed, as it does between
// the end of the document and this event: it knows no journeys.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
  else if (performance.getEntriesByType("navigation")[0]?.type !== "navigate")
    document.querySelectorAll("input, .step select").forEach(resetField);
});
try {
  persistTyping();
} catch {
  // A browser that keeps nothing for this site.
}
for (const gesture of ["pointerdown", "touchstart", "keydown", "focusin"])
  addEventListener(gesture, start, { capture: true, once: true, passive: true });
globalThis.requestIdleCallback ? requestIdleCallback(start, { timeout: 2000 }) : setTimeout(start, 200);
