// Starts the page's scripts. Everything works without them; they are fetched when the browser is idle or somebody
// reaches for something, whichever comes first. What the page does without them is here too.

const { js, wasm } = document.querySelector("script[data-wasm]").dataset;
const gestures = ["pointerdown", "touchstart", "keydown", "focusin"];
let started;

function start() {
  started ??= hydrate().catch((reason) => console.warn("Ringkey goes on without scripts:", reason));
  gestures.forEach((gesture) => removeEventListener(gesture, start, true));
}

async function hydrate() {
  const app = await import(js);
  await app.default({ module_or_path: wasm });
  app.hydrate();
  document.documentElement.dataset.hydrated = "";
}

// The profile menu closes on Escape, and when somebody goes elsewhere.
function leaveMenu({ key, target }) {
  const menu = document.querySelector(".menu[open]");
  if (!menu || (key ? key !== "Escape" : menu.contains(target))) return;
  menu.open = false;
  if (key) menu.querySelector("summary").focus();
}

// A plain form is sent once, however often its button is pressed; after a while of silence it may be sent again.
function once(event) {
  const button = event.submitter;
  if (event.defaultPrevented || event.target.method !== "post" || !button) return;
  if (button.ariaBusy) return event.preventDefault();
  button.ariaBusy = "true";
  setTimeout(() => (button.ariaBusy = null), 10000);
}

// What is typed outlives a reload, in this tab alone; once nobody is asked for it any more it is forgotten.
function keepTyping() {
  const names = ["phone", "first_name", "last_name", "email"];
  const field = (name) => document.querySelector(`.step input[name="${name}"]`);
  for (const name of names) {
    const [input, typed] = [field(name), sessionStorage.getItem(name)];
    if (!input) sessionStorage.removeItem(name);
    else if (typed && !input.value) input.value = typed;
  }
  document.addEventListener("input", ({ target }) => {
    if (names.includes(target.name)) sessionStorage.setItem(target.name, target.value);
  });
}

// Where the browser can read the text message that arrives, it offers to fill the code in.
let message;
function awaitCode({ target }) {
  if (!("OTPCredential" in globalThis) || target.autocomplete !== "one-time-code" || message) return;
  message = new AbortController();
  target.form.addEventListener("submit", () => message?.abort(), { once: true });
  navigator.credentials
    .get({ otp: { transport: ["sms"] }, signal: message.signal })
    .then(({ code }) => {
      target.value = code;
      target.dispatchEvent(new Event("input", { bubbles: true }));
    })
    .catch(() => {}) // Called off, refused or too late: it is typed then.
    .finally(() => (message = undefined));
}

["keydown", "click", "focusin"].forEach((event) => document.addEventListener(event, leaveMenu));
document.addEventListener("submit", once);
document.addEventListener("focusin", awaitCode);
try {
  keepTyping();
} catch {
  // A browser that keeps nothing for this site.
}
gestures.forEach((gesture) => addEventListener(gesture, start, { capture: true, passive: true }));
// Back must not show what a page knew before somebody logged out.
addEventListener("pageshow", (event) => event.persisted && location.reload());
globalThis.requestIdleCallback ? requestIdleCallback(start, { timeout: 2000 }) : setTimeout(start, 200);
