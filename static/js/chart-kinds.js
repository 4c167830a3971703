// What a chart looks like, from its data alone: pure functions of (data, look) → ECharts option,
// without a document. The browser draws them (charts.js), and so does the server, as pictures for
// mails (handoff/dashboards/images.py). Each kind is documented beside its function, in this file
// and in the others that add to it (chart-kinds-*.js).
//
// leadqualChartKinds.option(data, look): data.kind names the kind; look is
//   { dark, font, width, still, tell }: the theme, the page's font, the width in pixels, whether
//   nothing may move, and what makes a tooltip of lines ([{ text, strong }]).
// leadqualChartKinds.height(data, look): the pixels it wants, where it depends on its data.
globalThis.leadqualChartKinds = (() => {
  "use strict";

  const LIGHT = {
    text: "#26313f", quiet: "#5b6675", line: "#dde2e9", ground: "#ffffff", band: "rgba(11,110,99,0.12)",
    one: "#0b6e63", two: "#9a5b00",
    series: ["#0b6e63", "#9a5b00", "#2f5fa8", "#a83a52", "#6b4a94", "#5b6675"],
  };
  const DARK = {
    text: "#d5dbe3", quiet: "#8b97a8", line: "#3a4453", ground: "#1b2434", band: "rgba(79,179,162,0.18)",
    one: "#4fb3a2", two: "#f0b55a",
    series: ["#4fb3a2", "#f0b55a", "#84b3f2", "#f0909c", "#c2a0e8", "#a3adba"],
  };

  const axis = (c, extra) => ({
    axisLine: { lineStyle: { color: c.line } },
    axisTick: { show: false },
    axisLabel: { color: c.quiet, hideOverlap: true },
    splitLine: { lineStyle: { color: c.line } },
    nameTextStyle: { color: c.quiet, align: "left" },
    ...extra,
  });

  const base = (c) => ({
    animation: !c.still,
    textStyle: { color: c.text, fontFamily: c.font },
    legend: { top: 0, textStyle: { color: c.text } },
    tooltip: { trigger: "axis", confine: true },
    grid: { left: 8, right: 8, top: 40, bottom: 10, containLabel: true },
  });

  // One series: the words above the chart name it.
  const alone = { legend: undefined, grid: { left: 8, right: 8, top: 12, bottom: 10, containLabel: true } };

  const percent = { tooltip: { valueFormatter: (value) => (value == null ? "–" : `${value} %`) } };

  // The second of two looks besides its colour.
  const HATCH = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 3], rotation: 0.8 };

  const KINDS = {};
  const HEIGHTS = {};
  const looked = (look) => ({ ...(look.dark ? DARK : LIGHT), ...look });

  return {
    axis, base, alone, percent, HATCH, KINDS, HEIGHTS,
    option: (data, look) => KINDS[data.kind](data, looked(look)),
    height: (data, look) => (HEIGHTS[data.kind] ? HEIGHTS[data.kind](data, look) : undefined),
  };
})();
