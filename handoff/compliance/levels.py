"""Whether the agreed levels are reached, week by week; below for weeks in a row, somebody decides.

Weeks are ISO weeks of the workspace that lie whole in the life of the active agreement. A promise
is judged by its clocks due in the week, marketing's volume by what the week's working days make of
the month's promise, quality by the week's MQLs, coverage by the week's acceptances, a week later
than the others, so that there was time to follow up. Fewer than FEW judged give no verdict, and
a week without one ends a row of weeks below.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.models import User
from handoff.compliance.coverage import coverage
from handoff.compliance.marketing import delivered
from handoff.compliance.working_days import WorkingDays, working_days
from handoff.metrics.periods import Period, beginning, following
from handoff.models import ReviewItem
from handoff.review_items import open_item
from sla.compliance import FEW, Asked, Kept, kept
from sla.models import Agreement, Commitment, Side

logger = logging.getLogger(__name__)
FOLLOW_UP_WITHIN: Final = timedelta(days=7)
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True)
class Level:
    """One measure in one week: `reached` of `of`, `target` percent agreed; `verb` says what of it.

    A `volume` has an amount owed for its denominator, and is judged however small that is.
    """

    week: date
    reached: int
    of: float
    target: int
    verb: str
    volume: bool = False

    @property
    def is_below(self) -> bool | None:
        """None: no verdict."""
        if self.of < (0.5 if self.volume else FEW):
            return None
        return 100 * self.reached < self.target * self.of

    @property
    def words(self) -> str:
        """“71 % kept (25 of 35)”."""
        percent = round(100 * self.reached / self.of) if self.of else 0
        return f"{percent} % {self.verb} ({self.reached} of {round(self.of)})"


@dataclass(frozen=True)
class Measure:
    """What is agreed, and how far it was reached in each week, the latest last."""

    key: str
    name: str
    side: Side
    agreed: str
    levels: tuple[Level, ...]

    @property
    def is_below(self) -> bool:
        """In each of the weeks."""
        return bool(self.levels) and all(level.is_below for level in self.levels)

    @property
    def words(self) -> str:
        *former, last = self.levels
        told = [f"{last.words} in the week of {last.week:%-d %b %Y}"]
        for back, level in enumerate(reversed(former), start=1):
            when = "the week before" if back == 1 else f"{back} weeks before"
            told.append(f"{level.words} {when}")
        return f"{self.name}: {', '.join(told[:3])}; {self.agreed}."

    @property
    def facts(self) -> dict[str, list[str] | list[float] | list[int] | int]:
        return {
            "weeks": [level.week.isoformat() for level in self.levels],
            "reached": [level.reached for level in self.levels],
            "of": [round(level.of, 2) for level in self.levels],
            "target": self.levels[-1].target,
        }


def open_items(agreement: Agreement, *, now: datetime) -> list[ReviewItem]:
    """Open what is below for as many weeks as agreed; safe to repeat.

    Weeks that a decision has seen are not held up again: after it, as many new ones are needed.
    """
    found = []
    for measure in measures(agreement, weeks=agreement.weeks_below, now=now):
        if measure.is_below and measure.levels[0].week > _decided_upto(agreement, measure.key):
            found.append(
                open_item(
                    agreement.workspace,
                    kind=ReviewItem.Kind.LEVEL,
                    key=measure.key,
                    words=measure.words,
                    facts=measure.facts,
                    owner=_owner(agreement, measure.side),
                    agreement=agreement,
                    side=measure.side,
                    at=now,
                )
            )
    return found


def _owner(agreement: Agreement, side: Side) -> User | None:
    own = {Side.MARKETING: agreement.marketing_owner, Side.SALES: agreement.sales_owner}
    return agreement.escalates_to or own.get(side)


def _decided_upto(agreement: Agreement, key: str) -> date:
    """The latest week that the last decision about this has seen."""
    decided = ReviewItem.objects.of(agreement.workspace).filter(key=key, decided_at__isnull=False)
    last = decided.order_by("-decided_at", "-pk").first()
    weeks = last.facts.get("weeks") if last else None
    return date.fromisoformat(weeks[-1]) if weeks else date.min


def watch(*, now: datetime) -> int:
    """All active agreements; returns how many items are open by it. One that fails is logged, and
    does not keep the others waiting."""
    count = 0
    people = ("workspace", "marketing_owner", "sales_owner", "escalates_to")
    for agreement in Agreement.objects.active().select_related(*people).order_by("pk"):
        try:
            with transaction.atomic():
                count += len(open_items(agreement, now=now))
        except Exception:
            logger.exception("The levels of %s could not be judged", agreement.workspace)
    return count


def measures(agreement: Agreement, *, weeks: int, now: datetime) -> list[Measure]:
    """Every measure of the agreement over its last so many finished weeks; a measure that has
    fewer is left out. Six queries at most."""
    settled = finished_weeks(agreement, weeks, now=now)
    found = [*_promises(agreement, settled, now=now), *_marketing(agreement, settled)]
    late = finished_weeks(agreement, weeks, now=now - FOLLOW_UP_WITHIN)
    found.append(_coverage(agreement, late))
    return [measure for measure in found if len(measure.levels) == weeks]


def finished_weeks(agreement: Agreement, weeks: int, *, now: datetime) -> list[date]:
    """The Mondays of the last so many whole weeks that are over at `now`, in order; fewer where
    the agreement is younger."""
    zone = agreement.workspace.zone
    assert agreement.active_since is not None  # noqa: S101 - it is active
    since = agreement.active_since.astimezone(zone).date()
    running = beginning("week", now.astimezone(zone).date())
    mondays = [running - n * WEEK for n in range(weeks, 0, -1)]
    return [monday for monday in mondays if monday >= since]


def _periods(agreement: Agreement, weeks: Sequence[date]) -> list[Period]:
    zone = agreement.workspace.zone
    return [Period(monday, monday + timedelta(days=6), zone) for monday in weeks]


def _promises(agreement: Agreement, weeks: Sequence[date], *, now: datetime) -> Iterable[Measure]:
    periods = _periods(agreement, weeks)
    rows = list(agreement.commitments.order_by("pk"))
    if not (periods and rows):
        return
    edges = [*(one.starts_at for one in periods), periods[-1].ends_at]
    bounds = [at for at in edges if at]
    codes, pks = {row.code for row in rows}, [row.pk for row in rows]
    [found] = kept(Asked(agreement.workspace, bounds, now, codes, pks), ("commitment",))
    for row in rows:
        counts = [found.get((place, (row.pk,)), Kept()) for place in range(len(weeks))]
        levels = tuple(
            Level(week, count.met, count.judged, row.target_percent, "kept")
            for week, count in zip(weeks, counts, strict=True)
        )
        yield Measure(_key(row), _name(row), row.side, f"{row.target_percent} % agreed", levels)


def _key(row: Commitment) -> str:
    return f"level:{row.code}:{row.tier_code}"


def _name(row: Commitment) -> str:
    tier = row.tier_name or row.tier_code
    return f"{row.get_code_display()}{f' ({tier})' if tier else ''}"


def _marketing(agreement: Agreement, weeks: Sequence[date]) -> Iterable[Measure]:
    counts = delivered(agreement.workspace, _periods(agreement, weeks))
    days = working_days(agreement.workspace)
    if a_month := agreement.leads_a_month:
        levels = tuple(
            Level(week, one.count, owed(a_month, week, days), 100, "delivered", volume=True)
            for week, one in zip(weeks, counts, strict=True)
        )
        agreed = f"{a_month} MQLs a month agreed"
        yield Measure("level:mqls", "MQLs of the week", Side.MARKETING, agreed, levels)
    if agreement.good_grades and (target := agreement.good_percent):
        grades = " or ".join(agreement.good_grades)
        levels = tuple(
            Level(week, one.of_grades(agreement.good_grades), one.count, target, f"are {grades}")
            for week, one in zip(weeks, counts, strict=True)
        )
        agreed = f"{target} % agreed"
        yield Measure("level:quality", "Quality of MQLs", Side.MARKETING, agreed, levels)


def owed(a_month: int, week: date, days: WorkingDays) -> float:
    """What the working days of that week make of the promise a month, of either month."""
    total = 0.0
    for month in {beginning("month", week), beginning("month", week + timedelta(days=6))}:
        last = following("month", month) - timedelta(days=1)
        of_month = days.between(month, last)
        of_week = days.between(max(month, week), min(last, week + timedelta(days=6)))
        total += a_month * of_week / of_month if of_month else 0.0
    return total


def _coverage(agreement: Agreement, weeks: Sequence[date]) -> Measure:
    counts = coverage(agreement.workspace, _periods(agreement, weeks))
    target = agreement.coverage_percent
    levels = tuple(
        Level(week, one.touched, one.accepted, target, "followed up")
        for week, one in zip(weeks, counts, strict=True)
    )
    name = "Accepted leads followed up"
    return Measure("level:coverage", name, Side.SALES, f"{target} % agreed", levels)
