"""How the numbers of compliance look: business time, change against the month before."""

from datetime import timedelta

from django import template

from handoff.compliance.kept_promises import Counted
from sla.remaining import spelled

register = template.Library()


@register.filter
def business(seconds: float | None) -> str:
    """Business time in hours and minutes; a dash where nothing is known."""
    return "–" if seconds is None else spelled(timedelta(seconds=seconds))


@register.filter
def change(points: float | None) -> str:
    """“+ 4 points”, “− 2.5 points”, “as the month before”; blank where it cannot be said."""
    if points is None:
        return ""
    if not points:
        return "as the month before"
    sign = "+" if points > 0 else "−"
    return f"{sign} {abs(points):g} point{'' if abs(points) == 1 else 's'}"


@register.filter
def heat(cell: Counted) -> str:
    """How much was missed, as a class with a pattern of its own; none of too few to tell."""
    missed = cell.kept.missed_share
    if missed is None or cell.is_small:
        return "few"
    for edge, name in ((0.0, "0"), (0.1, "1"), (0.25, "2"), (0.5, "3")):
        if missed <= edge:
            return name
    return "4"
