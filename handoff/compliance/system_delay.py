"""The system's own promises: captured → scored, and ready for sales → offered, apart from people's.

No lead waits for its clock: a task starts and stops them for many at once, at their true moments,
which the facts have kept. A lead is ready when the numbers were computed by which it was offered.
From the moment nobody can take it, or nothing may be offered yet, it waits for people, and the
system has done its part; one that could not be offered for an error waits for the system still.
Released leads are offered at the reps' pace and have no such clock, nor have imported histories and
offers by name.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from handoff.compliance.system_facts import (
    SOURCES,
    Fact,
    Source,
    facts,
    keep_marks,
    marks,
    settled,
)
from leadqual.models import Lead
from scoring.models import ModelVersion
from sla.business_time import CalendarError
from sla.calendars import OF_A_CALENDAR, calendar_of
from sla.clocks import TAKEN_BACK, Promise
from sla.models import Clock, Commitment
from sla.promise_rules import BY_THE_SYSTEM
from sla.reckoning import conclude, held, write

log = logging.getLogger(__name__)

MOST: Final = 20
"""Batches of a source a run; the next run goes on."""
AT_ONCE: Final = 1000

Promises = Mapping[tuple[int, str], Promise]
"""By workspace and tier code."""


def measure(*, now: datetime) -> int:
    """Start and stop what has happened since the last time; how many clocks were written.

    Safe to repeat and side by side: a clock is there once, and a stop is final.
    """
    known, written = marks(now=now), 0
    for source in SOURCES:
        promised = _promises(source.code)
        upto, count = None, 0
        workspaces = sorted({workspace for workspace, _ in promised})
        for found in facts(source, workspaces, after=known[source.name], most=MOST):
            _start(source, found, promised, now=now)
            upto, count = found[-1].row, count + len(found)
        is_behind = count >= MOST * AT_ONCE
        known[source.name] = settled(
            source, after=known[source.name], upto=upto if is_behind else None, now=now
        )
        written += count
    keep_marks(known, now=now)
    return written + _stop_done(now=now)


def _promises(code: str) -> Promises:
    """Of workspaces that can keep it: where no model is published, nothing is scored."""
    scored = ModelVersion.objects.filter(status=ModelVersion.Status.PUBLISHED)
    commitments = (
        Commitment.objects.in_force()
        .filter(code=code, workspace__in=scored.values("workspace"))
        .select_related("calendar")
        .prefetch_related(*OF_A_CALENDAR)
    )
    return {(each.workspace_id, each.tier_code): Promise(each) for each in commitments}


def _start(source: Source, found: Iterable[Fact], promised: Promises, *, now: datetime) -> None:
    clocks = []
    for fact in found:
        promise = promised.get((fact.workspace, fact.tier)) or promised.get((fact.workspace, ""))
        if promise is None:
            continue
        try:
            clocks.append(_clock(fact, promise, now=now))
        except CalendarError:  # its editor was told; the others are measured
            log.exception("No deadline can be computed for %s", fact.key)
    Clock.objects.bulk_create(clocks, ignore_conflicts=True)


def _clock(fact: Fact, promise: Promise, *, now: datetime) -> Clock:
    lead = Lead(pk=fact.lead, workspace_id=fact.workspace)
    clock = promise.clock(lead, person=None, at=fact.since)
    clock.subject_key = fact.key
    if fact.done is not None:
        _stop(clock, at=max(fact.done, fact.since), how=fact.how, now=now)
    return clock


def _stop(clock: Clock, *, at: datetime, how: str, now: datetime) -> None:
    clock.stopped_at, clock.stopped_by = at, how
    clock.stop_recorded_at = max(at, now)
    conclude(clock, calendar_of(clock.calendar), (), found=now)
    clock.told = clock.warned  # nobody is warned of what is over


@transaction.atomic
def _stop_done(*, now: datetime) -> int:
    """The running ones whose lead has been scored or offered since, waits for people, or is gone;
    at most AT_ONCE."""
    with connection.cursor() as cursor:
        cursor.execute(
            _DONE, {"codes": list(BY_THE_SYSTEM), "taken_back": TAKEN_BACK, "most": AT_ONCE}
        )
        done = {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
    clocks = held(Clock.objects.running().filter(pk__in=done)) if done else []
    for clock in clocks:
        at, how = done[clock.pk]
        _stop(clock, at=max(at or now, clock.started_at), how=how, now=now)
    write(clocks)
    return len(clocks)


_DONE: Final = """
SELECT c.id, d.at, d.how
FROM sla_clock c
JOIN leadqual_lead l ON l.id = c.lead_id
CROSS JOIN LATERAL (
    SELECT s.first_scored_at AS at, 'scored' AS how FROM scoring_score s
    WHERE c.code = 'scored' AND s.lead_id = c.lead_id AND s.first_scored_at IS NOT NULL
    UNION ALL
    SELECT min(h.offered_at), 'offered' FROM handoff_handoff h WHERE c.code = 'offered'
      AND h.lead_id = c.lead_id AND h.offered_at >= c.started_at HAVING count(*) > 0
    UNION ALL
    SELECT NULL, 'waiting for people' FROM handoff_fallbackentry e WHERE c.code = 'offered'
      AND e.lead_id = c.lead_id AND e.left_at IS NULL AND e.why <> 'failed'
    UNION ALL
    SELECT l.stage_since, %(taken_back)s WHERE c.code = 'offered' AND l.stage <> 'mql'
    UNION ALL
    SELECT NULL, %(taken_back)s WHERE l.merged_into_id IS NOT NULL OR l.erased_at IS NOT NULL
    UNION ALL
    SELECT e.left_at, %(taken_back)s FROM handoff_fallbackentry e WHERE c.code = 'offered'
      AND e.lead_id = c.lead_id AND e.left_at >= c.started_at AND e.left_by <> 'offered'
    LIMIT 1
) d
WHERE c.stopped_at IS NULL AND c.code = ANY (%(codes)s)
LIMIT %(most)s
"""
