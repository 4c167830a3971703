"""What became of the MQLs, by the week or month in which they became one."""

from datetime import date, timedelta
from typing import Any, Final

from handoff.dashboards.funnel_cells import counted, reached
from handoff.dashboards.panel import Asked, Cell, Chart, Column, Panel, Table, share
from handoff.dashboards.told import label_of
from handoff.metrics.cohorts import Cohort, cohorts
from handoff.metrics.durations import in_words
from handoff.metrics.facts import AFTER_MQL
from handoff.metrics.maturity import is_young, time_to_win
from leadqual.stages import Stage

_COUNTS: Final = (
    "Those who became MQL in the week or month, and what has become of them up to now, however "
    "long it took."
)
_LEFT: Final = (Stage.NURTURE, Stage.DISQUALIFIED, Stage.LOST)
Starts = list[tuple[date, Cohort]]


def over_time(asked: Asked) -> Panel:
    known = {start: one for (_, start), one in cohorts(asked.scope, every=asked.every).items()}
    found = {start: one for start, one in known.items() if start}
    if not found:
        return Panel(
            _COUNTS,
            empty=(
                "Nobody became MQL in this period",
                "Each row is a week or month of MQLs: choose a longer period.",
            ),
        )
    starts = asked.scope.period.starts(asked.every, found)
    rows = [(start, found.get(start, Cohort())) for start in starts]
    return Panel(
        _COUNTS,
        charts=(_chart(asked, rows),),
        tables=(_table(asked, rows),),
        size=sum(one.mqls for _, one in rows),
    )


def _chart(asked: Asked, rows: Starts) -> Chart:
    return Chart(
        "heatmap",
        "Share of the MQLs that came to each stage so far",
        {
            "unit": "percent",
            "columns": [stage.label for stage in AFTER_MQL],
            "rows": [label_of(asked.every, start) for start, _ in rows],
            "values": [[_point(one, stage) for stage in AFTER_MQL] for _, one in rows],
        },
    )


def _point(cohort: Cohort, stage: Stage) -> dict[str, Any] | None:
    if not cohort.mqls:
        return None
    n = cohort.reached.get(stage, 0)
    return {"value": 100 * n / cohort.mqls, "n": n, "of": cohort.mqls}


def _table(asked: Asked, rows: Starts) -> Table:
    columns = (
        Column("Week of" if asked.every == "week" else "Month"),
        Column("MQLs", "count"),
        *(Column(stage.label, "percent") for stage in AFTER_MQL),
        Column(
            "Still open",
            "percent",
            "Neither won, lost, recycled nor disqualified yet; also those taken back to New",
        ),
        Column("Left the road", "percent", "Recycled, disqualified or lost"),
    )
    took = time_to_win(asked.workspace, now=asked.now)
    note = (
        f"Young: nine of ten deals take up to {in_words(took.total_seconds())} from MQL to won, "
        "and its last MQLs have not had that long yet; more of them may still be won."
    )
    lines = tuple(_row(asked, *one, took=took) for one in rows)
    return Table("MQLs and what became of them", columns, lines, note)


def _row(asked: Asked, start: date, cohort: Cohort, *, took: timedelta) -> tuple[Cell, ...]:
    scope = asked.scope.during(asked.scope.period.part(asked.every, start))
    young = is_young(scope.period, took, now=asked.now)
    return (
        Cell(label_of(asked.every, start), note="young" if young else ""),
        counted(scope, "mql", cohort.mqls),
        *(reached(scope, cohort, stage) for stage in AFTER_MQL),
        share(cohort.open, cohort.mqls),
        share(cohort.standing(*_LEFT), cohort.mqls),
    )
