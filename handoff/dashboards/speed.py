"""Speed: what the system takes, what people take, and what a fast answer is worth."""

from datetime import date
from typing import Final

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
from handoff.metrics.acceptance import LEAST
from handoff.metrics.counting import WHOLE
from handoff.metrics.durations import (
    DECIDED,
    OFFERED,
    SCORED,
    SEEN,
    TOUCHED,
    Duration,
    durations,
    in_words,
)
from handoff.metrics.links import leads_url
from handoff.metrics.responses import NEVER, SPANS, Answered, Hour, by_hour, by_span
from sla.working_calendar import WEEKDAYS

STEPS: Final = {
    SCORED: ("Captured → scored", "The system"),
    OFFERED: ("MQL → offered", "The system, the hand-off rule and the pace of releases"),
    SEEN: ("Offered → seen", "The rep"),
    DECIDED: ("Offered → accepted or rejected", "The rep"),
    TOUCHED: ("Accepted → first touch", "The rep"),
}
FEW: Final = 5
"""Offers of an hour below which its median is shown as small."""
_EMPTY: Final = (
    "Nothing to measure in this period",
    "Times are taken from the offer to a rep on. Choose a longer period, or take a filter away.",
)
_ELAPSED: Final = "Elapsed time, nights and weekends included."


def steps(asked: Asked) -> Panel:
    found = durations(asked.scope, list(STEPS)).get(WHOLE, {})
    before = durations(asked.before, list(STEPS)).get(WHOLE, {}) if asked.before else {}
    if not found:
        return Panel(_ELAPSED, empty=_EMPTY)
    columns = [
        Column("Step"),
        Column("Whose time"),
        Column("Median", "seconds"),
        Column("90 % within", "seconds"),
        Column("Measured", "count"),
        *([Column("Median before", "seconds")] if asked.before else []),
    ]
    rows = tuple(_step(asked, step, found, before) for step in STEPS)
    return Panel(
        f"System delay apart from people’s. Each step is of those with both moments known. "
        f"{_ELAPSED}",
        headlines=tuple(
            Headline(
                STEPS[step][0],
                Cell(found.get(step, Duration()).median),
                "seconds",
                Cell(before[step].median) if step in before else None,
                "in the median",
            )
            for step in (DECIDED, TOUCHED)
        ),
        tables=(Table("How long each step takes", tuple(columns), rows),),
        size=sum(each.n for each in found.values()),
    )


def _step(
    asked: Asked, step: str, found: dict[str, Duration], before: dict[str, Duration]
) -> tuple[Cell, ...]:
    took = found.get(step, Duration())
    early = f"{took.negative} of them before the click on “accept”" if took.negative else ""
    cells = [
        Cell(STEPS[step][0]),
        Cell(STEPS[step][1]),
        Cell(took.median, note="small" if 0 < took.n < LEAST else ""),
        Cell(took.p90),
        Cell(took.n, note=early),
    ]
    if asked.before:
        cells.append(Cell(before.get(step, Duration()).median))
    return tuple(cells)


def first_contact(asked: Asked) -> Panel:
    spans = by_span(asked.scope)
    offers = sum(one.offers for one in spans)
    counts = (
        f"Offers of the period, by the time from the offer to the first touch. {_ELAPSED} Five "
        "minutes is the target worth having."
    )
    if not offers:
        return Panel(counts, empty=_EMPTY)
    contacted, gone = offers - spans[NEVER].offers, 0
    rows = []
    for name, one in zip((*SPANS, "Not yet"), spans, strict=True):
        gone += one.offers
        so_far = Cell(None) if name == "Not yet" else share(gone, offers)
        rows.append((Cell(name), share(one.offers, offers), so_far))
    chart = Chart(
        "bars",
        "Time from the offer to the first contact",
        {
            "labels": [*SPANS, "Not yet"],
            "series": [
                {"name": "Offers", "values": [{"value": s.offers, "of": offers} for s in spans]}
            ],
            "horizontal": True,
        },
    )
    fast = spans[0].offers
    every = leads_url(asked.scope, "offered")
    return Panel(
        counts,
        headlines=(
            Headline("Contacted within five minutes", share(fast, offers), "percent"),
            Headline("Contacted up to now", share(contacted, offers, url=every), "percent"),
        ),
        charts=(chart,),
        tables=(
            Table(
                "Offers by the time to the first contact",
                (
                    Column("First contact"),
                    Column("Of the offers", "percent"),
                    Column("So far", "percent"),
                ),
                tuple(rows),
            ),
        ),
        size=offers,
    )


def worth(asked: Asked) -> Panel:
    spans = by_span(asked.scope)
    counts = (
        "Acceptance: of the offers decided. Won: of the offers accepted, those won in the cycle of "
        "the offer. That fast answers go with more wins does not say that they make them."
    )
    if not any(one.decided for one in spans):
        return Panel(counts, empty=_EMPTY)
    names = (*SPANS, "Not yet")
    chart = Chart(
        "bars",
        "Acceptance and wins, by the time to the first contact",
        {
            "labels": list(names),
            "unit": "percent",
            "max": 100,
            "series": [
                {"name": "Accepted", "values": [_point(s.accepted, s.decided) for s in spans]},
                {"name": "Won", "values": [_point(s.won, s.accepted) for s in spans]},
            ],
        },
    )
    rows = tuple(_outcome(name, one) for name, one in zip(names, spans, strict=True))
    columns = (Column("First contact"), Column("Accepted", "percent"), Column("Won", "percent"))
    return Panel(
        counts,
        charts=(chart,),
        tables=(Table("Outcome by the time to the first contact", columns, rows),),
        size=sum(one.offers for one in spans),
    )


def _point(hits: int, of: int) -> dict[str, object] | None:
    if not of:
        return None
    return {"value": round(100 * hits / of, 1), "n": hits, "of": of, "small": of < LEAST}


def _outcome(name: str, one: Answered) -> tuple[Cell, ...]:
    return (
        Cell(name),
        share(one.accepted, one.decided, note=_small(one.decided)),
        share(one.won, one.accepted, note=_small(one.accepted)),
    )


def _small(of: int) -> str:
    return "small" if 0 < of < LEAST else ""


def hours(asked: Asked) -> Panel:
    found = by_hour(asked.scope)
    counts = (
        "Median time to the first contact, by weekday and hour of the offer, in the workspace’s "
        f"time zone; of the offers contacted. {_ELAPSED}"
    )
    if not any(one.contacted for one in found.values()):
        return Panel(counts, empty=_EMPTY)
    used = sorted({hour for _, hour in found})
    shown = range(used[0], used[-1] + 1)
    cells = [[found.get((day, hour), Hour()) for hour in shown] for day in range(7)]
    chart = Chart(
        "heatmap",
        "When first contacts take long",
        {
            "columns": [f"{hour:02d}" for hour in shown],
            "rows": list(WEEKDAYS),
            "unit": "seconds",
            "values": [[_heat(one) for one in row] for row in cells],
        },
    )
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
    return Panel(
        counts,
        charts=(chart,),
        tables=(Table("Median time to the first contact", columns, rows),),
        size=sum(one.offers for one in found.values()),
    )


def _heat(one: Hour) -> dict[str, object] | None:
    if one.median is None:
        return None
    return {
        "value": one.median,
        "text": in_words(one.median),
        "words": f"{one.contacted} of {one.offers} offers contacted",
        "small": one.contacted < FEW,
    }


def trend(asked: Asked) -> Panel:
    found = durations(asked.scope, (DECIDED, TOUCHED), every=asked.every)
    counts = f"Medians by the {asked.every} of the decision. {_ELAPSED}"
    starts = sorted(start for _, start in found if start)
    if not starts:
        return Panel(counts, empty=_EMPTY)
    named = {DECIDED: "Offered → decided", TOUCHED: "Accepted → first touch"}
    chart = Chart(
        "lines",
        "Median times",
        {
            "labels": [_label(start) for start in starts],
            "unit": "seconds",
            "series": [
                {"name": name, "values": [_median(found["", s].get(step)) for s in starts]}
                for step, name in named.items()
            ],
        },
    )
    rows = tuple(
        (
            Cell(start),
            *(
                Cell(took.median, note=f"of {took.n:,}")
                if (took := found["", start].get(step))
                else Cell(None)
                for step in named
            ),
        )
        for start in starts
    )
    columns = (
        Column(f"{asked.every.title()} from", "date"),
        *(Column(name, "seconds") for name in named.values()),
    )
    return Panel(
        counts,
        charts=(chart,),
        tables=(Table("Median times over time", columns, rows),),
        size=sum(took.n for each in found.values() for took in each.values()),
    )


def _label(start: date) -> str:
    return f"{start:%-d %b %y}"


def _median(took: Duration | None) -> dict[str, object] | None:
    if took is None or took.median is None:
        return None
    return {
        "value": took.median,
        "text": in_words(took.median),
        "words": f"of {took.n:,}",
        "small": took.n < LEAST,
    }


SPEED_PAGE = Page(
    "speed",
    "Speed",
    "bolt",
    "How long the system takes and how long people do, and what a fast answer goes with.",
    {
        "steps": Part("Step by step", steps),
        "contact": Part("First contact", first_contact),
        "worth": Part("What a fast answer goes with", worth),
        "trend": Part("Over time", trend),
        "hours": Part("By weekday and hour", hours),
    },
)
