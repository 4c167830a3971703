"""What pages say of joint reviews: which are overdue, what led to a version, and figures."""

from datetime import date, datetime
from typing import Any

from django import template
from django.template import Context
from django.utils.dateparse import parse_date, parse_datetime

from handoff.models import Decision
from handoff.reviews.effects import NEEDS, Begun, address_of, begun
from handoff.reviews.led_to import decisions_behind
from handoff.reviews.shell import overdue_shown
from sla.models import Side

register = template.Library()


@register.inclusion_tag("handoff/reviews/_banner.html", takes_context=True)
def reviews_banner(context: Context) -> dict[str, Any]:
    """A quiet line on every page while a review is overdue."""
    workspace, membership = context.get("workspace"), context.get("membership")
    if workspace is None or membership is None:
        return {}
    may = context.get("may") or {}
    return {"overdue": overdue_shown(membership), "workspace": workspace, "may": may}


@register.inclusion_tag("handoff/reviews/_led_to.html")
def reviews_behind(version: Begun) -> dict[str, Any]:
    """The reviews whose decisions a version of the model or of the agreement came of."""
    return {"decisions": list(decisions_behind(version)) if version.pk else []}


@register.filter
def effect_begun(decision: Decision) -> Begun | None:
    return begun(decision)


@register.filter
def effect_address(decision: Decision) -> str:
    return address_of(decision)


@register.filter
def side_words(side: str) -> str:
    return str(Side(side).label) if side else "no side yet"


@register.filter
def day(text: str) -> date | None:
    """A day that minutes or facts hold as text."""
    return parse_date(text[:10]) if text else None


@register.filter
def instant(text: str) -> datetime | None:
    return parse_datetime(text) if text else None


@register.filter
def times(lift: float | None) -> str:
    """A lift: 0.8 is “0.80 ×”; a dash where it cannot be said."""
    return "–" if lift is None else f"{lift:.2f} ×"


@register.filter
def range_of(between: list[float] | None, unit: str = "%") -> str:
    """An interval of shares, “41 % to 66 %”, or of lifts, “0.62 × to 1.10 ×”."""
    if not between:
        return "–"
    low, high = between
    if unit == "%":
        return f"{round(100 * low)} % to {round(100 * high)} %"
    return f"{low:.2f} × to {high:.2f} ×"


@register.filter
def by_key(found: dict[Any, Any], key: Any) -> Any:
    return found.get(key)


@register.filter
def in_points(difference: float) -> str:
    """Of two shares, in percentage points: “+4 points”, “−12 points”."""
    points = round(100 * difference)
    sign = "+" if points > 0 else "−" if points < 0 else ""
    return f"{sign}{abs(points)} point{'' if abs(points) == 1 else 's'}"


_ICONS = {"right_reject": "thumb-down", "wrong_reject": "thumb-up", "wrong_handoff": "arrow-back"}


@register.filter
def verdict_icon(verdict: str) -> str:
    return _ICONS[verdict]


@register.filter
def of_side(marks: list[Any], side: str) -> list[Any]:
    return [mark for mark in marks if mark.side == side]


@register.filter
def may_begin(may: dict[str, bool], decision: Decision) -> bool:
    """Whether `may` of the page lets one begin what the decision starts."""
    needs = NEEDS.get(Decision.Effect(decision.effect))
    return bool(needs and may.get(needs.name.lower()))
