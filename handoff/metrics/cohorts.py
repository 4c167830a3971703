"""The leads that became MQL in a period, and how far they have come since."""

from dataclasses import dataclass, field

from django.db import connection

from handoff.metrics.durations import Duration
from handoff.metrics.scope import REPS_OF_MQL, By, Scope, bucket, joined
from leadqual.stages import FUNNEL, Stage

AFTER_MQL: tuple[Stage, ...] = FUNNEL[2:]


@dataclass(frozen=True)
class Reach:
    """`leads` have a recorded move into the stage; `since_mql` is how long it took them.

    `passed` reached it or a later stage: where it is larger, the stage's moment is unknown for
    some, as in imported history that jumps from MQL to won.
    """

    leads: int = 0
    passed: int = 0
    since_mql: Duration = field(default_factory=Duration)


@dataclass(frozen=True)
class Cohort:
    mqls: int = 0
    reached: dict[Stage, Reach] = field(default_factory=dict)

    def reach(self, stage: Stage) -> Reach:
        return self.reached.get(stage, Reach())

    def rate(self, stage: Stage) -> float | None:
        return self.reach(stage).leads / self.mqls if self.mqls else None

    @property
    def deals(self) -> int:
        return self.reach(Stage.WON).leads

    @property
    def conversion(self) -> float | None:
        return self.rate(Stage.WON)


def cohorts(scope: Scope, by: By | None = None) -> dict[str, Cohort]:
    """One cohort a line of the breakdown, in one query; without `by` the one is under "".

    A lead counts once a line, from its first counted MQL move there. It reached a stage when a
    move into it is recorded in that cycle or a later one. Not compared by date: a deal that was
    won before its first contact was noted is a deal.
    """
    with connection.cursor() as cursor:
        cursor.execute(_sql(scope, by), scope.parameters())
        rows = cursor.fetchall()
    found: dict[str, Cohort] = {}
    for line, stage, leads, *_ in rows:
        if not stage:
            found[line] = Cohort(leads, {})
    for line, stage, leads, passed, *duration in rows:
        if stage:
            found[line].reached[Stage(stage)] = Reach(leads, passed, Duration(leads, *duration))
    return found


def _sql(scope: Scope, by: By | None) -> str:
    line = bucket(by, moment="m.at", rep="reps.rep_id")
    joins = joined(by, "m.lead_id")
    if by == "rep":
        joins += f"LEFT JOIN LATERAL {REPS_OF_MQL} reps ON TRUE"
    same_rep = "m.rep_id IS NOT DISTINCT FROM nullif(c.line, '')::bigint"
    order = ", ".join(f"({rank}, '{stage}')" for rank, stage in enumerate(AFTER_MQL))
    return f"""
    WITH cohort AS MATERIALIZED (
        SELECT DISTINCT ON (m.lead_id, 2) m.lead_id, {line} AS line, m.cycle, m.at
        FROM leadqual_stagemove m {joins}
        WHERE m.workspace_id = %(workspace)s AND m.to_stage = 'mql' AND m.counted
            AND {scope.within("m.at")} AND {scope.of_source("m.lead_id")} AND {scope.mql_of_rep()}
            AND ({scope.of_rep("reps.rep_id") if by == "rep" else "TRUE"})
        ORDER BY m.lead_id, 2, m.cycle, m.at
    ), stages (rank, stage) AS (VALUES {order}),
    reached AS (
        SELECT c.line, c.lead_id, stages.stage, stages.rank,
            extract(epoch FROM min(m.at) - min(c.at))::float8 AS seconds
        FROM cohort c
        JOIN leadqual_stagemove m ON m.lead_id = c.lead_id AND m.cycle >= c.cycle AND m.counted
        JOIN stages ON stages.stage = m.to_stage
        WHERE {scope.of_rep("m.rep_id")} AND {same_rep if by == "rep" else "TRUE"}
        GROUP BY 1, 2, 3, 4
    ), furthest AS (
        SELECT line, lead_id, max(rank) AS rank FROM reached GROUP BY 1, 2
    )
    SELECT line, '', count(*), 0, NULL, NULL, 0 FROM cohort GROUP BY line
    UNION ALL
    SELECT f.line, stages.stage, count(r.lead_id), count(*),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY r.seconds),
        percentile_cont(0.9) WITHIN GROUP (ORDER BY r.seconds),
        count(*) FILTER (WHERE r.seconds < 0)
    FROM furthest f
    JOIN stages ON stages.rank <= f.rank
    LEFT JOIN reached r USING (line, lead_id, stage)
    GROUP BY f.line, stages.stage
    """  # noqa: S608 - text of ours; what comes from outside is a parameter
