// Starts the page's scripts. Everything works without them; they are fetched when the browser is idle or somebody
// reaches for something, whichever comes first.

// Leptos builds its templates from markup of its own making, on this page alone; nothing else may.
globalThis.trustedTypes?.createPolicy("default", { createHTML: (markup) => markup });

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
  for (const island of document.querySelectorAll("leptos-island")) {
    await app[island.dataset.component](island);
  }
  document.documentElement.dataset.hydrated = "";
}

// A link anywhere on the page may open the header's dialog. Before the WASM is there it is opened from here, and its forms
// are plain forms until then; afterwards the header's own link, which the island holds, does it.
function open(event) {
  const { opens } = event.target.closest?.("a[data-opens]")?.dataset ?? {};
  const dialog = document.getElementById("sign-in-dialog");
  if (!opens || !dialog || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if ("hydrated" in document.documentElement.dataset) {
    document.querySelector(`header a[data-opens="${opens}"]`)?.click();
    return;
  }
  dialog.dataset.opens = opens;
  document.getElementById("dialog-title").firstChild.data = opens === "sign-up" ? "Sign up" : "Sign in";
  if (!dialog.open) dialog.showModal();
  dialog.querySelector(".step:not([hidden]) input:not([type=hidden])")?.focus();
}

document.addEventListener("click", open);
gestures.forEach((gesture) => addEventListener(gesture, start, { capture: true, passive: true }));
// Back must not show what a page knew before somebody logged out.
addEventListener("pageshow", (event) => event.persisted && location.reload());
globalThis.requestIdleCallback ? requestIdleCallback(start, { timeout: 2000 }) : setTimeout(start, 200);
