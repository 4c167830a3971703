"""The funnel as data: for the command line, and whoever reads its JSON or CSV."""

from typing import Any

from handoff.metrics.answers import Answers, answers, rejections, verdict
from handoff.metrics.breakdown import Line, breakdown
from handoff.metrics.cohorts import Cohort, cohorts
from handoff.metrics.durations import Duration
from handoff.metrics.moved import moved
from handoff.metrics.scope import By, Scope
from leadqual.stages import FUNNEL, Stage

DIGITS = 6


def as_json(scope: Scope, by: By) -> dict[str, Any]:
    """Overall figures and one entry for each line. Rates are 0–1, durations as they say.

    `mqls`: leads that became MQL in the period. `deals`: those of them that have been won since.
    `won_by_…`: leads won in the period, whenever they became MQL.
    """
    whole = cohorts(scope).get("", Cohort())
    decided = answers(scope).get("", Answers())
    lines = breakdown(scope, by)
    names = {line.key: line.name if by in ("week", "month", "rep") else line.key for line in lines}
    return {
        "workspace": scope.workspace.slug,
        "zone": str(scope.period.zone),
        "from": scope.period.first and scope.period.first.isoformat(),
        "to": scope.period.last and scope.period.last.isoformat(),
        "mqls": whole.mqls,
        "deals": whole.deals,
        "overall_conversion": _rounded(whole.conversion),
        "moved_into": {str(stage): n for stage, n in moved(scope).get("", {}).items()},
        "mql_to_won_days": _days(whole.reach(Stage.WON).since_mql),
        "offers": _offers(decided),
        "rejections": {one.code: one.offers for one in rejections(scope)},
        f"mql_by_{by}": {names[one.key]: one.cohort.mqls for one in lines if one.cohort.mqls},
        f"won_by_{by}": {
            names[one.key]: one.moved[Stage.WON] for one in lines if Stage.WON in one.moved
        },
        f"conversion_by_{by}": {
            names[one.key]: {
                "mqls": one.cohort.mqls,
                "deals": one.cohort.deals,
                "rate": _rounded(one.cohort.conversion),
            }
            for one in lines
            if one.cohort.mqls
        },
        f"offers_by_{by}": {
            names[one.key]: _offers(one.answers) for one in lines if one.answers.tallies
        },
    }


def as_rows(scope: Scope, by: By) -> list[list[Any]]:
    """A header and a row a line, for CSV."""
    head = [by, *(f"moved_into_{stage}" for stage in FUNNEL)]
    head += ["mqls", *(f"mqls_to_{stage}" for stage in FUNNEL[2:]), "conversion"]
    head += ["accepted", "rejected", "expired", "withdrawn", "not_mine", "acceptance"]
    head += ["median_hours_to_decide", "p90_hours_to_decide"]
    head += ["median_hours_to_first_touch", "p90_hours_to_first_touch"]
    return [head, *(_row(line, by) for line in breakdown(scope, by))]


def _row(line: Line, by: By) -> list[Any]:
    said = line.answers
    return [
        line.key if by in ("source", "week") else line.name,
        *(line.moved.get(stage, 0) for stage in FUNNEL),
        line.cohort.mqls,
        *(line.cohort.reach(stage).leads for stage in FUNNEL[2:]),
        _rounded(line.cohort.conversion),
        *(said.tally(status).offers for status in ("accepted", "rejected", "expired")),
        *(said.tally(status).offers for status in ("withdrawn", "not_mine")),
        _rounded(said.acceptance),
        *(_hours(seconds) for seconds in (said.deciding.median, said.deciding.p90)),
        *(_hours(seconds) for seconds in (said.first_touch.median, said.first_touch.p90)),
    ]


def _offers(said: Answers) -> dict[str, Any]:
    return {
        "accepted": said.accepted,
        "rejected": said.rejected,
        "expired": said.tally("expired").offers,
        "withdrawn": said.tally("withdrawn").offers,
        "not_mine": said.tally("not_mine").offers,
        "acceptance": _rounded(said.acceptance),
        "verdict": verdict(said.acceptance),
        "hours_to_decide": _in_hours(said.deciding),
        "hours_to_first_touch": _in_hours(said.first_touch),
    }


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
