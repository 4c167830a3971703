"""The numbers of a shadow version: written beside the real ones, read by comparisons alone."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from leadqual.models import Lead
from scoring.engine.compiled import Scope, compiled
from scoring.engine.definitions import definitions_of
from scoring.engine.gather import unclassified
from scoring.engine.rules import rules_of
from scoring.models import ModelVersion, ShadowScore
from scoring.versions import shadow_version

log = logging.getLogger(__name__)

_WRITE = """
WITH computed AS MATERIALIZED ({select})
INSERT INTO scoring_shadowscore
    (lead_id, workspace_id, version_id, fit, intent, disqualified, scored_at)
SELECT f.lead_id, f.workspace_id, %(shadow)s, f.fit, f.intent, f.disqualified, %(now)s
FROM computed f LEFT JOIN scoring_shadowscore s ON s.lead_id = f.lead_id {within}
WHERE (s.version_id, s.fit, s.intent, s.disqualified)
    IS DISTINCT FROM (%(shadow)s, f.fit, f.intent, f.disqualified)
ORDER BY f.lead_id
ON CONFLICT (lead_id) DO UPDATE SET
    version_id = EXCLUDED.version_id, fit = EXCLUDED.fit, intent = EXCLUDED.intent,
    disqualified = EXCLUDED.disqualified, scored_at = EXCLUDED.scored_at
"""
_WITHIN = "AND s.lead_id > %(after)s AND s.lead_id <= %(until)s"  # as in scoring.writing


def score_beside(workspace_id: int, scope: Scope, *, now: datetime, **reach: Any) -> None:
    """Score the leads in reach by the workspace's shadow, if it has one.

    The leads are locked and the model shared by the caller. A shadow that fails stops nobody: it
    is logged, and those leads keep the shadow's earlier numbers or have none.
    """
    shadow = shadow_version(workspace_id)
    if shadow is None:
        return
    try:
        with transaction.atomic():
            _write(shadow, scope, now=now, **reach)
    except Exception:  # whatever its rules may trip over
        log.exception("Shadow version %s could not score; real scores go on", shadow.pk)


def _write(shadow: ModelVersion, scope: Scope, *, now: datetime, **reach: Any) -> None:
    query = compiled(rules_of(shadow), unclassified(shadow.workspace_id), scope)
    text = _WRITE.format(select=query.text, within=_WITHIN if scope is Scope.ALL else "")
    with connection.cursor() as cursor:
        cursor.execute(query.filled(text, now, now=now, shadow=shadow.pk, **reach))


def forget_ended(*, limit: int = 5000) -> int:
    """Clear away numbers of versions that are shadows no longer; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM scoring_shadowscore WHERE lead_id IN ("
            " SELECT s.lead_id FROM scoring_modelversion v"
            " JOIN scoring_shadowscore s ON s.version_id = v.id"
            " WHERE v.shadow_until IS NOT NULL"
            " ORDER BY s.lead_id LIMIT %s FOR UPDATE OF s SKIP LOCKED)",
            [limit],
        )
        return int(cursor.rowcount)


@dataclass(frozen=True)
class ShadowStanding:
    """What the shadow says of a lead, 0–100 each, total their sum; unchanged since `scored_at`."""

    version: int
    fit: float
    intent: float
    grade: str
    is_mql: bool
    disqualified: bool
    scored_at: datetime

    @property
    def total(self) -> float:
        return self.fit + self.intent


def shadow_standing(lead: Lead) -> ShadowStanding | None:
    """None where no shadow runs, or it has not reached the lead."""
    shadow = shadow_version(lead.workspace_id)
    return shadow_standings([lead.pk], shadow).get(lead.pk) if shadow else None


def shadow_standings(lead_ids: Iterable[int], shadow: ModelVersion) -> dict[int, ShadowStanding]:
    """By lead id; those that the shadow has not reached are left out."""
    definitions = definitions_of(shadow)
    return {
        score.pk: ShadowStanding(
            version=shadow.number,
            fit=score.fit,
            intent=score.intent,
            grade=definitions.grade(score.fit, score.intent),
            is_mql=not score.disqualified
            and any(way.hold(score.fit, score.intent) for way in definitions.mql),
            disqualified=score.disqualified,
            scored_at=score.scored_at,
        )
        for score in ShadowScore.objects.filter(lead__in=list(lead_ids), version=shadow)
    }
