// Tells the person who waits for a code what the provider reports about the text. Pages of the code
// step load it, and `passkey.js` when the dialog is opened.

const INTERVAL = 5000;

// Our markup is changed only after the hydration; see `boot.js`.
const isAlive = () => "hydrated" in document.documentElement.dataset;

function note(step) {
  const known = document.getElementById("delivery");
  if (known) return known;
  const note = document.createElement("p");
  note.id = "delivery";
  note.className = "step__note";
  note.role = "status";
  step.querySelector(".step__time").after(note);
  return note;
}

// The text about which everything is known. Another one begins with the next press of "Resend".
let settled;

async function poll() {
  const step = document.querySelector("#step-code:not([hidden])");
  const dialog = step?.closest("dialog");
  if (!step || settled || document.hidden || !isAlive() || (dialog && !dialog.open)) return;
  const response = await fetch("/api/auth/delivery");
  if (!response.ok) return;
  const { delivery, message } = await response.json();
  settled = delivery === "delivered" || delivery === "failed";
  const text = message ?? "";
  if (!text && !document.getElementById("delivery")) return;
  const shown = note(step);
  // A status that is written again may be read aloud again.
  if (shown.textContent !== text) shown.textContent = text;
}

document.addEventListener("submit", () => (settled = false));

// A poll that fails says nothing: the next one may succeed.
setInterval(() => poll().catch(() => {}), INTERVAL);
