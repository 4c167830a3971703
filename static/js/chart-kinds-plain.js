// Charts on one scale: bars, pareto, stack, lines. Points as in chart-kinds.js.
(() => {
  "use strict";

  const kit = globalThis.leadqualChartKinds;
  const { axis, base, DECALS, DASHES, SYMBOLS, KINDS, HEIGHTS, turn, point, value, written, brief, lines, narrow, widest, top, even } = kit;

  const paint = (c, n) => ({ color: turn(c.series, n), decal: turn(DECALS, n), borderColor: c.ground, borderWidth: 0 });
  const hollow = (style, c) => ({ color: c.ground, borderColor: style.color, borderWidth: 1.5, borderType: "dashed" });
  const legend = (c, shown) => (shown ? { type: "scroll", top: 0, left: 0, itemWidth: 18, itemHeight: 11, textStyle: { color: c.text, width: 160, overflow: "truncate" } } : undefined);

  // What the category at the pointer has to say, series by series.
  const pointed = (data, c, series) => (at) => {
    const [first] = [].concat(at);
    const index = first.dataIndex;
    return c.tell([{ text: data.labels[index], strong: true }, ...series.flatMap((one) => lines(series.length > 1 ? one.name : "", one.values[index], data))]);
  };

  // A healthy band and a target, in words as well.
  const marks = (data, c, along) => ({
    markArea: data.band ? {
      silent: true, itemStyle: { color: c.band },
      label: { color: c.quiet, position: along === "yAxis" ? "insideTopLeft" : "top", distance: 3, fontSize: 11 },
      data: [[{ [along]: data.band.low, name: data.band.name || "" }, { [along]: data.band.high }]],
    } : undefined,
    markLine: data.line ? {
      silent: true, symbol: "none", lineStyle: { color: c.text, type: "dashed" },
      label: { color: c.text, backgroundColor: c.ground, padding: [1, 3], borderRadius: 3, position: along === "yAxis" ? "insideEndTop" : "end", formatter: `${data.line.name}: ${written(data.line.value, data)}` },
      data: [{ [along]: data.line.value }],
    } : undefined,
  });

  const scale = (data, c, values, extra) => {
    const beside = Math.max(data.band ? data.band.high : 0, data.line ? data.line.value : 0);
    const highest = data.max ?? Math.max(top(values), beside);
    return axis(c, {
      type: "value", min: 0, ...even(highest, data, 4),
      axisLabel: { color: c.quiet, hideOverlap: true, formatter: (number) => written(number, data) }, ...extra,
    });
  };

  // Categories lie down where their names have no room side by side; days, weeks and months never.
  const DATED = /^(\d{1,2} [A-Z]|[A-Z][a-z]+ \d{4}$|W\d)/;
  const lying = (data, { width }) => data.horizontal ?? (
    data.labels.length <= 24
    && !data.labels.every((label) => DATED.test(label))
    && widest(data.labels) + 12 > (width - 60) / Math.max(1, data.labels.length)
  );
  const named = (c, labels) => Math.min(widest(labels) + 8, Math.max(96, c.width * (narrow(c) ? 0.36 : 0.3)));
  // Left of the names: ECharts measures some fonts narrower than they are drawn.
  const inset = (c, labels) => 8 + Math.round(named(c, labels) * 0.14);
  const names = (c, labels) => ({ color: c.text, interval: 0, width: named(c, labels), overflow: "truncate" });

  // bars: { labels: [text], series: [{ name, values: [point] }], horizontal, stacked, max,
  //         line: { value, name }, band: { low, high, name } }
  // One or more series by category, each bar with its value. Lying where names are long.
  KINDS.bars = (data, c) => {
    const flat = lying(data, c);
    const several = data.series.length > 1;
    const values = data.stacked ? data.labels.map((_, n) => data.series.reduce((sum, one) => sum + (value(one.values[n]) || 0), 0)) : data.series.flatMap((one) => one.values);
    const room = widest(data.series.flatMap((one) => one.values.map((each) => brief(each, data))));
    const crowded = !flat && (c.width - 60) / Math.max(1, data.labels.length * (data.stacked ? 1 : data.series.length)) < room + 4;
    const category = axis(c, { type: "category", data: data.labels, splitLine: { show: false }, ...(flat ? { inverse: true, axisLine: { show: false }, axisLabel: names(c, data.labels) } : {}) });
    const amount = scale(data, c, values, flat ? { show: false } : {});
    return {
      ...base(c),
      legend: legend(c, several),
      grid: { left: flat ? inset(c, data.labels) : 8, right: flat ? room + 16 : 8, top: (several ? 34 : 8) + (flat && !data.band ? 0 : 14), bottom: flat && data.line ? 24 : 6, containLabel: true },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, confine: true, formatter: pointed(data, c, data.series) },
      xAxis: flat ? amount : category,
      yAxis: flat ? category : amount,
      series: data.series.map((one, n) => ({
        name: one.name, type: "bar", stack: data.stacked ? "all" : undefined, barMaxWidth: flat ? 22 : 34, barGap: "12%",
        itemStyle: paint(c, n), ...(n ? {} : marks(data, c, flat ? "xAxis" : "yAxis")),
        label: { show: !crowded && !data.stacked, position: flat ? "right" : "top", color: c.text, fontSize: 12, formatter: ({ dataIndex }) => brief(one.values[dataIndex], data) },
        data: one.values.map((each) => ({ value: value(each), ...(point(each).small ? { itemStyle: hollow(paint(c, n), c) } : {}) })),
      })),
    };
  };
  HEIGHTS.bars = (data, look) => (lying(data, look) ? data.labels.length * ((data.stacked ? 1 : data.series.length) * 20 + 10) + (data.series.length > 1 ? 34 : 8) + (data.band ? 14 : 0) + (data.line ? 28 : 10) : undefined);

  // pareto: { labels, values: [point], of }
  // The most first, each with its share of `of` (else of the sum); the tooltip says the share
  // together with those before it. A label “Other” or “Others” stays last.
  const ranked = (data) => {
    const rows = data.labels.map((label, n) => ({ label, one: point(data.values[n]), last: /^others?\b/i.test(label) }));
    rows.sort((a, b) => a.last - b.last || (b.one.value || 0) - (a.one.value || 0));
    const whole = data.of == null ? rows.reduce((sum, { one }) => sum + (one.value || 0), 0) : data.of;
    const share = (number) => (whole ? ` (${written(Math.round((1000 * number) / whole) / 10, { unit: "percent" })})` : "");
    let together = 0;
    return rows.map(({ label, one }) => {
      together += one.value || 0;
      return { label, one: { ...one, of: whole }, said: `${written(one.value, data)}${share(one.value || 0)}`, together: `${written(together, data)} of ${written(whole, data)}${share(together)}` };
    });
  };
  KINDS.pareto = (data, c) => {
    const rows = ranked(data);
    const labels = rows.map((row) => row.label);
    const said = rows.map((row) => row.said);
    const told = ([{ dataIndex: n }]) => c.tell([{ text: labels[n], strong: true }, ...lines("", rows[n].one, data), ...(n ? [{ text: `Together with those above: ${rows[n].together}` }] : [])]);
    return {
      ...base(c),
      legend: undefined,
      grid: { left: inset(c, labels), right: widest(said) + 16, top: 8, bottom: 6, containLabel: true },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, confine: true, formatter: told },
      xAxis: scale(data, c, data.values, { show: false }),
      yAxis: axis(c, { type: "category", data: labels, inverse: true, axisLine: { show: false }, axisLabel: names(c, labels) }),
      series: [{
        name: data.title, type: "bar", data: rows.map(({ one }) => one.value), itemStyle: paint(c, 0), barMaxWidth: 22,
        label: { show: true, position: "right", color: c.text, formatter: ({ dataIndex }) => said[dataIndex] },
      }],
    };
  };
  HEIGHTS.pareto = (data) => data.labels.length * 30 + 18;

  // stack: { labels, series: [{ name, values: [count] }], vertical }
  // Shares of a whole: each bar is all of its category, cut into series. Values are counts.
  KINDS.stack = (data, c) => {
    const wholes = data.labels.map((_, n) => data.series.reduce((sum, one) => sum + (value(one.values[n]) || 0), 0));
    const series = data.series.map((one) => ({ ...one, values: one.values.map((each, n) => ({ ...point(each), of: wholes[n] })) }));
    const share = (one) => (one.of ? (100 * (one.value || 0)) / one.of : 0);
    const labels = data.labels.map((label, n) => (data.vertical ? label : `${label} (${written(wholes[n], data)})`));
    const category = axis(c, { type: "category", data: labels, splitLine: { show: false }, ...(data.vertical ? {} : { inverse: true, axisLine: { show: false }, axisLabel: names(c, labels) }) });
    const amount = axis(c, { type: "value", min: 0, max: 100, interval: 50, show: Boolean(data.vertical), axisLabel: { color: c.quiet, formatter: "{value} %" } });
    const room = data.vertical ? (c.width - 60) / Math.max(1, labels.length) : c.width - named(c, labels);
    const fits = (n) => (data.vertical ? room >= 40 && n >= 9 : (room * n) / 100 >= 34);
    return {
      ...base(c),
      legend: legend(c, true),
      grid: { left: data.vertical ? 8 : inset(c, labels), right: 12, top: 34, bottom: 6, containLabel: true },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, confine: true, formatter: pointed({ ...data, labels }, c, series) },
      xAxis: data.vertical ? category : amount,
      yAxis: data.vertical ? amount : category,
      series: series.map((one, n) => ({
        name: one.name, type: "bar", stack: "whole", barMaxWidth: data.vertical ? 44 : 24, itemStyle: { ...paint(c, n), borderWidth: 1 },
        // A plate behind the number, as it stands on a pattern.
        label: { show: true, color: c.text, backgroundColor: c.ground, borderRadius: 3, padding: [1, 3], fontSize: 11, formatter: ({ value: at }) => (fits(at) ? `${Math.round(at)} %` : ""), rich: {} },
        data: one.values.map((each) => ({ value: share(each), label: { show: fits(share(each)) } })),
      })),
    };
  };
  HEIGHTS.stack = (data) => (data.vertical ? undefined : data.labels.length * 36 + 44);

  // How far names at these heights (0–1 of `pixels`) move down so that none covers another.
  const apart = (heights, pixels) => {
    const moves = heights.map(() => 0);
    let free = -Infinity;
    for (const n of heights.map((_, at) => at).sort((a, b) => heights[b] - heights[a])) {
      const place = (1 - heights[n]) * pixels;
      moves[n] = Math.max(0, free - place);
      free = place + moves[n] + 15;
    }
    return moves;
  };

  // lines: { labels: [text], series: [{ name, values: [point], previous }], band: { low, high, name },
  //          line: { value, name }, max }
  // Over time, from zero. `previous`: the period before, quiet and dashed. A null is a gap.
  KINDS.lines = (data, c) => {
    const values = data.series.flatMap((one) => one.values);
    const direct = data.series.length > 1 && data.series.length <= 4 && !narrow(c);
    const room = direct ? Math.min(150, widest(data.series.map((one) => one.name)) + 14) : 0;
    const few = data.labels.length <= 60;
    const look = (one, n) => (one.previous ? { color: c.quiet, width: 1.5, type: [4, 4] } : { color: turn(c.series, n), width: 2.25, type: turn(DASHES, n) });
    const last = (one) => one.values.findLastIndex((each) => value(each) != null);
    const upward = scale(data, c, values);
    const moved = apart(data.series.map((one) => (value(one.values[last(one)]) || 0) / upward.max), (c.height || 256) - 50);
    return {
      ...base(c),
      legend: legend(c, data.series.length > 1 && !direct),
      grid: { left: 8, right: room + 14, top: data.series.length > 1 && !direct ? 40 : 14, bottom: 6, containLabel: true },
      tooltip: { trigger: "axis", confine: true, formatter: pointed(data, c, data.series) },
      xAxis: axis(c, { type: "category", data: data.labels, boundaryGap: data.labels.length < 2, splitLine: { show: false }, axisLabel: { color: c.quiet, hideOverlap: true, showMinLabel: true, showMaxLabel: true, alignMinLabel: data.labels.length < 2 ? undefined : "left", alignMaxLabel: room || data.labels.length < 2 ? undefined : "right" } }),
      yAxis: upward,
      series: data.series.map((one, n) => ({
        name: one.name, type: "line", connectNulls: false, symbol: one.previous ? "none" : turn(SYMBOLS, n), symbolSize: few ? 6 : 4, showAllSymbol: true,
        lineStyle: look(one, n), itemStyle: { color: look(one, n).color }, z: one.previous ? 2 : 3, ...(n ? {} : marks(data, c, "yAxis")),
        data: one.values.map((each, at) => ({
          value: value(each),
          ...(point(each).small && !one.previous ? { symbol: "circle", symbolSize: 6, itemStyle: { color: c.ground, borderColor: look(one, n).color, borderWidth: 1.5 } } : {}),
          ...(direct && at === last(one) ? { symbol: one.previous ? "circle" : turn(SYMBOLS, n), symbolSize: 6, label: { show: true, position: "right", offset: [0, moved[n]], color: look(one, n).color, formatter: () => one.name, width: room, overflow: "truncate", fontSize: 12 } } : {}),
        })),
      })),
    };
  };
})();
