// Charts of one page each: how far the MQLs came, those of previews and thresholds, a score over time.
(() => {
  "use strict";

  const { axis, base, alone, percent, counted, HATCH, KINDS, HEIGHTS } = globalThis.leadqualChartKinds;

  // Moments in words of the workspace's time zone, whatever the browser's.
  const clock = (timeZone) => {
    const writer = (parts) => {
      const format = new Intl.DateTimeFormat("en-GB", { timeZone, ...parts });
      return (at) => format.format(new Date(at)).replace("Sept", "Sep"); // as the pages write it
    };
    const day = { day: "numeric", month: "short" };
    const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return { whole: writer({ ...day, year: "numeric", ...time }), day: writer(day), minute: writer({ ...day, ...time }) };
  };
  const FEW_DAYS = 4 * 86400000;
  const HOUR = 3600000;

  // What a point of a score's history says.
  const told = ([at, fit, intent, total, version, causes], written, said) => [
    { text: written.whole(at), strong: true },
    { text: `Total ${total} = fit ${fit} + intent ${intent}, version ${version}` },
    ...[...said, ...causes].map((text) => ({ text })),
  ];

  // A score over time: it holds from one point to the next. Moments are UTC.
  KINDS.score = (data, c) => {
    const written = clock(data.zone);
    const [first, last] = [data.points[0], data.points[data.points.length - 1]].map(([at]) => Date.parse(at));
    const tick = last - first > FEW_DAYS ? written.day : written.minute;
    const steps = (name, column, look) => ({
      name, type: "line", step: "end", symbolSize: 5, data: data.points.map((p) => [p[0], p[column]]), ...look,
    });
    const label = { color: c.quiet, fontSize: 11 };
    // What a person put beside it, over its validity: a gap after each.
    const said = data.overrides.flatMap(([, until, name, line]) => [...line.map((value) => ({ value, name })), { value: [until, null] }]);
    const highest = Math.max(...data.points.map((p) => p[3]), ...said.map(({ value }) => value[1] || 0));
    // Room above the lines for the words of the marks, and a scale that ends with a line.
    const room = highest * 1.4;
    const interval = [10, 20, 25].find((step) => room <= 5 * step) || 50;
    // Of several series at a moment, the first three are one point; before a moment of an override
    // alone, the last point holds.
    const pointed = (at) => {
      const one = at.find(({ seriesIndex }) => seriesIndex < 3);
      const moment = Date.parse((one || at[0]).value[0]);
      const point = one ? data.points[one.dataIndex] : data.points.findLast((p) => Date.parse(p[0]) <= moment);
      const words = at.filter(({ seriesIndex, value }) => seriesIndex === 3 && value[1] != null).map(({ name, value }) => `Overridden to ${name}: ${value[1]}`);
      return c.tell(told(one ? point : [at[0].value[0], ...point.slice(1, 5), []], written, words));
    };
    return {
      ...base(c),
      useUTC: true,
      grid: { left: 8, right: 24, top: 40, bottom: 10, containLabel: true },
      tooltip: { trigger: "axis", confine: true, formatter: pointed },
      xAxis: axis(c, { type: "time", min: Math.min(first, last - HOUR), max: last, splitLine: { show: false }, axisLabel: { color: c.quiet, hideOverlap: true, formatter: tick } }),
      yAxis: axis(c, { type: "value", min: 0, max: Math.max(40, Math.ceil(room / interval) * interval), interval }),
      series: [
        steps("Total", 3, {
          lineStyle: { color: c.one, width: 2 }, itemStyle: { color: c.one },
          markLine: {
            symbol: "none", silent: true, lineStyle: { color: c.quiet, type: "dotted" },
            label: { ...label, position: "insideEndBottom", formatter: (mark) => mark.name },
            data: data.moves.map(([at, name]) => ({ xAxis: at, name })),
          },
          markArea: {
            silent: true, itemStyle: { color: c.band },
            data: data.overrides.map(([from, until]) => [{ xAxis: from }, { xAxis: until }]),
          },
        }),
        steps("Fit", 1, { symbol: "none", lineStyle: { color: c.two, width: 1.5, type: "dashed" }, itemStyle: { color: c.two } }),
        steps("Intent", 2, { symbol: "none", lineStyle: { color: c.quiet, width: 1.5 }, itemStyle: { color: c.quiet } }),
        ...(said.length ? [{
          name: "Overridden", type: "line", step: "end", symbol: "diamond", symbolSize: 8, data: said,
          lineStyle: { color: c.text, width: 2, type: "dashed" }, itemStyle: { color: c.text },
        }] : []),
      ],
    };
  };

  // funnel: { labels, values: [count] }: how far the MQLs have come, one bar a stage, each of the first.
  const staged = (data) => {
    const [of] = data.values;
    const values = data.values.map((value) => ({ value, text: counted({ value, of }, data) }));
    return { ...data, horizontal: true, series: [{ name: "Leads", values }] };
  };
  KINDS.funnel = (data, c) => KINDS.bars(staged(data), c);
  HEIGHTS.funnel = (data, look) => HEIGHTS.bars(staged(data), look);

  // 1, 2 or 5 times a power of ten, whole, so that five steps or fewer reach the top.
  const evenStep = (top) => {
    for (let size = 1; ; size *= 10) {
      const step = [1, 2, 5].map((n) => n * size).find((each) => each * 5 >= top);
      if (step) return step;
    }
  };

  // One or two versions side by side, by week or by grade, and what the reps can take as a line.
  KINDS.pairs = (data, c) => {
    const unit = data.percent ? percent : {};
    const look = [{ color: c.one }, { color: c.two, decal: HATCH }];
    const line = data.line == null ? undefined : {
      symbol: "none", silent: true, lineStyle: { color: c.text, type: "dashed" },
      label: { formatter: `${data.line_name}: ${data.line}`, position: "insideEndTop", color: c.text },
      data: [{ yAxis: data.line }],
    };
    // Where the capacity stands highest, room for its words, on a scale that ends with a line.
    const step = evenStep((data.line || 0) * 1.15);
    const roomy = { max: Math.ceil(((data.line || 0) * 1.15) / step) * step, interval: step };
    const highest = Math.max(data.line || 0, ...data.series.flatMap((one) => one.values.map((value) => value || 0)));
    return {
      ...base(c),
      ...(data.series.length > 1 ? {} : alone),
      xAxis: axis(c, { type: "category", data: data.labels }),
      yAxis: axis(c, data.percent
        ? { type: "value", min: 0, max: 100, axisLabel: { color: c.quiet, formatter: "{value} %" } }
        : { type: "value", minInterval: 1, ...(data.line > 0 && data.line >= highest ? roomy : {}) }),
      series: data.series.map((one, n) => ({
        name: one.name, type: "bar", data: one.values, itemStyle: look[n], barMaxWidth: 24, ...unit,
        markLine: n ? undefined : line,
      })),
    };
  };
})();
