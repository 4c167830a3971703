"""How long things took: of those with both moments known, in elapsed seconds, nights included.

captured>scored                  the system: dated by the capture; not of imported history
mql>offered                      to the first offer of the cycle, dated by the MQL
mql>sal, sal>sql, …, mql>won     within one cycle, dated by the MQL, as cohorts are
offered>seen                     of offers, dated by the offer
offered>decided                  accepted or rejected, dated by the decision
accepted>touched                 to the first touch since the offer and before the lead's next
                                 one; negative where the rep called first: counted, and flagged
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from handoff.metrics.counting import Place
from handoff.metrics.facts import NO_RULES, OFFER, of_cycle, placed, with_dimensions
from handoff.metrics.lines import line_of, rows_of, start_of
from handoff.metrics.periods import Grain
from handoff.metrics.scope import Scope
from leadqual.stages import FUNNEL, Stage

_ROAD: Final = FUNNEL[1:]
BETWEEN: Final = tuple(f"{a}>{b}" for a, b in pairwise(_ROAD))
SINCE_MQL: Final = tuple(f"{Stage.MQL}>{stage}" for stage in _ROAD[1:])
SCORED, OFFERED = "captured>scored", "mql>offered"
SEEN, DECIDED, TOUCHED = "offered>seen", "offered>decided", "accepted>touched"


@dataclass(frozen=True)
class Duration:
    """Median and 90th percentile in seconds, elapsed time, nights and weekends included.

    `n` have both moments; `negative` of them the later one first: counted, and flagged.
    """

    n: int = 0
    median: float | None = None
    p90: float | None = None
    negative: int = 0

    @property
    def median_days(self) -> float | None:
        return None if self.median is None else self.median / 86_400

    @property
    def p90_days(self) -> float | None:
        return None if self.p90 is None else self.p90 / 86_400


def durations(
    scope: Scope, steps: Collection[str], *, by: str = "", every: Grain | None = None
) -> dict[Place, dict[str, Duration]]:
    """Place by place, as `counting.count`; one query for the steps of MQLs, one for each other."""
    found: dict[Place, dict[str, Duration]] = {}
    stages = [step for step in steps if step not in _STEPS]
    asked = [_Rows("m.at", _stages_sql(stages))] if stages else []
    asked += [_STEPS[step] for step in steps if step in _STEPS]
    for each in asked:
        for line, start, step, *numbers in _rows(scope, each, by, every):
            found.setdefault((line, start), {})[step] = Duration(*numbers)
    return found


MEASURED: Final = """count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY f.seconds),
            percentile_cont(0.9) WITHIN GROUP (ORDER BY f.seconds),
            count(*) FILTER (WHERE f.seconds < 0)"""
"""The numbers of a Duration, of rows `f` whose seconds are known."""


@dataclass(frozen=True)
class _Rows:
    """What is measured, as SQL; `{within}` in it is a condition on `moment`, which is there by its
    own name, so that an index can be used."""

    moment: str
    text: str


def _rows(scope: Scope, measured: _Rows, by: str, every: Grain | None) -> list[Any]:
    dimensions = sorted({*scope.asked(), by} - {""})
    within = {"within": placed(scope.within(), measured.moment)}
    rows = with_dimensions(
        measured.text.format(**within, **of_cycle(dimensions)),
        dimensions,
        "f.at, f.step, f.seconds",
    )
    sql = f"""
        SELECT {line_of(by)}, {start_of(every)}, f.step, {MEASURED}
        FROM ({rows}) f WHERE f.seconds IS NOT NULL AND {scope.narrowed()}
        GROUP BY 1, 2, 3"""  # noqa: S608 - text of ours
    return rows_of(sql, scope.parameters())


def _stages_sql(steps: Collection[str]) -> str:
    """`steps` are of ours: names of stages are no text from outside."""
    stages = sorted({stage for step in steps for stage in step.split(">")})
    firsts = ", ".join(
        f"min(s.at) FILTER (WHERE s.to_stage = '{stage}') AS {stage}_at" for stage in stages
    )
    spans = ", ".join(
        "('{0}>{1}', extract(epoch FROM c.{1}_at - c.{0}_at)::float8)".format(*step.split(">"))
        for step in steps
    )
    return f"""
        SELECT m.lead_id, m.at AS at, t.step, t.seconds, {{columns}}, {NO_RULES} AS rules
        FROM leadqual_stagemove m
        CROSS JOIN LATERAL (
            SELECT {firsts}, min(s.at) FILTER (WHERE s.to_stage = 'mql') AS first_at,
                min(s.id) FILTER (WHERE s.to_stage = 'mql' AND s.at = m.at) AS first
            FROM leadqual_stagemove s
            WHERE s.lead_id = m.lead_id AND s.cycle = m.cycle AND s.counted
        ) c
        CROSS JOIN LATERAL (VALUES {spans}) t (step, seconds)
        {{offer}}
        WHERE m.workspace_id = %(workspace)s AND m.counted AND m.to_stage = 'mql'
            AND c.first_at = m.at AND c.first = m.id AND {{within}}"""  # noqa: S608


FIRST_TOUCH: Final = """(
    SELECT min(t.occurred_at) FROM leadqual_touch t
    WHERE t.lead_id = h.lead_id AND t.occurred_at >= h.offered_at AND t.occurred_at < coalesce((
        SELECT min(later.offered_at) FROM handoff_handoff later
        WHERE later.lead_id = h.lead_id AND later.offered_at > h.offered_at), 'infinity')
)"""
"""Of an offer `h`: the first touch since, and before the lead's next offer, which has its own."""


def _offers(step: str, moment: str, until: str, since: str, condition: str) -> _Rows:
    # `until` is looked up once, however often it is read: hence the OFFSET.
    text = f"""
        SELECT h.lead_id, {moment} AS at, '{step}' AS step,
            extract(epoch FROM {until} - {since})::float8 AS seconds, {OFFER}, {NO_RULES} AS rules
        FROM handoff_handoff h
        WHERE h.workspace_id = %(workspace)s AND {condition} AND {{within}}
        OFFSET 0"""  # noqa: S608 - text of ours
    return _Rows(moment, text)


_ANSWERED: Final = "h.status IN ('accepted', 'rejected')"
_STEPS: Final = {
    SEEN: _offers(SEEN, "h.offered_at", "h.viewed_at", "h.offered_at", "h.viewed_at IS NOT NULL"),
    DECIDED: _offers(DECIDED, "h.decided_at", "h.decided_at", "h.offered_at", _ANSWERED),
    TOUCHED: _offers(TOUCHED, "h.decided_at", FIRST_TOUCH, "h.decided_at", "h.status = 'accepted'"),
    SCORED: _Rows(
        "l.captured_at",
        f"""
        SELECT l.id AS lead_id, l.captured_at AS at, '{SCORED}' AS step,
            extract(epoch FROM s.first_scored_at - l.captured_at)::float8 AS seconds,
            NULL::bigint AS rep_id, NULL::bigint AS pool_id, NULL::bigint AS tier_id, '' AS grade,
            0 AS cycle, NULL::int AS model_version, {NO_RULES} AS rules
        FROM leadqual_lead l JOIN scoring_score s ON s.lead_id = l.id
        WHERE l.workspace_id = %(workspace)s AND NOT l.imported AND {{within}}""",  # noqa: S608
    ),
    OFFERED: _Rows(
        "m.at",
        f"""
        SELECT m.lead_id, m.at AS at, '{OFFERED}' AS step,
            extract(epoch FROM (SELECT min(h.offered_at) FROM handoff_handoff h
                WHERE h.lead_id = m.lead_id AND h.cycle = m.cycle) - m.at)::float8 AS seconds,
            {{columns}}, {NO_RULES} AS rules
        FROM leadqual_stagemove m {{offer}}
        WHERE m.workspace_id = %(workspace)s AND m.counted AND m.to_stage = 'mql'
            AND {{within}}
        OFFSET 0""",  # noqa: S608
    ),
}


def offers_sql(step: str, *, workspace: str, since: str, until: str) -> str:
    """The offers of a step with their seconds; the workspace and the range are SQL of the caller's,
    such as columns of a table of workspaces."""
    rows = _STEPS[step]
    within = f"{rows.moment} >= {since} AND {rows.moment} < {until}"
    return rows.text.replace("%(workspace)s", workspace).format(within=within)


def in_words(seconds: float | None) -> str:
    """Two units at most: 3 h 20 min, 14 d 15 h, 40 s; a dash where nothing is known."""
    if seconds is None:
        return "–"
    sign, left = ("−" if seconds < 0 else ""), abs(round(seconds))
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    for place, (unit, size) in enumerate(units):
        if left >= size:
            smaller, its_size = units[min(place + 1, 3)]
            rest = left % size // its_size if place < 3 else 0
            return f"{sign}{left // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return "0 s"
