"""What the tests of promises share: a workspace that promises this or that, and its clocks."""

from datetime import datetime, timedelta
from typing import Any

from accounts.models import User, Workspace
from handoff.touches import log_touch
from leadqual.models import Lead, Touch, TouchKind, TouchOutcome
from sla.models import BusinessCalendar, Clock, Commitment
from tests.builders import MONDAY_NOON

Code = Commitment.Code
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = MONDAY_NOON
"""13:00 in Berlin, after the lunch break."""


def promise(workspace: Workspace, code: str, **terms: Any) -> Commitment:
    """A default promise of that kind, in place of the one there is."""
    tier = terms.get("tier_code", "")
    old = Commitment.objects.of(workspace).filter(code=code, tier_code=tier, retired_at=None)
    old.update(retired_at=NOON - DAY)
    calendar = BusinessCalendar.objects.of(workspace).order_by("pk").first()
    if not {"minutes", "days"} & terms.keys():
        terms["minutes"] = 60
    return Commitment.objects.create(
        **{"workspace": workspace, "code": code, "calendar": calendar, **terms}
    )


def promise_all(workspace: Workspace) -> None:
    """Every promise of a lead in sales and of its rejections, within an hour or some days."""
    promise(workspace, Code.TOUCH_OF_OFFER)
    promise(workspace, Code.FOLLOW_UP, days=5, touches=3)
    promise(workspace, Code.QUALIFY, days=10)
    promise(workspace, Code.REVIEW_REJECTION, days=5)


def touch(
    lead: Lead,
    by: User,
    at: datetime,
    *,
    outcome: TouchOutcome = TouchOutcome.NO_ANSWER,
    kind: TouchKind = TouchKind.CALL,
    now: datetime | None = None,
    **said: Any,
) -> Touch:
    return log_touch(lead, by=by, kind=kind, outcome=outcome, at=at, now=now or at, **said)


def ended(lead: Lead) -> dict[str, tuple[datetime | None, str]]:
    """When and by what each promise of the lead ended; of several of a kind the newest."""
    clocks = Clock.objects.filter(lead=lead).order_by("pk")
    return {clock.code: (clock.stopped_at, clock.stopped_by) for clock in clocks}


def the(lead: Lead, code: str) -> Clock:
    clock = Clock.objects.filter(lead=lead, code=code).order_by("-pk").first()
    assert clock is not None
    return clock
