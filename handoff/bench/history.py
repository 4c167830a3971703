"""What became of the leads: stages and decisions that agree with their scores, in bulk."""

from datetime import datetime

from django.db import connection

from accounts.models import Workspace
from handoff.bench.model import MQL_FROM, READY_FROM
from handoff.bench.world import u
from leadqual.stages import Stage

_CAPTURED = """
INSERT INTO leadqual_stagemove (workspace_id, lead_id, cycle, from_stage, to_stage, at,
    recorded_at, rule, reason, note, grade, counted, imported, source_id)
SELECT l.workspace_id, l.id, 0, '', 'new', l.captured_at, l.captured_at, 'captured', '', '', '',
    true, false, l.first_source_id
FROM leadqual_lead l WHERE l.workspace_id = %(workspace)s
"""

# How far each lead got: MQLs wait, leads that are ready were offered and answered. The nth step
# of a lead follows the one before by a day or two, beginning after half of its time with us.
_FATE = f"""
CASE WHEN s.fit + s.intent < {READY_FROM} THEN 'mql'
    WHEN {u("l.id", 70)} < 0.25 THEN 'nurture'
    WHEN {u("l.id", 70)} < 0.45 THEN 'sal'
    WHEN {u("l.id", 70)} < 0.60 THEN 'sql'
    WHEN {u("l.id", 70)} < 0.70 THEN 'opportunity'
    WHEN {u("l.id", 70)} < 0.85 THEN 'lost' ELSE 'won' END"""
_PATHS = {
    Stage.MQL: ("mql",),
    Stage.NURTURE: ("mql", "nurture"),
    Stage.SAL: ("mql", "sal"),
    Stage.SQL: ("mql", "sal", "sql"),
    Stage.OPPORTUNITY: ("mql", "sal", "sql", "opportunity"),
    Stage.WON: ("mql", "sal", "sql", "opportunity", "won"),
    Stage.LOST: ("mql", "sal", "sql", "opportunity", "lost"),
}
_MOVED = f"""
INSERT INTO leadqual_stagemove (workspace_id, lead_id, cycle, from_stage, to_stage, at,
    recorded_at, rule, reason, note, grade, counted, imported, source_id, fit, intent, rep_id)
SELECT l.workspace_id, l.id, 1, lag(step.stage, 1, 'new') OVER w, step.stage, moved.at, moved.at,
    'mql_definition', '', '', '', true, false, l.first_source_id, s.fit, s.intent,
    CASE WHEN step.n > 1 THEN (%(reps)s::bigint[])[1 + l.id %% cardinality(%(reps)s::bigint[])] END
FROM leadqual_lead l JOIN scoring_score s ON s.lead_id = l.id
JOIN unnest(%(fates)s::text[], %(paths)s::text[]) AS known(fate, path) ON known.fate = {_FATE}
CROSS JOIN LATERAL unnest(string_to_array(known.path, ',')) WITH ORDINALITY AS step(stage, n)
CROSS JOIN LATERAL (SELECT l.captured_at + (%(at)s::timestamptz - l.captured_at)
    * (0.3 + 0.12 * step.n) AS at) moved
WHERE l.workspace_id = %(workspace)s AND s.fit + s.intent >= {MQL_FROM} AND NOT s.disqualified
WINDOW w AS (PARTITION BY l.id ORDER BY step.n)
ORDER BY moved.at
"""  # noqa: S608 - our own text
_OFFERED = """
INSERT INTO handoff_handoff (workspace_id, lead_id, rep_id, cycle, status, offered_at, viewed_at,
    decided_at, decided_by_id, reason_id, note, source_id, fit, intent, grade, model_version,
    why_now, packet, trace, answers)
SELECT m.workspace_id, m.lead_id, m.rep_id, 1,
    CASE WHEN m.to_stage = 'sal' THEN 'accepted' ELSE 'rejected' END, m.at - interval '3 hours',
    m.at - interval '1 hour', m.at, m.rep_id,
    CASE WHEN m.to_stage <> 'sal' THEN (SELECT min(r.id) FROM handoff_rejectionreason r
        WHERE r.workspace_id = m.workspace_id) END,
    '', m.source_id, m.fit, m.intent, '', 2, 'Made up for measurements', '{}', '{}', '{}'
FROM leadqual_stagemove m
WHERE m.workspace_id = %(workspace)s AND m.cycle = 1 AND m.from_stage = 'mql'
"""
_STAND = """
UPDATE leadqual_lead l SET stage = m.to_stage, stage_since = m.at, cycle = 1, owner_id = m.rep_id
FROM (SELECT DISTINCT ON (lead_id) lead_id, to_stage, at, rep_id FROM leadqual_stagemove
    WHERE workspace_id = %(workspace)s AND cycle = 1 ORDER BY lead_id, at DESC) m
WHERE m.lead_id = l.id
"""


def write(workspace: Workspace, *, at: datetime) -> None:
    """Record the capture of every lead, and the moves of those that qualify.

    A world that never was is written whole; in the product `handoff.transitions` alone moves.
    """
    reps = list(workspace.memberships.order_by("user").values_list("user", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_CAPTURED, {"workspace": workspace.pk})
        cursor.execute(
            _MOVED,
            {
                "workspace": workspace.pk,
                "at": at,
                "reps": reps,
                "fates": [stage.value for stage in _PATHS],
                "paths": [",".join(path) for path in _PATHS.values()],
            },
        )
        cursor.execute(_OFFERED, {"workspace": workspace.pk})
        cursor.execute(_STAND, {"workspace": workspace.pk})
