"""What was so while promises ran that were missed, gathered for many at once: six queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from accounts.access import Permission, roles_with
from accounts.models import Membership
from handoff.compliance.causes import Cause, Circumstances, Code, cause_of
from handoff.models import FallbackEntry, Handoff, Rep
from leadqual.models import StageMove
from leadqual.stages import Stage
from sla.models import Absence, Clock

Span = tuple[datetime, datetime | None]
_DECIDES: Final = frozenset(roles_with(Permission.DECIDE_OFFERS))


def causes_of(missed: Sequence[Clock]) -> dict[int, Cause]:
    """The cause of each, by the clock's id; for clocks with their lead and workspace."""
    known = _Known(missed)
    return {clock.pk: cause_of(known.of(clock)) for clock in missed}


class _Known:
    def __init__(self, missed: Sequence[Clock]) -> None:
        leads = {clock.lead_id for clock in missed}
        self.offers = _by_lead(
            Handoff.objects.filter(lead__in=leads).only(
                *("lead_id", "rep_id", "status", "offered_at", "notified_at", "viewed_at"),
                *("decided_at", "expired_at", "withdrawn_at", "workspace_id"),
            )
        )
        self.waits = _by_lead(FallbackEntry.objects.filter(lead__in=leads).defer("trace"))
        left = StageMove.objects.filter(
            lead__in=leads, to_stage__in=[Stage.NURTURE, Stage.DISQUALIFIED, Stage.MQL]
        )
        self.left = _by_lead(left.only("lead_id", "at", "to_stage"))
        people = {clock.person_id for clock in missed if clock.person_id}
        reps = {offer.rep_id for offers in self.offers.values() for offer in offers}
        self.away = _absences(people)
        self.present = set(
            Membership.objects.current()
            .filter(user__in=people, role__in=_DECIDES)
            .values_list("workspace_id", "user_id")
        )
        silent = Rep.objects.filter(user__in=reps, in_app=False, mail=Rep.Mail.NEVER)
        self.silent = set(silent.filter(webhook_url="").values_list("workspace_id", "user_id"))

    def of(self, clock: Clock) -> Circumstances:
        lead, started, due = clock.lead, clock.started_at, clock.due_at
        offers = self.offers[clock.lead_id]
        offer = next((o for o in reversed(offers) if _covers(_open(o), due)), None)
        waits = self.waits[clock.lead_id]
        held = (clock.workspace_id, clock.person_id)
        days = _days(clock)
        return Circumstances(
            code=clock.code,
            started_at=started,
            due_at=due,
            warned_at=clock.warn_at,
            can_be_reached=bool(lead.email or lead.phone) and lead.erased_at is None,
            had=_within(self._had(clock.lead_id), started, due),
            waited=_within(_waits(waits), started, due),
            queued_for=next((str(wait.why) for wait in reversed(waits)), ""),
            offered_at=offer.offered_at if offer else None,
            told_at=offer.notified_at if offer else None,
            seen_at=offer.viewed_at if offer else None,
            wants_no_word=offer is not None and (offer.workspace_id, offer.rep_id) in self.silent,
            days=len(days),
            absent_days=sum(self._is_away(clock, day) for day in days),
            has_left=clock.person_id is not None
            and clock.code != Code.REVIEW_REJECTION
            and held not in self.present,
        )

    def _had(self, lead: int) -> list[Span]:
        """When some rep had it: from each offer to its end, or, accepted, until it came back."""
        spans = []
        for offer in self.offers[lead]:
            since, until = _open(offer)
            if offer.status == Handoff.Status.ACCEPTED:
                back = (move.at for move in self.left[lead] if move.at >= (until or since))
                until = min(back, default=None)
            spans.append((since, until))
        return spans

    def _is_away(self, clock: Clock, day: date) -> bool:
        of_person = self.away[clock.workspace_id, clock.person_id]
        return any(first <= day <= last for first, last in of_person)


Row = TypeVar("Row", Handoff, FallbackEntry, StageMove)


def _by_lead(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.pk):
        found[row.lead_id].append(row)
    return found


def _absences(people: Collection[int]) -> dict[tuple[int, int | None], list[tuple[date, date]]]:
    found: dict[tuple[int, int | None], list[tuple[date, date]]] = defaultdict(list)
    for absence in Absence.objects.filter(person__in=people):
        found[absence.workspace_id, absence.person_id].append((absence.first_day, absence.last_day))
    return found


def _open(offer: Handoff) -> Span:
    return offer.offered_at, offer.decided_at or offer.expired_at or offer.withdrawn_at


def _covers(span: Span, moment: datetime) -> bool:
    """Whether it was open just before the moment."""
    since, until = span
    return since <= moment and (until is None or until >= moment)


def _waits(entries: Iterable[FallbackEntry]) -> list[Span]:
    return [(entry.entered_at, entry.left_at) for entry in entries]


def _within(spans: Iterable[Span], start: datetime, end: datetime) -> timedelta:
    """How much of the time between the two is covered; spans of one kind do not overlap."""
    pieces = (min(until or end, end) - max(since, start) for since, until in spans)
    return min(sum((p for p in pieces if p > timedelta()), timedelta()), end - start)


def _days(clock: Clock) -> list[date]:
    """The working days of the promise, by the workspace's dates."""
    zone = clock.workspace.zone
    first, last = (at.astimezone(zone).date() for at in (clock.started_at, clock.due_at))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in days if day.weekday() < 5] or days
