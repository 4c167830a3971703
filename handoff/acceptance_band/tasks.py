"""What beat wakes about acceptance: every hour, so that a proposal whose preview has run meanwhile
joins its item the same night. Figures are of whole days, so they change once a day."""

from datetime import datetime

from celery import shared_task
from django.utils import timezone

from handoff.acceptance_band.watching import watch


@shared_task
def watch_acceptance() -> int:
    now: datetime = timezone.now()
    return watch(now=now)
