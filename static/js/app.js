// The shell's few behaviours: countdowns, toasts, the theme switch, keyboard help.
// No framework and nothing inline, so that the content security policy stays strict.
(() => {
  "use strict";

  // <time data-countdown datetime="2026-03-02T12:00:00Z"> shows the time left, or how late it is.
  // data-soon="3600" (seconds) marks it when it is near; late ones are marked as such.
  const UNITS = [["d", 86400], ["h", 3600], ["min", 60]];

  const spell = (seconds) => {
    const first = UNITS.findIndex(([, size]) => seconds >= size);
    if (first === -1) return `${Math.floor(seconds)} s`;
    return UNITS.slice(first, first + 2)
      .map(([name, size], i) => {
        const rest = i === 0 ? seconds : seconds % UNITS[first][1];
        return [Math.floor(rest / size), name];
      })
      .filter(([count], i) => i === 0 || count > 0)
      .map(([count, name]) => `${count} ${name}`)
      .join(" ");
  };

  const tick = () => {
    for (const el of document.querySelectorAll("time[data-countdown]")) {
      const left = (Date.parse(el.dateTime) - Date.now()) / 1000;
      if (Number.isNaN(left)) continue;
      const text = left >= 0 ? `${spell(left)} left` : `${spell(-left)} late`;
      if (el.textContent !== text) el.textContent = text;
      if (!el.title) el.title = new Date(el.dateTime).toLocaleString();
      el.classList.toggle("is-late", left < 0);
      el.classList.toggle("is-soon", left >= 0 && left < Number(el.dataset.soon || 3600));
    }
  };

  // HX-Trigger: {"toast": {"text": "…", "level": "success|info|warning|danger"}}, or just a text.
  const toast = ({ text, level = "success" }) => {
    const box = document.createElement("div");
    box.className = `toast show lq-toast lq-toast-${level}`;
    const body = document.createElement("div");
    body.className = "toast-body d-flex";
    const words = document.createElement("div");
    words.className = "flex-fill";
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn-close ms-2";
    close.setAttribute("aria-label", "Dismiss");
    close.addEventListener("click", () => box.remove());
    body.append(words, close);
    box.append(body);
    document.getElementById("toasts").append(box);
    if (level === "success" || level === "info") setTimeout(() => box.remove(), 6000);
  };

  document.addEventListener("toast", (event) => {
    const detail = event.detail || {};
    const plain = detail.value;
    toast(typeof plain === "string" ? { text: plain } : detail);
  });

  const explainFailure = (event) => {
    const status = event.detail.xhr ? event.detail.xhr.status : 0;
    if (status === 401 || status === 403) {
      toast({ text: "You may not do this here, or your session has ended: log in in another tab, then try again here.", level: "danger" });
    } else if (status === 0) {
      toast({ text: "leadqual cannot be reached. Check your connection and try again.", level: "danger" });
    } else {
      toast({ text: "That did not work. Try again; if it happens again, tell your administrator.", level: "danger" });
    }
  };
  document.addEventListener("htmx:responseError", explainFailure);
  document.addEventListener("htmx:sendError", explainFailure);

  // The theme switch answers at once; the choice is saved on the person behind it.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    document.documentElement.dataset.chosenTheme = data.get("theme");
    for (const button of form.querySelectorAll("button")) {
      button.classList.toggle("active", button === event.submitter);
    }
    fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" } })
      .then((answer) => { if (!answer.ok) throw new Error(String(answer.status)); })
      .catch(() => toast({ text: "Your choice of colours could not be saved.", level: "danger" }));
  });

  // data-auto-submit: a form that sends itself when a choice in it changes.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto-submit]");
    if (form) form.requestSubmit();
  });

  // data-confirm="Really …?" on a form asks before sending it.
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  // data-copy="#id": copies that element's text or value.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const from = document.querySelector(button.dataset.copy);
    navigator.clipboard.writeText(from.value || from.textContent.trim())
      .then(() => toast({ text: "Copied." }))
      .catch(() => toast({ text: "Could not copy. Select it and copy it yourself.", level: "warning" }));
  });

  const help = () => document.getElementById("keyboard");
  const isTyping = (el) => el.closest("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
    event.preventDefault();
    if (help().open) help().close(); else help().showModal();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keyboard-help]")) help().showModal();
  });

  document.addEventListener("htmx:afterSwap", tick);
  setInterval(tick, 1000);
  tick();
  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();
})();
