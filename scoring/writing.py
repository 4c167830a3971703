"""Writing scores in one statement, and the locks around it; used by the scorers alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from scoring.engine.compiled import Scope, compiled
from scoring.engine.gather import unclassified
from scoring.engine.rules import rules_of
from scoring.engine.sql import array_of
from scoring.models import ModelVersion, Rescore
from scoring.shadow_scores import score_beside

_WRITE = """
WITH computed AS MATERIALIZED ({select}),
fresh AS MATERIALIZED (
    SELECT f.*, s.fit AS old_fit, s.intent AS old_intent, s.disqualified AS old_disqualified,
        s.rule_set_id AS old_rule_set, coalesce(
            s.rule_set_id <> %(rule_set)s OR s.scored_at < {redefined}, false) AS published
    FROM computed f LEFT JOIN scoring_score s ON s.lead_id = f.lead_id {within}
    WHERE {only}
),
due AS (
    INSERT INTO scoring_qualificationdue (lead_id, published)
    SELECT f.lead_id, f.published
    FROM fresh f CROSS JOIN LATERAL (SELECT f.old_fit AS fit, f.old_intent AS intent,
        f.old_disqualified AS disqualified, f.old_rule_set AS rule_set_id) s {joins}
    WHERE {due}
)
INSERT INTO scoring_score AS s (lead_id, workspace_id, fit, intent, disqualified,
    last_event_at, next_expiry, scored_at, first_scored_at, rule_set_id)
SELECT f.lead_id, f.workspace_id, f.fit, f.intent, f.disqualified,
    f.last_event_at, f.next_expiry, %(now)s, %(now)s, %(rule_set)s
FROM fresh f ORDER BY f.lead_id
ON CONFLICT (lead_id) DO UPDATE SET
    fit = EXCLUDED.fit, intent = EXCLUDED.intent, disqualified = EXCLUDED.disqualified,
    last_event_at = EXCLUDED.last_event_at, next_expiry = EXCLUDED.next_expiry,
    scored_at = EXCLUDED.scored_at, rule_set_id = EXCLUDED.rule_set_id
RETURNING {returning}
"""
# Says again what follows from the join: without it PostgreSQL reads every score for each chunk.
_WITHIN = "AND s.lead_id > %(after)s AND s.lead_id <= %(until)s"
# Numbers from before this moment were made by older definitions of what the rules look at.
_REDEFINED = """(
    SELECT max(r.requested_at) FROM scoring_rescore r
    WHERE r.workspace_id = %(workspace)s AND r.finished_at IS NULL AND r.reason IN ({reasons})
)"""
PUBLISHED = """(
    (SELECT f.published FROM fresh f WHERE f.lead_id = s.lead_id)
    OR EXISTS (SELECT FROM scoring_qualificationdue q WHERE q.lead_id = s.lead_id AND q.published)
)"""
"""To be returned: older rules had made the numbers, or that they had is still to be settled."""
NUMBERS_CHANGED = (
    "(s.fit, s.intent, s.disqualified) IS DISTINCT FROM (f.fit, f.intent, f.disqualified)"
)
WHAT_DIFFERS = """
(s.fit, s.intent, s.disqualified, s.last_event_at, s.next_expiry, s.rule_set_id)
    IS DISTINCT FROM (f.fit, f.intent, f.disqualified, f.last_event_at, f.next_expiry, %(rule_set)s)
"""
COLUMNS = [
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
    only: str = "true",
    returning: Sequence[str] = ("s.lead_id",),
    **reach: Any,
) -> list[tuple[Any, ...]]:
    """Compute and write in one statement; the leads in reach are locked by the caller.

    `only` and `due` are SQL over f (new) and s (old): what is written at all, and which of it,
    with `joins`, goes to QualificationDue, as `published` where older rules had made the numbers,
    or older definitions of what they look at. A shadow version scores the same leads in a
    statement of its own. Returns of each row written (s) what `returning` says, in SQL.
    """
    query = compiled(rules_of(version), unclassified(version.workspace_id), scope)
    reasons = ", ".join(f"'{reason.value}'" for reason in Rescore.REDEFINED)
    text = _WRITE.format(
        select=query.text,
        within=_WITHIN if scope is Scope.ALL else "",
        only=only,
        due=due,
        joins=joins,
        returning=", ".join(returning),
        redefined=_REDEFINED.format(reasons=reasons),
    )
    of_version = {"rule_set": version.rule_set_id, "workspace": version.workspace_id}
    with connection.cursor() as cursor:
        cursor.execute(query.filled(text, now, now=now, **of_version, **reach))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    score_beside(version.workspace_id, scope, now=now, **reach)
    return rows


def lock_leads(lead_ids: Sequence[int], *, skip_locked: bool = False) -> list[int]:
    """Lock the leads in the order of their ids until the transaction ends; returns their ids."""
    text = (
        "SELECT id FROM leadqual_lead WHERE id = ANY (%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
    )
    with connection.cursor() as cursor:
        cursor.execute(text + (" SKIP LOCKED" if skip_locked else ""), [array_of(lead_ids)])
        return [row[0] for row in cursor.fetchall()]


def forget_absent(lead_ids: Sequence[int]) -> None:
    """Take away the scores of leads that were merged into others or erased, a shadow's too."""
    if not lead_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH absent AS (SELECT id FROM leadqual_lead WHERE id = ANY (%s::bigint[])"
            " AND (merged_into_id IS NOT NULL OR erased_at IS NOT NULL)), shadows AS ("
            " DELETE FROM scoring_shadowscore s USING absent WHERE s.lead_id = absent.id)"
            " DELETE FROM scoring_score s USING absent WHERE s.lead_id = absent.id",
            [list(lead_ids)],
        )
