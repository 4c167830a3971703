"""Words of the SLA board."""

from django import template

from handoff.compliance.board_filters import CAUSES, NONE
from handoff.compliance.sweep_age import ago_words

register = template.Library()

register.filter(ago_words)


@register.filter
def cause_words(cause: str) -> str:
    """Why it was missed; what is said while nobody has found out."""
    return CAUSES[cause or NONE]
