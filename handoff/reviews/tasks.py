"""What beat wakes about joint reviews."""

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from handoff.reviews import due_news


@shared_task
def tell_due_reviews() -> int:
    """Reviews that are due or overdue, and decisions whose day has passed."""
    now: datetime = timezone.now()
    return due_news.tell_due(now=now)
