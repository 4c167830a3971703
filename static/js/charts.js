// Charts from data that their box holds as JSON: <div data-chart="{…}">; an attribute, because
// htmx takes every <script> out of what it swaps in. What a kind looks like is in chart-kinds.js.
// Drawn in the colours of the theme, again when it changes or the box becomes narrow or wide; the
// table beside each chart holds the same numbers, so a chart is never needed.
(() => {
  "use strict";

  const kinds = globalThis.leadqualChartKinds;
  const drawn = new Map();

  // A tooltip as an element: its words come from what people and leads wrote.
  const tell = (lines) => {
    const box = document.createElement("div");
    for (const { text, strong } of lines) {
      box.append(Object.assign(document.createElement(strong ? "strong" : "div"), { textContent: text }));
    }
    box.className = "lq-chart-told";
    return box;
  };

  const look = (box) => ({
    dark: document.documentElement.getAttribute("data-bs-theme") === "dark",
    still: window.matchMedia("(prefers-reduced-motion: reduce)").matches || document.documentElement.hasAttribute("data-printing"),
    font: getComputedStyle(document.body).fontFamily,
    width: box.clientWidth,
    height: box.clientHeight,
    tell,
  });

  // A box without a description of its own gets one that leads to the numbers.
  const describe = (box, data) => {
    if (!box.hasAttribute("role")) box.setAttribute("role", "img");
    if (!box.hasAttribute("aria-label")) box.setAttribute("aria-label", `${data.title || "Chart"}; the table beside it has the numbers`);
  };

  const fit = (box, data) => {
    const height = kinds.height(data, look(box));
    if (height) box.style.height = `${height}px`;
  };

  const paint = (chart, box, extra) => {
    const data = JSON.parse(box.dataset.chart);
    fit(box, data);
    chart.resize();
    chart.setOption({ ...kinds.option(data, look(box)), ...extra }, { notMerge: true });
  };

  const draw = (box) => {
    // Without a width it is hidden: its watch draws it when it is shown.
    if (!window.echarts) return;
    const data = JSON.parse(box.dataset.chart);
    describe(box, data);
    fit(box, data);
    const chart = window.echarts.init(box, null, { renderer: "svg" });
    let width = box.clientWidth;
    chart.setOption(kinds.option(data, look(box)));
    const watch = new ResizeObserver(() => {
      if (box.clientWidth === width) return chart.resize();
      width = box.clientWidth;
      if (width) paint(chart, box, { animation: false });
    });
    watch.observe(box);
    drawn.set(box, { chart, watch });
  };

  const forget = (box) => {
    const { chart, watch } = drawn.get(box);
    watch.disconnect();
    chart.dispose();
    drawn.delete(box);
  };

  const refresh = () => {
    for (const box of [...drawn.keys()]) if (!box.isConnected) forget(box);
    for (const box of document.querySelectorAll("[data-chart]")) if (!drawn.has(box)) draw(box);
  };

  // Somebody has put other data into the box.
  document.addEventListener("leadqual:chart", ({ target }) => {
    const made = drawn.get(target);
    if (made) paint(made.chart, target, { animation: false });
    else draw(target);
  });
  document.addEventListener("htmx:afterSettle", refresh);
  document.documentElement.addEventListener("leadqual:theme", () => {
    for (const box of [...drawn.keys()]) forget(box);
    refresh();
  });
  refresh();
})();
