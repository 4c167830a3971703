// Giving a reason: of all that the reasons of a form ask, what belongs to the chosen one is shown.
// A digit chooses a reason, and the first thing that it asks has the focus; Enter sends the form.
// What is hidden is disabled, so it is not sent; what was typed in it stays.
(() => {
  "use strict";

  const isTyping = (el) =>
    el.matches("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])");
  const chosenIn = (form) => form.querySelector("[name=reason]:checked");

  const show = (form) => {
    const chosen = chosenIn(form);
    const asks = new Set(chosen ? chosen.dataset.asks.split(" ") : []);
    for (const block of form.querySelectorAll("[data-asked]")) {
      block.hidden = !asks.has(block.dataset.asked);
      for (const field of block.querySelectorAll("input, select, textarea")) field.disabled = block.hidden;
    }
    for (const block of form.querySelectorAll("[data-attempts]")) {
      block.hidden = !chosen || block.dataset.attempts !== chosen.value;
    }
    if (!chosen) return;
    form.querySelector("[data-note-label]").textContent = chosen.dataset.note;
    form.querySelector("[name=note]").setAttribute("aria-required", String("noteNeeded" in chosen.dataset));
    const day = form.querySelector("[name=wake_on]");
    if (chosen.dataset.wakeOn && !day.value) day.value = chosen.dataset.wakeOn;
  };

  const showAll = (root) => {
    const forms = root.matches("[data-reasons]") ? [root] : root.querySelectorAll("[data-reasons]");
    for (const form of forms) {
      form.classList.add("lq-by-reason");
      show(form);
    }
  };

  const choose = (form, digit) => {
    const reason = form.querySelectorAll("[name=reason]")[digit === "0" ? 9 : Number(digit) - 1];
    if (!reason) return false;
    reason.checked = true;
    show(form);
    const first = form.querySelector("[data-attempts]:not([hidden]) button") ||
      form.querySelector("[data-asked]:not([hidden]) :is(input, select, textarea)");
    first.focus();
    return true;
  };

  document.addEventListener("change", (event) => {
    const form = event.target.matches("[name=reason]") && event.target.closest("[data-reasons]");
    if (form) show(form);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const form = event.target.closest("[data-reasons]") || document.querySelector(".is-current [data-reasons]");
    if (!form || isTyping(event.target)) return;
    if (/^[0-9]$/.test(event.key)) {
      if (choose(form, event.key)) event.preventDefault();
    } else if (event.key === "Enter" && event.target.matches("[name=reason]")) {
      event.preventDefault();
      form.closest("form").requestSubmit();
    }
  });
  document.addEventListener("htmx:load", (event) => showAll(event.target));
  // A form that was refused says why at the field: there one goes on.
  document.addEventListener("htmx:afterSettle", (event) => {
    const refused = event.target.querySelector && event.target.querySelector("[data-asked]:not([hidden]) [role=alert]");
    const field = refused && refused.closest("[data-asked]").querySelector("input, select, textarea");
    if (field) field.focus();
  });
  showAll(document.documentElement);
})();
