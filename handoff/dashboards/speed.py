"""Speed: what the system takes, what people take, and what a fast answer is worth."""

from typing import Final

from handoff.dashboards.panel import Asked, Cell, Chart, Column, Headline, Page, Panel, Part, Table
from handoff.dashboards.speed_contact import ELAPSED, EMPTY, first_contact, worth
from handoff.dashboards.speed_hours import hours
from handoff.dashboards.told import label_of, small
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

_TREND: Final = {DECIDED: "Offered → decided", TOUCHED: "Accepted → first touch"}
STEPS: Final = {
    SCORED: ("Captured → scored", "The system"),
    OFFERED: ("MQL → offered", "The system, the hand-off rule and the pace of releases"),
    SEEN: ("Offered → seen", "The rep"),
    DECIDED: ("Offered → accepted or rejected", "The rep"),
    TOUCHED: ("Accepted → first touch", "The rep"),
}


def steps(asked: Asked) -> Panel:
    found = durations(asked.scope, list(STEPS)).get(WHOLE, {})
    before = durations(asked.before, list(STEPS)).get(WHOLE, {}) if asked.before else {}
    if not found:
        return Panel(ELAPSED, empty=EMPTY)
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
        f"{ELAPSED}",
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
        Cell(took.median, note=small(took.n)),
        Cell(took.p90),
        Cell(took.n, note=early),
    ]
    if asked.before:
        cells.append(Cell(before.get(step, Duration()).median))
    return tuple(cells)


def trend(asked: Asked) -> Panel:
    found = durations(asked.scope, tuple(_TREND), every=asked.every)
    counts = f"Medians by the {asked.every} of the decision. {ELAPSED}"
    by_start = {start: steps for (_, start), steps in found.items() if start}
    starts = asked.scope.period.starts(asked.every, by_start)
    if not starts:
        return Panel(counts, empty=EMPTY)
    series = [
        {"name": name, "values": [_median(by_start.get(s, {}).get(step)) for s in starts]}
        for step, name in _TREND.items()
    ]
    labels = [label_of(asked.every, start) for start in starts]
    rows = tuple((Cell(start), *_medians(by_start.get(start, {}))) for start in starts)
    return Panel(
        counts,
        charts=(
            Chart("lines", "Median times", {"labels": labels, "unit": "seconds", "series": series}),
        ),
        tables=(Table("Median times over time", _trend_columns(asked), rows),),
        size=sum(took.n for each in found.values() for took in each.values()),
    )


def _trend_columns(asked: Asked) -> tuple[Column, ...]:
    named = (Column(name, "seconds") for name in _TREND.values())
    return (Column(f"{asked.every.title()} from", "date"), *named)


def _medians(found: dict[str, Duration]) -> list[Cell]:
    known = [found.get(step, Duration()) for step in _TREND]
    return [Cell(took.median, note=f"of {took.n:,}" if took.n else "") for took in known]


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
