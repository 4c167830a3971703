// The keyboard of the queue, and of an offer on its lead's page. Rows are marked in the HTML:
// data-offer; their buttons by the key that presses them: data-key.
(() => {
  "use strict";

  const FORMS = "[data-reasons], .lq-reject, .lq-step-form";
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

  // A key pressed twice decides one offer: by the second time the next one may be current.
  const TWICE = 500;
  let pressed = { key: "", at: -TWICE };
  const press = (key) => {
    const isTwice = pressed.key === key && performance.now() - pressed.at < TWICE;
    pressed = { key, at: performance.now() };
    if (isTwice) return;
    const row = currentRow();
    const button = row && row.querySelector(`[data-key="${key}"]`);
    if (button && !row.classList.contains("is-sending")) {
      mark(row);
      button.click();
    }
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
      const form = at.closest(FORMS) || (currentRow() && currentRow().querySelector(FORMS));
      if (form) close(form);
      return;
    }
    if (isTyping(at)) return;
    const key = event.key.toLowerCase();
    if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if ("arn".includes(key)) {
      // Who begins to type before choosing a reason decides nothing, nor does a key held down.
      if (at.closest(FORMS) || event.repeat) return;
      press(key);
    } else if (key === "enter" && at.matches("[data-offer]")) {
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
