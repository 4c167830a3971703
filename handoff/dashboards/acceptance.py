"""The acceptance page: how many of marketing's leads sales takes, and what that says."""

from datetime import date
from functools import partial
from typing import Any, Final

from handoff.dashboards.acceptance_band import band
from handoff.dashboards.acceptance_lines import FIRST, REST, by_chosen, by_dimension, by_rule
from handoff.dashboards.acceptance_words import (
    BAND,
    COUNTS,
    RATE_COLUMNS,
    SMALL,
    ended_cells,
    rate_cell,
    rate_cells,
)
from handoff.dashboards.panel import (
    Asked,
    Cell,
    Chart,
    Column,
    Headline,
    Page,
    Panel,
    Part,
    Table,
)
from handoff.dashboards.told import label_of, point
from handoff.metrics.acceptance import LEAST, VERDICTS, Endings, endings
from handoff.metrics.counting import WHOLE
from handoff.metrics.dimensions import DIMENSIONS
from handoff.metrics.periods import Grain
from handoff.metrics.scope import Scope

_EMPTY: Final = (
    "No offer was decided in this period",
    "Acceptance counts what reps answer: choose a longer period, or take a filter away.",
)
_ENDED: Final = (
    ("Rejected", "Given back with a reason"),
    ("Expired", "Nobody answered in time"),
    ("Withdrawn", "Taken back before an answer"),
    ("Not mine", "Passed on to another rep"),
)


def overall(asked: Asked) -> Panel:
    found = endings(asked.scope).get(WHOLE, Endings())
    before = endings(asked.before).get(WHOLE, Endings()) if asked.before else None
    if found == Endings():
        return Panel(COUNTS, empty=_EMPTY)
    ended = zip(_ENDED, ended_cells(asked.scope, found), strict=True)
    earlier = ended_cells(asked.before, before) if asked.before and before else None
    beside = [
        Headline(label, cell, says=says, before=earlier[n] if earlier else None)
        for n, ((label, says), cell) in enumerate(ended)
    ]
    rate = Headline(
        "Acceptance",
        rate_cell(asked.scope, found),
        "percent",
        before=rate_cell(asked.before, before) if asked.before and before else None,
        says=_says(found),
    )
    return Panel(COUNTS, headlines=(rate, *beside), notes=(SMALL,), size=_size(found))


def _says(found: Endings) -> str:
    if found.interval is None:
        return ""
    low, high = (round(100 * edge) for edge in found.interval)
    words = VERDICTS.get(found.verdict) or (
        f"Fewer than {LEAST} decided: too few to say whether the MQL definition fits."
    )
    return f"{words} The true rate lies between {low} % and {high} %, 95 times of 100."


def _size(found: Endings) -> int:
    return found.decided + found.expired + found.withdrawn + found.not_mine


def trend(asked: Asked) -> Panel:
    found = _over_time(asked.scope, asked.every)
    if not any(each.decided for _, each in found):
        return Panel(COUNTS, empty=_EMPTY)
    before = _over_time(asked.before, asked.every) if asked.before else []
    values = [point(each.accepted, each.decided) for _, each in found]
    series: list[dict[str, Any]] = [{"name": "Acceptance", "values": values}]
    if before:
        earlier = [point(each.accepted, each.decided) for _, each in before[: len(found)]]
        earlier += [None] * (len(found) - len(earlier))
        series.append({"name": "Before", "values": earlier, "previous": True})
    chart = Chart(
        "lines",
        f"Acceptance by {asked.every}",
        {
            "labels": [_label(asked.every, start) for start, _ in found],
            "series": series,
            "band": BAND,
            "unit": "percent",
            "max": 100,
        },
    )
    return Panel(
        COUNTS,
        charts=(chart,),
        tables=(_trend_table(asked, found, before),),
        notes=(f"A {asked.every} with fewer than {LEAST} decided is drawn hollow. {SMALL}",),
        size=sum(_size(each) for _, each in found),
    )


Places = list[tuple[date, Endings]]


def _over_time(scope: Scope, every: Grain) -> Places:
    found = {start: each for (_, start), each in endings(scope, every=every).items() if start}
    return [(start, found.get(start, Endings())) for start in scope.period.starts(every, found)]


def _label(every: Grain, start: date) -> str:
    """Without the year, so that a year of weeks has room; the table has it."""
    return f"{start:%-d %b}" if every == "week" else f"{start:%b %Y}"


def _trend_table(asked: Asked, found: Places, before: Places) -> Table:
    columns = [Column("Week of" if asked.every == "week" else "Month"), *RATE_COLUMNS]
    if before:
        columns.append(Column("Before", "percent", "The same place in the period before"))
    rows = []
    for n, (start, each) in enumerate(found):
        scope = asked.scope.during(asked.scope.period.part(asked.every, start))
        cells = [Cell(label_of(asked.every, start)), *rate_cells(scope, each)]
        if before and asked.before:
            cells.append(_earlier(asked.before, asked.every, before, n))
        rows.append(tuple(cells))
    return Table(f"Acceptance by {asked.every}", tuple(columns), tuple(rows))


def _earlier(scope: Scope, every: Grain, before: Places, n: int) -> Cell:
    if n >= len(before):
        return Cell(None)
    start, found = before[n]
    return rate_cell(scope.during(scope.period.part(every, start)), found)


ACCEPTANCE_PAGE: Final = Page(
    "acceptance",
    "Acceptance",
    "checks",
    "How many of the leads that marketing promises sales takes, and whether the definition of an "
    "MQL is too loose or too tight.",
    {
        "overall": Part("In all", overall),
        "band": Part("In or out of the band", band),
        "trend": Part("Over time", trend),
        **{
            code: Part(f"By {DIMENSIONS[code].label.lower()}", partial(by_dimension, by=code))
            for code in FIRST
        },
        "rule": Part("By scoring rule", by_rule),
        "chosen": Part("By tier, or by your split", by_chosen, asks_by=REST),
    },
)
