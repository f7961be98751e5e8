// Comfort only: every page works without it.
"use strict";
// what a page needs once it is there, and again what `moves.js` puts in its place
const attend = () => {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
};
attend();
document.addEventListener("moved", attend);
// an invitation stands behind the #, which is sent to no server; it is taken out of the address at once
const invitation = document.querySelector("[data-invitation] input[name=invitation]");
if (invitation && location.hash.length > 1) {
  invitation.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}
document.addEventListener("click", event => {
  const button = event.target.closest("[data-copy]");
  if (button) navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
});
// a form is sent once, however often its button is pressed
document.addEventListener("submit", event => {
  const form = event.target;
  // what gives a file stays on its page and may be asked again
  if (form.getAttribute("method") !== "post" || form.dataset.again !== undefined) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(form => delete form.dataset.sent));
addEventListener("keydown", event => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea")) return;
  const find = document.getElementById("find");
  if (find) { event.preventDefault(); find.focus(); }
});
// parts that stay true while somebody looks; the server ends them after ten minutes, and they begin again when somebody does something
let source = null, shown = null;
const end = () => { if (source) source.close(); source = null; };
const begin = () => {
  const live = document.querySelector("[data-live]");
  if (source || !live || document.hidden || !window.EventSource) return;
  source = new EventSource(live.dataset.live);
  // what is shown already stays: nothing is taken away under a finger
  source.addEventListener("part", event => { if (event.data !== shown && !live.contains(document.activeElement)) live.innerHTML = shown = event.data; });
  source.addEventListener("end", end);
  source.addEventListener("error", end);
};
// where the menu is a row that moves, the page one is on is in sight
const here = () => { const entry = document.querySelector(".side [aria-current]"), menu = entry && entry.closest(".side");
  if (menu) menu.scrollLeft += entry.getBoundingClientRect().left - menu.getBoundingClientRect().left - 16; };
here();
begin();
for (const name of ["pointerdown", "keydown"]) addEventListener(name, begin);
document.addEventListener("visibilitychange", () => (document.hidden ? end() : begin()));
document.addEventListener("moved", () => { end(); shown = null; here(); begin(); });
addEventListener("pagehide", end);
