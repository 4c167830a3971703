"""How many leads moved into each stage in a period."""

from django.db import connection

from handoff.metrics.scope import REPS_OF_MQL, By, Scope, bucket, joined
from leadqual.stages import Stage


def moved(scope: Scope, by: By | None = None) -> dict[str, dict[Stage, int]]:
    """Leads by stage, a dictionary for each line of the breakdown; without `by` under "".

    `new` counts leads that were captured, not those demoted or reopened. A second promotion in
    one cycle does not count. Captures belong to no rep.
    """
    line = bucket(by, moment="m.at", rep="coalesce(m.rep_id, reps.rep_id)")
    joins = joined(by, "m.lead_id")
    if by == "rep":
        joins += f"LEFT JOIN LATERAL {REPS_OF_MQL} reps ON m.to_stage = 'mql'"
    sql = f"""
    SELECT {line} AS line, m.to_stage, count(DISTINCT m.lead_id)
    FROM leadqual_stagemove m {joins}
    WHERE m.workspace_id = %(workspace)s AND m.counted
        AND (m.to_stage <> 'new' OR m.from_stage = '')
        AND {scope.within("m.at")} AND {scope.of_source("m.lead_id")} AND {_of_rep(scope)}
    GROUP BY 1, 2
    """  # noqa: S608 - text of ours; what comes from outside is a parameter
    found: dict[str, dict[Stage, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, scope.parameters())
        for its_line, stage, leads in cursor.fetchall():
            found.setdefault(its_line, {})[Stage(stage)] = leads
    return found


def _of_rep(scope: Scope) -> str:
    if not scope.rep:
        return "TRUE"
    return f"""CASE m.to_stage WHEN 'mql' THEN {scope.mql_of_rep()} WHEN 'new' THEN FALSE
        ELSE {scope.of_rep("m.rep_id")} END"""
