"""What a page says of an answered offer."""

import math

from django import template
from django.utils import timezone

from handoff.handoffs import undo_until
from handoff.models import Handoff

register = template.Library()


@register.filter
def undo_seconds(offer: Handoff) -> int:
    """For how many seconds its acceptance may still be taken back; 0 where it may not."""
    until = undo_until(offer)
    left = (until - timezone.now()).total_seconds() if until else 0
    return max(math.ceil(left), 0)
