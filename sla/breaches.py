"""The sweep: notice warnings and breaches of running clocks, each once, at its true moment.

Any number of workers may sweep at once and any of them may be killed: rows are claimed with
FOR UPDATE SKIP LOCKED and marked in the same short transaction. What the sweep notices depends on
the stored moments alone, not on when or how often it runs; only `noticed_at` does.
"""

import logging
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError, OperationalError, connection, transaction

from sla.models import Clock

log = logging.getLogger(__name__)

BATCH = 250
RETRY_POISON_AFTER = timedelta(minutes=10)


def sweep(*, now: datetime, limit: int = 500) -> int:
    """Notice what is due before `now`, at most `limit` clocks; returns how many were noticed.

    A row that the database refuses steps aside with its error, tried again ten minutes later,
    and the line goes on. A lost connection or a deadlock is raised: the next sweep continues.
    """
    noticed = 0
    refused: set[int] = set()
    while noticed < limit:
        with transaction.atomic():
            claimed = _claim(now=now, size=min(BATCH, limit - noticed), without=refused)
            if not claimed:
                break
            poison = _notice(claimed, now=now)
        noticed += len(claimed) - len(poison)
        refused |= poison
    return noticed


def unanswered_breaches(limit: int = 100, *, after: int = 0) -> list[Clock]:
    """Breaches to react to, oldest row first; `after` (a clock's pk) steps over those before.

    Nothing is locked, because whoever reacts locks the lead before its clocks. So, for each, in
    a transaction of its own: lock the lead, ask `answered`, and react only if it says yes.
    """
    return list(
        Clock.objects.unanswered_breaches()
        .filter(pk__gt=after)
        .select_related("workspace", "lead", "commitment", "person")
        .order_by("pk")[:limit]
    )


def answered(clock: Clock, *, at: datetime) -> bool:
    """Take the answer to a breach upon oneself: True for exactly one caller, who must react.

    False when another worker has reacted, or when a touch dated in time has meanwhile taken the
    breach back. The clock is read anew: it may have been stopped since the breach was found.
    """
    mine = Clock.objects.unanswered_breaches().filter(pk=clock.pk).update(answered_at=at) == 1
    with suppress(Clock.DoesNotExist):  # forgotten meanwhile: see clocks.forget
        clock.refresh_from_db(
            fields=[
                *("stopped_at", "stopped_by", "business_seconds"),
                *("breached_at", "noticed_at", "answered_at"),
            ]
        )
    return mine


def _claim(*, now: datetime, size: int, without: Collection[int]) -> list[int]:
    due = Clock.objects.due(now=now).exclude(pk__in=without).order_by("next_check_at")
    return list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:size])


def _notice(claimed: list[int], *, now: datetime) -> set[int]:
    """Mark all claimed rows in one statement, or one by one where one of them is refused.

    Returns the refused ones.
    """
    try:
        with transaction.atomic():
            _mark(claimed, now=now)
    except OperationalError:
        raise
    except DatabaseError:
        return {pk for pk in claimed if not _noticed_alone(pk, now=now)}
    return set()


def _noticed_alone(pk: int, *, now: datetime) -> bool:
    try:
        with transaction.atomic():
            _mark([pk], now=now)
    except OperationalError:
        raise
    except DatabaseError as error:
        log.exception("Clock %s could not be swept and steps aside", pk)
        _step_aside(pk, error, now=now)
        return False
    return True


def _step_aside(pk: int, error: DatabaseError, *, now: datetime) -> None:
    try:
        with transaction.atomic():
            Clock.objects.filter(pk=pk).update(
                error=str(error), next_check_at=now + RETRY_POISON_AFTER
            )
    except OperationalError:
        raise
    except DatabaseError:
        # Not even that can be written: this sweep steps over it, as will the next.
        log.exception("Clock %s cannot be changed at all", pk)


def _mark(claimed: list[int], *, now: datetime) -> None:
    """Warnings before `now` are counted, a deadline before it is a breach at its true moment."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"now": now, "claimed": claimed})


_MARK: Final = """
UPDATE sla_clock c SET
    warned = m.warned,
    breached_at = CASE WHEN due_at < %(now)s THEN due_at END,
    noticed_at = CASE WHEN due_at < %(now)s THEN %(now)s::timestamptz END,
    next_check_at = CASE WHEN due_at >= %(now)s THEN coalesce(warn_ats[m.warned + 1], due_at) END,
    error = ''
FROM (
    SELECT id, (SELECT count(*) FROM unnest(warn_ats) w WHERE w < %(now)s)::smallint AS warned
    FROM sla_clock WHERE id = ANY (%(claimed)s)
) m
WHERE m.id = c.id AND c.stopped_at IS NULL AND c.next_check_at < %(now)s
"""
