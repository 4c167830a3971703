// Writing rules: only the inputs that apply are shown, names of other parts are suggested, and
// each row says how many leads match, also while it is being typed. The server checks it all.
document.addEventListener("DOMContentLoaded", () => {
  const $ = window.django && window.django.jQuery;
  const form = document.querySelector("#modelversion_form");
  const WAIT = 700; // milliseconds without a key before the row is counted again

  const input = (row, name) =>
    row.querySelector(`.field-${name} :is(input, select, textarea)`);
  const rows = () => document.querySelectorAll(".leadqual-rule:not(.empty-form)");

  // What each way of counting asks for; a field with something in it is never hidden.
  const SHAPES = {
    each: ["window_days", "half_life_days", "decay_text", "cap", "source_text"],
    times: ["at_least", "window_days"],
    days: ["at_least", "window_days"],
    pages: ["at_least", "window_days"],
    people: ["at_least", "window_days"],
    sequence: ["later", "window_days"],
  };
  const OF_SHAPES = new Set(Object.values(SHAPES).flat());
  const WITHOUT_VALUE = ["missing", "known", "free_mailbox"];

  const show = (row, name, wanted) => {
    const field = row.querySelector(`.field-${name}`);
    if (!field) return;
    const filled = [...field.querySelectorAll("input, select, textarea")].some((each) => each.value);
    field.hidden = !wanted && !filled && !field.classList.contains("errors");
  };

  const fit = (row) => {
    const shape = input(row, "shape");
    if (shape) {
      for (const name of OF_SHAPES) show(row, name, (SHAPES[shape.value] || []).includes(name));
    }
    const operator = input(row, "operator");
    if (!operator) return;
    const profile = input(row, "field")?.value === "icp";
    row.querySelector(".field-operator").hidden = profile;
    show(row, "value_text", !profile && !WITHOUT_VALUE.includes(operator.value));
    const value = input(row, "value_text");
    if (value && operator.value.endsWith("on_list")) value.setAttribute("list", value.dataset.lists);
    else value?.removeAttribute("list");
  };

  // Suggestions from what the other tabs define, saved or not.
  const NAMES = {
    "known-personas": "input[name^='personalines-'][name$='-persona']",
    "known-groups": "input[name^='pointsgroups-'][name$='-name']",
    "known-lists": "input[name^='namedlists-'][name$='-name']",
    "known-seniorities": "input[name^='titlelines-'][name$='-seniority']",
    "known-functions": "input[name^='titlelines-'][name$='-function']",
  };
  const suggest = () => {
    for (const [id, inputs] of Object.entries(NAMES)) {
      let list = document.getElementById(id);
      if (!list) {
        list = document.createElement("datalist");
        list.id = id;
        document.body.append(list);
      }
      const names = [...document.querySelectorAll(inputs)].map((each) => each.value.trim());
      list.replaceChildren(
        ...[...new Set(names.filter(Boolean))].map((name) => new Option(name, name)),
      );
    }
  };

  const tell = (row, answer) => {
    const matches = row.querySelector("[data-matches]");
    if (!matches) return;
    const errors = answer.errors || [];
    matches.textContent = errors.length ? `Not yet: ${errors.join(" ")}` : answer.matches || "";
    matches.classList.toggle("leadqual-not-yet", errors.length > 0);
    const words = row.querySelector("[data-words]");
    if (answer.words && words) words.textContent = answer.words;
    if (answer.hysteresis) sayHysteresis(answer.hysteresis);
  };

  // When MQLs are promoted and taken back, above the ways to qualify.
  const sayHysteresis = (sentences) => {
    const told = sentences.map((sentence) => {
      const line = document.createElement("p");
      line.textContent = sentence;
      return line;
    });
    document.querySelector("[data-hysteresis]")?.replaceChildren(...told);
  };

  const countSaved = async () => {
    const formset = document.querySelector("[data-matching]");
    if (!formset) return;
    const answer = await fetch(formset.dataset.matching, { credentials: "same-origin" });
    if (!answer.ok) return;
    const told = await answer.json();
    for (const row of rows()) {
      const part = row.closest(".formset").id.replace(/-data$/, "");
      const said = told[`${part}-${row.dataset.row}`];
      if (said && !row.dataset.typed) tell(row, { matches: said });
    }
    for (const cell of document.querySelectorAll("[data-cell]")) {
      cell.textContent = told[`gradecells-${cell.dataset.cell}`] || "";
    }
    const grades = document.querySelector("[data-grades-now]");
    if (grades) grades.textContent = told.grades || "";
  };

  // What stands in the row: choices are also told to have changed when they have not.
  const typedIn = (row) =>
    [...row.querySelectorAll("input, select, textarea")]
      .map((each) => (each.type === "checkbox" ? each.checked : each.value))
      .join("\n");
  const last = new WeakMap();
  const waiting = new WeakMap(); // of each row: its timer and the request under way
  const countTyped = (row) => {
    const formset = row.closest("[data-matching]");
    const name = row.querySelector("[name$='-version']")?.name.replace(/-version$/, "");
    if (!formset || !form || !name) return;
    row.dataset.typed = "yes";
    const before = waiting.get(row);
    clearTimeout(before?.timer);
    before?.abort.abort();
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      const body = new FormData(form);
      body.append("row", name);
      try {
        const answer = await fetch(formset.dataset.matching, {
          method: "POST", body, credentials: "same-origin", signal: abort.signal,
        });
        if (answer.ok) tell(row, await answer.json());
      } catch (error) {
        if (error.name !== "AbortError") throw error;
      }
    }, WAIT);
    waiting.set(row, { timer, abort });
  };

  // The margin and the floors of bands change what the ways to qualify ask for.
  const OF_WAYS = /^(demote_margin|bands-\d+-(axis|name|floor))$/;
  const changed = (target) => {
    if (OF_WAYS.test(target.name)) {
      const way = document.querySelector("#qualificationrules-data .leadqual-rule:not(.empty-form)");
      if (way) countTyped(way);
    }
    const row = target.closest(".leadqual-rule:not(.empty-form)");
    if (!row || last.get(row) === typedIn(row)) return;
    last.set(row, typedIn(row));
    fit(row);
    suggest();
    countTyped(row);
  };

  // Signals: how many of the recent events match.
  const told = document.querySelector("[data-signal-matching]");
  const countEvents = async () => {
    const answer = await fetch(told.dataset.signalMatching, {
      method: "POST", body: new FormData(told.closest("form")), credentials: "same-origin",
    });
    if (!answer.ok) return;
    const { errors, matches } = await answer.json();
    told.textContent = errors ? `Not yet: ${errors.join(" ")}` : matches;
  };
  if (told) {
    let timer;
    told.closest("form").addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(countEvents, WAIT);
    });
    countEvents();
  }

  if (!form) return;
  form.addEventListener("input", (event) => changed(event.target));
  // The searchable choices tell only jQuery that they changed.
  $?.(form).on("change", "select", (event) => changed(event.target));
  document.addEventListener("formset:added", (event) => {
    const row = event.target.closest?.(".leadqual-rule");
    if (!row) return;
    last.set(row, typedIn(row));
    fit(row);
  });
  for (const row of rows()) {
    last.set(row, typedIn(row));
    fit(row);
  }
  suggest();
  countSaved();
});
