// The agreement: printing, and drafting it without losing what anybody typed.
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-close-promise]")) {
      document.getElementById("promise-slot").replaceChildren();
      const add = document.getElementById("add-promise");
      if (add) add.focus();
    }
  });

  // A save moves the draft on. Forms that had seen all before it have seen it, too; a form that is
  // older stays so, and is told of what has changed when it is sent.
  document.addEventListener("draft-edited", (event) => {
    const { before, now } = event.detail;
    if (!before) return;
    for (const field of document.querySelectorAll("input[name=seen]")) {
      if (field.value === before) field.value = now;
    }
  });

  // What a promise of the chosen kind does not ask is not shown; the server leaves it out.
  const narrow = () => {
    const form = document.getElementById("promise-form");
    if (!form) return;
    const kind = form.querySelector("[name=code]").value;
    for (const block of form.querySelectorAll("[data-shown-for]")) {
      block.hidden = !block.dataset.shownFor.split(" ").includes(kind);
    }
    for (const choice of form.querySelectorAll("[data-kinds]")) {
      const fits = !kind || choice.dataset.kinds.split(" ").includes(kind);
      choice.disabled = !fits;
      (choice.closest("option, label") || choice).hidden = !fits;
      if (!fits && choice.selected) choice.closest("select").selectedIndex = 0;
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("#promise-form [name=code]")) narrow();
  });

  // Typed and not saved: asked about before it is lost.
  const unsaved = new Set();
  const formOf = (el) => el.closest(".lq-edit-clause form, #promise-form");
  document.addEventListener("input", (event) => {
    const form = formOf(event.target);
    if (form) unsaved.add(form);
  });
  const typed = () => [...unsaved].filter((form) => form.isConnected);
  document.addEventListener("submit", (event) => unsaved.delete(event.target));
  window.addEventListener("beforeunload", (event) => {
    if (typed().length) event.preventDefault();
  });
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.target.closest("[data-opens-promise]")) return;
    const question = "Leave what you typed about this promise? It is not saved.";
    if (typed().some((form) => form.id === "promise-form") && !window.confirm(question)) {
      event.preventDefault();
    }
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    narrow();
    if (event.target.id === "promise-slot" || event.target.id === "promise-form") {
      const first = document.querySelector("#promise-form [data-error-summary], #promise-form select");
      if (first) first.focus();
    }
    const sent = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (event.target.id === "promises") {
      if (sent && sent.id === "promise-form") document.getElementById("promise-slot").replaceChildren();
      const next = document.getElementById("undo-removal") || document.getElementById("add-promise");
      if (next) next.focus();
    }
    for (const wrong of event.target.querySelectorAll("[data-error-summary]")) {
      unsaved.add(formOf(wrong));
      wrong.focus();
    }
  });
  narrow();
})();
