// Rows to select, offers of everybody's queue and missed promises: which are, all of them at once,
// and the key X for the row that somebody is on. What a form does with them is its page's.
(() => {
  "use strict";

  const picks = () => [...document.querySelectorAll("[data-pick]")];
  const count = () => {
    const all = document.querySelector("[data-pick-all]");
    if (!all) return;
    const boxes = picks();
    const picked = boxes.filter((box) => box.checked).length;
    const says = document.querySelector("[data-picked]");
    says.textContent = picked ? `${picked} selected` : says.dataset.picked;
    all.checked = picked > 0 && picked === boxes.length;
    all.indeterminate = picked > 0 && picked < boxes.length;
    all.disabled = !boxes.length;
    for (const button of document.querySelectorAll("[data-bulk]")) button.disabled = !picked;
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
    const row = event.target.closest("[data-miss]") || document.querySelector(".is-current, [data-miss]:hover");
    const box = row && row.querySelector("[data-pick]");
    if (!box) return;
    event.preventDefault();
    box.checked = !box.checked;
    count();
  });
  document.addEventListener("htmx:afterSettle", count);
  count();
})();
