"""Clocks in few words, for the tests of promises."""

from datetime import datetime

from leadqual.models import Lead
from sla.clocks import Stop, start, stop_each
from sla.models import Clock, Commitment
from tests.sla.calendars import local

DECIDE = Commitment.Code.DECIDE_OFFER
TOUCH = Commitment.Code.FIRST_TOUCH
MONDAY_10 = local("2026-03-02 10:00")
EVENING = local("2026-03-02 20:00")
"""Of the same Monday: whatever was promised then is over."""


def started(lead: Lead, *, at: datetime = MONDAY_10, code: str = DECIDE, key: str = "") -> Clock:
    clock = start(lead=lead, code=code, subject_key=key or "handoff:1", person=None, at=at)
    assert clock is not None
    return clock


def stopped(
    clock: Clock, *, at: datetime, how: str = "accepted", recorded_at: datetime | None = None
) -> Clock:
    assert stop_each({clock.pk: Stop(at, how, recorded_at)}) == [clock]
    return Clock.objects.get(pk=clock.pk)


def running(lead: Lead, *codes: str) -> list[Clock]:
    """The lead's running clocks of these promises, the oldest first."""
    clocks = Clock.objects.running().filter(lead=lead, code__in=codes)
    return list(clocks.order_by("started_at", "pk"))
