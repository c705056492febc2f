// Inline, so that the first click works before the WASM has arrived: a link with data-opens opens
// the dialog, titled like the header's link. Until hydration the dialog's forms are plain forms.
addEventListener("click", (event) => {
  const { opens } = event.target.closest?.("a[data-opens]")?.dataset ?? {};
  const dialog = document.getElementById("sign-in-dialog");
  if (!opens || !dialog || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const opener = document.querySelector(`header a[data-opens="${opens}"]`);
  // The text node must stay, because the WASM can hydrate only the server's nodes.
  const title = document.getElementById("dialog-title");
  title.firstChild.data = opener.textContent;
  dialog.querySelector("form[method=post]").action = opener.href;
  dialog.showModal();
  dialog.querySelector(".step:not([hidden]) input:not([type=hidden])")?.focus();
});
