// The keyboard of the queue, and of an offer on its lead's page. Rows are marked in the HTML:
// data-offer; their buttons by the key that presses them: data-key; what selects one: data-select.
(() => {
  "use strict";

  const rows = () => [...document.querySelectorAll("[data-offer]")];
  const isOpen = (row) => !row.classList.contains("lq-answered") && row.querySelector("[data-key]") !== null;
  const list = () => document.querySelector("[data-offers]");
  const isTyping = (el) =>
    el.matches("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])");

  // The current row is marked, because keys act on it even when the focus is elsewhere.
  let current = null;
  const mark = (row) => {
    current = row ? row.id : null;
    for (const each of rows()) each.classList.toggle("is-current", each === row);
  };
  const currentRow = () => document.activeElement.closest("[data-offer]") || document.getElementById(current || "");
  const go = (row) => {
    if (!row) return;
    mark(row);
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = rows();
    const at = all.indexOf(currentRow());
    go(all[at === -1 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]);
  };

  const press = (key) => {
    const row = currentRow();
    const button = row && row.querySelector(`[data-key="${key}"]`);
    if (button && !row.classList.contains("is-sending")) {
      mark(row);
      button.click();
    }
  };
  const select = () => {
    const box = currentRow() && currentRow().querySelector("[data-select]");
    if (box) box.click();
  };
  const close = (form) => {
    const row = form.closest("[data-offer]");
    const before = form.parentElement.previousElementSibling;
    form.remove();
    if (row) go(row);
    else if (before) before.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const at = event.target;
    if (event.key === "Escape") {
      const forms = "[data-reasons], .lq-reject, .lq-step-form";
      const form = at.closest(forms) || (currentRow() && currentRow().querySelector(forms));
      if (form) close(form);
      return;
    }
    if (isTyping(at)) return;
    const key = event.key.toLowerCase();
    if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if ("arn".includes(key)) press(key);
    else if (key === "x") select();
    else if (key === "enter" && at.matches("[data-offer]")) {
      const link = at.querySelector("[data-open]");
      if (!link) return;
      link.click();
    } else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-close-answer]");
    if (button) close(button.closest("form"));
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-offer]");
    if (row) mark(row);
  });

  // While a decision is on its way the list does not fetch itself anew (queue-poll.js): the answer
  // would have nowhere to go.
  const sentFrom = new WeakMap();
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.matches("[data-decision]")) return;
    const row = event.target.closest("[data-offer]");
    row.classList.add("is-sending");
    sentFrom.set(event.target, row);
    if (list()) window.htmx.trigger(list(), "htmx:abort");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const by = event.detail.requestConfig ? event.detail.requestConfig.elt : event.target;
    const row = sentFrom.get(by);  // a refused form is no longer in its row: another has its place
    if (row) row.classList.remove("is-sending");
  });

  const afterDecision = (row) => {
    const says = document.getElementById("queue-says");
    const outcome = row.querySelector("[data-outcome]");
    if (says && outcome) says.textContent = `${row.getAttribute("aria-label")}: ${outcome.textContent.trim()}`;
    const all = rows();
    const next = all.slice(all.indexOf(row) + 1).find(isOpen) || all.find(isOpen);
    go(next || row);
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    const swapped = event.target;
    if (swapped.matches(".lq-answer")) {
      const first = swapped.querySelector("[type=radio]:checked, [type=radio], select");
      if (first) first.focus();
    } else if (swapped.matches("[data-offer].lq-answered")) {
      afterDecision(swapped);
    } else if (swapped === list()) {
      // A row that went away by itself leaves no row current: a key must not hit its successor.
      mark(document.getElementById(current || ""));
    }
  });

  // One's own queue can be worked from the first key on; in everybody's, a row is chosen first.
  if (!list() || list().dataset.offers === "mine") mark(rows().find(isOpen));
})();
