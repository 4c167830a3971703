// The list of offers fetches itself anew. While the page is looked at it asks every four seconds,
// and is answered with nothing unless something has changed. It rests while the page is hidden and
// asks at once when it comes back; it asks less while the server fails, so seldom that a slow one
// spends a tenth of its time on it, and every half minute when nobody has been there for half an
// hour: the first sign of somebody makes it ask at once.
(() => {
  "use strict";

  const USUAL = 4000;
  const RESTING = 30_000;
  const RESTS_AFTER = 30 * 60_000;
  const LONGEST = 60_000;
  const PATIENCE = 20_000;

  const list = () => document.querySelector("[data-offers]");
  if (!list()) return;
  const rows = () => [...document.querySelectorAll("[data-offers] [data-offer]")];
  const says = () => document.getElementById("queue-says");

  let timer = 0;
  let failures = 0;
  let began = 0;
  let took = 0;
  let here = false; // somebody has moved since the server was last told
  let lastSign = Date.now();

  const wait = () => {
    if (failures) return Math.min(USUAL * 2 ** failures, LONGEST);
    const usual = Date.now() - lastSign > RESTS_AFTER ? RESTING : USUAL;
    return Math.min(Math.max(usual, took * 10), LONGEST);
  };
  const later = () => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, wait());
  };
  const ask = () => {
    clearTimeout(timer);
    window.htmx.trigger(list(), "poll");
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target !== list()) return;
    // While a decision is on its way, its answer would have nowhere to go.
    if (!document.hidden && !document.querySelector(".is-sending")) return;
    event.preventDefault();
    later();
  });

  for (const sign of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"]) {
    document.addEventListener(sign, () => {
      here = true;
      const rested = Date.now() - lastSign > RESTS_AFTER;
      lastSign = Date.now();
      if (rested) ask();
    }, { passive: true });
  }
  document.addEventListener("visibilitychange", ask);

  const sender = (event) => (event.detail.requestConfig ? event.detail.requestConfig.elt : event.target);
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target !== list()) return;
    event.detail.timeout = PATIENCE;
    if (here) event.detail.parameters.here = "1";
    here = false;
    began = performance.now();
  });
  const failed = () => {
    failures += 1;
    list().classList.add("is-stale");
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    if (sender(event) !== list()) return;
    took = performance.now() - began;
    if (event.detail.successful) {
      failures = 0;
      list().classList.remove("is-stale");
    }
    later();
  });
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    // The list says by itself that it could not be refreshed; a toast each time would nag.
    document.addEventListener(failure, (event) => {
      if (sender(event) !== list()) return;
      event.stopPropagation();
      failed();
      later();
    }, true);
  }

  // What somebody is looking at stays where it is, and the focus where it was.
  let before = null;
  const looked = () => {
    const focused = document.activeElement.closest("[data-offers] [data-offer]");
    const current = focused || document.querySelector("[data-offers] .is-current");
    const isSeen = (row) => row && row.getBoundingClientRect().bottom > 0 && row.getBoundingClientRect().top < window.innerHeight;
    return isSeen(current) ? current : rows().find(isSeen);
  };
  const wayTo = (el) => {
    if (el.dataset.key) return `[data-key="${el.dataset.key}"]`;
    return el.matches("[data-open]") ? "[data-open]" : "";
  };
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== list()) return;
    const anchor = looked();
    const focused = document.activeElement;
    const row = focused.closest("[data-offers] [data-offer]");
    before = {
      known: new Set(rows().map((each) => each.id)),
      anchor: anchor && anchor.id,
      top: anchor && anchor.getBoundingClientRect().top,
      row: row && row.id,
      way: row && row !== focused ? wayTo(focused) : "",
    };
  });
  const announce = (fresh) => {
    for (const row of fresh) row.classList.add("is-new");
    const names = fresh.slice(0, 3).map((row) => row.getAttribute("aria-label"));
    if (fresh.length > names.length) names.push(`${fresh.length - names.length} more`);
    says().textContent = `${fresh.length === 1 ? "New offer" : `${fresh.length} new offers`}: ${names.join(", ")}`;
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target !== list() || !before) return;
    const anchor = document.getElementById(before.anchor || "");
    if (anchor) window.scrollBy({ top: anchor.getBoundingClientRect().top - before.top, behavior: "instant" });
    const row = document.getElementById(before.row || "");
    if (row && !row.contains(document.activeElement)) {
      ((before.way && row.querySelector(before.way)) || row).focus({ preventScroll: true });
    }
    const fresh = rows().filter((each) => !before.known.has(each.id));
    if (fresh.length) announce(fresh);
    before = null;
  });

  later();
})();
