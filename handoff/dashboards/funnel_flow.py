"""Where the MQLs of a period went: along the road, and off it; every MQL has exactly one end."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from handoff.dashboards.funnel_cells import counted
from handoff.dashboards.panel import Asked, Cell, Chart, Column, Panel, Table, share
from handoff.metrics.cohorts import FURTHEST, Cohort, cohorts
from handoff.metrics.counting import WHOLE
from handoff.metrics.scope import Scope
from leadqual.stages import Stage


@dataclass(frozen=True)
class End:
    """Where the road was left; `tone` as the kind of chart `sankey` has it."""

    key: str
    label: str
    tone: str


OPEN: Final = End("open", "Still open", "wait")
WON: Final = End(Stage.WON, Stage.WON.label, "won")
_ENDS: Final[Mapping[Stage, End]] = {
    Stage.NURTURE: End("nurture", "Recycled to nurture", "back"),
    Stage.NEW: End("back", "Taken back", "back"),
    Stage.DISQUALIFIED: End("disqualified", "Disqualified", "out"),
    Stage.LOST: End("lost", "Lost", "out"),
    Stage.WON: WON,
}
ENDS: Final = (OPEN, *(_ENDS[stage] for stage in _ENDS if stage != Stage.WON))
_COUNTS: Final = (
    "Each MQL of the period once: by the furthest stage it came to in its cycle, and where it "
    "stands now. One that was recycled and came back is a new MQL of the day it came back."
)


def end_of(now: Stage) -> End:
    return _ENDS.get(now, OPEN)


def flows(cohort: Cohort) -> Counter[tuple[str, str]]:
    """How many went from each node to each. What comes into a node goes out of it again, but for
    the ends; what ends is what began."""
    found: Counter[tuple[str, str]] = Counter()
    for (far, now), n in cohort.paths.items():
        road = FURTHEST[: FURTHEST.index(far) + 1]
        for step in pairwise(road):
            found[str(step[0]), str(step[1])] += n
        end = end_of(now)
        if far != Stage.WON or end is not WON:
            found[str(far), end.key] += n
    return found


def flow(asked: Asked) -> Panel:
    cohort = cohorts(asked.scope).get(WHOLE, Cohort())
    if not cohort.mqls:
        return Panel(
            _COUNTS,
            empty=(
                "Nobody became MQL in this period",
                "The picture follows the MQLs of the period. Choose a longer one, or take a filter "
                "away.",
            ),
        )
    return Panel(
        _COUNTS,
        charts=(_chart(cohort),),
        tables=(_table(asked.scope, cohort),),
        notes=("Taken back: the MQL definition no longer held, and no offer was open.",),
        size=cohort.mqls,
    )


def _chart(cohort: Cohort) -> Chart:
    ends = Counter[str]()
    for (_, now), n in cohort.paths.items():
        ends[end_of(now).key] += n
    road: list[dict[str, Any]] = [
        {"key": stage, "label": stage.label, "value": cohort.passed(stage), "of": cohort.mqls}
        for stage in FURTHEST
    ]
    road[-1] |= {"tone": "won", "value": max(road[-1]["value"], ends[WON.key])}
    off = [
        {
            "key": end.key,
            "label": end.label,
            "value": ends[end.key],
            "of": cohort.mqls,
            "tone": end.tone,
        }
        for end in ENDS
    ]
    return Chart(
        "sankey",
        f"The way of {cohort.mqls:,} MQLs",
        {
            "nodes": [*road, *off],
            "flows": [
                {"from": source, "to": to, "value": n, "of": cohort.mqls}
                for (source, to), n in flows(cohort).items()
            ],
        },
    )


def _table(scope: Scope, cohort: Cohort) -> Table:
    columns = (
        Column("Came as far as"),
        Column("MQLs", "percent"),
        *(Column(end.label, "count") for end in (*ENDS, WON)),
    )
    rows = [_row(scope, cohort, far) for far in FURTHEST]
    ends = Counter[str]()
    for (_, now), n in cohort.paths.items():
        ends[end_of(now).key] += n
    rows.append(
        (
            Cell("All"),
            share(cohort.mqls, cohort.mqls),
            *(Cell(ends[end.key]) for end in (*ENDS, WON)),
        )
    )
    return Table("How far they came, and where they stand now", columns, tuple(rows))


def _row(scope: Scope, cohort: Cohort, far: Stage) -> tuple[Cell, ...]:
    of_far = {now: n for (stage, now), n in cohort.paths.items() if stage == far}
    cells = []
    for end in (*ENDS, WON):
        standing = {now: n for now, n in of_far.items() if end_of(now) is end}
        if len(standing) == 1:
            [(now, n)] = standing.items()
            cells.append(counted(scope, f"path:{far}:{now}", n))
        else:
            cells.append(Cell(sum(standing.values())))
    return Cell(far.label), share(sum(of_far.values()), cohort.mqls), *cells
