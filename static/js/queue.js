// The keyboard of the queue (and of an offer on its lead's page), and a list that refreshes itself
// without taking away what somebody is typing. Rows are marked in the HTML: data-offer.
(() => {
  "use strict";

  const rows = () => [...document.querySelectorAll("[data-offer]")];
  const isOpen = (row) => row.querySelector("[data-key]") !== null;
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
      const form = at.closest("[data-reasons], .lq-reject, .lq-step-form");
      if (form) close(form);
      return;
    }
    if (isTyping(at)) return;
    const key = event.key.toLowerCase();
    if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if ("arn".includes(key)) press(key);
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

  // Refreshing: not while the page is hidden, not while a decision is on its way (the answer would
  // have nowhere to go), and telling the server whether anybody is there to see new offers.
  let sending = 0;
  let here = false;
  for (const sign of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"]) {
    document.addEventListener(sign, () => { here = true; }, { passive: true });
  }
  const sender = (event) => (event.detail.requestConfig ? event.detail.requestConfig.elt : event.target);

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target !== list()) return;
    if (here) event.detail.parameters.here = "1";
    here = false;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target === list()) {
      if (document.hidden || sending) event.preventDefault();
    } else if (event.target.matches("[data-decision]")) {
      sending += 1;
      event.target.closest("[data-offer]").classList.add("is-sending");
      if (list()) window.htmx.trigger(list(), "htmx:abort");
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const by = sender(event);
    if (by.matches("[data-decision]")) {
      sending -= 1;
      const row = by.closest("[data-offer]");
      if (row) row.classList.remove("is-sending");
    }
    if (by === list()) list().classList.toggle("is-stale", !event.detail.successful);
  });
  for (const failure of ["htmx:sendError", "htmx:responseError"]) {
    // The list says by itself that it could not be refreshed; a toast every 15 seconds would nag.
    document.addEventListener(failure, (event) => {
      if (sender(event) === list()) event.stopPropagation();
    }, true);
  }

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
