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
from handoff.funnel_panels import VERDICTS, Figure, Linked
from handoff.lead_criteria import DECIDED
from handoff.metrics.answers import HEALTHY, Answers, endings, verdict
from handoff.metrics.scope import Scope as FunnelScope
from handoff.models import Handoff
from leadqual.stages import Stage
from sla.models import Agreement, Commitment, Side
from sla.working_calendar import WEEKDAYS

Status = Handoff.Status


def marketing(scope: Scope) -> dict[str, Any]:
    now, before = promised([scope, scope.before], working_days(scope.workspace))
    linked = _linked(scope)
    return {
        "now": now,
        "before": before,
        "mqls": linked.of(now.delivered.count, leads=now.delivered.leads, moved_to=Stage.MQL)
        if linked
        else Figure(0, 0, ""),
        "is_signed": any(span.agreement for span in scope.spans),
        "size": now.delivered.count + before.delivered.count,
    } | _acceptance(scope)


def _acceptance(scope: Scope) -> dict[str, Any]:
    linked, said, before = _linked(scope), _endings(scope), _endings(scope.before)

    def ended(status: str) -> Figure:
        tally = said.tally(status)
        if linked is None:
            return Figure(0, 0, "")
        return linked.of(tally.offers, leads=tally.leads, decision=status)

    return {
        "acceptance": said.acceptance,
        "acceptance_before": before.acceptance,
        "accepted_before": before.accepted,
        "decided_before": before.decided,
        "accepted": ended(Status.ACCEPTED),
        "rejected": ended(Status.REJECTED),
        "decided": linked.of(said.decided, decision=DECIDED) if linked else Figure(0, 0, ""),
        "beside": [
            ("expired", ended(Status.EXPIRED)),
            ("withdrawn", ended(Status.WITHDRAWN)),
            ("“not mine”", ended(Status.NOT_MINE)),
        ],
        "verdict": VERDICTS.get(verdict(said.acceptance), ""),
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


def _endings(scope: Scope) -> Answers:
    return endings(FunnelScope(scope.workspace, scope.period)) if scope.period else Answers()


def _linked(scope: Scope) -> Linked | None:
    return Linked(FunnelScope(scope.workspace, scope.period)) if scope.period else None


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
    linked = _linked(scope)
    accepted = {"decision": str(Status.ACCEPTED)}
    signed = [span.agreement for span in scope.spans if span.agreement]
    ages = _ages(scope)
    waits = sum(one.count + other.count for _, one, other in ages)
    return {
        "now": now,
        "before": before,
        "target": signed[-1].coverage_percent if signed else Agreement().coverage_percent,
        "is_signed": bool(signed),
        "accepted": linked.of(now.accepted, leads=now.accepted_leads, **accepted)
        if linked
        else None,
        "touched": linked.of(now.touched, leads=now.touched_leads, **accepted, first_touch="known")
        if linked
        else None,
        "untouched": linked.of(
            now.untouched, leads=now.untouched_leads, **accepted, first_touch="missing"
        )
        if linked
        else None,
        "ages": ages,
        "size": now.accepted + before.accepted + waits,
    }


def _ages(scope: Scope) -> list[tuple[str, Figure, Figure]]:
    waits = untouched(scope.workspace, now=scope.now)
    address = reverse("untouched_leads", args=[scope.workspace.slug])

    def figure(count: int, age: str, status: str) -> Figure:
        query = urlencode({"age": age, "since": status})
        return Figure(count, count, f"{address}?{query}" if count else "")

    return [
        (
            words,
            figure(waits.accepted.get(age, 0), age, "accepted"),
            figure(waits.offered.get(age, 0), age, "open"),
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
