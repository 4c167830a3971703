// Flows, tables of colour, tiny lines, and many panels on one scale. Points as in chart-kinds.js.
(() => {
  "use strict";

  const { axis, base, DECALS, DASHES, KINDS, HEIGHTS, turn, point, value, written, counted, lines, narrow, wide, widest, top, even } = globalThis.leadqualChartKinds;

  // sankey: { nodes: [{ key, label, value, of, text, words, tone }], flows: [{ from, to, value, of, words }] }
  // Nodes in the order of the road; tone: road (default), back, out, won or wait. A flow back to an
  // earlier node ends in a node of its own beside the road (“Back to …”), as the picture goes one way.
  const road = (data) => {
    const order = new Map(data.nodes.map((node, n) => [node.key, n]));
    const nodes = new Map(data.nodes.map((node) => [node.key, node]));
    const ahead = new Map();
    const leads = (from, to) => from === to || (ahead.get(from) || []).some((next) => leads(next, to));
    const flows = [];
    const forward = ({ from, to }) => order.get(to) > order.get(from);
    const known = data.flows.filter((flow) => flow.value > 0 && order.has(flow.from) && order.has(flow.to));
    for (const flow of [...known.filter(forward), ...known.filter((each) => !forward(each))]) {
      let to = flow.to;
      if (leads(to, flow.from)) {
        to = `back\n${flow.to}`;
        const back = nodes.get(to) || { key: to, label: `Back to ${nodes.get(flow.to).label}`, value: 0, tone: "back" };
        nodes.set(to, { ...back, value: back.value + flow.value });
      } else {
        ahead.set(flow.from, [...(ahead.get(flow.from) || []), to]);
      }
      flows.push({ ...flow, to });
    }
    const touched = new Set(flows.flatMap(({ from, to }) => [from, to]));
    return { nodes: [...nodes.values()].filter(({ key }) => touched.has(key)), flows, by: nodes };
  };
  const TONES = { road: [0, 0], won: [2, 0], back: [1, 1], out: [3, 4], wait: [4, 2] };
  KINDS.sankey = (data, c) => {
    const { nodes, flows, by } = road(data);
    const style = (node) => { const [colour, decal] = TONES[node.tone || "road"] || TONES.road; return { color: c.series[colour], decal: DECALS[decal], borderWidth: 0 }; };
    const down = narrow(c);
    const said = ({ data: at }) => (at.source == null
      ? c.tell([{ text: by.get(at.name).label, strong: true }, ...lines("", by.get(at.name), data)])
      : c.tell([{ text: `${by.get(at.source).label} → ${by.get(at.target).label}`, strong: true }, ...lines("", at.flow, data)]));
    // The last column has its labels to its left: nothing is to their right but the edge.
    const ends = new Set(nodes.map(({ key }) => key).filter((key) => !flows.some(({ from }) => from === key)));
    const label = ({ name }) => `${by.get(name).label}\n${written(value(by.get(name)), data)}`;
    // Going down, many ends have no room side by side: their labels stand upright below them.
    const upright = down && ends.size > 4;
    const stands = { rotate: 90, position: "bottom", align: "right", verticalAlign: "middle", width: 158, overflow: "truncate", formatter: ({ name }) => label({ name }).replace("\n", " ") };
    const room = down ? 92 : Math.min(170, widest(nodes.filter(({ key }) => ends.has(key)).map((node) => node.label)) + 14);
    return {
      ...base(c),
      legend: undefined,
      tooltip: { trigger: "item", confine: true, formatter: said },
      series: [{
        type: "sankey", orient: down ? "vertical" : "horizontal", nodeAlign: "justify", draggable: false, silent: false,
        left: down ? 8 : 4, right: down ? 8 : room, top: down ? 6 : 12, bottom: upright ? 165 : down ? 56 : 12, nodeWidth: down ? 12 : 16, nodeGap: upright ? 30 : down ? 50 : 26, layoutIterations: 48,
        emphasis: { focus: "adjacency" },
        lineStyle: { color: "source", opacity: c.dark ? 0.36 : 0.26, curveness: 0.5 },
        label: { color: c.text, fontSize: down ? 11 : 12, lineHeight: 14, formatter: label, position: down ? "bottom" : "right", width: down ? 80 : Math.max(room, 120), overflow: down ? "break" : "truncate", textBorderColor: c.ground, textBorderWidth: 2 },
        data: nodes.map((node) => ({ name: node.key, itemStyle: style(node), ...(upright && ends.has(node.key) ? { label: stands } : {}) })),
        links: flows.map((flow) => ({ source: flow.from, target: flow.to, value: flow.value, flow })),
      }],
    };
  };
  HEIGHTS.sankey = (data, look) => (narrow(look) ? 580 : Math.max(300, Math.min(460, data.nodes.length * 40)));

  // heatmap: { columns: [text], rows: [text], values: [[point]] } row by row
  // A table in colours: dark is much (in the dark theme light is), and the number is in each cell.
  // Where the screen is narrow, the longer side goes down.
  const turned = (data, look) => narrow(look) && data.columns.length > Math.max(8, data.rows.length);
  const raised = (data, look) => (turned(data, look)
    ? { ...data, columns: data.rows, rows: data.columns, values: data.columns.map((_, n) => data.values.map((row) => row[n])) }
    : data);
  // In a narrow cell: “8h” for 8.2 hours, “1k” for 1,234.
  const tight = (number, data) => {
    if (data.unit === "percent" || data.unit === "days") return `${Math.round(number)}`;
    if (data.unit !== "seconds") return number < 1000 ? written(number, { unit: "count" }) : `${Math.round(number / 1000)}k`;
    const [size, letter] = [[86400, "d"], [3600, "h"], [60, "m"], [0, "s"]].find(([each]) => number >= each);
    return `${Math.round(number / (size || 1))}${letter}`;
  };
  KINDS.heatmap = (given, c) => {
    const data = raised(given, c);
    const highest = top(data.values.flat()) || 1;
    const cells = data.values.flatMap((row, y) => row.map((one, x) => ({ x, y, one })));
    const side = Math.min(widest(data.rows) + 8, c.width * 0.34);
    const cell = (c.width - side - 24) / Math.max(1, data.columns.length);
    const short = (one) => {
      if (value(one) == null) return "";
      const text = cell < 44 ? tight(value(one), data) : written(value(one), data);
      return wide(text) * (cell < 30 ? 0.83 : 1) > cell - 2 ? "" : text;
    };
    const told = ({ data: at }) => c.tell([{ text: `${data.rows[at.value[1]]}, ${data.columns[at.value[0]]}`, strong: true }, ...lines("", at.one, data)]);
    const tilt = widest(data.columns) > cell - 4 && data.columns.length <= 12;
    return {
      ...base(c),
      legend: undefined,
      grid: { left: 6 + Math.round(side * 0.14), right: 12, top: 4, bottom: 4, containLabel: true },
      tooltip: { trigger: "item", confine: true, formatter: told },
      xAxis: axis(c, { type: "category", data: data.columns, position: "top", axisLine: { show: false }, splitLine: { show: false }, axisLabel: { color: c.text, hideOverlap: !tilt, interval: tilt ? 0 : "auto", rotate: tilt ? 40 : 0, width: tilt ? 110 : undefined, overflow: tilt ? "truncate" : undefined } }),
      yAxis: axis(c, { type: "category", data: data.rows, inverse: true, axisLine: { show: false }, splitLine: { show: false }, axisLabel: { color: c.text, interval: 0, width: side, overflow: "truncate" } }),
      visualMap: { show: false, min: 0, max: highest, inRange: { color: c.heat } },
      series: [{
        type: "heatmap", itemStyle: { borderColor: c.ground, borderWidth: 2 },
        label: { show: cell > 15, fontSize: cell < 30 ? 10 : 12, formatter: ({ data: at }) => short(at.one) },
        data: cells.map(({ x, y, one }) => ({ value: [x, y, value(one)], one, label: { color: value(one) / highest > 0.5 ? c.onHeat : c.text } })),
      }],
    };
  };
  HEIGHTS.heatmap = (given, look) => {
    const data = raised(given, look);
    return data.rows.length * (data.rows.length > 12 ? 24 : 32) + (widest(data.columns) > look.width / data.columns.length - 20 && data.columns.length <= 12 ? 96 : 32);
  };

  // spark: { values: [point], band: { low, high } }
  // A tiny line of how it went, without scales; the last point is marked.
  KINDS.spark = (data, c) => {
    const last = data.values.findLastIndex((each) => value(each) != null);
    return {
      ...base(c),
      legend: undefined,
      grid: { left: 3, right: 6, top: 4, bottom: 4 },
      tooltip: { trigger: "axis", confine: true, formatter: ([{ dataIndex: n }]) => c.tell(lines(data.labels ? data.labels[n] : "", data.values[n], data)) },
      xAxis: { type: "category", show: false, boundaryGap: false, data: data.labels || data.values.map((_, n) => `${n}`) },
      yAxis: { type: "value", show: false, min: 0, max: data.max ?? (Math.max(top(data.values), data.band ? data.band.high : 0) || 1) },
      series: [{
        type: "line", symbol: "none", lineStyle: { color: c.one, width: 1.5 }, itemStyle: { color: c.one },
        markArea: data.band ? { silent: true, itemStyle: { color: c.band }, data: [[{ yAxis: data.band.low }, { yAxis: data.band.high }]] } : undefined,
        data: data.values.map((each, n) => ({ value: value(each), ...(n === last ? { symbol: "circle", symbolSize: 5 } : {}) })),
      }],
    };
  };
  HEIGHTS.spark = () => 36;

  // small: { labels: [text], panels: [{ title, values: [point], previous: [point], text }], as: "lines" | "bars",
  //          band: { low, high, name }, max }
  // Small multiples: a panel for each, all on the same scale. `text` stands beside the title.
  const PANEL = 132;
  const across = (data, look) => Math.max(1, Math.min(data.panels.length, Math.floor(look.width / 230), 4));
  KINDS.small = (data, c) => {
    const columns = across(data, c);
    const each = Math.floor(c.width / columns);
    const highest = data.max ?? Math.max(top(data.panels.flatMap((one) => [...one.values, ...(one.previous || [])])), data.band ? data.band.high : 0);
    const left = (n) => (n % columns) * each + 8;
    const row = (n) => Math.floor(n / columns) * PANEL;
    const head = data.panels.some((one) => one.text) ? 43 : 24;
    const series = (one, n, values, previous) => ({
      type: data.as === "bars" && !previous ? "bar" : "line", xAxisIndex: n, yAxisIndex: n, name: one.title, symbol: previous ? "none" : "circle", symbolSize: 4, showAllSymbol: true, barCategoryGap: "22%",
      lineStyle: previous ? { color: c.quiet, width: 1.25, type: turn(DASHES, 1) } : { color: c.one, width: 2 }, itemStyle: { color: previous ? c.quiet : c.one }, silent: Boolean(previous),
      markArea: data.band && !previous ? { silent: true, itemStyle: { color: c.band }, data: [[{ yAxis: data.band.low }, { yAxis: data.band.high }]] } : undefined,
      data: values.map((at) => ({ value: value(at), ...(point(at).small && data.as !== "bars" && !previous ? { itemStyle: { color: c.ground, borderColor: c.one, borderWidth: 1.5 } } : {}), ...(point(at).small && data.as === "bars" ? { itemStyle: { color: c.ground, borderColor: c.one, borderWidth: 1.5, borderType: "dashed" } } : {}) })),
    });
    const told = (at) => {
      const { axisIndex = 0, dataIndex: n } = [].concat(at)[0];
      const one = data.panels[axisIndex];
      const before = one.previous ? [{ text: `Before: ${counted(one.previous[n], data)}` }] : [];
      return c.tell([{ text: `${one.title}, ${data.labels[n]}`, strong: true }, ...lines("", one.values[n], data), ...before]);
    };
    return {
      ...base(c),
      legend: undefined,
      title: data.panels.map((one, n) => ({
        text: one.title, subtext: one.text || "", left: left(n), top: row(n), padding: [4, 0, 0, 0], itemGap: 8,
        textStyle: { color: c.text, fontSize: 12, fontWeight: "bold", width: each - 24, overflow: "truncate" },
        subtextStyle: { color: c.quiet, fontSize: 11, width: each - 24, overflow: "truncate" },
      })),
      tooltip: { trigger: "axis", confine: true, formatter: told },
      grid: data.panels.map((_, n) => ({ left: left(n), width: each - 24, top: row(n) + head, height: PANEL - head - 8, containLabel: true })),
      xAxis: data.panels.map((_, n) => axis(c, { type: "category", gridIndex: n, data: data.labels, boundaryGap: data.as === "bars", splitLine: { show: false }, axisLabel: { color: c.quiet, fontSize: 10, hideOverlap: true, interval: (at) => at === 0 || at === data.labels.length - 1, alignMinLabel: "left", alignMaxLabel: "right" } })),
      yAxis: data.panels.map((_, n) => axis(c, { type: "value", gridIndex: n, min: 0, ...even(highest, data, 2), axisLabel: { color: c.quiet, fontSize: 10, formatter: (number) => written(number, data) } })),
      series: data.panels.flatMap((one, n) => [...(one.previous ? [series(one, n, one.previous, true)] : []), series(one, n, one.values, false)]),
    };
  };
  HEIGHTS.small = (data, look) => Math.ceil(data.panels.length / across(data, look)) * PANEL + 4;
})();
