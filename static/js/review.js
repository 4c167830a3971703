// A review in which several people sit. The page asks every two and a half seconds what is newer
// than the step it has seen, and puts the answer's pieces in their places: nothing that somebody is
// typing in, and nothing older than what stands there. It rests while it is hidden and when nobody
// has been there for a quarter of an hour, and says so; it says when the connection is lost.
(() => {
  "use strict";

  const USUAL = 2500;
  const RESTS_AFTER = 15 * 60_000;
  const LONGEST = 60_000;
  const PATIENCE = 20_000;
  const TYPED = "textarea:not([hidden]), select, input:not([type=hidden])";

  const root = document.querySelector("[data-review]");
  if (!root) return;
  const poll = document.getElementById("review-poll");
  const words = document.getElementById("review-says");

  let step = Number(root.dataset.step);
  let closed = false;
  let resting = false;
  let failures = 0;
  let timer = 0;
  let lastSign = Date.now();

  const say = (text, isTrouble = false) => {
    if (words.textContent !== text) words.textContent = text;
    words.classList.toggle("is-trouble", isTrouble);
  };

  // Asking.
  const later = () => {
    clearTimeout(timer);
    if (closed || document.hidden) return;
    resting = Date.now() - lastSign > RESTS_AFTER;
    if (resting) {
      say("Resting: nobody has been here for a while. Move or press a key, and the page goes on.");
      return;
    }
    timer = setTimeout(ask, failures ? Math.min(USUAL * 2 ** failures, LONGEST) : USUAL);
  };
  const ask = () => {
    clearTimeout(timer);
    if (!closed && !document.hidden) window.htmx.trigger(poll, "poll");
  };
  const sender = (event) => (event.detail.requestConfig ? event.detail.requestConfig.elt : event.target);
  document.addEventListener("htmx:configRequest", (event) => {
    if (!root.contains(event.target)) return;
    event.detail.parameters.since = String(step);
    event.detail.parameters.part = root.dataset.part;
    if (event.target === poll) event.detail.timeout = PATIENCE;
  });
  // A form whose answer is on its way stays until it is there: the answer brings what is newest, and
  // would have nowhere to go. What was not answered is made up for by asking for everything.
  const sending = new Set();
  document.addEventListener("htmx:beforeSend", (event) => {
    if (root.contains(event.target) && event.target !== poll) sending.add(event.target);
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => sending.delete(sender(event)));
  for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:sendAbort"]) {
    document.addEventListener(failure, (event) => {
      if (sending.delete(sender(event))) step = 0;
    });
  }
  document.addEventListener("review-step", (event) => {
    step = Math.max(step, event.detail.step);
    closed = closed || event.detail.closed;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (sender(event) !== poll) return;
    if (event.detail.successful) {
      if (failures) say("Connected again.");
      failures = 0;
    }
    later();
  });
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    // The page says by itself that it is cut off; a toast each time would nag.
    document.addEventListener(failure, (event) => {
      if (sender(event) !== poll) return;
      event.stopPropagation();
      const status = event.detail.xhr ? event.detail.xhr.status : 0;
      if ([401, 403, 404].includes(status)) {
        closed = true;
        say("This page is no longer refreshed: you are logged out, or the review was discarded. Load it anew.", true);
        return;
      }
      failures += 1;
      say("The connection is lost: what the others do is not seen here. Trying again …", true);
      later();
    }, true);
  }
  document.addEventListener("visibilitychange", ask);
  for (const sign of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"]) {
    document.addEventListener(sign, () => {
      lastSign = Date.now();
      if (!resting) return;
      resting = false;
      say("");
      ask();
    }, { passive: true });
  }

  // Putting the answer's pieces in their places.
  const unsaved = new Set();
  root.addEventListener("input", (event) => {
    if (event.target.matches(TYPED)) unsaved.add(event.target);
  });
  const isBusy = (piece) =>
    [...sending].some((form) => piece.contains(form)) ||
    [...piece.querySelectorAll(TYPED)].some((field) =>
      unsaved.has(field) || field === document.activeElement || field.hasAttribute("aria-invalid"));
  const isOlder = (fresh, old) => Number(fresh.dataset.at) < Number(old.dataset.at);
  const isOpen = (piece) => piece.querySelector("details[open]") !== null;
  const showOpen = (fresh, old) => {
    const details = fresh.querySelector("details");
    if (details && isOpen(old)) details.open = true;
    if (fresh.matches("details") && old.open) fresh.open = true;
  };
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (target.id !== "decisions") {
      const fresh = fragment.firstElementChild;
      event.detail.shouldSwap = !isOlder(fresh, target) && !isBusy(target);
      if (event.detail.shouldSwap) showOpen(fresh, target);
      return;
    }
    for (const fresh of [...fragment.children]) {
      const old = document.getElementById(fresh.id);
      if (!old) continue; // it is added to the list
      fresh.remove();
      if (isOlder(fresh, old) || isBusy(old)) continue;
      const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
      showOpen(fresh, old);
      old.replaceWith(fresh);
      window.htmx.process(fresh);
      if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
    }
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    const live = event.target.closest && event.target.closest("[data-item]");
    if (live) live.classList.add("has-news");
  });
  document.addEventListener("animationend", (event) => event.target.classList.remove("has-news"));

  // Typed and not saved: asked about before it is lost.
  root.addEventListener("submit", (event) => {
    for (const field of event.target.querySelectorAll(TYPED)) unsaved.delete(field);
  });
  window.addEventListener("beforeunload", (event) => {
    if ([...unsaved].some((field) => field.isConnected && field.value)) event.preventDefault();
  });
  document.addEventListener("htmx:afterSettle", () => {
    const wrong = document.querySelector("#decide [data-error-summary], #decide [aria-invalid=true]");
    if (wrong && !wrong.dataset.seen) {
      wrong.dataset.seen = "1";
      wrong.focus();
    }
  });

  // By keyboard: from item to item, from part to part, and what one says of it.
  const items = () => [...root.querySelectorAll("[data-item]")];
  const current = () => {
    const focused = document.activeElement.closest("[data-item]");
    return focused || root.querySelector("[data-item].is-current");
  };
  const go = (item) => {
    for (const each of items()) each.classList.toggle("is-current", each === item);
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "start" });
  };
  const move = (by) => {
    const all = items();
    const at = all.indexOf(current());
    const next = all[at === -1 ? 0 : at + by];
    if (next) go(next);
  };
  const mark = (key) => {
    const item = current() || items()[0];
    const button = item && item.querySelector(`.lq-mark-form [data-key="${key}"]`);
    if (!button) return;
    if (item !== current()) go(item);
    button.click(); // htmx reads from the click which button it was
  };
  const press = {
    j: () => move(1),
    k: () => move(-1),
    n: () => follow("[data-part-after]"),
    p: () => follow("[data-part-before]"),
    d: () => current() && decideAbout(current().querySelector("[data-about]")),
  };
  const follow = (link) => {
    const found = root.querySelector(link);
    if (found) found.click();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog[open]")) return;
    if ("0123".includes(event.key)) mark(event.key);
    else if (press[event.key]) press[event.key]();
    else return;
    event.preventDefault();
  });
  root.addEventListener("focusin", (event) => {
    const item = event.target.closest("[data-item]");
    if (item) for (const each of items()) each.classList.toggle("is-current", each === item);
  });

  // Deciding about an item of the agenda, in the form below.
  const decideAbout = (link) => {
    const form = document.querySelector("[data-decide]");
    if (!link || !form) return;
    form.querySelector("[name=about]").value = link.dataset.about;
    const title = link.closest("[data-item]").querySelector("h3").textContent;
    form.querySelector("[data-about-title]").textContent = title.replace(/\s+/g, " ").trim();
    document.getElementById("decide-about-words").hidden = false;
    form.querySelector("[name=text]").focus();
  };
  root.addEventListener("click", (event) => {
    const about = event.target.closest("[data-about]");
    if (about) {
      event.preventDefault();
      decideAbout(about);
    }
    if (event.target.closest("[data-about-none]")) {
      document.querySelector("[data-decide] [name=about]").value = "";
      document.getElementById("decide-about-words").hidden = true;
      document.querySelector("[data-decide] [name=text]").focus();
    }
  });

  // Large type, for a projector: remembered on this device.
  const large = document.querySelector("[data-large-type]");
  const LARGE = "leadqual-review-large";
  const showLarge = (is) => {
    document.body.classList.toggle("lq-large-type", is);
    large.setAttribute("aria-pressed", String(is));
  };
  showLarge(localStorage.getItem(LARGE) === "1");
  large.addEventListener("click", () => {
    const is = large.getAttribute("aria-pressed") !== "true";
    localStorage.setItem(LARGE, is ? "1" : "0");
    showLarge(is);
  });

  later();
})();
