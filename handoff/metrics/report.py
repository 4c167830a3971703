"""The figures as data: for the command line, the API, and whoever reads their JSON or CSV."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, get_args

from handoff.metrics.acceptance import Endings, endings
from handoff.metrics.cohorts import Cohort, cohorts
from handoff.metrics.counting import WHOLE, Place, count, total
from handoff.metrics.dimensions import DIMENSIONS, NONE, names_of
from handoff.metrics.durations import DECIDED, TOUCHED, Duration, durations
from handoff.metrics.periods import Grain
from handoff.metrics.scope import Scope
from handoff.models import RejectionReason
from leadqual.models import Source
from leadqual.stages import FUNNEL, Stage

DIGITS: Final = 6
BY: Final = (*DIMENSIONS, *get_args(Grain))
"""By what it can be laid out: a dimension, or weeks or months."""
ENTERED: Final = tuple(f"entered:{stage}" for stage in Stage)
WON: Final = f"{Stage.MQL}>{Stage.WON}"


@dataclass(frozen=True)
class Line:
    """All figures of one line. `name` is a source's code, a name, the month or the Monday."""

    name: str
    entered: dict[Stage, int] = field(default_factory=dict)
    cohort: Cohort = field(default_factory=Cohort)
    endings: Endings = field(default_factory=Endings)
    took: dict[str, Duration] = field(default_factory=dict)


def lines(scope: Scope, by: str) -> list[Line]:
    """Line by line: weeks and months in order and without holes, others with most MQLs first."""
    asked: dict[str, Any] = {"every": by} if by in get_args(Grain) else {"by": by}
    moves = count(scope, ENTERED, **asked)
    cohort, ended = cohorts(scope, **asked), endings(scope, **asked)
    took = durations(scope, (DECIDED, TOUCHED, WON), **asked)
    places = {*moves, *cohort, *ended, *took}
    names = _names(scope, by, places)
    found = [
        Line(
            name,
            _entered(moves.get(place, Counter())),
            cohort.get(place, Cohort()),
            ended.get(place, Endings()),
            took.get(place, {}),
        )
        for place, name in names.items()
    ]
    if by not in get_args(Grain):
        found.sort(key=lambda one: (-one.cohort.mqls, -one.endings.decided, one.name))
    return found


def whole(scope: Scope) -> Line:
    """All figures of the scope itself; its name is blank."""
    return Line(
        "",
        _entered(total(scope, ENTERED)),
        cohorts(scope).get(WHOLE, Cohort()),
        endings(scope).get(WHOLE, Endings()),
        durations(scope, (DECIDED, TOUCHED, WON)).get(WHOLE, {}),
    )


def _entered(moves: Counter[str]) -> dict[Stage, int]:
    """Without the stages that nothing moved into."""
    return {stage: n for stage in Stage if (n := moves[f"entered:{stage}"])}


def _names(scope: Scope, by: str, places: set[Place]) -> dict[Place, str]:
    if by in ("week", "month"):
        grain: Grain = "week" if by == "week" else "month"
        starts = scope.period.starts(grain, [start for _, start in places if start])
        form = "%Y-%m" if by == "month" else "%Y-%m-%d"
        return {("", start): f"{start:{form}}" for start in starts}
    values = [line for line, _ in places]
    if by == "source":  # codes are what other programs know sources by
        named = dict(Source.objects.of(scope.workspace).values_list("pk", "code"))
        names = {value: named.get(int(value), value) if value else NONE for value in values}
    else:
        names = names_of(scope.workspace, DIMENSIONS[by], values)
        names = {value: name if value else NONE for value, name in names.items()}
    return {place: names[place[0]] for place in places}


def as_json(scope: Scope, by: str) -> dict[str, Any]:
    """Overall figures and one entry for each line. Rates are 0–1, durations as they say.

    `mqls`: MQLs of the period. `deals`: those of them that have been won since. `won_by_…`: deals
    won in the period, whenever they became MQL.
    """
    figures, found = whole(scope), lines(scope, by)
    codes = RejectionReason.objects.of(scope.workspace).values_list("code", flat=True)
    reasons = total(scope, [f"rejected:{code}" for code in codes])
    return {
        "workspace": scope.workspace.slug,
        "zone": str(scope.period.zone),
        "from": _iso(scope.period.first),
        "to": _iso(scope.period.last),
        "mqls": figures.cohort.mqls,
        "deals": figures.cohort.won,
        "overall_conversion": _rounded(figures.cohort.conversion),
        "moved_into": {str(stage): n for stage, n in figures.entered.items()},
        "mql_to_won_days": _days(figures.took.get(WON, Duration())),
        "offers": _offers(figures.endings, figures.took),
        "rejections": {kind.partition(":")[2]: n for kind, n in reasons.most_common()},
        **_by_line(found, by),
    }


def _by_line(found: list[Line], by: str) -> dict[str, Any]:
    """Lines that have nothing of a figure are missing from it."""
    with_mqls = [one for one in found if one.cohort.mqls]
    won = {one.name: one.entered[Stage.WON] for one in found if Stage.WON in one.entered}
    answered = [one for one in found if one.endings != Endings()]
    return {
        f"mql_by_{by}": {one.name: one.cohort.mqls for one in with_mqls},
        f"won_by_{by}": won,
        f"conversion_by_{by}": {one.name: _conversion(one.cohort) for one in with_mqls},
        f"offers_by_{by}": {one.name: _offers(one.endings, one.took) for one in answered},
    }


def _conversion(cohort: Cohort) -> dict[str, Any]:
    return {"mqls": cohort.mqls, "deals": cohort.won, "rate": _rounded(cohort.conversion)}


def as_rows(scope: Scope, by: str) -> list[list[Any]]:
    """A header and a row a line, for CSV."""
    head = [by, *(f"moved_into_{stage}" for stage in FUNNEL)]
    head += ["mqls", *(f"mqls_to_{stage}" for stage in FUNNEL[2:]), "conversion"]
    head += ["accepted", "rejected", "expired", "withdrawn", "not_mine", "acceptance"]
    head += ["median_hours_to_decide", "p90_hours_to_decide"]
    head += ["median_hours_to_first_touch", "p90_hours_to_first_touch"]
    return [head, *(_row(line) for line in lines(scope, by))]


def _row(line: Line) -> list[Any]:
    said, took = line.endings, line.took
    decided, touched = took.get(DECIDED, Duration()), took.get(TOUCHED, Duration())
    return [
        line.name,
        *(line.entered.get(stage, 0) for stage in FUNNEL),
        line.cohort.mqls,
        *(line.cohort.reached.get(stage, 0) for stage in FUNNEL[2:]),
        _rounded(line.cohort.conversion),
        said.accepted,
        said.rejected,
        said.expired,
        said.withdrawn,
        said.not_mine,
        _rounded(said.rate),
        *(_hours(seconds) for seconds in (decided.median, decided.p90)),
        *(_hours(seconds) for seconds in (touched.median, touched.p90)),
    ]


def _offers(said: Endings, took: dict[str, Duration]) -> dict[str, Any]:
    return {
        "accepted": said.accepted,
        "rejected": said.rejected,
        "expired": said.expired,
        "withdrawn": said.withdrawn,
        "not_mine": said.not_mine,
        "acceptance": _rounded(said.rate),
        "verdict": said.verdict,
        "hours_to_decide": _in_hours(took.get(DECIDED, Duration())),
        "hours_to_first_touch": _in_hours(took.get(TOUCHED, Duration())),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _days(took: Duration) -> dict[str, Any]:
    return {
        "n": took.n,
        "median": _rounded(took.median_days),
        "p90": _rounded(took.p90_days),
        "negative": took.negative,
    }


def _in_hours(took: Duration) -> dict[str, Any]:
    return {
        "n": took.n,
        "median": _hours(took.median),
        "p90": _hours(took.p90),
        "negative": took.negative,
    }


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 3_600, DIGITS)


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, DIGITS)
