// Missed promises: which are selected, the key X for the one somebody is on, and the note that is
// asked for as soon as it is opened.
(() => {
  "use strict";

  const picks = () => [...document.querySelectorAll("[data-pick]")];
  const count = () => {
    const all = document.querySelector("[data-pick-all]");
    if (!all) return;
    const boxes = picks();
    const picked = boxes.filter((box) => box.checked).length;
    document.querySelector("[data-picked]").textContent = picked ? `${picked} selected` : "";
    all.checked = picked > 0 && picked === boxes.length;
    all.indeterminate = picked > 0 && picked < boxes.length;
    all.disabled = !boxes.length;
    document.querySelector("[data-bulk]").disabled = !picked;
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) {
      for (const box of picks()) box.checked = event.target.checked;
    }
    count();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select") || document.querySelector("dialog[open]")) return;
    const row = event.target.closest("[data-miss]") || document.querySelector("[data-miss]:hover");
    const box = row && row.querySelector("[data-pick]");
    if (!box) return;
    event.preventDefault();
    box.checked = !box.checked;
    count();
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.open) event.target.querySelector("[name=note]")?.focus();
  }, true);

  // One goes on with the row that was answered.
  let answered = "";
  document.addEventListener("htmx:beforeRequest", (event) => {
    answered = event.target.closest("[data-miss]")?.id || "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "misses") return;
    count();
    const row = document.getElementById(answered);
    row?.querySelector(".lq-sla-said button, .lq-sla-said summary")?.focus();
    answered = "";
  });
  count();
})();
