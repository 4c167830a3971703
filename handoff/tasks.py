"""Celery wakes these; each drains what is due in the database, in bounded batches."""

from collections.abc import Callable
from datetime import datetime, timedelta

from celery import shared_task
from django.utils import timezone

from handoff import previews
from handoff.escalation import answer_breaches, follow_moved_deadlines
from handoff.promotion import settle_due, wake_due
from handoff.releases import release_due
from scoring.models import Preview

_BATCHES = 50  # a run ends sometime: the next tick goes on


def _drain(step: Callable[..., int]) -> int:
    done = 0
    for _ in range(_BATCHES):
        now: datetime = timezone.now()
        if not (count := step(now=now)):
            break
        done += count
    return done


@shared_task
def settle_leads() -> int:
    return _drain(settle_due)


@shared_task
def release_leads() -> int:
    """Leads that a publication made ready, while their reps are at work and have room."""
    return release_due(now=timezone.now())


@shared_task
def wake_leads() -> int:
    return _drain(wake_due)


@shared_task
def escalate() -> int:
    follow_moved_deadlines()
    return _drain(answer_breaches)


@shared_task
def carry_on_preview(preview_id: int) -> None:
    """For half a minute, so that no worker's slot is held; then beat's task goes on."""
    ends = timezone.now() + timedelta(seconds=30)
    preview = Preview.objects.filter(pk=preview_id).first()
    while preview and previews.carry_on(preview, now=timezone.now()) and timezone.now() < ends:
        pass


@shared_task
def carry_on_previews() -> None:
    """Previews that wait, that outlasted their task, or whose worker died."""
    for preview_id in Preview.objects.at_work().order_by("pk").values_list("pk", flat=True):
        carry_on_preview(preview_id)
