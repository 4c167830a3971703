"""Clocks as the SLA board finds them, written row by row; the workflow's own ways are tested
elsewhere."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import User, Workspace
from leadqual.models import Lead
from sla.models import Clock, ClockPause, Commitment
from tests.builders import make_lead

DECIDE = Commitment.Code.DECIDE_OFFER
TOUCH = Commitment.Code.FIRST_TOUCH
REVIEW = Commitment.Code.REVIEW_REJECTION
HOUR = timedelta(hours=1)
_number = count(1)


def make_clock(
    workspace: Workspace,
    *,
    due_in: timedelta = HOUR,
    code: str = DECIDE,
    person: User | None = None,
    lead: Lead | None = None,
    warned: bool = False,
    tier: str = "",
    **fields: Any,
) -> Clock:
    """A running clock that is due so long from now (late: less than nothing); `warned`: its first
    warning has passed."""
    now = timezone.now()
    promise = _promise(workspace, code, tier)
    due_at = now + due_in
    return Clock.objects.create(
        **{
            "workspace": workspace,
            "lead": lead or make_lead(workspace),
            "commitment": promise,
            "code": code,
            "tier_code": tier,
            "subject_key": f"handoff:{next(_number)}",
            "person": person,
            "calendar": promise.calendar,
            "minutes": 240,
            "warn_percents": [75],
            "started_at": min(now, due_at) - HOUR,
            "warn_ats": [min(now, due_at) - timedelta(minutes=1) if warned else due_at],
            "due_at": due_at,
            "next_check_at": due_at,
            **fields,
        }
    )


def make_miss(
    workspace: Workspace,
    *,
    ago: timedelta = HOUR,
    noticed_after: timedelta = timedelta(),
    **fields: Any,
) -> Clock:
    """One that was missed so long ago and noticed so much later."""
    clock = make_clock(workspace, due_in=-ago, **fields)
    clock.breached_at, clock.next_check_at = clock.due_at, None
    clock.noticed_at = clock.due_at + noticed_after
    clock.save()
    return clock


def pause(clock: Clock, *, until: datetime, why: str = "Asked to be called back") -> ClockPause:
    clock.paused_seconds = 3600
    clock.save()
    return ClockPause.objects.create(
        clock=clock, since=timezone.now() - HOUR, until=until, business_seconds=3600, why=why
    )


def _promise(workspace: Workspace, code: str, tier: str) -> Commitment:
    known = Commitment.objects.of(workspace).in_force().order_by("pk")
    own = known.filter(code=code, tier_code=tier).first()
    some = known.first()
    assert some is not None
    return own or Commitment.objects.create(
        workspace=workspace,
        code=code,
        tier_code=tier,
        tier_name=tier.capitalize(),
        minutes=60,
        calendar=some.calendar,
    )
