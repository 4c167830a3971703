"""The panels of the compliance page: each number with its denominator, what it counts, its link."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse

from handoff.compliance.answer_times import AnswerTimes, answer_times
from handoff.compliance.by_whom import hours, lines
from handoff.compliance.clock_links import ClockCriteria, ClockLinks
from handoff.compliance.coverage import AGES, Coverage, coverage, untouched
from handoff.compliance.kept_promises import (
    BEFORE,
    NOW,
    Counted,
    counted,
    counts,
    kept_promises,
)
from handoff.compliance.marketing import promised
from handoff.compliance.months import Scope
from handoff.compliance.working_days import working_days
from handoff.metrics.acceptance import HEALTHY, VERDICTS, Endings, endings, verdict
from handoff.metrics.counting import WHOLE
from handoff.metrics.links import Figure, figure
from handoff.metrics.scope import Scope as MetricsScope
from handoff.models import Handoff
from sla.models import Agreement, Commitment, Side
from sla.working_calendar import WEEKDAYS

Status = Handoff.Status


def marketing(scope: Scope) -> dict[str, Any]:
    now, before = promised([scope, scope.before], working_days(scope.workspace))
    count, leads = now.delivered.count, now.delivered.leads
    return {
        "now": now,
        "before": before,
        "mqls": figure(_of_leads(scope), "entered:mql", count, leads=leads),
        "is_signed": any(span.agreement for span in scope.spans),
        "size": now.delivered.count + before.delivered.count,
    } | _acceptance(scope)


def _acceptance(scope: Scope) -> dict[str, Any]:
    asked, said, before = _of_leads(scope), _endings(scope), _endings(scope.before)
    return {
        "acceptance": said.rate,
        "acceptance_before": before.rate,
        "accepted_before": before.accepted,
        "decided_before": before.decided,
        "accepted": figure(asked, "ended:accepted", said.accepted),
        "rejected": figure(asked, "ended:rejected", said.rejected),
        "decided": figure(asked, "decided", said.decided),
        "beside": [
            ("expired", figure(asked, "ended:expired", said.expired)),
            ("withdrawn", figure(asked, "ended:withdrawn", said.withdrawn)),
            ("“not mine”", figure(asked, "ended:not_mine", said.not_mine)),
        ],
        "verdict": VERDICTS.get(verdict(said.rate), ""),
        "low": HEALTHY[0],
        "high": HEALTHY[1],
        **_reviews(scope),
    }


def _reviews(scope: Scope) -> dict[str, Any]:
    """Rejections of the month, those looked at, and whether marketing did so in time."""
    code = Commitment.Code.REVIEW_REJECTION
    [kept] = counts(scope, [code], ())
    found = {"rejections": 0, "reviewed": 0}
    if scope.period:
        rows = Handoff.objects.of(scope.workspace).filter(
            status=Status.REJECTED,
            decided_at__gte=scope.period.starts_at,
            decided_at__lt=scope.period.ends_at,
        )
        found = rows.aggregate(
            rejections=Count("pk"), reviewed=Count("pk", filter=Q(reviewed_at__isnull=False))
        )
    asked = ClockCriteria(code=code)
    clocks = counted(ClockLinks(scope), kept.get((NOW, ())), kept.get((BEFORE, ())), asked)
    return {"review": clocks, **found}


def _endings(scope: Scope) -> Endings:
    asked = _of_leads(scope)
    return endings(asked).get(WHOLE, Endings()) if asked else Endings()


def _of_leads(scope: Scope) -> MetricsScope | None:
    """None where no days count: the version was never in force in that month."""
    return MetricsScope(scope.workspace, scope.period) if scope.period else None


def promises(scope: Scope) -> dict[str, Any]:
    rows = kept_promises(scope, Side.SALES)
    return {"rows": rows, "size": sum(_size(row.counted) for row in rows)}


def who(scope: Scope) -> dict[str, Any]:
    found = lines(scope)
    return {"lines": found, "size": sum(_size(row.whole) for row in found.people)}


def _size(line: Counted) -> int:
    return line.kept.started + line.before.started


def by_hour(scope: Scope) -> dict[str, Any]:
    days = [day[:3] for day in WEEKDAYS]
    found = hours(scope)
    size = sum(_size(cell) for hour in found for cell in hour.cells)
    return {"hours": found, "days": days, "zone": scope.workspace.timezone, "size": size}


def followed_up(scope: Scope) -> dict[str, Any]:
    periods = [period for one in (scope, scope.before) if (period := one.period)]
    found = coverage(scope.workspace, periods)
    now = found[0] if scope.period else Coverage()
    before = found[-1] if scope.before.period else Coverage()
    asked = _of_leads(scope)
    signed = [span.agreement for span in scope.spans if span.agreement]
    ages = _ages(scope)
    waits = sum(one.count + other.count for _, one, other in ages)
    return {
        "now": now,
        "before": before,
        "target": signed[-1].coverage_percent if signed else Agreement().coverage_percent,
        "is_signed": bool(signed),
        "accepted": figure(asked, "ended:accepted", now.accepted, leads=now.accepted_leads),
        "touched": figure(asked, "followed:up", now.touched, leads=now.touched_leads),
        "untouched": figure(asked, "followed:not", now.untouched, leads=now.untouched_leads),
        "ages": ages,
        "size": now.accepted + before.accepted + waits,
    }


def _ages(scope: Scope) -> list[tuple[str, Figure, Figure]]:
    waits = untouched(scope.workspace, now=scope.now)
    address = reverse("untouched_leads", args=[scope.workspace.slug])

    def waiting(count: int, age: str, status: str) -> Figure:
        query = urlencode({"age": age, "since": status})
        return Figure(count, count, f"{address}?{query}" if count else "")

    return [
        (
            words,
            waiting(waits.accepted.get(age, 0), age, "accepted"),
            waiting(waits.offered.get(age, 0), age, "open"),
        )
        for age, words, _, _ in AGES
    ]


def delays(scope: Scope) -> dict[str, Any]:
    periods = [period for one in (scope, scope.before) if (period := one.period)]
    found = answer_times(scope.workspace, periods)
    system = kept_promises(scope, Side.SYSTEM)
    return {
        "now": found[0] if scope.period else AnswerTimes(),
        "before": found[-1] if scope.before.period else AnswerTimes(),
        "system": system,
        "size": sum(one.offered for one in found) + sum(_size(row.counted) for row in system),
    }


PANELS: Final[Mapping[str, Callable[[Scope], dict[str, Any]]]] = {
    "marketing": marketing,
    "promises": promises,
    "who": who,
    "hours": by_hour,
    "coverage": followed_up,
    "delays": delays,
}
"""By the name in the address, which is that of the template, too."""
