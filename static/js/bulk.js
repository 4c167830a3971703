// Deciding many offers of everybody's queue: which are selected, and the key X for the current row.
(() => {
  "use strict";

  const picks = () => [...document.querySelectorAll("[data-pick]")];
  const all = document.querySelector("[data-pick-all]");

  const count = () => {
    const boxes = picks();
    const picked = boxes.filter((box) => box.checked).length;
    document.querySelector("[data-picked]").textContent = picked ? `${picked} selected` : "None selected";
    all.checked = picked > 0 && picked === boxes.length;
    all.indeterminate = picked > 0 && picked < boxes.length;
    for (const button of document.querySelectorAll("[data-bulk]")) button.disabled = !picked;
  };

  all.addEventListener("change", () => {
    for (const box of picks()) box.checked = all.checked;
    count();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick]")) count();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select") || document.querySelector("dialog[open]")) return;
    const box = document.querySelector(".is-current [data-pick]");
    if (!box) return;
    event.preventDefault();
    box.checked = !box.checked;
    count();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-bulk-cancel]")) return;
    document.getElementById("bulk-answer").replaceChildren();
    document.querySelector("[data-bulk]:not([disabled])")?.focus();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    count();
    const first = event.target.id === "bulk-answer" && event.target.querySelector("[type=radio], select");
    if (first) first.focus();
  });
  count();
})();
