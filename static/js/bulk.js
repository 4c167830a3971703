// Deciding many offers of everybody's queue; which are selected is picks.js's.
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-bulk-cancel]")) return;
    document.getElementById("bulk-answer").replaceChildren();
    document.querySelector("[data-bulk]:not([disabled])")?.focus();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const first = event.target.id === "bulk-answer" && event.target.querySelector("[type=radio], select");
    if (first) first.focus();
  });
})();
