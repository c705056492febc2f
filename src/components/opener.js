// On the page itself, so that the first click is heard: a link with data-opens opens the dialog, under the title of the
// header's own link. Until the WASM is there the dialog's forms are plain forms.
addEventListener("click", (event) => {
  const { opens } = event.target.closest?.("a[data-opens]")?.dataset ?? {};
  const dialog = document.getElementById("sign-in-dialog");
  if (!opens || !dialog || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const opener = document.querySelector(`header a[data-opens="${opens}"]`);
  // The text of the node and not a new node: the WASM takes over only nodes that nobody has replaced.
  const title = document.getElementById("dialog-title");
  title.firstChild.data = opener.textContent;
  dialog.querySelector("form[method=post]").action = opener.href;
  dialog.showModal();
  dialog.querySelector(".step:not([hidden]) input:not([type=hidden])")?.focus();
});
