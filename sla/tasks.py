"""Celery wakes the sweep; what is due stands in the database."""

from celery import shared_task
from django.utils import timezone

from leadqual.health import CLOCK_SWEEP, sign
from sla.clocks import sweep


@shared_task
def sweep_clocks() -> int:
    """Notice all warnings and breaches up to now; safe to run twice and side by side."""
    noticed = 0
    while True:
        now = timezone.now()
        count = sweep(now=now)
        sign(CLOCK_SWEEP, at=now)
        noticed += count
        if not count:
            return noticed
