// Scorecards on the lead's page: saved as they are typed, each question by itself. What could not
// be sent is kept in its field and sent again; what somebody else answers appears by itself,
// though never in a field that is being typed in.
(() => {
  "use strict";

  const PAUSE = 800; // milliseconds without a key before what was typed is saved
  const NEWS_EVERY = 7_000;
  const RETRIES = [2_000, 4_000, 8_000, 15_000]; // then every 15 seconds

  const cards = () => document.querySelector("[data-scorecards]");
  const forms = () => [...document.querySelectorAll("[data-answer]")];
  const states = new WeakMap();
  const stateOf = (form) => {
    if (!states.has(form)) {
      states.set(form, { typed: 0, saved: 0, sending: false, failures: 0, timer: 0, stuck: false });
    }
    return states.get(form);
  };
  const isDirty = (form) => stateOf(form).typed !== stateOf(form).saved;
  const isText = (el) => el.matches("textarea, input:not([type=radio]):not([type=checkbox])");
  const isBusy = (form) =>
    isDirty(form) || (form.contains(document.activeElement) && isText(document.activeElement));

  // Saving

  const say = (form, text, level = "secondary") => {
    const words = document.createElement("span");
    words.className = `text-${level}`;
    words.textContent = text;
    form.querySelector("[data-saved]").replaceChildren(words);
  };
  const later = (form, wait) => {
    const state = stateOf(form);
    clearTimeout(state.timer);
    state.timer = setTimeout(() => save(form), wait);
  };
  const typed = (form, wait) => {
    const state = stateOf(form);
    state.typed += 1;
    state.stuck = false;
    later(form, wait);
  };

  const sendAgain = (form, why) => {
    const state = stateOf(form);
    const wait = RETRIES[Math.min(state.failures, RETRIES.length - 1)];
    state.failures += 1;
    say(form, `Not saved yet: ${why} It stays here and is sent again by itself.`, "danger");
    later(form, wait);
  };

  const took = (form, html, revision) => {
    const state = stateOf(form);
    state.failures = 0;
    state.saved = revision;
    const box = form.querySelector("[data-saved]");
    box.innerHTML = html;
    const { token } = box.querySelector("[data-token]").dataset;
    form.querySelector("[name=based_on]").value = token;
    form.closest("[data-asked]").dataset.token = token;
    form.querySelector("[data-others]").replaceChildren();
    form.querySelector(".lq-prefill")?.remove();
    window.htmx.process(box);
    window.htmx.trigger(document.body, "scorecard-changed");
    if (isDirty(form)) later(form, 0);
  };

  const save = async (form) => {
    const state = stateOf(form);
    clearTimeout(state.timer);
    if (state.sending || state.stuck || !isDirty(form) || !form.isConnected) return;
    state.sending = true;
    const revision = state.typed;
    let answer, html;
    try {
      answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "HX-Request": "true" },
      });
      html = await answer.text();
    } catch {
      state.sending = false;
      sendAgain(form, "there is no connection.");
      return;
    }
    state.sending = false;
    const isOurs = !answer.redirected && (answer.headers.get("content-type") || "").includes("html");
    if (answer.ok && isOurs && html.includes("data-token")) {
      took(form, html, revision);
    } else if (answer.status === 409) {
      state.stuck = true;
      form.querySelector("[data-others]").innerHTML = html;
      say(form, "Not saved yet: see below.", "danger");
    } else if (answer.status === 422) {
      state.stuck = true;
      form.querySelector("[data-saved]").innerHTML = html;
      if (isDirty(form) && state.typed !== revision) typed(form, 0);
    } else if (answer.status >= 500) {
      sendAgain(form, "leadqual did not answer as it should.");
    } else {
      sendAgain(form, "your session may have ended. Log in in another tab, and leave this one open.");
    }
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-answer]");
    if (form) typed(form, isText(event.target) ? PAUSE : 0);
  });
  document.addEventListener("focusout", (event) => {
    const form = event.target.closest("[data-answer]");
    if (form && isDirty(form)) later(form, 0);
    if (form) setTimeout(catchUp, 0);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-answer]");
    if (!form) return;
    event.preventDefault();
    if (event.submitter && event.submitter.matches("[data-put-mine]")) {
      const { theirs } = form.querySelector("[data-both]").dataset;
      form.querySelector("[name=based_on]").value = theirs;
    }
    typed(form, 0);
  });
  window.addEventListener("online", () => {
    for (const form of forms()) if (isDirty(form)) later(form, 0);
  });
  window.addEventListener("beforeunload", (event) => {
    if (forms().some(isDirty)) event.preventDefault();
  });
  // The panel fetches itself anew when the lead changes: not over what is not saved yet.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id === "panel-scorecard" && forms().some(isBusy)) event.detail.shouldSwap = false;
  });

  // What was known before, taken as the answer; theirs, kept

  document.addEventListener("click", (event) => {
    const take = event.target.closest("[data-take]");
    if (take) {
      const form = take.closest("[data-answer]");
      const { value, evidence, saidBy, saidOn } = take.dataset;
      form.querySelector(`[name=value][value="${value}"]`).checked = true;
      const words = form.querySelector("[name=evidence]");
      words.value = words.value ? `${words.value} (${evidence})` : evidence;
      form.querySelector("[name=said_by]").value = saidBy;
      if (saidOn) form.querySelector("[name=said_on]").value = saidOn;
      typed(form, 0);
      words.focus();
    }
    const keep = event.target.closest("[data-keep-theirs]");
    if (keep) {
      const form = keep.closest("[data-answer]");
      const state = stateOf(form);
      state.saved = state.typed;
      form.closest("[data-asked]").dataset.token = "";
      focusOn(form);
      askForNews(true);
    }
  });

  // The keyboard: 1, 2, 3 answer; F takes what the form said; J and K go from question to question

  const focusOn = (form) => {
    const first = form.querySelector("[name=value]:checked") || form.querySelector("[name=value]");
    first.focus();
    form.closest("[data-asked]").scrollIntoView({ block: "nearest" });
  };
  const step = (form, by) => {
    const all = forms();
    const next = all[all.indexOf(form) + by];
    if (next) focusOn(next);
    return Boolean(next);
  };
  const press = (form, key) => {
    if (/^[123]$/.test(key)) {
      const choice = form.querySelectorAll("[name=value]")[Number(key) - 1];
      choice.checked = true;
      typed(form, 0);
      form.querySelector("[name=evidence]").focus();
    } else if (key === "f") form.querySelector("[data-take]")?.click();
    else if (key === "j") step(form, 1);
    else if (key === "k") step(form, -1);
    else return false;
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const form = event.target.closest?.("[data-answer]");
    if (!form) return;
    let done = false;
    if (event.target.matches("textarea") && event.key === "Enter" && !event.shiftKey) {
      done = true;
      if (!step(form, 1)) focusOn(form);
    } else if (isText(event.target)) {
      if (event.key === "Escape") {
        done = true;
        focusOn(form);
      }
    } else if (!event.target.matches("button, a, summary") || !["Enter", " "].includes(event.key)) {
      done = press(form, event.key.toLowerCase());
    }
    if (!done) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // the queue's keys mean something else
  }, true);

  // What others answer

  let news = null; // the cards as they are by now, where a field still stood in the way
  const put = (old, fresh) => {
    const inside = old.contains(document.activeElement) ? document.activeElement.id : "";
    old.replaceWith(fresh);
    window.htmx.process(fresh);
    if (inside) document.getElementById(inside)?.focus({ preventScroll: true });
  };
  const tell = (form, fresh) => {
    const theirs = fresh.querySelector("[data-saved] [data-token]")?.textContent;
    const checked = fresh.querySelector("[name=value]:checked");
    const label = checked && fresh.querySelector(`label[for="${checked.id}"] strong`);
    const box = form.querySelector("[data-others]");
    if (!theirs || box.querySelector("[data-both]")) return;
    const note = document.createElement("p");
    note.className = "small mb-0 mt-1";
    note.textContent = `Meanwhile: ${theirs.trim().replace("Saved", "answered at")}`;
    if (label) note.textContent += `: ${label.lastChild.textContent.trim()}`;
    box.replaceChildren(note);
  };
  // A click must find what it was meant for: nothing is replaced while a button is pressed.
  let pressing = false;
  document.addEventListener("pointerdown", () => { pressing = true; });
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => {
      pressing = false;
      setTimeout(catchUp, 0);
    });
  }
  const catchUp = () => {
    if (pressing || !news || !cards()) return;
    const shown = [...cards().querySelectorAll("[data-asked]")];
    const fresh = [...news.querySelectorAll("[data-asked]")];
    const isSame = shown.map((each) => each.id).join() === fresh.map((each) => each.id).join();
    const waits = shown.filter((each, n) => {
      const form = each.querySelector("[data-answer]");
      if (isSame && each.dataset.token === fresh[n].dataset.token) return false;
      if (form && (isBusy(form) || stateOf(form).sending)) {
        if (isSame) tell(form, fresh[n]);
        return true;
      }
      if (isSame) put(each, fresh[n].cloneNode(true));
      return false;
    });
    if (waits.length) return;
    if (!isSame) put(cards(), news.cloneNode(true));
    news = null;
  };

  let asking = false;
  const askForNews = async (always = false) => {
    const box = cards();
    if (!box || !box.dataset.news || asking || (document.hidden && !always)) return;
    asking = true;
    try {
      const seen = always ? "" : box.dataset.seen;
      const answer = await fetch(`${box.dataset.news}?seen=${encodeURIComponent(seen)}`, {
        headers: { "HX-Request": "true" },
      });
      if (answer.status === 200 && !answer.redirected) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector("[data-scorecards]");
        if (fresh && cards()) {
          cards().dataset.seen = fresh.dataset.seen;
          news = fresh;
          catchUp();
          window.htmx.trigger(document.body, "scorecard-changed");
        }
      }
    } catch {
      // Asked again in a moment; a save says by itself that there is no connection.
    } finally {
      asking = false;
    }
  };
  setInterval(askForNews, NEWS_EVERY);
  document.addEventListener("visibilitychange", () => askForNews());
})();
