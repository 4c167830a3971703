"""Speed: at which hours of the week the first contact takes long."""

from typing import Final

from handoff.dashboards.panel import Asked, Cell, Chart, Column, Panel, Table
from handoff.dashboards.speed_contact import ELAPSED, EMPTY
from handoff.metrics.durations import in_words
from handoff.metrics.responses import Hour, by_hour
from sla.working_calendar import WEEKDAYS

FEW: Final = 5
"""Offers of an hour below which its median is shown as small."""


def hours(asked: Asked) -> Panel:
    found = by_hour(asked.scope)
    counts = (
        "Median time to the first contact, by weekday and hour of the offer, in the workspace’s "
        f"time zone; of the offers contacted. {ELAPSED}"
    )
    if not any(one.contacted for one in found.values()):
        return Panel(counts, empty=EMPTY)
    used = [hour for _, hour in found]
    shown = range(min(used), max(used) + 1)
    cells = [[found.get((day, hour), Hour()) for hour in shown] for day in range(7)]
    return Panel(
        counts,
        charts=(_heatmap(shown, cells),),
        tables=(_table(shown, cells),),
        size=sum(one.offers for one in found.values()),
    )


def _heatmap(shown: range, cells: list[list[Hour]]) -> Chart:
    """`cells` are the days of a week from Monday on, each with the hours that are shown."""
    return Chart(
        "heatmap",
        "When first contacts take long",
        {
            "columns": [f"{hour:02d}" for hour in shown],
            "rows": list(WEEKDAYS),
            "unit": "seconds",
            "values": [[_heat(one) for one in row] for row in cells],
        },
    )


def _table(shown: range, cells: list[list[Hour]]) -> Table:
    rows = tuple(
        (
            Cell(WEEKDAYS[day]),
            *(Cell(one.median, note=f"of {one.contacted}" if one.contacted else "") for one in row),
        )
        for day, row in enumerate(cells)
    )
    columns = (
        Column("Offered"),
        *(Column(f"{hour:02d}–{hour + 1:02d}", "seconds") for hour in shown),
    )
    return Table("Median time to the first contact", columns, rows)


def _heat(one: Hour) -> dict[str, object] | None:
    if one.median is None:
        return None
    return {
        "value": one.median,
        "text": in_words(one.median),
        "words": f"{one.contacted} of {one.offers} offers contacted",
        "small": one.contacted < FEW,
    }
