"""Celery wakes these; each drains what is due in the database, in bounded batches."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from celery import shared_task
from django.db import connection
from django.utils import timezone

from handoff import digests, fallback_tries, notifications, nurture_stale, nurture_steps, previews
from handoff.agreement import reviews_due
from handoff.agreement.held_leads import let_go
from handoff.compliance import system_delay
from handoff.compliance.system_breaches import answer_late
from handoff.escalation import answer_breaches, tell_warnings
from handoff.leavers import hand_on
from handoff.metrics.keeping import count_workspaces
from handoff.offer_deadlines import follow_moved_deadlines
from handoff.promotion import settle_due, wake_due
from handoff.releases import release_due
from scoring.models import Preview

_BATCHES = 50  # a run ends sometime: the next tick goes on
PREVIEW_LOCK = 4006
"""First half of an advisory lock's key."""
PREVIEW_SECONDS = 30


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
    """Leads that a publication made ready, or that were held until both sides had signed, while
    their reps are at work and have room."""
    let_go(now=timezone.now())
    return release_due(now=timezone.now())


@shared_task
def wake_leads() -> int:
    return _drain(wake_due)


@shared_task
def send_digests() -> int:
    return digests.send_digests(now=timezone.now())


@shared_task
def note_notified() -> int:
    """The moments at which reps heard of their offers by mail or webhook."""
    return notifications.note_notified(now=timezone.now())


@shared_task
def go_on_in_nurture() -> int:
    """The steps of nurture tracks that are due."""
    return _drain(nurture_steps.run_due)


@shared_task
def re_engage_leads() -> int:
    return nurture_stale.re_engage(now=timezone.now())


@shared_task
def escalate() -> int:
    """Offers that ran out, those of people who cannot answer any more, promises that were missed,
    and those whose time runs out."""
    follow_moved_deadlines()
    _drain(answer_late)  # the system's own, told together, before they are told one by one
    return _drain(hand_on) + _drain(answer_breaches) + _drain(tell_warnings)


@shared_task
def measure_system() -> int:
    """The system's own promises, started and stopped by what has happened since."""
    return system_delay.measure(now=timezone.now())


@shared_task
def try_fallback() -> int:
    """Leads that nobody could take: whoever is due is tried again, so many a run."""
    now: datetime = timezone.now()
    fallback_tries.leave_gone(now=now)
    return fallback_tries.try_again(now=now)


@shared_task
def find_lost() -> int:
    """MQLs that stand in no line at all: there should be none."""
    return fallback_tries.find_lost(now=timezone.now())


@shared_task
def open_reviews() -> int:
    """Agreements whose review is due, and scoring models that go on from what was signed."""
    return reviews_due.open_due(now=timezone.now())


@shared_task
def count_days() -> int:
    """The daily summaries that dashboards read, where something has changed."""
    return count_workspaces(now=timezone.now())


@shared_task
def carry_on_preview(preview_id: int) -> None:
    """One has been asked for; where another task is at previews already, that one finds it."""
    _carry_on_for_a_while()


@shared_task
def carry_on_previews() -> None:
    """Previews that wait, that outlasted their task, or whose worker died."""
    _carry_on_for_a_while()


def _carry_on_for_a_while() -> None:
    """A chunk of each preview in turn, for half a minute; then beat's task goes on.

    One task at a time, so that previews never hold all the slots of a worker.
    """
    ends = time.monotonic() + PREVIEW_SECONDS
    with _alone_at_previews() as alone:
        while alone and time.monotonic() < ends:
            if not _a_chunk_of_each(ends):
                break


def _a_chunk_of_each(ends: float) -> bool:
    """Whether any of them got further; those asked for meanwhile are among the next."""
    went_on = False
    for preview in Preview.objects.at_work().order_by("pk"):
        if time.monotonic() >= ends:
            break
        went_on |= previews.carry_on(preview, now=timezone.now())
    return went_on


@contextmanager
def _alone_at_previews() -> Iterator[bool]:
    """Held by the connection, as each chunk is a transaction of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, 0)", [PREVIEW_LOCK])
        alone: bool = cursor.fetchone()[0]
    try:
        yield alone
    finally:
        if alone and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [PREVIEW_LOCK])
