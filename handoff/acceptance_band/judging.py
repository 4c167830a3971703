"""Whether a workspace's acceptance has been out of its healthy band for the set time.

Judged is the rate over the set number of whole days, up to yesterday in the workspace's zone: out
where it lies below or above the band, and enough offers were decided to say so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from accounts.models import Workspace
from handoff.metrics.acceptance import HEALTHY, Endings, endings, verdict
from handoff.metrics.counting import WHOLE, total
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from handoff.models import HandoffPolicy, RejectionReason
from handoff.models.configuration import BAND_DAYS, BAND_LEAST

NAMED: Final = 3
"""So many reasons are named."""


@dataclass(frozen=True)
class Judged:
    """The rate of the set days. `verdict`: loose or tight where it is out of the band and at least
    `least` were decided; else blank."""

    scope: Scope
    endings: Endings
    least: int

    @property
    def first(self) -> date:
        assert self.scope.period.first  # noqa: S101 - whole days of both ends
        return self.scope.period.first

    @property
    def last(self) -> date:
        assert self.scope.period.last  # noqa: S101
        return self.scope.period.last

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def is_enough(self) -> bool:
        return self.endings.decided >= self.least

    @property
    def verdict(self) -> str:
        found = verdict(self.endings.rate) if self.is_enough else ""
        return "" if found == "healthy" else found


@dataclass(frozen=True)
class Given:
    """A reason and how often it was given."""

    code: str
    name: str
    n: int

    @property
    def words(self) -> str:
        return f"{self.name} ({self.n:,})"


def judge(workspace: Workspace, *, now: datetime) -> Judged:
    days, least = BAND_DAYS, BAND_LEAST
    if policy := HandoffPolicy.objects.filter(workspace=workspace).first():
        days, least = policy.band_days, policy.band_least
    today = now.astimezone(workspace.zone).date()
    yesterday = today - timedelta(days=1)
    scope = Scope(workspace, Period.last_days(days, today=yesterday, zone=workspace.zone))
    return Judged(scope, endings(scope).get(WHOLE, Endings()), least)


def reasons_given(judged: Judged) -> list[Given]:
    """Of the rejections of these days, the most frequent first."""
    rows = list(RejectionReason.objects.of(judged.scope.workspace))
    counted = total(judged.scope, [f"rejected:{row.code}" for row in rows]) if rows else {}
    found = [Given(row.code, row.name, counted.get(f"rejected:{row.code}", 0)) for row in rows]
    return sorted((each for each in found if each.n), key=lambda each: (-each.n, each.code))


def words(judged: Judged, reasons: Iterable[Given], held_back: str) -> str:
    """What is wrong, in a few sentences. `held_back` says what a tight definition leaves out."""
    found, (low, high) = judged.endings, HEALTHY
    is_loose = judged.verdict == "loose"
    edge = f"below {low:.0%}" if is_loose else f"above {high:.0%}"
    told = (
        f"Acceptance {edge} over {judged.days} days: {round(100 * (found.rate or 0))}% "
        f"({found.accepted:,} of {found.decided:,} decided, {judged.first:%-d %b} to "
        f"{judged.last:%-d %b %Y})."
    )
    named = ", ".join(each.words for each in list(reasons)[:NAMED])
    if is_loose:
        why = f"Too loose: of {found.rejected:,} rejections most were {named}." if named else ""
        why = why or "Too loose."
    else:
        why = f"Too tight? {held_back}".rstrip()
    return f"{told} {why}".replace("%", " %")


def facts(judged: Judged, reasons: Iterable[Given]) -> dict[str, Any]:
    """As JSON, with what each figure is of."""
    found = judged.endings
    return {
        "verdict": judged.verdict,
        "first": judged.first.isoformat(),
        "last": judged.last.isoformat(),
        "accepted": found.accepted,
        "decided": found.decided,
        "reasons": [{"code": e.code, "name": e.name, "n": e.n} for e in reasons],
    }
