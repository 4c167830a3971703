// What a chart looks like, from its data alone: pure functions of (data, look) → ECharts option,
// without a document. The browser draws them (charts.js), and so does the server, as pictures for
// mails (handoff/dashboards/images.py): the same functions, so the same picture.
//
//   leadqualChartKinds.option(data, look)   the option for ECharts; data.kind names the kind
//   leadqualChartKinds.height(data, look)   the pixels it wants, where that depends on its data
//
// look: { dark, font, width, height, still, tell }: the theme, the page's font, the box in pixels,
// whether nothing may move, and what makes a tooltip of its lines ([{ text, strong }]).
//
// Data of every kind: { kind, title, unit, currency, … }.
//   unit      count (as it is), percent (0–100), seconds, days, money (of `currency`, such as EUR)
//   a point   a number, null (nothing to show: a gap), or
//             { value, n, of, text, words, small }
//               of     its denominator: a count reads “12 of 34 (35 %)” in the tooltip; a percentage
//                      says its numerator as `n`, and reads the same
//               text   instead of the value as the unit writes it
//               words  a further line of the tooltip
//               small  true: too few to judge; drawn hollow, and the tooltip says so
// Kinds, by file:
//   chart-kinds-plain.js    bars, pareto, stack, lines
//   chart-kinds-shapes.js   sankey, heatmap, spark, small
//   chart-kinds-named.js    those of single pages: funnel, pairs, score
globalThis.leadqualChartKinds = (() => {
  "use strict";

  // Told apart by lightness as well as by hue; the second and further ones by pattern or dash, too.
  const LIGHT = {
    text: "#26313f", quiet: "#5b6675", line: "#dde2e9", ground: "#ffffff", band: "rgba(11,110,99,0.12)",
    one: "#0b6e63", two: "#9a5b00", heat: ["#eef6f4", "#0b6e63"], onHeat: "#ffffff",
    series: ["#0b6e63", "#b8720a", "#2f5fa8", "#a83a52", "#7d8896", "#6b4a94"],
  };
  const DARK = {
    text: "#d5dbe3", quiet: "#8b97a8", line: "#3a4453", ground: "#182433", band: "rgba(79,179,162,0.18)",
    one: "#4fb3a2", two: "#f0b55a", heat: ["#223244", "#5cc4b2"], onHeat: "#0f1720",
    series: ["#4fb3a2", "#f0b55a", "#84b3f2", "#f0909c", "#8b97a8", "#c2a0e8"],
  };
  const HATCH = { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 3], rotation: 0.8 };
  const DECALS = [
    undefined,
    HATCH,
    { symbol: "circle", symbolSize: 0.7, dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [5, 0] },
    { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [1, 5], rotation: 0 },
    { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -0.8 },
    { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [1, 4], rotation: 1.5708 },
  ];
  const DASHES = ["solid", [7, 4], [2, 3], [10, 3, 2, 3], [4, 2], [1, 4]];
  const SYMBOLS = ["circle", "diamond", "triangle", "rect", "pin", "arrow"];
  const turn = (list, n) => list[n % list.length];

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

  // ---- points, and what is said of them ----

  // Amounts may come as text, as decimals do in JSON.
  const number = (at) => (at == null || at === "" ? null : Number(at));
  const point = (one) => (one != null && typeof one === "object" ? { ...one, value: number(one.value) } : { value: number(one) });
  const value = (one) => point(one).value;
  const tenth = (number) => (Math.round(10 * number) / 10).toLocaleString("en-GB");

  const MINUTE = 60, HOUR = 3600, DAY = 86400;
  const span = (seconds) => {
    if (seconds < MINUTE) return `${Math.round(seconds)} s`;
    if (seconds < HOUR) return `${Math.round(seconds / MINUTE)} min`;
    return seconds < DAY ? `${tenth(seconds / HOUR)} h` : `${tenth(seconds / DAY)} d`;
  };

  const money = (amount, currency) => {
    const large = Math.abs(amount) >= 100000 ? { notation: "compact", maximumFractionDigits: 1 } : { maximumFractionDigits: 0 };
    return amount.toLocaleString("en-GB", currency ? { style: "currency", currency, ...large } : large);
  };

  // 1234.5 as the chart's unit writes it: “1,235”, “35.3 %”, “2.4 h”, “€1,235”.
  const written = (number, data) => {
    if (number == null) return "–";
    if (data.unit === "percent") return `${tenth(number)} %`;
    if (data.unit === "seconds") return span(number);
    if (data.unit === "days") return `${tenth(number)} d`;
    if (data.unit === "money") return money(number, data.currency);
    return tenth(number);
  };

  // “12 of 34 (35 %)”, or what there is of it.
  const counted = (one, data) => {
    const { value: number, n, of, text } = point(one);
    if (text != null) return text;
    if (of == null || number == null) return written(number, data);
    if (data.unit === "percent") return n == null ? `${written(number, data)} of ${tenth(of)}` : `${tenth(n)} of ${tenth(of)} (${written(number, data)})`;
    if (data.unit && data.unit !== "count") return `${written(number, data)} (of ${tenth(of)})`;
    return `${tenth(number)} of ${tenth(of)}${of ? ` (${tenth((100 * number) / of)} %)` : ""}`;
  };

  // Beside a bar, in short: “35.3 % of 34”.
  const brief = (one, data) => {
    const { value: number, of, text } = point(one);
    if (number == null) return "";
    if (text != null) return text;
    return data.unit === "percent" && of != null ? `${written(number, data)} of ${tenth(of)}` : written(number, data);
  };

  // The lines of a tooltip that a point is good for, `name` before the first.
  const lines = (name, one, data) => {
    const { words, small } = point(one);
    const said = [{ text: name ? `${name}: ${counted(one, data)}` : counted(one, data) }];
    if (small) said.push({ text: "Few: too small a number to judge" });
    if (words) said.push({ text: words });
    return said;
  };

  const NARROW = 480;
  const narrow = (look) => look.width < NARROW;
  // About as wide as it is drawn at 12 pixels; letters of wide scripts count double.
  const wide = (text) => [...String(text)].reduce((sum, letter) => sum + (letter.codePointAt(0) > 0x2e80 ? 12 : 6.8), 0);
  const widest = (texts) => Math.max(0, ...texts.map(wide));
  const top = (values) => Math.max(0, ...values.map((one) => value(one) || 0));

  // A scale ends with a line, in about `parts` even steps: 1, 2 or 5 times a power of ten, and of
  // time quarters of an hour, hours, days.
  const SPANS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 432000, 864000, 1728000, 4320000, 8640000];
  const even = (highest, data, parts) => {
    if (data.unit === "percent" && highest > 60) return { interval: 100 / parts, max: 100 };
    const ten = 10 ** Math.floor(Math.log10(Math.max(highest, 1e-6) / parts));
    const steps = data.unit === "seconds" ? SPANS : [1, 2, 2.5, 5, 10, 20].map((n) => n * ten);
    const whole = !data.unit || data.unit === "count";
    const interval = steps.find((each) => each * parts >= highest && (!whole || Number.isInteger(each))) || (whole ? 1 : 31536000);
    return { interval, max: Math.max(1, Math.ceil(highest / interval)) * interval };
  };

  const KINDS = {};
  const HEIGHTS = {};
  const looked = (look) => ({ ...(look.dark ? DARK : LIGHT), ...look });

  return {
    axis, base, alone, percent, HATCH, DECALS, DASHES, SYMBOLS, KINDS, HEIGHTS,
    turn, point, value, written, counted, brief, lines, narrow, wide, widest, top, even,
    option: (data, look) => KINDS[data.kind](data, looked(look)),
    height: (data, look) => (HEIGHTS[data.kind] ? HEIGHTS[data.kind](data, look) : undefined),
  };
})();
