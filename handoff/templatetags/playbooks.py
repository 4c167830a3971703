"""What a tier asks of the rep, on any page."""

from django import template

from handoff.models import Tier
from handoff.tiers import playbook_words

register = template.Library()


@register.filter
def playbook(tier: Tier | None) -> str:
    return playbook_words(tier)
