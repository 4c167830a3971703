// Taking back an acceptance: the button counts its minute down and goes when it is over. The key U
// presses that of the current row, or else the one accepted last.
(() => {
  "use strict";

  const ends = new WeakMap();
  const buttons = () => [...document.querySelectorAll("[data-undo]")];

  const tick = () => {
    for (const form of buttons()) {
      if (!ends.has(form)) ends.set(form, performance.now() + Number(form.dataset.undo) * 1000);
      const left = Math.ceil((ends.get(form) - performance.now()) / 1000);
      if (left <= 0) form.remove();
      else form.querySelector("[data-left]").textContent = `${left} s`;
    }
  };

  const isTyping = (el) => el.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "u" || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
    const latest = buttons().sort((one, other) => ends.get(other) - ends.get(one))[0];
    const form = document.querySelector(".is-current [data-undo]") || latest;
    if (!form || form.closest(".is-sending")) return;
    event.preventDefault();
    form.querySelector("button").click();
  });

  // The offer is open again: one goes on with it.
  let undone = "";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("[data-undo]")) undone = event.target.closest("[data-offer]").id;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    tick();
    if (!undone || event.target.id !== undone) return;
    document.getElementById(undone).focus();
    undone = "";
  });
  setInterval(tick, 500);
  tick();
})();
