"""Who holds reviews hears that one is due, once, and every week while it is overdue; owners hear of
decisions whose day has passed. Each in the bell and by mail.

Nothing is remembered here: each day of a cadence, and each week of being late, has a key of its
own, and what was told under a key is not told again.
"""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from accounts.access import Permission, members_with
from handoff.models import Decision, ReviewCadence
from handoff.reviews.addresses import review_path, reviews_path
from leadqual import outbox
from leadqual.models import Notice

WEEK: Final = 7


def tell_due(*, now: datetime) -> int:
    """All workspaces, each by its own calendar; returns how many reviews and decisions are due.
    Safe to repeat."""
    return _tell_reviews(now) + _tell_decisions(now)


def _tell_reviews(now: datetime) -> int:
    """Days begin earlier in the east: a day more is read, and asked of each workspace's own day."""
    cadences = ReviewCadence.objects.filter(is_on=True, next_due__lte=_latest_day(now))
    count = 0
    for cadence in cadences.select_related("workspace").order_by("pk"):
        days = (now.astimezone(cadence.workspace.zone).date() - cadence.next_due).days
        if days >= 0:
            _tell_review(cadence, days=days)
            count += 1
    return count


def _tell_review(cadence: ReviewCadence, *, days: int) -> None:
    workspace, weeks = cadence.workspace, days // WEEK
    what = f"The joint review “{cadence.get_kind_display()}”"
    subject = f"{what} is due" if not weeks else f"{what} is {_weeks(weeks)} overdue"
    body = (
        f"{what} of {workspace} was due on {cadence.next_due:%-d %B %Y}; it is held "
        f"{cadence.rhythm}. Whoever opens it gets the agenda, ready made:"
    )
    outbox.tell(
        workspace=workspace,
        people=members_with(workspace, Permission.HOLD_REVIEWS),
        key=f"{_key(cadence)}:{weeks}",
        subject=subject,
        body=body,
        path=reviews_path(workspace),
    )


def settle_news(cadence: ReviewCadence, *, at: datetime) -> None:
    """The review that was due has been held: the bell is quiet about it."""
    told = Notice.objects.of(cadence.workspace).filter(key__startswith=f"{_key(cadence)}:")
    told.filter(read_at=None).update(read_at=at)


def _tell_decisions(now: datetime) -> int:
    late = Decision.objects.open().filter(due__lt=_latest_day(now))
    count = 0
    for decision in late.select_related("workspace", "owner", "review__workspace").order_by("pk"):
        days = (now.astimezone(decision.workspace.zone).date() - decision.due).days
        if days > 0:
            _tell_decision(decision, weeks=days // WEEK)
            count += 1
    return count


def _tell_decision(decision: Decision, *, weeks: int) -> None:
    since = f"since {decision.due:%-d %B %Y}"
    outbox.tell(
        workspace=decision.workspace,
        people=[decision.owner],
        key=f"decision-due:{decision.pk}:{decision.owner_id}:{decision.due}:{weeks}",
        subject=f"Overdue {since}: {' '.join(decision.text.split())}"[:200],
        body=f"It was decided in a joint review, and is yours:\n\n{decision.text}\n\n"
        f"It is overdue {since}. Say that it is done, or choose another day:",
        path=review_path(decision.review),
    )


def _latest_day(now: datetime) -> date:
    """The latest local day anywhere on earth."""
    return now.astimezone(ZoneInfo("Pacific/Kiritimati")).date()


def _weeks(weeks: int) -> str:
    return "a week" if weeks == 1 else f"{weeks} weeks"


def _key(cadence: ReviewCadence) -> str:
    return f"review-due:{cadence.pk}:{cadence.next_due}"
