"""What people made of the misses of the simulated year: why each was, what managers said to it, and
what fell below the level agreed. By the product's own functions, after the year is written."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final

from django.db.models import F

from accounts.models import User, Workspace
from handoff import review_items
from handoff.compliance import levels
from handoff.compliance.circumstances import causes_of
from handoff.metrics.periods import beginning
from handoff.models import ReviewItem
from leadqual.models import Notice, OutboxMessage
from sla import agreements
from sla.models import Clock, Commitment, Side
from sla.promise_rules import BY_THE_SYSTEM

Cause = Clock.Cause
Code = Commitment.Code
NOTED: Final = 0.55
"""Of 1, how many of the misses that are old enough somebody has taken note of."""
OLD_ENOUGH: Final = timedelta(days=3)
NOTES: Final[dict[str, tuple[str, ...]]] = {
    Cause.PERSON: (
        "In back-to-back demos all morning. We moved the slot.",
        "Talked about it in the Monday round: look at the queue before lunch.",
        "Too many open offers at once; took some of them over.",
        "Waited for a colleague to answer. Next time: reject it, or say “not mine”.",
    ),
    Cause.NOBODY: (
        "On holiday without cover. Absences are entered a week ahead now.",
        "Handed over by word of mouth only. The lead was told we are late.",
    ),
    Cause.SYSTEM: (
        "No worker ran after the update. It starts by itself now.",
        "Known: the outage of that day.",
    ),
    Cause.DATA: ("No number and no address: back to marketing.",),
}
DECIDED: Final = {
    Side.SALES: "Mara goes through the accepted leads with each rep on Fridays, and Tom gets fewer "
    "until his are in time. We look again in three weeks.",
    Side.MARKETING: "Ana moves budget from the webinars to search: fewer leads, and better ones.",
}
LOOKED_AT: Final = timedelta(weeks=4)


def find_causes(clocks: Sequence[Clock]) -> None:
    """For those just written."""
    missed = [clock for clock in clocks if clock.breached_at]
    ours = [clock for clock in missed if clock.code not in BY_THE_SYSTEM]
    causes = {clock.pk: Cause.SYSTEM for clock in missed} | causes_of(ours)
    for cause in set(causes.values()):
        found = [pk for pk, its in causes.items() if its == cause]
        Clock.objects.filter(pk__in=found).update(cause=cause)
    for clock in missed:
        clock.cause = causes[clock.pk]


def take_note(clocks: Iterable[Clock], *, by: User, seed: int, now: datetime) -> None:
    """A manager's word, some days later, to about half of the misses of people."""
    random = Random(seed)
    said: dict[tuple[str, int], list[int]] = defaultdict(list)
    for clock in clocks:
        old = clock.noticed_at and clock.noticed_at < now - OLD_ENOUGH
        if clock.breached_at and old and random.random() < NOTED:
            note = random.choice(NOTES[clock.cause])
            said[note, random.choice((3, 21, 45))].append(clock.pk)
    for (note, hours), found in said.items():
        Clock.objects.filter(pk__in=found).update(
            acknowledged_at=F("noticed_at") + timedelta(hours=hours),
            acknowledged_by=by,
            acknowledgement=note,
        )


def hold_to_levels(workspace: Workspace, *, now: datetime) -> None:
    """As the nightly look would have: what was below four weeks ago was decided on the day after,
    what has been below for the last weeks is open since this Monday. Its mails have been read."""
    agreement = agreements.active(workspace)
    if agreement is None:
        return
    for at in (now - LOOKED_AT, now):
        monday = beginning("week", at.astimezone(workspace.zone).date())
        looked_at = min(now, _night_of(workspace, monday))
        found = levels.open_items(agreement, now=looked_at)
        for item in found if at < now else ():
            _decide(item, at=looked_at + timedelta(hours=31))
    OutboxMessage.objects.of(workspace).filter(key__startswith="review-item:").delete()
    decided = ReviewItem.objects.of(workspace).filter(decided_at__isnull=False)
    keys = [f"review-item:{pk}" for pk in decided.values_list("pk", flat=True)]
    Notice.objects.of(workspace).filter(key__in=keys).delete()


def _night_of(workspace: Workspace, day: date) -> datetime:
    return datetime.combine(day, time(3, 10), tzinfo=workspace.zone).astimezone(UTC)


def _decide(item: ReviewItem, *, at: datetime) -> None:
    if item.owner:
        review_items.decide(item, by=item.owner, at=at, decision=DECIDED[Side(item.side)])
