"""Week by week or month by month: how many moved into each stage."""

from collections import Counter
from datetime import date
from typing import Any, Final

from handoff.dashboards.funnel_cells import counted
from handoff.dashboards.panel import Asked, Cell, Chart, Column, Panel, Table
from handoff.dashboards.told import label_of
from handoff.metrics.counting import count
from handoff.metrics.periods import Grain
from handoff.metrics.scope import Scope
from leadqual.stages import FUNNEL, Stage

_COUNTS: Final = "Counted moves into each stage, by the date of the move."
_KINDS: Final = tuple(f"entered:{stage}" for stage in FUNNEL)
_DRAWN: Final = (Stage.MQL, Stage.SAL, Stage.WON)
Starts = list[tuple[date, Counter[str]]]


def trend(asked: Asked) -> Panel:
    found = _counts(asked.scope, asked.every)
    if not found:
        return Panel(
            _COUNTS,
            empty=("No lead moved in this period", "Choose a longer period, or another filter."),
        )
    before = _aligned(asked, len(found))
    return Panel(
        _COUNTS,
        charts=tuple(_chart(asked, stage, found, before) for stage in _DRAWN),
        tables=(_table(asked, found, before),),
        notes=_notes(asked),
        size=sum(sum(n.values()) for _, n in found),
    )


def _counts(scope: Scope, every: Grain) -> Starts:
    cells = {start: n for (_, start), n in count(scope, _KINDS, every=every).items() if start}
    return [(start, cells.get(start, Counter())) for start in scope.period.starts(every, cells)]


def _aligned(asked: Asked, places: int) -> Starts | None:
    """The period compared with, its first week beside the first."""
    if not (asked.before and asked.before.period.first):
        return None
    nothing = (asked.before.period.first, Counter[str]())
    return (_counts(asked.before, asked.every) + [nothing] * places)[:places]


def _chart(asked: Asked, stage: Stage, found: Starts, before: Starts | None) -> Chart:
    kind = f"entered:{stage}"
    series: list[dict[str, Any]] = [{"name": stage.label, "values": [n[kind] for _, n in found]}]
    if before is not None:
        earlier = [n[kind] for _, n in before]
        series.append({"name": "Before", "values": earlier, "previous": True})
    labels = [label_of(asked.every, start) for start, _ in found]
    title = f"{stage.label}, by {asked.every}"
    return Chart("lines", title, {"labels": labels, "series": series}, is_wide=False)


def _table(asked: Asked, found: Starts, before: Starts | None) -> Table:
    earlier = [] if before is None else [Column(f"{s.label} before", "count") for s in _DRAWN]
    columns = (
        Column("Week of" if asked.every == "week" else "Month"),
        *(Column(stage.label, "count") for stage in FUNNEL),
        *earlier,
    )
    rows = tuple(
        (
            Cell(label_of(asked.every, start)),
            *_linked(asked.scope.during(asked.scope.period.part(asked.every, start)), moved),
            *([] if before is None else _earlier(asked, *before[n])),
        )
        for n, (start, moved) in enumerate(found)
    )
    return Table(f"Moves into each stage, by {asked.every}", columns, rows)


def _linked(scope: Scope, moved: Counter[str]) -> list[Cell]:
    return [counted(scope, kind, moved[kind]) for kind in _KINDS]


def _earlier(asked: Asked, start: date, moved: Counter[str]) -> list[Cell]:
    if not asked.before:
        return []
    scope = asked.before.during(asked.before.period.part(asked.every, start))
    return [counted(scope, kind, moved[kind]) for kind in (f"entered:{s}" for s in _DRAWN)]


def _notes(asked: Asked) -> tuple[str, ...]:
    cut = f"The first and the last {asked.every} have only the days that lie in the period."
    return (cut,) if asked.scope.period.first or asked.scope.period.last else ()
