"""What marketing owes and delivers: MQLs against the promise, their pace, their grades.

An MQL is a counted move into the stage; a second promotion in one cycle is none. Its grade is that
of the moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from django.db import connection

from accounts.models import Workspace
from handoff.compliance.months import Scope, Span
from handoff.compliance.working_days import WorkingDays
from handoff.metrics.periods import Period, as_ranges
from scoring.models.versions import GradeCell

TOO_EARLY: Final = 1.0
"""Working days that have to be gone before a pace is told."""


@dataclass(frozen=True)
class Delivered:
    """MQLs of a period, on so many leads; `by_grade` has "" for those without one."""

    count: int = 0
    leads: int = 0
    by_grade: dict[str, int] = field(default_factory=dict)

    def of_grades(self, grades: Sequence[str]) -> int:
        return sum(self.by_grade.get(grade, 0) for grade in grades)


def delivered(workspace: Workspace, periods: Sequence[Period]) -> list[Delivered]:
    """For each of the periods, which may overlap; one query. Periods have both ends."""
    if not periods:
        return []
    ranges, edges = as_ranges(periods)
    found = [Delivered() for _ in periods]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT GROUPING(m.grade), p.number, m.grade, count(*), count(DISTINCT m.lead_id)
            FROM ({ranges}) p (number, since, until)
            JOIN leadqual_stagemove m ON m.at >= p.since AND m.at < p.until
            WHERE m.workspace_id = %s AND m.to_stage = 'mql' AND m.counted
            GROUP BY GROUPING SETS ((p.number), (p.number, m.grade))""",  # noqa: S608 - ours
            [*edges, workspace.pk],
        )
        for of_all, number, grade, count, leads in cursor.fetchall():
            if of_all:
                found[number] = replace(found[number], count=count, leads=leads)
            else:
                found[number].by_grade[grade] = count
    return found


@dataclass(frozen=True)
class Volume:
    """MQLs against what was owed on the days on which something was.

    `whole` is what the last agreement of the month owes a month; `owed` what that makes of the
    working days on which it, or one before, was in force: all of it where that was the whole month.
    `gone` of `days` working days have passed.
    """

    whole: int
    owed: float
    count: int
    days: int
    gone: float
    is_whole_month: bool

    @property
    def share(self) -> float | None:
        return self.count / self.owed if self.owed else None

    @property
    def is_over(self) -> bool:
        return self.gone >= self.days

    @property
    def pace(self) -> int | None:
        """What it comes to at the end if it goes on so; None too early to say, or when over."""
        if self.is_over or self.gone < TOO_EARLY:
            return None
        return round(self.count * self.days / self.gone)

    @property
    def is_behind(self) -> bool | None:
        """None while it cannot be said."""
        if self.is_over:
            return self.count < self.owed
        return None if self.pace is None else self.pace < self.owed


@dataclass(frozen=True)
class Quality:
    """MQLs of a grade that counts as good, of those delivered while that was agreed."""

    grades: tuple[str, ...]
    target: int | None
    good: int
    count: int

    @property
    def share(self) -> float | None:
        return self.good / self.count if self.count else None

    @property
    def is_below(self) -> bool:
        return self.target is not None and 100 * self.good < self.target * self.count


@dataclass(frozen=True)
class Promised:
    """A month of marketing's; `volume` and `quality` are None where nothing was agreed."""

    delivered: Delivered
    volume: Volume | None
    quality: Quality | None

    @property
    def grades(self) -> list[tuple[str, int]]:
        """Every grade with its MQLs, the best first; those without one last, if there are any."""
        known = [(grade, self.delivered.by_grade.get(grade, 0)) for grade in GradeCell.Grade.values]
        without = self.delivered.by_grade.get("", 0)
        return [*known, ("", without)] if without else known


def promised(scopes: Sequence[Scope], days: WorkingDays) -> list[Promised]:
    """For each month; one query beside those of the agreements."""
    periods: list[Period] = []
    for scope in scopes:
        periods += [_of(scope, span) for span in scope.spans]
        periods += [scope.period] if scope.period else []
    counts = iter(delivered(scopes[0].workspace, periods) if scopes else [])
    found = []
    for scope in scopes:
        parts = [(span, next(counts)) for span in scope.spans]
        whole = next(counts) if scope.period else Delivered()
        found.append(Promised(whole, volume_of(scope, parts, days), _quality(parts)))
    return found


def _of(scope: Scope, span: Span) -> Period:
    return Period(span.first, span.last, scope.month.zone)


def volume_of(
    scope: Scope, parts: Sequence[tuple[Span, Delivered]], days: WorkingDays
) -> Volume | None:
    """Of a month whose spans have delivered so much; None where nothing was agreed."""
    owing = [(span, n) for span, n in parts if span.agreement and span.agreement.leads_a_month]
    if not owing:
        return None
    of_month = days.between(scope.month.first, scope.month.last)
    owed = counted = gone = 0.0
    for span, _ in owing:
        its_days = days.between(span.first, span.last)
        owed += _a_month(span) * (its_days / of_month if of_month else 0)
        counted += its_days
        gone += days.gone(span.first, span.last, now=scope.now)
    return Volume(
        whole=_a_month(owing[-1][0]),
        owed=owed,
        count=sum(n.count for _, n in owing),
        days=int(counted),
        gone=gone,
        is_whole_month=counted == of_month,
    )


def _a_month(span: Span) -> int:
    return (span.agreement.leads_a_month or 0) if span.agreement else 0


def _quality(parts: Sequence[tuple[Span, Delivered]]) -> Quality | None:
    agreed = [(span.agreement, n) for span, n in parts if span.agreement]
    agreed = [(agreement, n) for agreement, n in agreed if agreement.good_grades]
    if not agreed:
        return None
    last = agreed[-1][0]
    return Quality(
        grades=tuple(last.good_grades),
        target=last.good_percent,
        good=sum(n.of_grades(agreement.good_grades) for agreement, n in agreed),
        count=sum(n.count for _, n in agreed),
    )
