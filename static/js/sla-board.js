// The SLA board while it is open: the list fetches itself anew every half minute and when somebody
// comes back to the page, rests while it is hidden, and asks more seldom while the server fails.
// Between two askings the countdowns tick by themselves (app.js).
(() => {
  "use strict";

  const USUAL = 30_000;
  const LONGEST = 240_000;
  const PATIENCE = 20_000;

  const board = document.querySelector("[data-board]");
  if (!board) return;
  let timer = 0;
  let failures = 0;
  let asked = Date.now();

  const later = () => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(ask, Math.min(USUAL * 2 ** failures, LONGEST));
  };
  const ask = () => {
    clearTimeout(timer);
    asked = Date.now();
    window.htmx.trigger(board, "poll");
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - asked > 5000) ask();
    else later();
  });
  document.addEventListener("board-changed", ask);
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target === board) event.detail.timeout = PATIENCE;
  });
  const isOurs = (event) => (event.detail.requestConfig ? event.detail.requestConfig.elt : event.target) === board;
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isOurs(event)) return;
    if (event.detail.successful) {
      failures = 0;
      board.classList.remove("is-stale");
    }
    later();
  });
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    // The list says by itself that it could not be refreshed; a toast each time would nag.
    document.addEventListener(failure, (event) => {
      if (!isOurs(event)) return;
      event.stopPropagation();
      failures += 1;
      board.classList.add("is-stale");
      later();
    }, true);
  }
  later();
})();
