"""The month that the page is about, the one before, and the agreements in force in them.

Agreements are told apart by whole days of the workspace: the day on which one comes into force is
its first, and the former's last was the day before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Final, Self

from accounts.models import Workspace
from handoff.metrics.periods import EARLIEST, LATEST, Period, following
from sla.models import Agreement, Commitment

DEFAULTS: Final = "defaults"
"""What the URL calls the time in which no agreement is in force, and the promises of then."""


@dataclass(frozen=True)
class Month:
    """`first` is its first day, in the days of `zone`."""

    first: date
    zone: tzinfo

    @classmethod
    def typed(cls, text: str, *, today: date, zone: tzinfo) -> Self:
        """“2026-11”; other text, and what lies outside the years people type, is this month."""
        try:
            first = date.fromisoformat(f"{text}-01")
        except ValueError:
            first = today.replace(day=1)
        if not EARLIEST <= first <= LATEST:
            first = today.replace(day=1)
        return cls(first, zone)

    @property
    def code(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def words(self) -> str:
        return f"{self.first:%B %Y}"

    @property
    def last(self) -> date:
        return following("month", self.first) - timedelta(days=1)

    @property
    def period(self) -> Period:
        return Period(self.first, self.last, self.zone)

    def before(self) -> "Month":
        return Month((self.first - timedelta(days=1)).replace(day=1), self.zone)

    def after(self) -> "Month":
        return Month(following("month", self.first), self.zone)


@dataclass(frozen=True)
class Span:
    """Days of a month in which one agreement was in force; None: none was, the defaults counted."""

    agreement: Agreement | None
    first: date
    last: date

    @property
    def words(self) -> str:
        name = f"Agreement {self.agreement.number}" if self.agreement else "No agreement"
        return f"{name} from {self.first:%-d} to {self.last:%-d %b}"


def spans(agreements: Sequence[Agreement], month: Month) -> list[Span]:
    """The whole month, in order and without holes; `agreements` that were ever in force."""
    starts = [(month.first, _in_force_on(agreements, month.first, month.zone))]
    for agreement in sorted(agreements, key=lambda one: (one.active_since, one.pk)):
        day = _day(agreement.active_since, month.zone)
        if day and month.first <= day <= month.last:
            starts = [(d, a) for d, a in starts if d < day] + [(day, agreement)]
    ends = [d - timedelta(days=1) for d, _ in starts[1:]] + [month.last]
    return [Span(a, first, last) for (first, a), last in zip(starts, ends, strict=True)]


def _in_force_on(agreements: Sequence[Agreement], day: date, zone: tzinfo) -> Agreement | None:
    """At the end of that day; agreements follow each other without a hole."""
    began = [a for a in agreements if (d := _day(a.active_since, zone)) and d <= day]
    return max(began, key=lambda one: (one.active_since, one.pk), default=None)


def _day(at: datetime | None, zone: tzinfo) -> date | None:
    return at.astimezone(zone).date() if at else None


@dataclass(frozen=True)
class Scope:
    """One month of a workspace as it stands at `now`; `version` is a number, DEFAULTS or blank.

    With a version, clocks are those of its promises, and everything else is of the days on which
    it was in force.
    """

    workspace: Workspace
    month: Month
    now: datetime
    version: str = ""

    @classmethod
    def typed(cls, workspace: Workspace, *, month: str, version: str, now: datetime) -> Self:
        """As the URL says; what names nothing is as good as absent."""
        today = now.astimezone(workspace.zone).date()
        scope = cls(workspace, Month.typed(month, today=today, zone=workspace.zone), now, version)
        return scope if scope._known_version else replace(scope, version="")

    @classmethod
    def with_agreements(
        cls, workspace: Workspace, *, month: Month, now: datetime, agreements: Sequence[Agreement]
    ) -> Self:
        """Of one whose agreements that were ever in force are known already."""
        scope = cls(workspace, month, now)
        vars(scope)["agreements"] = list(agreements)
        return scope

    @property
    def _known_version(self) -> bool:
        return self.version in (DEFAULTS, *(str(one.number) for one in self.agreements))

    @cached_property
    def agreements(self) -> list[Agreement]:
        """All that were ever in force, the latest first, with the people they name."""
        ever = Agreement.objects.of(self.workspace).filter(active_since__isnull=False)
        return list(ever.select_related("marketing_owner", "sales_owner").order_by("-number"))

    @cached_property
    def spans(self) -> list[Span]:
        """What was in force in the month; with a version, its own days alone: perhaps none."""
        found = spans(self.agreements, self.month)
        return [one for one in found if not self.version or self.version == version_of(one)]

    @property
    def period(self) -> Period | None:
        """The days that count; None: the version was never in force in this month."""
        if not self.spans:
            return None
        return Period(self.spans[0].first, self.spans[-1].last, self.month.zone)

    @cached_property
    def commitments(self) -> list[Commitment]:
        """The promises of the version, or all there ever were, with the agreements."""
        rows = Commitment.objects.of(self.workspace).select_related("agreement", "calendar")
        if self.version == DEFAULTS:
            rows = rows.filter(agreement=None)
        elif self.version:
            rows = rows.filter(agreement__number=int(self.version))
        return list(rows.order_by("pk"))

    @property
    def before(self) -> "Scope":
        """The month before, by the same version."""
        return replace(self, month=self.month.before())

    @property
    def bounds(self) -> list[datetime]:
        """The beginnings of the month before, of the month, and of the one after."""
        months = (self.month.before(), self.month, self.month.after())
        return [at for month in months if (at := month.period.starts_at)]

    def as_query(self, **more: str) -> dict[str, str]:
        query = {"month": self.month.code, "version": self.version} | more
        return {name: value for name, value in query.items() if value}


def version_of(span: Span) -> str:
    return str(span.agreement.number) if span.agreement else DEFAULTS
