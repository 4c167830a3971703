"""Celery wakes this; what is due stands in the database."""

from celery import shared_task
from django.utils import timezone

from handoff.dashboards.mailing import send_due


@shared_task
def send_report_mails() -> int:
    """Dashboards whose day and hour have come; returns for how many."""
    return send_due(now=timezone.now())
