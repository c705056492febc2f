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
    await app[island.dataset.component]?.(island);
  }
  document.removeEventListener("click", open);
  document.documentElement.dataset.hydrated = "";
}

// A click that comes before the WASM opens the dialog too; its forms are plain forms until then.
function open(event) {
  const opener = event.target.closest?.("a[data-opens]");
  const dialog = document.getElementById("sign-in-dialog");
  if (!opener || !dialog || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  dialog.dataset.opens = opener.dataset.opens;
  document.getElementById("dialog-title").textContent = opener.dataset.opens === "sign-up" ? "Sign up" : "Sign in";
  if (!dialog.open) dialog.showModal();
}

document.addEventListener("click", open);
gestures.forEach((gesture) => addEventListener(gesture, start, { capture: true, passive: true }));
// Back must not show what a page knew before somebody logged out.
addEventListener("pageshow", (event) => event.persisted && location.reload());
globalThis.requestIdleCallback ? requestIdleCallback(start, { timeout: 2000 }) : setTimeout(start, 200);
