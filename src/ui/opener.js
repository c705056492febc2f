// On the page itself, so that the first click is heard: a link anywhere may open the header's dialog, under the title of the
// header's own link. Until the WASM is there its forms are plain forms.
addEventListener("click", (event) => {
  const { opens } = event.target.closest?.("a[data-opens]")?.dataset ?? {};
  const dialog = document.getElementById("sign-in-dialog");
  if (!opens || !dialog || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const opener = document.querySelector(`header a[data-opens="${opens}"]`);
  document.getElementById("dialog-title").textContent = opener.textContent;
  dialog.querySelector("[data-call=send]").action = opener.href;
  dialog.showModal();
  dialog.querySelector(".step:not([hidden]) input:not([type=hidden])")?.focus();
});
