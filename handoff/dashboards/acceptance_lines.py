"""Acceptance line by line: which source, campaign, grade, rule or rep differs from the others.

The most telling come first: the lines whose rate differs most surely from that of all others; those
with too few decided to judge come last.
"""

from collections.abc import Iterable, Mapping
from math import sqrt
from typing import Final

from handoff.dashboards.acceptance_words import (
    BAND,
    ENDED_COLUMNS,
    RATE_COLUMNS,
    ended_cells,
    rate_cells,
)
from handoff.dashboards.panel import Asked, Cell, Chart, Column, Panel, Table, share
from handoff.dashboards.told import point
from handoff.metrics.acceptance import LEAST, Endings, endings
from handoff.metrics.counting import WHOLE
from handoff.metrics.dimensions import ALL, DIMENSIONS, names_of

FIRST: Final = ("source", "campaign", "grade", "rep")
REST: Final = tuple(one.code for one in ALL if one.code not in (*FIRST, "rule"))
"""What the page can be split by besides."""
DRAWN: Final = 12
_ORDER: Final = (
    "Most telling first: the rate differs most surely from that of all others. "
    f"Lines with fewer than {LEAST} decided come last."
)


def telling(line: Endings, whole: Endings) -> float:
    """How surely the line's rate differs from that of all others: standard errors of a difference
    of two shares; 0 where one side has nothing decided, or all were decided alike."""
    others = Endings(whole.accepted - line.accepted, whole.rejected - line.rejected)
    if line.rate is None or others.rate is None or not whole.rate or whole.rate == 1:
        return 0.0
    spread = whole.rate * (1 - whole.rate) * (1 / line.decided + 1 / others.decided)
    return abs(line.rate - others.rate) / sqrt(spread)


def ordered(lines: Mapping[str, Endings], whole: Endings) -> list[tuple[str, Endings]]:
    """The most telling first; then many before few, and by value."""
    return sorted(
        lines.items(),
        key=lambda one: (
            one[1].decided < LEAST,
            -telling(one[1], whole) if one[1].decided >= LEAST else 0,
            -one[1].decided,
            one[0],
        ),
    )


def by_dimension(asked: Asked, *, by: str) -> Panel:
    """Each line of the dimension; one query, and one for the names."""
    lines = _lines(asked, by)
    if not any(each.decided for each in lines.values()):
        return Panel(_COUNTS, empty=_EMPTY)
    whole = summed(lines.values())
    found = ordered(lines, whole)
    names = names_of(asked.workspace, DIMENSIONS[by], lines)
    rows = tuple(
        (
            Cell(names[value]),
            *rate_cells(scope := asked.scope.of(by, value), each),
            *ended_cells(scope, each),
        )
        for value, each in found
    )
    label = DIMENSIONS[by].label
    columns = (Column(label), *RATE_COLUMNS, *ENDED_COLUMNS)
    chart = _chart(f"Acceptance by {label.lower()}", found, names)
    return Panel(
        _COUNTS,
        charts=(chart,),
        tables=(Table(f"Acceptance by {label.lower()}", columns, rows),),
        notes=(_ORDER,),
        size=whole.decided,
    )


_COUNTS: Final = "Accepted of those decided in the period; the others that ended stand beside."
_EMPTY: Final = (
    "No offer was decided in this period",
    "Choose a longer period, or take a filter away.",
)


def _lines(asked: Asked, by: str) -> dict[str, Endings]:
    return {line: each for (line, _), each in endings(asked.scope, by=by).items()}


def summed(lines: Iterable[Endings]) -> Endings:
    """All of them; only for lines in which each offer stands once."""
    all_lines = list(lines)
    return Endings(
        sum(each.accepted for each in all_lines), sum(each.rejected for each in all_lines)
    )


def _chart(title: str, found: list[tuple[str, Endings]], names: Mapping[str, str]) -> Chart:
    """Bars over the healthy band; the first so many."""
    drawn = [(value, each) for value, each in found if each.decided][:DRAWN]
    points = [point(each.accepted, each.decided) for _, each in drawn]
    return Chart(
        "bars",
        title,
        {
            "labels": [names[value] for value, _ in drawn],
            "series": [{"name": "Acceptance", "values": points}],
            "band": BAND,
            "unit": "percent",
            "max": 100,
            "horizontal": True,
        },
    )


def by_chosen(asked: Asked) -> Panel:
    """By the dimension that the page is split by; asked for none, or one that has its own table:
    by tier."""
    return by_dimension(asked, by=asked.by if asked.by in REST else "tier")


def by_rule(asked: Asked) -> Panel:
    """Of each rule: acceptance of the offers whose lead it spoke for, beside those without it."""
    lines = _lines(asked, "rule")
    whole = endings(asked.scope).get(WHOLE, Endings()) if lines else Endings()
    if not whole.decided:
        return Panel(_RULES, empty=_EMPTY)
    rules = {rule: each for rule, each in lines.items() if rule}
    if not rules:
        return Panel(
            _RULES,
            empty=(
                "No rule is known of these offers",
                "The rules that hit stand in the packet of an offer: offers made from now on "
                "have them.",
            ),
        )
    found = ordered(rules, whole)
    rows = tuple(_rule_row(asked, rule, each, whole) for rule, each in found)
    columns = (
        Column("Rule"),
        *RATE_COLUMNS,
        Column("Without it", "percent", "Acceptance of the offers that the rule did not speak for"),
        Column("Difference", says="Percentage points with the rule above those without"),
    )
    return Panel(
        _RULES,
        charts=(_chart("Acceptance by rule", found, {rule: rule for rule in rules}),),
        tables=(Table("Acceptance by scoring rule", columns, rows),),
        notes=(
            f"{_ORDER} An offer stands in the line of each rule that hit, so lines do not add up.",
        ),
        size=whole.decided,
    )


_RULES: Final = (
    "Of the offers decided in the period whose lead a rule gave points for, by the packet of the "
    "offer: how many were accepted, beside those that the rule did not speak for."
)


def _rule_row(asked: Asked, rule: str, found: Endings, whole: Endings) -> tuple[Cell, ...]:
    others = Endings(whole.accepted - found.accepted, whole.rejected - found.rejected)
    return (
        Cell(rule),
        *rate_cells(asked.scope.of("rule", rule), found),
        share(others.accepted, others.decided),
        Cell(_difference(found, others)),
    )


def _difference(found: Endings, others: Endings) -> str:
    """“+12 points”; a dash where either side has too few to judge."""
    if min(found.decided, others.decided) < LEAST:
        return "–"
    points = round(100 * ((found.rate or 0) - (others.rate or 0)))
    return f"{points:+d} points".replace("-", "−")
