"""The scorers: the only ones that write scores.

Order of locks, everywhere: the model shared (scoring.locks), then the leads in the order of
their ids, then the published version is read, then one statement computes and writes. Whoever
comes second therefore sees the facts and the version of whoever came first. Events wait for no
scorer: theirs is the dirty row, which is taken away before the events are read, never after.

The batch scorers leave the leads whose qualification may have changed in QualificationDue. Where
rules count the people of a company, the queue also reaches the others of it (scoring.colleagues).
"""

# ruff: noqa: S608 - every value is bound; what is put together here are our own names.

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db import connection, transaction
from django.utils import timezone

from leadqual.models import Lead
from scoring.colleagues import COUNTS_PEOPLE, Claim, queue_colleagues
from scoring.engine.compiled import Scope
from scoring.engine.sql import array_of
from scoring.locks import share_model
from scoring.models import ModelVersion, Score, ScoreDirty
from scoring.rescoring import rescore_workspace
from scoring.versions import published_version
from scoring.writing import (
    COLUMNS,
    NUMBERS_CHANGED,
    PUBLISHED,
    forget_absent,
    lock_leads,
    write_scores,
)

__all__ = ["rescore_workspace", "score_dirty", "score_lead", "sweep_expired"]

logger = logging.getLogger(__name__)

_RETURNING = [*(f"s.{name}" for name in COLUMNS), PUBLISHED]


@transaction.atomic(savepoint=False)  # every event passes here; a failure ends the whole of it
def score_lead(lead: Lead, *, now: datetime) -> Score | None:
    """Score one lead as of `now`, inside the caller's transaction, and clear its dirty rows.

    Where rules count people the rows stay: the lead's company follows when all is committed.
    Its `published` says whether a publication may be why the lead stands elsewhere. None, and no
    score, where no version is published or the lead was merged or erased.
    """
    share_model(lead.workspace_id)
    lock_leads([lead.pk])
    version = published_version(lead.workspace_id)
    with connection.cursor() as cursor:
        # First: an event that comes in from here on leaves a row that stays. SKIP LOCKED: a batch
        # scorer that has claimed the row waits for our lead.
        cursor.execute(
            "DELETE FROM scoring_scoredirty WHERE id IN (SELECT id FROM scoring_scoredirty"
            f" WHERE lead_id = %s FOR UPDATE SKIP LOCKED) AND NOT {COUNTS_PEOPLE.format('%s')}",
            [lead.pk, lead.workspace_id],
        )
    rows = (
        write_scores(version, Scope.EACH, now=now, returning=_RETURNING, ids=[lead.pk])
        if version
        else []
    )
    if not rows:
        forget_absent([lead.pk])
        return None
    *numbers, published = rows[0]
    score = Score.from_db(connection.alias, COLUMNS, numbers)
    score.lead, score.published = lead, published
    return score


def score_dirty(*, now: datetime | None = None, limit: int = 1000) -> int:
    """Score the leads of the oldest `limit` dirty rows; returns how many rows were worked off.

    Every one of them goes to QualificationDue, even with the same numbers: a fact that hand-off
    asks for may have become known; those that follow a colleague only with other numbers. A lead
    that cannot be scored steps to the end of the queue, and is not among those worked off. `now`
    is the clock's if left out, read when the leads are claimed: to a moment from before, what they
    did meanwhile would be the future.
    """
    try:
        with transaction.atomic():
            claimed = _claim(limit)
            _score_claimed(claimed, now=now or timezone.now())
        return len(claimed)
    except Exception:
        logger.exception("A batch of dirty leads could not be scored; trying them one by one")
    with transaction.atomic():
        claimed = sorted(_claim(limit), key=_lead_of)
        each = [list(claims) for _, claims in groupby(claimed, _lead_of)]
        return sum(_score_or_step_aside(claims, now=now or timezone.now()) for claims in each)


_lead_of = attrgetter("lead_id")


def _score_or_step_aside(claims: Sequence[Claim], *, now: datetime) -> int:
    """The claims of one lead; how many of them were worked off: all or none."""
    try:
        with transaction.atomic():
            _score_claimed(claims, now=now)
        return len(claims)
    except Exception:
        lead_id = claims[0].lead_id
        logger.exception("Lead %s cannot be scored; it waits at the end of the queue", lead_id)
        ScoreDirty.objects.bulk_create(
            ScoreDirty(lead_id=lead_id, spread=c.spread, left_company_id=c.left_company_id)
            for c in claims
        )
        return 0


def _claim(limit: int) -> list[Claim]:
    with connection.cursor() as cursor:
        # What a crash takes back is in the queue again.
        cursor.execute("SET LOCAL synchronous_commit TO off")
        # By ctid: a row of the queue is never updated, and the place of a locked one is its own.
        cursor.execute(
            "DELETE FROM scoring_scoredirty d WHERE ctid = ANY (ARRAY(SELECT ctid"
            " FROM scoring_scoredirty ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED))"
            " RETURNING lead_id, spread, left_company_id,"
            " (SELECT workspace_id FROM leadqual_lead l WHERE l.id = d.lead_id)",
            [limit],
        )
        return list(map(Claim._make, cursor.fetchall()))


def _score_claimed(claimed: Sequence[Claim], *, now: datetime) -> None:
    of_workspace = defaultdict[int, list[Claim]](list)
    for claim in claimed:
        if claim.workspace_id is not None:
            of_workspace[claim.workspace_id].append(claim)
    for workspace_id, claims in sorted(of_workspace.items()):
        share_model(workspace_id)
        lead_ids = sorted({claim.lead_id for claim in claims})
        lock_leads(lead_ids)
        written = set()
        if version := published_version(workspace_id):
            written = _write_claimed(version, claims, lead_ids, now=now)
        forget_absent([lead_id for lead_id in lead_ids if lead_id not in written])
        queue_colleagues(workspace_id, claims)


def _write_claimed(
    version: ModelVersion, claims: Sequence[Claim], lead_ids: Sequence[int], *, now: datetime
) -> set[int]:
    """Those that have a score now. Who only follows a colleague is due with other numbers alone."""
    own = {claim.lead_id for claim in claims if claim.spread}
    due = "true"
    if len(own) < len(lead_ids):
        due = f"f.lead_id = ANY (%(own)s::bigint[]) OR {NUMBERS_CHANGED}"
    reach = {"ids": array_of(lead_ids), "own": array_of(own)}
    return {row[0] for row in write_scores(version, Scope.EACH, now=now, due=due, **reach)}


def _by_workspace(lead_ids: Sequence[int]) -> list[tuple[int, list[int]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT workspace_id, array_agg(id ORDER BY id) FROM leadqual_lead"
            " WHERE id = ANY (%s::bigint[]) GROUP BY workspace_id ORDER BY workspace_id",
            [list(lead_ids)],
        )
        found: list[tuple[int, list[int]]] = cursor.fetchall()
    return found


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
