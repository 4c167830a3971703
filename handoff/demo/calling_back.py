"""Some leads of the simulated year asked to be called back: their promises stood still meanwhile,
and of a few they still do. Written by the product's own functions, at moments of the past."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from accounts.models import User, Workspace
from handoff.models import CallBack, Task
from handoff.touches import log_touch
from leadqual.models import Lead, Notice, TouchKind, TouchOutcome
from sla.business_time import Calendar, due
from sla.models import Clock, Commitment

PENDING: Final = 8
OVER: Final = 24
RECENT: Final = timedelta(days=80)
WORDS: Final = (
    "in a workshop, call afterwards",
    "wants the head of finance to be there",
    "budget round first",
    "on a train, bad line",
    "",
)


def ask_all(workspace: Workspace, calendar: Calendar, *, seed: int, now: datetime) -> None:
    random = Random(seed)
    counts = {True: PENDING, False: OVER}
    for clock, rep in _qualifying(workspace, now=now):
        pending = clock.stopped_at is None
        if counts[pending] and (pending or random.random() < 0.5):
            counts[pending] -= _ask(clock, rep, calendar, random, now=now)


def _qualifying(workspace: Workspace, *, now: datetime) -> Iterator[tuple[Clock, User]]:
    """The latest accepted leads, with who has them; those that were worked alone."""
    clocks = Clock.objects.of(workspace).filter(
        code=Commitment.Code.QUALIFY, started_at__gt=now - RECENT, started_at__lt=now
    )
    for clock in clocks.select_related("lead__workspace", "person").order_by("-started_at", "-pk"):
        if clock.person:
            yield clock, clock.person


def _ask(clock: Clock, rep: User, calendar: Calendar, random: Random, *, now: datetime) -> int:
    """1 where it asked; 0 where it could not have."""
    lead, until_end = clock.lead, clock.stopped_at
    last = lead.touches.order_by("-occurred_at").first()
    began = clock.started_at if until_end or last is None else last.occurred_at
    asked_at = due(began, random.randint(30, 300), calendar)
    since = now if until_end is None else asked_at
    until = due(since, random.randint(300, 1500), calendar)
    if asked_at >= now or (until_end and until >= until_end):
        return 0
    if lead.touches.filter(occurred_at__range=(asked_at, until)).exists():
        return 0  # they talked meanwhile
    log_touch(
        lead,
        by=rep,
        kind=TouchKind.CALL,
        outcome=TouchOutcome.CALL_BACK,
        at=asked_at,
        now=asked_at,
        note=random.choice(WORDS),
        call_back=until,
    )
    if until_end is not None:
        _is_over(lead, rep, until=until)
    return 1


def _is_over(lead: Lead, rep: User, *, until: datetime) -> None:
    CallBack.objects.filter(lead=lead, until=until).update(ended_at=until)
    for task in Task.objects.filter(lead=lead, due_at=until, done_at=None):
        Notice.objects.of(lead.workspace).filter(user=rep, text__endswith=task.text).delete()
        task.done_at, task.done_by = until, rep
        task.save(update_fields=["done_at", "done_by"])
