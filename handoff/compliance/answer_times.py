"""How long people took with the offers of a period: offered → seen → decided → first touch.

One cohort all the way: the offers made in the period. Elapsed time, nights and weekends included;
what the system took before the offer is in none of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

from accounts.models import Workspace
from handoff.metrics.durations import FIRST_TOUCH, Duration
from handoff.metrics.periods import Period, as_ranges


@dataclass(frozen=True)
class AnswerTimes:
    """`offered` in all; each step is of those of which both moments are known."""

    offered: int = 0
    seen: Duration = field(default_factory=Duration)  # offered → seen
    decided: Duration = field(default_factory=Duration)  # seen → accepted or rejected
    touched: Duration = field(default_factory=Duration)  # accepted → first touch


def answer_times(workspace: Workspace, periods: Sequence[Period]) -> list[AnswerTimes]:
    """For each of the periods; one query. Periods have both ends."""
    if not periods:
        return []
    ranges, edges = as_ranges(periods)
    steps = ", ".join(_four(step) for step in ("seen", "decided", "touched"))
    found = [AnswerTimes() for _ in periods]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT number, count(*), {steps} FROM (
                SELECT p.number,
                    extract(epoch FROM h.viewed_at - h.offered_at)::float8 AS seen,
                    CASE WHEN h.status IN ('accepted', 'rejected') THEN
                        extract(epoch FROM h.decided_at - h.viewed_at)::float8 END AS decided,
                    CASE WHEN h.status = 'accepted' THEN
                        extract(epoch FROM {FIRST_TOUCH} - h.decided_at)::float8 END AS touched
                FROM ({ranges}) p (number, since, until)
                JOIN handoff_handoff h ON h.offered_at >= p.since AND h.offered_at < p.until
                WHERE h.workspace_id = %s
            ) offers GROUP BY number""",  # noqa: S608 - text of ours
            [*edges, workspace.pk],
        )
        for number, offered, *rest in cursor.fetchall():
            seen, decided, touched = (Duration(*rest[at : at + 4]) for at in (0, 4, 8))
            found[number] = AnswerTimes(offered, seen, decided, touched)
    return found


def _four(seconds: str) -> str:
    known = f"FILTER (WHERE {seconds} IS NOT NULL)"
    return f"""count({seconds}),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY {seconds}) {known},
        percentile_cont(0.9) WITHIN GROUP (ORDER BY {seconds}) {known},
        count(*) FILTER (WHERE {seconds} < 0)"""
