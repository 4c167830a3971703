"""Revenue: what was won, how often and how fast, back to where the leads came from."""

from typing import Any, Final

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
    share,
)
from handoff.dashboards.revenue_costs import cost_of_what_came
from handoff.dashboards.revenue_signals import signals
from handoff.dashboards.told import label_of, small
from handoff.metrics.acceptance import interval
from handoff.metrics.counting import WHOLE
from handoff.metrics.dimensions import DIMENSIONS
from handoff.metrics.links import leads_url
from handoff.metrics.revenue import LABELS, Revenue, origin_names, revenue
from handoff.metrics.scope import Scope

ORIGINS: Final = (
    "source",
    "last_source",
    "campaign",
    "last_campaign",
    "first_page",
    "last_page",
    "industry",
    "region",
    "segment",
)
MOST: Final = 15
"""Lines of a table; how many more there are stands below it."""
_EMPTY: Final = (
    "No deal was closed in this period",
    "A deal counts on the day on which its lead moves to Won or Lost. Choose a longer period.",
)
_COUNTS: Final = (
    "Deals by the day of closing. Amounts are those of the opportunities of won deals; the win "
    "rate is of all closed ones."
)


def whole(asked: Asked) -> Panel:
    found = revenue(asked.scope).get(WHOLE, Revenue())
    if not found.closed:
        return Panel(_COUNTS, empty=_EMPTY)
    before = revenue(asked.before).get(WHOLE, Revenue()) if asked.before else None
    found_in = revenue(asked.scope, every=asked.every)
    starts = asked.scope.period.starts(asked.every, [start for _, start in found_in if start])
    over = {start: found_in.get(("", start), Revenue()) for start in starts}
    chart = Chart(
        "bars",
        f"Won amount by {asked.every}",
        {
            "labels": [label_of(asked.every, start) for start in starts],
            "unit": "money",
            "currency": asked.workspace.currency,
            "series": [{"name": "Won", "values": [_amount(each) for each in over.values()]}],
        },
    )
    return Panel(
        _COUNTS,
        headlines=_headlines(asked.scope, found, before),
        charts=(chart,),
        tables=(
            Table(
                f"By {asked.every} of closing",
                (Column(f"{asked.every.title()} from", "date"), *_COLUMNS),
                tuple((Cell(start), *_cells(None, each)) for start, each in over.items()),
            ),
        ),
        notes=_notes(found),
        size=found.closed,
    )


def _headlines(scope: Scope, found: Revenue, before: Revenue | None) -> tuple[Headline, ...]:
    won = leads_url(scope, "entered:won") if found.won else ""
    return (
        Headline(
            "Won amount",
            Cell(found.amount, url=won),
            "money",
            Cell(before.amount) if before else None,
            f"{found.with_amount:,} of {found.won:,} won deals have an amount",
        ),
        Headline(
            "Win rate",
            share(found.won, found.closed, url=won),
            "percent",
            share(before.won, before.closed) if before else None,
            _between(found),
        ),
        Headline(
            "MQL to won",
            Cell(found.since_mql),
            "seconds",
            Cell(before.since_mql) if before else None,
            "in the median",
        ),
        Headline(
            "Captured to won",
            Cell(found.since_capture),
            "seconds",
            Cell(before.since_capture) if before else None,
            "in the median, without imported history",
        ),
    )


def _between(found: Revenue) -> str:
    low, high = interval(found.won, found.closed) or (0.0, 1.0)
    few = "small: " if small(found.closed) else ""
    return f"{few}between {100 * low:.0f} and {100 * high:.0f} %, 95 times of 100"


def _notes(found: Revenue) -> tuple[str, ...]:
    notes = []
    if unknown := found.won - found.with_amount - found.foreign:
        notes.append(
            f"{unknown:,} won deal{'s have' if unknown != 1 else ' has'} no known amount, as in "
            "imported history: counted as won, not in the amount."
        )
    if found.foreign:
        notes.append(f"{found.foreign:,} of the won deals are in another currency: not added.")
    return tuple(notes)


_COLUMNS: Final = (
    Column("Won amount", "money"),
    Column("Won", "count"),
    Column("Win rate", "percent"),
    Column("Mean amount", "money"),
    Column("MQL to won", "seconds", "Median"),
)


def _cells(scope: Scope | None, one: Revenue) -> tuple[Cell, ...]:
    won = leads_url(scope, "entered:won") if scope and one.won else ""
    return (
        Cell(one.amount if one.with_amount else None),
        Cell(one.won, url=won),
        share(one.won, one.closed, note=small(one.closed)),
        Cell(one.mean),
        Cell(one.since_mql),
    )


def _amount(one: Revenue) -> dict[str, Any]:
    return {"value": float(one.amount), "words": f"{one.won} won of {one.closed} closed"}


def back_to(asked: Asked) -> Panel:
    """A table for each origin that there is; with a split, that of the split alone."""
    wanted = (asked.by,) if asked.by in DIMENSIONS and asked.by != "rule" else ORIGINS
    tables, charts, size = [], [], 0
    for by in wanted:
        found = {value: one for (value, _), one in revenue(asked.scope, by=by).items()}
        size += sum(one.closed for one in found.values())
        if found:
            lines = _lines(asked, by, found)
            tables.append(_table(asked, by, lines))
            if by == wanted[0]:
                charts.append(_chart(asked, by, lines))
    if not tables:
        return Panel(_COUNTS, empty=_EMPTY)
    return Panel(_COUNTS, charts=tuple(charts), tables=tuple(tables), size=size)


Line = tuple[str, str, Revenue]  # the value, its name, what it brought


def _lines(asked: Asked, by: str, found: dict[str, Revenue]) -> list[Line]:
    names = origin_names(asked.workspace, by, found)
    lines = [(value, names[value], one) for value, one in found.items()]
    return sorted(lines, key=lambda line: (-line[2].amount, -line[2].won, line[1]))


def _table(asked: Asked, by: str, lines: list[Line]) -> Table:
    rows = [(Cell(name), *_cells(_narrowed(asked, by, value), one)) for value, name, one in lines]
    label = _label(by)
    more = len(rows) - MOST
    return Table(
        f"By {label.lower()}",
        (Column(label), *_COLUMNS),
        tuple(rows[:MOST]),
        f"{more} more with less won amount are not shown." if more > 0 else "",
    )


def _narrowed(asked: Asked, by: str, value: str) -> Scope | None:
    return asked.scope.of(by, value) if by in DIMENSIONS else None


def _label(by: str) -> str:
    if by in LABELS:
        return LABELS[by]
    return {"source": "First source", "campaign": "First campaign"}.get(by) or DIMENSIONS[by].label


def _chart(asked: Asked, by: str, lines: list[Line]) -> Chart:
    shown = [line for line in lines if line[2].won][:MOST]
    return Chart(
        "bars",
        f"Won amount by {_label(by).lower()}",
        {
            "labels": [name for _, name, _ in shown],
            "unit": "money",
            "currency": asked.workspace.currency,
            "horizontal": True,
            "series": [{"name": "Won", "values": [_amount(one) for *_, one in shown]}],
        },
    )


_SPLITS: Final = tuple(code for code in DIMENSIONS if code != "rule")
REVENUE_PAGE = Page(
    "revenue",
    "Revenue",
    "coin",
    "What was won, how often and how fast, back to where the leads came from.",
    {
        "whole": Part("Won and lost", whole),
        "back": Part("Back to where they came from", back_to, asks_by=_SPLITS),
        "costs": Part("What campaigns cost", cost_of_what_came),
        "signals": Part("What winners had done before the hand-off", signals),
    },
)
