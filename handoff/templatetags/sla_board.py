"""Words of the SLA board."""

from datetime import timedelta

from django import template

from handoff.compliance import sweep_age
from handoff.compliance.board_filters import CAUSES, NONE

register = template.Library()


@register.filter
def ago_words(span: timedelta) -> str:
    """14 minutes, 2 days."""
    return sweep_age.ago_words(span)


@register.filter
def cause_words(cause: str) -> str:
    """Why it was missed; what is said while nobody has found out."""
    return CAUSES[cause or NONE]
