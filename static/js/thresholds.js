// Thresholds weighed while their sliders move; scoring/previews/thresholds.py says the same. Of the
// latest preview is fetched once: `firsts` [fit, intent, total, week, leads], whose leads add up to
// those that reached the thresholds in that week for the first time; `sales` [fit, intent, total,
// accepted, rejected, won] likewise (scoring/previews/firsts.py says why); and how many were won.
(() => {
  "use strict";

  const STEPS = [-15, -10, -5, 0, 5, 10, 15];
  const form = document.querySelector("[data-thresholds]");
  if (!form) return;

  const whole = new Intl.NumberFormat("en-GB");
  const one = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const rate = (n, of) => (of ? `${Math.round((1000 * n) / of) / 10} %` : "–");

  const weigh = (report, at) => {
    const weekly = report.weeks.map(() => 0);
    const found = { accepted: 0, decided: 0, won: 0, allWon: report.won, weekly };
    const reached = (fit, intent, total) => fit >= at.fit && intent >= at.intent && total >= at.total;
    for (const [fit, intent, total, week, leads] of report.firsts) {
      if (reached(fit, intent, total)) weekly[week] += leads;
    }
    for (const [fit, intent, total, accepted, rejected, won] of report.sales) {
      if (!reached(fit, intent, total)) continue;
      found.accepted += accepted;
      found.decided += accepted + rejected;
      found.won += won;
    }
    found.leads = weekly.reduce((sum, leads) => sum + leads, 0);
    found.aWeek = weekly.length ? found.leads / weekly.length : 0;
    return found;
  };

  const thresholdsOf = (group) => {
    const at = {};
    for (const slider of group.querySelectorAll("[data-scale]")) at[slider.dataset.scale] = Number(slider.value);
    return at;
  };

  const cell = (kind, text, small) => {
    const made = document.createElement(kind);
    made.textContent = text;
    if (kind === "th") made.scope = "row";
    if (small) {
      const beside = document.createElement("span");
      beside.className = "text-secondary small";
      beside.textContent = small;
      made.append(" ", beside);
    }
    return made;
  };

  const row = (report, at, here) => {
    const found = weigh(report, at);
    const made = document.createElement("tr");
    if (here) {
      made.className = "table-active";
      made.setAttribute("aria-current", "true");
    }
    made.append(
      cell("th", at.total),
      cell("td", one.format(found.aWeek)),
      cell("td", rate(found.accepted, found.decided), `${whole.format(found.accepted)} of ${whole.format(found.decided)}`),
      cell("td", rate(found.won, found.allWon), `${whole.format(found.won)} of ${whole.format(found.allWon)}`),
    );
    return made;
  };

  const show = (report, group) => {
    const at = thresholdsOf(group);
    const found = weigh(report, at);
    const out = (name, text) => { group.querySelector(`[data-out="${name}"]`).textContent = text; };
    out("a_week", one.format(found.aWeek));
    out("leads", `${whole.format(found.leads)} in ${report.weeks.length} weeks`);
    out("acceptance", rate(found.accepted, found.decided));
    out("decided", `${whole.format(found.accepted)} of ${whole.format(found.decided)} offers decided`);
    out("captured", rate(found.won, found.allWon));
    out("won", `${whole.format(found.won)} of ${whole.format(found.allWon)} won`);
    const totals = STEPS.map((step) => at.total + step).filter((total) => total >= 0 && total <= 200);
    const rows = totals.map((total) => row(report, { ...at, total }, total === at.total));
    group.querySelector("[data-neighbours]").replaceChildren(...rows);
    const chart = group.querySelector("[data-live-chart]");
    chart.dataset.chart = JSON.stringify({
      kind: "pairs",
      labels: report.weeks.map((monday) => new Date(`${monday}T00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }).replace("Sept", "Sep")),
      series: [{ name: "Leads", values: found.weekly }],
      line: form.dataset.capacity ? Number(form.dataset.capacity) : null,
      line_name: "Reps can take",
    });
    chart.dispatchEvent(new CustomEvent("leadqual:chart", { bubbles: true }));
  };

  const mark = (number) => {
    const isWrong = !number.checkValidity();
    number.classList.toggle("is-invalid", isWrong);
    number.setAttribute("aria-invalid", String(isWrong));
    return isWrong;
  };

  const follow = (report, group) => {
    let asked = 0;
    const later = () => {
      window.cancelAnimationFrame(asked);
      asked = window.requestAnimationFrame(() => show(report, group));
    };
    for (const slider of group.querySelectorAll("[data-scale]")) {
      const number = group.querySelector(`[data-number="${slider.dataset.scale}"]`);
      slider.addEventListener("input", () => {
        number.value = slider.value;
        mark(number);
        later();
      });
      // What is no whole number of the scale is marked, and weighed only once it is one.
      number.addEventListener("input", () => {
        if (mark(number)) return;
        slider.value = number.value;
        later();
      });
    }
    show(report, group);
  };

  fetch(form.dataset.thresholds, { headers: { Accept: "application/json" } })
    .then((answer) => answer.json())
    .then((report) => { for (const group of form.querySelectorAll("[data-group]")) follow(report, group); });
})();
