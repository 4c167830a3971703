"""How many dirty leads one worker scores a second."""

import time

from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from handoff.bench.figures import Figure
from leadqual.models import Lead
from scoring.models import QualificationDue, ScoreDirty
from scoring.scorers import score_dirty

_QUEUE = (
    "INSERT INTO scoring_scoredirty (lead_id) SELECT id FROM leadqual_lead"
    " WHERE workspace_id = %s ORDER BY hashint8(id) LIMIT %s"
)
_BARE = """
WITH claimed AS (
    DELETE FROM scoring_scoredirty WHERE id IN (SELECT id FROM scoring_scoredirty
        ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED) RETURNING lead_id
)
SELECT count(*), sum(seen.events) FROM (SELECT DISTINCT lead_id FROM claimed) c
CROSS JOIN LATERAL (SELECT count(*) AS events, max(e.occurred_at) FROM leadqual_event e
    WHERE e.lead_id = c.lead_id) seen
"""
"""The floor: take rows from the queue and visit each lead's events in the index, no more."""
MOST = 20_000


def figure(workspace: Workspace) -> Figure:
    count = min(MOST, Lead.objects.of(workspace).count())
    bare = count / _seconds(workspace, count, _bare)
    scored = count / _seconds(workspace, count, _score)
    QualificationDue.objects.all().delete()
    return Figure("dirty leads, one worker", scored, "leads/s", bare, count)


def _seconds(workspace: Workspace, count: int, step: "object") -> float:
    ScoreDirty.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, [workspace.pk, count])
    began = time.perf_counter()
    while step():  # type: ignore[operator]
        pass
    return time.perf_counter() - began


def _bare() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_BARE)
        found: int = cursor.fetchone()[0]
    return found


def _score() -> int:
    return score_dirty(now=timezone.now())
