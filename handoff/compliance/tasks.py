"""What beat wakes once a day about how the agreement is kept."""

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from handoff import review_items
from handoff.compliance import levels


@shared_task
def watch_levels() -> int:
    """Levels below what was agreed become items to decide; open ones are brought to mind."""
    now: datetime = timezone.now()
    opened = levels.watch(now=now)
    review_items.remind(now=now)
    return opened
