"""The scorers: the only ones that write scores.

Order of locks, everywhere: the model shared (scoring.locks), then the leads in the order of
their ids, then the published version is read, then one statement computes and writes. Whoever
comes second therefore sees the events and the version of whoever came first.

The batch scorers leave the leads whose qualification may have changed in QualificationDue.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import DatabaseError, connection, transaction

from leadqual.models import Lead
from scoring.compiled import Scope
from scoring.locks import share_model
from scoring.models import Score
from scoring.rescoring import rescore_workspace
from scoring.versions import published_version
from scoring.writing import COLUMNS, NUMBERS_CHANGED, forget_absent, lock_leads, write_scores

__all__ = ["rescore_workspace", "score_dirty", "score_lead", "sweep_expired"]

logger = logging.getLogger(__name__)


@transaction.atomic
def score_lead(lead: Lead, *, now: datetime) -> Score | None:
    """Score one lead as of `now`, inside the caller's transaction, and clear its dirty rows.

    None, and no score, where no version is published or the lead was merged or erased.
    """
    share_model(lead.workspace_id)
    lock_leads([lead.pk])
    version = published_version(lead.workspace_id)
    rows = write_scores(version, Scope.EACH, now=now, ids=[lead.pk]) if version else []
    with connection.cursor() as cursor:
        # SKIP LOCKED: a batch scorer that has claimed the row waits for our lead.
        cursor.execute(
            "DELETE FROM scoring_scoredirty WHERE id IN (SELECT id FROM scoring_scoredirty"
            " WHERE lead_id = %s FOR UPDATE SKIP LOCKED)",
            [lead.pk],
        )
    if not rows:
        forget_absent([lead.pk])
        return None
    score = Score.from_db(connection.alias, COLUMNS, rows[0])
    score.lead = lead
    return score


def score_dirty(*, now: datetime, limit: int = 500) -> int:
    """Score the leads of the oldest `limit` dirty rows; returns how many rows were worked off.

    Every one of them goes to QualificationDue, even with the same numbers: a fact that hand-off
    asks for may have become known. A lead that cannot be scored steps to the end of the queue.
    """
    try:
        with transaction.atomic():
            claimed = _claim(limit)
            _score_claimed(claimed, now=now)
        return len(claimed)
    except DatabaseError:
        logger.exception("A batch of dirty leads could not be scored; trying them one by one")
    with transaction.atomic():
        claimed = _claim(limit)
        for lead_id in sorted(set(claimed)):
            _score_or_step_aside(lead_id, now=now)
    return len(claimed)


def _score_or_step_aside(lead_id: int, *, now: datetime) -> None:
    try:
        with transaction.atomic():
            _score_claimed([lead_id], now=now)
    except DatabaseError:
        logger.exception("Lead %s cannot be scored; it waits at the end of the queue", lead_id)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO scoring_scoredirty (lead_id) VALUES (%s)", [lead_id])


def _claim(limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM scoring_scoredirty WHERE id IN (SELECT id FROM scoring_scoredirty"
            " ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING lead_id",
            [limit],
        )
        return [row[0] for row in cursor.fetchall()]


def _score_claimed(claimed: Sequence[int], *, now: datetime) -> None:
    for workspace_id, lead_ids in _by_workspace(claimed):
        share_model(workspace_id)
        lock_leads(lead_ids)
        if version := published_version(workspace_id):
            write_scores(version, Scope.EACH, now=now, due="true", ids=lead_ids)
        forget_absent(lead_ids)


def _by_workspace(lead_ids: Sequence[int]) -> list[tuple[int, list[int]]]:
    found: dict[int, list[int]] = defaultdict(list)
    rows = Lead.objects.filter(pk__in=set(lead_ids)).order_by("pk")
    for lead_id, workspace_id in rows.values_list("pk", "workspace_id"):
        found[workspace_id].append(lead_id)
    return sorted(found.items())


def sweep_expired(*, now: datetime, limit: int = 500) -> int:
    """Score again the leads whose numbers time alone has changed; returns how many.

    Leads that somebody else is working on are left for the next sweep.
    """
    done = 0
    expired = Score.objects.filter(next_expiry__lte=now).order_by("next_expiry")[:limit]
    for workspace_id, lead_ids in _by_workspace(list(expired.values_list("pk", flat=True))):
        with transaction.atomic():
            share_model(workspace_id)
            free = lock_leads(lead_ids, skip_locked=True)
            due = list(
                Score.objects.filter(pk__in=free, next_expiry__lte=now)
                .order_by("pk")
                .values_list("pk", flat=True)
            )
            if version := published_version(workspace_id):
                write_scores(version, Scope.EACH, now=now, due=NUMBERS_CHANGED, ids=due)
            forget_absent(due)
            done += len(due)
    return done
