"""The funnel side by side: one line for each week, month, source or rep."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from accounts.models import User
from handoff.metrics.answers import Answers, answers
from handoff.metrics.cohorts import Cohort, cohorts
from handoff.metrics.moved import moved
from handoff.metrics.periods import Period, parts
from handoff.metrics.scope import NONE, By, Scope
from leadqual.models import Source
from leadqual.stages import Stage


@dataclass(frozen=True)
class Line:
    """`key` is what a filter takes: a source's code, a user's id, NONE; for weeks the Monday.

    `period` is the scope's own, or that of the week or month.
    """

    key: str
    name: str
    period: Period
    moved: dict[Stage, int] = field(default_factory=dict)
    cohort: Cohort = field(default_factory=Cohort)
    answers: Answers = field(default_factory=Answers)


def breakdown(scope: Scope, by: By) -> list[Line]:
    """All figures, line by line, in five queries.

    Weeks and months come in order and without holes, sources and reps with most MQLs first.
    """
    moves, cohort, answered = moved(scope, by), cohorts(scope, by), answers(scope, by)
    lines = [
        Line(
            key=key,
            name=name,
            period=period,
            moved=moves.get(line, {}),
            cohort=cohort.get(line, Cohort()),
            answers=answered.get(line, Answers()),
        )
        for line, key, name, period in _heads(scope, by, {*moves, *cohort, *answered})
    ]
    if by in ("source", "rep"):
        lines.sort(key=lambda line: (-line.cohort.mqls, -line.answers.decided, line.name))
    return lines


Head = tuple[str, str, str, Period]  # line in the SQL, key, name, period


def _heads(scope: Scope, by: By, lines: set[str]) -> Iterable[Head]:
    period = scope.period
    if by == "source":
        sources = Source.objects.in_bulk([int(line) for line in lines if line])
        for line in lines:
            source = sources.get(int(line or 0))
            yield line, source.code if source else NONE, source.name if source else NONE, period
    elif by == "rep":
        reps = User.objects.in_bulk([int(line) for line in lines if line])
        for line in lines:
            yield line, line or NONE, str(reps[int(line)]) if line else NONE, period
    elif lines:
        starts = [date.fromisoformat(line) for line in lines]
        first, last = period.first or min(starts), period.last or max(starts)
        for start in parts(by, first, last):
            name = f"{start:%Y-%m}" if by == "month" else f"{start:%Y-%m-%d}"
            yield f"{start:%Y-%m-%d}", f"{start:%Y-%m-%d}", name, period.part(by, start)
