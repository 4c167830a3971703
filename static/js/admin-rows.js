// Rows of a list in the admin: taken away without touching what is typed in the others, and moved.
(() => {
  "use strict";

  const rowsOf = (formset) =>
    [...formset.querySelectorAll(":scope > .form-group:not(.empty-form)")];

  // Unfold's own handler writes the rows below anew as text, and what was typed in them is lost.
  // This one comes before it and only gives them their new numbers.
  const NAMING = ["name", "id", "for", "aria-describedby", "aria-labelledby", "aria-controls"];
  const numberOf = (row, prefix) => {
    const { name } = row.querySelector(`[name^="${prefix}-"]`);
    return Number.parseInt(name.slice(prefix.length + 1), 10);
  };
  const renumber = (row, prefix, from, to) => {
    const old = new RegExp(`(^|[ _-])${prefix}-${from}(?!\\d)`, "g");
    for (const element of row.querySelectorAll("*")) {
      for (const name of NAMING) {
        const said = element.getAttribute(name);
        if (said) element.setAttribute(name, said.replace(old, `$1${prefix}-${to}`));
      }
    }
  };
  const takeAway = (row) => {
    const formset = row.closest(".formset");
    const { prefix } = JSON.parse(formset.dataset.inlineFormset).options;
    const wrapper = formset.closest(".formset-wrapper");
    const count = (name) => wrapper.querySelector(`[name="${prefix}-${name}_FORMS"]`);
    if (rowsOf(formset).length <= Number(count("MIN_NUM").value)) return;
    const gone = numberOf(row, prefix);
    row.remove();
    for (const other of rowsOf(formset)) {
      const number = numberOf(other, prefix);
      if (number > gone) renumber(other, prefix, number, number - 1);
    }
    count("TOTAL").value = rowsOf(formset).length;
    window.applyLastClass?.(formset);
    window.checkFormsetEmpty?.(formset);
    formset.querySelector(".add-row")?.focus();
    const detail = { formsetName: prefix };
    document.dispatchEvent(new CustomEvent("formset:removed", { detail }));
  };
  document.addEventListener("click", (event) => {
    const row = event.target.closest?.(".delete-template")?.closest(".form-group");
    if (!row) return;
    event.stopPropagation();
    takeAway(row);
  }, true);

  // Lists in an order of their own: dragged (Unfold's sorting), or moved by two buttons. The places
  // are numbered when the form is sent, and only then if a row was moved.
  const ORDERED = ".formset[data-ordered]";
  const place = (row, formset) =>
    row.querySelector(`input[name$="-${formset.dataset.ordered}"]`);
  const isBlank = (row) => [...row.querySelectorAll(".leadqual-rule-fields :is(input, select)")]
    .every((input) => input.type === "hidden" || !input.value);

  const showEnds = (formset) => {
    const rows = rowsOf(formset);
    rows.forEach((row, n) => {
      row.querySelector("[data-move=up]").setAttribute("aria-disabled", String(n === 0));
      row.querySelector("[data-move=down]")
        .setAttribute("aria-disabled", String(n === rows.length - 1));
    });
  };
  const wasMoved = (formset, row) => {
    const rows = rowsOf(formset);
    formset.dataset.moved = "yes";
    place(row, formset).dispatchEvent(new Event("input", { bubbles: true })); // leaving now warns
    showEnds(formset);
    window.applyLastClass?.(formset);
    const told = formset.closest(".formset-wrapper").querySelector("[data-moved-to]");
    told.textContent = `Line ${rows.indexOf(row) + 1} of ${rows.length} now. Save to keep it.`;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-move]");
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    const row = button.closest(".form-group");
    if (button.dataset.move === "up") row.previousElementSibling.before(row);
    else row.nextElementSibling.after(row);
    button.focus(); // moving took it away
    wasMoved(row.closest(".formset"), row);
  });

  document.addEventListener("DOMContentLoaded", () => {
    for (const formset of document.querySelectorAll(ORDERED)) {
      // What was refused comes back row by row as it was sent, its places with it.
      const at = (row) => Number(place(row, formset).value || Infinity);
      formset.prepend(...rowsOf(formset).sort((one, other) => at(one) - at(other) || 0));
      showEnds(formset);
      formset.addEventListener("end", (event) => {
        if (event.oldIndex !== event.newIndex) wasMoved(formset, event.item);
      });
      formset.closest("form").addEventListener("submit", () => {
        if (!formset.dataset.moved) return;
        rowsOf(formset).filter((row) => row.dataset.row || !isBlank(row))
          .forEach((row, n) => { place(row, formset).value = n; });
      });
    }
  });
  // A new row is written in at once, not looked for with the tab key among those before it.
  document.addEventListener("formset:added", (event) => {
    const row = event.target.closest?.(".leadqual-rule");
    if (!row) return;
    row.querySelector("details")?.setAttribute("open", "");
    row.querySelector(".leadqual-rule-fields :is(input:not([type=hidden]), select, textarea)")
      ?.focus();
  });
  for (const name of ["formset:added", "formset:removed"]) {
    document.addEventListener(name, () => document.querySelectorAll(ORDERED).forEach(showEnds));
  }
})();

// Lists in an order of their own are dragged (Unfold's sorting). Here each row gets two buttons as
// well, so that the order is also changed by keyboard and on a phone. Saving keeps it.
document.addEventListener("DOMContentLoaded", () => {
  const table = document.querySelector("#result_list[data-ordering-field]");
  if (!table) return;
  const rowsOf = () => [...table.querySelectorAll(":scope > tbody")];
  const place = (row) => row.querySelector(`input[name$="-${table.dataset.orderingField}"]`);
  if (!rowsOf().some(place)) return; // only to be looked at

  const told = document.createElement("p");
  told.setAttribute("role", "status");
  told.className = "leading-relaxed mt-2";
  table.parentElement.after(told);

  const nameOf = (row) => row.querySelector("th a, td a, th")?.textContent.trim() || "this row";
  const button = (row, way, icon) => {
    const made = document.createElement("button");
    made.type = "button";
    made.dataset.moveRow = way;
    made.className = "flex h-[36px] w-[36px] items-center justify-center rounded-default";
    made.setAttribute("aria-label", `Move ${way}: ${nameOf(row)}`);
    const drawn = document.createElement("span");
    drawn.className = "material-symbols-outlined";
    drawn.setAttribute("aria-hidden", "true");
    drawn.textContent = icon;
    made.append(drawn);
    return made;
  };
  const showEnds = () => {
    const rows = rowsOf();
    const end = { up: 0, down: rows.length - 1 };
    rows.forEach((row, n) => {
      for (const each of row.querySelectorAll("[data-move-row]")) {
        const stays = end[each.dataset.moveRow] === n;
        each.setAttribute("aria-disabled", String(stays));
        each.classList.toggle("opacity-50", stays);
      }
    });
  };
  for (const row of rowsOf()) {
    const handle = row.querySelector("td");
    const all = document.createElement("div");
    all.className = "flex items-center";
    all.append(
      handle.querySelector("div"), // what it is dragged by
      button(row, "up", "arrow_upward"),
      button(row, "down", "arrow_downward"),
    );
    handle.append(all);
  }
  showEnds();

  table.addEventListener("end", showEnds); // dragged
  table.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-move-row]");
    if (!pressed || pressed.getAttribute("aria-disabled") === "true") return;
    const row = pressed.closest("tbody");
    if (pressed.dataset.moveRow === "up") row.previousElementSibling.before(row);
    else row.nextElementSibling.after(row);
    rowsOf().forEach((each, n) => { place(each).value = n; });
    place(row).dispatchEvent(new Event("input", { bubbles: true })); // leaving now warns
    pressed.focus(); // moving took it away
    showEnds();
    told.textContent = `${nameOf(row)}: line ${rowsOf().indexOf(row) + 1} of ${rowsOf().length} `
      + "now. Save to keep it.";
  });
});
