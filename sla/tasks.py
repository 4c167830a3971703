"""Celery wakes the sweep; what is due stands in the database."""

from celery import shared_task
from django.utils import timezone

from leadqual.health import sign
from sla.clocks import sweep


@shared_task
def sweep_clocks() -> int:
    """Notice all warnings and breaches up to now; safe to run twice and side by side."""
    now = timezone.now()
    noticed = 0
    while count := sweep(now=now):
        noticed += count
    sign("sla.sweep", at=now)
    return noticed
