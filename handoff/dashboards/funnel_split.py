"""The funnel side by side: by source, rep, grade or any other dimension."""

from collections.abc import Mapping
from typing import Any, Final

from handoff.dashboards.funnel_cells import counted, reached, took
from handoff.dashboards.panel import NOT_KNOWN, Asked, Cell, Chart, Column, Panel, Table, share
from handoff.metrics.acceptance import LEAST
from handoff.metrics.cohorts import Cohort, cohorts
from handoff.metrics.dimensions import ALL, DIMENSIONS, names_of
from handoff.metrics.durations import Duration, durations
from handoff.metrics.facts import AFTER_MQL
from leadqual.stages import Stage

SPLITS: Final = tuple(one.code for one in ALL if one.code != "rule")
USUAL: Final = "source"
DRAWN: Final = 8
LISTED: Final = 50
_STEPS: Final = (f"{Stage.MQL}>{Stage.SAL}", f"{Stage.MQL}>{Stage.WON}")
Lines = list[tuple[str, Cohort]]


def split(asked: Asked) -> Panel:
    by = asked.by or USUAL
    counts = (
        f"The MQLs of the period by {DIMENSIONS[by].label.lower()}, most first, and what has "
        "become of them up to now. “Split by” above chooses another way."
    )
    found = {line: one for (line, _), one in cohorts(asked.scope, by=by).items() if one.mqls}
    if not found:
        return Panel(
            counts, empty=("Nobody became MQL in this period", "There is nothing to lay out yet.")
        )
    names = names_of(asked.workspace, DIMENSIONS[by], found)
    lines = sorted(found.items(), key=lambda one: (-one[1].mqls, names[one[0]]))
    spans = {line: known for (line, _), known in durations(asked.scope, _STEPS, by=by).items()}
    return Panel(
        counts,
        charts=(_chart(lines[:DRAWN], names, len(lines)),),
        tables=(_table(asked, by, lines, names, spans),),
        size=sum(one.mqls for _, one in lines),
    )


def _chart(lines: Lines, names: Mapping[str, str], of: int) -> Chart:
    panels = [
        {"title": names[line], "text": f"{one.mqls:,} MQLs", "values": _points(one)}
        for line, one in lines
    ]
    more = f" (the {len(lines)} largest of {of})" if of > len(lines) else ""
    return Chart(
        "small",
        f"Share of the MQLs that came to each stage so far{more}",
        {
            "labels": [stage.label for stage in AFTER_MQL],
            "panels": panels,
            "as": "bars",
            "unit": "percent",
            "max": 100,
        },
    )


def _points(cohort: Cohort) -> list[dict[str, Any]]:
    return [
        {
            "value": 100 * cohort.reached.get(stage, 0) / cohort.mqls,
            "n": cohort.reached.get(stage, 0),
            "of": cohort.mqls,
            "small": cohort.mqls < LEAST,
        }
        for stage in AFTER_MQL
    ]


def _table(
    asked: Asked,
    by: str,
    lines: Lines,
    names: Mapping[str, str],
    spans: Mapping[str, Mapping[str, Duration]],
) -> Table:
    columns = (
        Column(DIMENSIONS[by].label),
        Column("MQLs", "count"),
        *(Column(stage.label, "percent") for stage in AFTER_MQL),
        Column("Median MQL to SAL", "seconds", "Of those with both moments known"),
        Column("Median MQL to won", "seconds", "Of those with both moments known"),
    )
    rows = [
        _row(asked, by, line, one, names[line], spans.get(line, {})) for line, one in lines[:LISTED]
    ]
    if len(lines) > LISTED:
        rows.append(_others(lines[LISTED:]))
    note = f"With fewer than {LEAST} MQLs a share is told, and not to be judged by."
    return Table(f"By {DIMENSIONS[by].label.lower()}", columns, tuple(rows), note)


def _row(
    asked: Asked, by: str, line: str, cohort: Cohort, name: str, spans: Mapping[str, Duration]
) -> tuple[Cell, ...]:
    scope = asked.scope.of(by, line)
    return (
        Cell(name),
        counted(scope, "mql", cohort.mqls),
        *(reached(scope, cohort, stage) for stage in AFTER_MQL),
        *(took(spans, step) for step in _STEPS),
    )


def _others(lines: Lines) -> tuple[Cell, ...]:
    mqls = sum(one.mqls for _, one in lines)
    return (
        Cell(f"{len(lines):,} others together"),
        Cell(mqls),
        *(share(sum(one.reached.get(s, 0) for _, one in lines), mqls) for s in AFTER_MQL),
        *(NOT_KNOWN,) * len(_STEPS),
    )
