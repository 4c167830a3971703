"""How stages, grades, points and spans look on the workflow's pages."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime

from handoff.score_parts import ScoreParts, parts_of
from leadqual.countries import country_name
from leadqual.stages import Stage
from sla.remaining import spelled

register = template.Library()
register.filter(country_name)

_STAGES = {
    Stage.NEW: "bg-azure-lt",
    Stage.MQL: "bg-purple-lt",
    Stage.SAL: "bg-indigo-lt",
    Stage.SQL: "bg-blue-lt",
    Stage.OPPORTUNITY: "bg-teal-lt",
    Stage.WON: "bg-green-lt",
    Stage.LOST: "bg-red-lt",
    Stage.NURTURE: "bg-orange-lt",
    Stage.DISQUALIFIED: "bg-secondary-lt",
}
_GRADES = {"A": "lq-grade-a", "B": "lq-grade-b", "C": "lq-grade-c", "D": "lq-grade-d"}


@register.filter
def stage_look(stage: str) -> str:
    """The badge's class; the stage stands there in words as well."""
    return _STAGES[Stage(stage)]


@register.filter
def stage_name(stage: str) -> str:
    return Stage(stage).label


@register.filter
def grade_look(grade: str) -> str:
    return _GRADES.get(grade, "lq-grade-none")


@register.filter
def day_or_time(moment: datetime, now: datetime) -> str:
    """14:03 for today, else Thu 3 Sep, 14:03."""
    at = localtime(moment)
    return f"{at:%H:%M}" if at.date() == localtime(now).date() else f"{at:%a %-d %b, %H:%M}"


@register.filter
def points(number: float | None) -> str:
    """35, 17.5, or a dash where nothing is known; two decimals at most."""
    return "–" if number is None else f"{round(number, 2):g}"


@register.filter
def signed(number: float) -> str:
    """+20, −5, 0."""
    return f"{round(number, 2):+g}".replace("-", "−") if number else "0"


@register.filter
def span(seconds: int) -> str:
    """Business time in words: “2 h 10 min”."""
    return spelled(timedelta(seconds=seconds))


@register.filter
def score_parts(explanation: dict[str, Any]) -> ScoreParts:
    """An explanation, present or stored, in the parts that a page shows."""
    return parts_of(explanation)


@register.filter
def end_of(end: datetime) -> str:
    """Until when something is valid: “the end of 6 Dec 2026”, or the very minute if it ends within
    a day."""
    here = localtime(end)
    if here.hour or here.minute:
        return f"{here:%-d %b %Y, %H:%M}"
    return f"the end of {here - timedelta(days=1):%-d %b %Y}"


@register.filter
def moment(text: str) -> datetime | None:
    """A moment that a stored explanation or packet holds as text."""
    return parse_datetime(text) if text else None
