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
from scoring.compiled import Scope, compiled
from scoring.gather import unclassified
from scoring.locks import share_model
from scoring.models import ModelVersion, Score
from scoring.rules import rules_of
from scoring.versions import published_version

logger = logging.getLogger(__name__)

_WRITE = """
WITH fresh AS MATERIALIZED ({select}),
due AS (
    INSERT INTO scoring_qualificationdue (lead_id)
    SELECT f.lead_id FROM fresh f LEFT JOIN scoring_score s ON s.lead_id = f.lead_id {joins}
    WHERE {due}
)
INSERT INTO scoring_score AS s (lead_id, workspace_id, fit, intent, disqualified,
    last_event_at, next_expiry, scored_at, rule_set_id)
SELECT f.lead_id, f.workspace_id, f.fit, f.intent, f.disqualified,
    f.last_event_at, f.next_expiry, %(now)s, %(rule_set)s
FROM fresh f ORDER BY f.lead_id
ON CONFLICT (lead_id) DO UPDATE SET
    fit = EXCLUDED.fit, intent = EXCLUDED.intent, disqualified = EXCLUDED.disqualified,
    last_event_at = EXCLUDED.last_event_at, next_expiry = EXCLUDED.next_expiry,
    scored_at = EXCLUDED.scored_at, rule_set_id = EXCLUDED.rule_set_id
{only}
RETURNING s.lead_id, s.workspace_id, s.fit, s.intent, s.disqualified, s.last_event_at,
    s.next_expiry, s.scored_at, s.rule_set_id
"""
NUMBERS_CHANGED = (
    "(s.fit, s.intent, s.disqualified) IS DISTINCT FROM (f.fit, f.intent, f.disqualified)"
)
# A rescore of everyone writes only what differs (half the time of writing all, measured).
ONLY_WHAT_DIFFERS = """
WHERE (s.fit, s.intent, s.disqualified, s.last_event_at, s.next_expiry, s.rule_set_id)
    IS DISTINCT FROM (EXCLUDED.fit, EXCLUDED.intent, EXCLUDED.disqualified,
        EXCLUDED.last_event_at, EXCLUDED.next_expiry, EXCLUDED.rule_set_id)
"""
_COLUMNS = [
    "lead_id",
    "workspace_id",
    "fit",
    "intent",
    "disqualified",
    "last_event_at",
    "next_expiry",
    "scored_at",
    "rule_set_id",
]


def write_scores(
    version: ModelVersion,
    scope: Scope,
    *,
    now: datetime,
    due: str = "false",
    joins: str = "",
    only: str = "",
    **reach: object,
) -> list[tuple[object, ...]]:
    """Compute and write in one statement; the leads in reach are locked by the caller.

    Returns the rows written. `due` is SQL over f (new) and s (old), with `joins`, for the leads
    that go to QualificationDue.
    """
    query = compiled(rules_of(version), unclassified(version.workspace_id), scope)
    text = _WRITE.format(select=query.text, due=due, joins=joins, only=only)
    with connection.cursor() as cursor:
        cursor.execute(text, query.values(now, now=now, rule_set=version.rule_set_id, **reach))
        rows: list[tuple[object, ...]] = cursor.fetchall()
    return rows


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
    score = Score.from_db(connection.alias, _COLUMNS, rows[0])
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


def lock_leads(lead_ids: Sequence[int], *, skip_locked: bool = False) -> list[int]:
    """Lock the leads in the order of their ids until the transaction ends; returns their ids."""
    leads = Lead.objects.filter(pk__in=lead_ids).order_by("pk")
    locked = leads.select_for_update(no_key=True, skip_locked=skip_locked)
    return list(locked.values_list("pk", flat=True))


def forget_absent(lead_ids: Sequence[int]) -> None:
    """Take away the scores of leads that were merged into others or erased."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM scoring_score s USING leadqual_lead l WHERE l.id = s.lead_id"
            " AND s.lead_id = ANY (%s::bigint[])"
            " AND (l.merged_into_id IS NOT NULL OR l.erased_at IS NOT NULL)",
            [list(lead_ids)],
        )
