// Missed promises: the note that is asked for as soon as it is opened, and how one goes on. Which
// are selected is picks.js's.
(() => {
  "use strict";

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
    const row = document.getElementById(answered);
    row?.querySelector(".lq-sla-said button, .lq-sla-said summary")?.focus();
    answered = "";
  });
})();
