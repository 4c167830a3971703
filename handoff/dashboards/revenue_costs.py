"""On the revenue page: what campaigns cost, for each lead, MQL, SQL and deal that came of them."""

from datetime import timedelta
from typing import Any, Final

from handoff.dashboards.panel import Asked, Cell, Chart, Column, Headline, Panel, Table
from handoff.metrics.dimensions import DIMENSIONS, names_of
from handoff.metrics.links import leads_url
from handoff.metrics.revenue_costs import CAME, Spent, added, costs
from handoff.metrics.scope import Scope

MOST: Final = 30
_NAMES: Final = dict(zip(CAME, ("Leads", "MQLs", "SQLs", "Won"), strict=True))
_EACH: Final = dict(zip(CAME, ("lead", "MQL", "SQL", "won deal"), strict=True))
_COUNTS: Final = (
    "Costs are spread evenly over the days they are entered for, up to today, and divided by what "
    "came in the same period, by the first campaign of the lead."
)
_EMPTY: Final = (
    "No cost of a campaign is known for this period",
    "Costs are entered at the campaign in the admin, or imported there from a CSV or XLSX file.",
)


def cost_of_what_came(asked: Asked) -> Panel:
    today = asked.now.astimezone(asked.workspace.zone).date()
    found = costs(asked.scope, today=today)
    total = added(list(found.values()))
    if total.amount is None:
        return Panel(_COUNTS, empty=_EMPTY)
    lines = _lines(asked, found)
    before = None
    if asked.before:
        before = added(list(costs(asked.before, today=today).values()))
    rows = [_row(asked.scope, name, value, one, _days(asked)) for name, value, one in lines[:MOST]]
    whole = (Cell("All with a known cost"), Cell(total.amount), *_each(total, None))
    return Panel(
        _COUNTS,
        headlines=tuple(
            Headline(
                f"Cost per {_EACH[kind]}",
                Cell(total.per(kind)),
                "money",
                Cell(before.per(kind)) if before else None,
                f"{total.came[kind]:,} of campaigns with a known cost",
            )
            for kind in CAME
        ),
        charts=(_chart(asked, lines),),
        tables=(
            Table(
                "Cost by campaign",
                _columns(),
                (whole, *rows),
                f"{len(lines) - MOST} more with less cost are not shown."
                if len(lines) > MOST
                else "",
            ),
        ),
        notes=_notes(asked, found),
        size=sum(sum(one.came.values()) for one in found.values()),
    )


Line = tuple[str, str, Spent]  # the name, the id, what it cost and brought


def _lines(asked: Asked, found: dict[str, Spent]) -> list[Line]:
    """Those that cost most first; leads without a campaign cost nobody knows what."""
    names = names_of(asked.workspace, DIMENSIONS["campaign"], found)
    lines = [(names[value], value, one) for value, one in found.items() if value]
    return sorted(lines, key=lambda line: (line[2].amount is None, -(line[2].amount or 0), line[0]))


def _days(asked: Asked) -> int | None:
    """How many days the period has up to today; None where it is open."""
    period = asked.scope.period
    if not period.first:
        return None
    today = asked.now.astimezone(asked.workspace.zone).date()
    last = min(period.last or today, today)
    return (last - period.first + timedelta(days=1)).days


def _columns() -> tuple[Column, ...]:
    pairs = [
        (Column(_NAMES[kind], "count"), Column(f"Per {_EACH[kind]}", "money")) for kind in CAME
    ]
    return (Column("Campaign"), Column("Cost", "money"), *(each for pair in pairs for each in pair))


def _row(scope: Scope, name: str, value: str, one: Spent, days: int | None) -> tuple[Cell, ...]:
    return (Cell(name), _cost(one, days), *_each(one, scope.of("campaign", value)))


def _cost(one: Spent, days: int | None) -> Cell:
    if one.amount is None:
        return Cell(None, note="cost not known", tone="quiet")
    partly = days is not None and one.days < days
    return Cell(one.amount, note=f"known for {one.days:,} of {days:,} days" if partly else "")


def _each(one: Spent, scope: Scope | None) -> tuple[Cell, ...]:
    """Of each kind how many came, and what one cost. What is counted, and what it leads to, is not
    narrowed by other filters than the campaign's."""
    cells = []
    for kind in CAME:
        n = one.came[kind]
        url = ""
        if scope and n:
            own = Scope(scope.workspace, scope.period, {"campaign": scope.filters["campaign"]})
            url = leads_url(own, kind)
        cells += [Cell(n, url=url), Cell(one.per(kind))]
    return tuple(cells)


def _notes(asked: Asked, found: dict[str, Spent]) -> tuple[str, ...]:
    notes = []
    unknown = sum(one.amount is None for value, one in found.items() if value)
    if unknown:
        notes.append(
            f"{unknown:,} campaign{'s' if unknown > 1 else ''} without a known cost "
            f"{'are' if unknown > 1 else 'is'} in no total."
        )
    if without := found.get(""):
        notes.append(
            f"{without.came[CAME[0]]:,} leads and {without.came[CAME[1]]:,} MQLs of no campaign "
            "are not in it."
        )
    if set(asked.scope.filters) - {"campaign"}:
        notes.append("Costs are known by campaign alone: other filters do not apply here.")
    return tuple(notes)


def _chart(asked: Asked, lines: list[Line]) -> Chart:
    known = [line for line in lines if line[2].per("mql") is not None][:15]
    return Chart(
        "bars",
        "Cost per MQL",
        {
            "labels": [name for name, _, _ in known],
            "unit": "money",
            "currency": asked.workspace.currency,
            "horizontal": True,
            "series": [{"name": "Cost per MQL", "values": [_bar(one) for *_, one in known]}],
        },
    )


def _bar(one: Spent) -> dict[str, Any]:
    cost = one.per("mql")
    return {
        "value": round(float(cost or 0), 2),
        "words": f"{one.amount:,.2f} for {one.came['mql']:,} MQLs",
    }
