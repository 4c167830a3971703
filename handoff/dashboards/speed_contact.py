"""Speed: how soon the first contact comes, and what a fast one goes with."""

from typing import Final

from handoff.dashboards.panel import Asked, Cell, Chart, Column, Headline, Panel, Table, share
from handoff.dashboards.told import point, small
from handoff.metrics.links import leads_url
from handoff.metrics.responses import NEVER, SPANS, Answered, by_span

EMPTY: Final = (
    "Nothing to measure in this period",
    "Times are taken from the offer to a rep on. Choose a longer period, or take a filter away.",
)
ELAPSED: Final = "Elapsed time, nights and weekends included."
_NAMES: Final = (*SPANS, "Not yet")
_COUNTS: Final = (
    f"Offers of the period, by the time from the offer to the first touch. {ELAPSED} Five minutes "
    "is the target worth having."
)


def first_contact(asked: Asked) -> Panel:
    spans, _ = by_span(asked.scope)
    offers = sum(one.offers for one in spans)
    if not offers:
        return Panel(_COUNTS, empty=EMPTY)
    every, contacted = leads_url(asked.scope, "offered"), offers - spans[NEVER].offers
    return Panel(
        _COUNTS,
        headlines=(
            Headline("Contacted within five minutes", share(spans[0].offers, offers), "percent"),
            Headline("Contacted up to now", share(contacted, offers, url=every), "percent"),
        ),
        charts=(_distribution(spans, offers),),
        tables=(_distributed(spans, offers),),
        size=offers,
    )


def _distribution(spans: list[Answered], offers: int) -> Chart:
    values = [{"value": one.offers, "of": offers} for one in spans]
    series = [{"name": "Offers", "values": values}]
    return Chart(
        "bars",
        "Time from the offer to the first contact",
        {"labels": _NAMES, "series": series, "horizontal": True},
    )


def _distributed(spans: list[Answered], offers: int) -> Table:
    rows, gone = [], 0
    for place, (name, one) in enumerate(zip(_NAMES, spans, strict=True)):
        gone += one.offers
        so_far = Cell(None) if place == NEVER else share(gone, offers)
        rows.append((Cell(name), share(one.offers, offers), so_far))
    return Table(
        "Offers by the time to the first contact",
        (Column("First contact"), Column("Of the offers", "percent"), Column("So far", "percent")),
        tuple(rows),
    )


def worth(asked: Asked) -> Panel:
    contacted, answered = by_span(asked.scope)
    counts = (
        "Accepted: of the offers decided, by the time from the offer to the answer (the decision, "
        "or a touch before it). Won: of the offers accepted, those won in the cycle of the offer, "
        "by the time to the first contact. That fast answers go with more wins does not say that "
        "they make them."
    )
    if not any(one.decided for one in answered):
        return Panel(counts, empty=EMPTY)
    pairs = list(zip(_NAMES, answered, contacted, strict=True))
    rows = tuple(
        (
            Cell(name),
            share(by.accepted, by.decided, note=small(by.decided)),
            share(of.won, of.accepted, note=small(of.accepted)),
        )
        for name, by, of in pairs
    )
    columns = (
        Column("Time from the offer"),
        Column("Answered then: accepted", "percent"),
        Column("Contacted then: won", "percent"),
    )
    return Panel(
        counts,
        charts=(_outcome(pairs),),
        tables=(Table("Outcome by the time of the answer", columns, rows),),
        size=sum(one.offers for one in answered),
    )


def _outcome(pairs: list[tuple[str, Answered, Answered]]) -> Chart:
    series = [
        {"name": "Accepted", "values": [point(by.accepted, by.decided) for _, by, _ in pairs]},
        {"name": "Won", "values": [point(of.won, of.accepted) for _, _, of in pairs]},
    ]
    return Chart(
        "bars",
        "Acceptance by the time of the answer, wins by that of the first contact",
        {"labels": _NAMES, "unit": "percent", "max": 100, "series": series},
    )
