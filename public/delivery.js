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

// The number of the last text, and the number from which on everything is known once it is final.
let number = 0;
let awaited = 0;
let settled;

async function poll() {
  const step = document.querySelector("#step-code:not([hidden])");
  const dialog = step?.closest("dialog");
  if (!step || settled || document.hidden || !isAlive() || (dialog && !dialog.open)) return;
  const response = await fetch("/api/auth/delivery");
  if (!response.ok) return;
  const answer = await response.json();
  number = answer.number ?? 0;
  settled = number >= awaited && /delivered|failed/.test(answer.delivery);
  const text = answer.message ?? "";
  if (!text && !document.getElementById("delivery")) return;
  const shown = note(step);
  // A status that is written again may be read aloud again.
  if (shown.textContent !== text) shown.textContent = text;
}

// The form may ask for another text, so an answer about the last one is not final any more.
document.addEventListener("submit", () => {
  settled = false;
  awaited = number + 1;
});
// A poll that fails says nothing: the next one may succeed.
setInterval(() => poll().catch(() => {}), INTERVAL);
