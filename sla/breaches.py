"""The sweep: notice warnings and breaches of running clocks, each once, at its true moment.

Any number of workers may sweep at once and any of them may be killed: rows are claimed with
FOR UPDATE SKIP LOCKED and marked in the same statement. What the sweep notices depends on the
stored moments alone, not on when or how often it runs; only `noticed_at` does.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import DatabaseError, OperationalError, connection, transaction

from sla.models import Clock

log = logging.getLogger(__name__)

BATCH = 1000
RETRY_POISON_AFTER = timedelta(minutes=10)


def sweep(*, now: datetime, limit: int = 10_000) -> int:
    """Notice what is due before `now`, at most `limit` clocks; returns how many were noticed.

    A row that the database refuses steps aside with its error, tried again ten minutes later,
    and the line goes on. A lost connection or a deadlock is raised: the next sweep continues.
    """
    noticed = 0
    refused: set[int] = set()
    while noticed < limit:
        size = min(BATCH, limit - noticed)
        try:
            with transaction.atomic():
                count = _notice(now=now, size=size, without=refused)
        except OperationalError:
            raise
        except DatabaseError:
            count, poison = _notice_one_by_one(now=now, size=size, without=refused)
            refused |= poison
            if not count and not poison:  # another has taken them
                break
        else:
            if not count:
                break
        noticed += count
    return noticed


def _notice(*, now: datetime, size: int, without: Collection[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP, {"now": now, "size": size, "without": list(without)})
        return int(cursor.rowcount)


@transaction.atomic
def _notice_one_by_one(
    *, now: datetime, size: int, without: Collection[int]
) -> tuple[int, set[int]]:
    """Where one of them is refused: how many were noticed, and which were not."""
    due = Clock.objects.due(now=now).exclude(pk__in=without).order_by("next_check_at")
    claimed = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:size])
    poison = {pk for pk in claimed if not _noticed_alone(pk, now=now)}
    return len(claimed) - len(poison), poison


def _noticed_alone(pk: int, *, now: datetime) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_MARK_ONE, {"now": now, "pk": pk})
    except OperationalError:
        raise
    except DatabaseError as error:
        log.exception("Clock %s could not be swept and steps aside", pk)
        _step_aside(pk, error, now=now)
        return False
    return True


@transaction.atomic
def sweep_again(clock: Clock, *, now: datetime) -> bool:
    """Try a clock again, now, at which the sweep had to step aside; False where none had to any
    more. Its `error` is read anew: why it was refused again, or blank."""
    waiting = Clock.objects.running().filter(pk=clock.pk).exclude(error="")
    found = list(waiting.select_for_update().values_list("pk", flat=True))
    for pk in found:
        _noticed_alone(pk, now=now)
    clock.refresh_from_db(fields=["error"])
    return bool(found)


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


_MARK: Final = """
UPDATE sla_clock c SET
    warned = m.warned,
    breached_at = CASE WHEN c.due_at < %(now)s THEN c.due_at END,
    noticed_at = CASE WHEN c.due_at < %(now)s THEN %(now)s::timestamptz END,
    next_check_at =
        CASE WHEN c.due_at >= %(now)s THEN coalesce(c.warn_ats[m.warned + 1], c.due_at) END,
    error = ''
FROM (
    SELECT id, (SELECT count(*) FROM unnest(warn_ats) w WHERE w < %(now)s)::smallint AS warned
    FROM claimed
) m
WHERE m.id = c.id"""

# Materialised, as a plan that reads the claimed rows twice would claim twice as many.
_SWEEP: Final = f"""
WITH claimed AS MATERIALIZED (
    SELECT id, warn_ats FROM sla_clock
    WHERE stopped_at IS NULL AND next_check_at < %(now)s AND NOT id = ANY (%(without)s)
    ORDER BY next_check_at LIMIT %(size)s FOR UPDATE SKIP LOCKED
)
{_MARK}
"""  # noqa: S608 - texts of our own
_MARK_ONE: Final = f"""
WITH claimed AS (SELECT id, warn_ats FROM sla_clock WHERE id = %(pk)s)
{_MARK}
"""  # noqa: S608
