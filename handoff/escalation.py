"""What follows when the time of a promise runs out or is over: sla measures, handoff reacts."""

import logging
from datetime import datetime

from django.db import OperationalError, transaction

from handoff import fallback, promise_news, promises, task_list
from handoff.compliance.circumstances import causes_of
from handoff.handoffs import expire
from handoff.models import FallbackEntry, Handoff, Release
from handoff.offering import offer_next
from handoff.transitions import SomeoneWasFaster, lock
from leadqual.stages import Stage
from sla import clocks
from sla.models import Clock, Commitment
from sla.promise_rules import BY_THE_SYSTEM

log = logging.getLogger(__name__)

Code, OnBreach = Commitment.Code, Commitment.OnBreach
SILENCES = 2
"""So many offers of a cycle may run out before a manager has the word."""


def answer_breaches(*, now: datetime, limit: int = 200) -> int:
    """React once to each breach that the sweep found; returns how many were answered.

    Its cause is found and kept, those whom the promise names are told, and what it says follows: a
    task, or another rep. An undecided offer expires at its deadline in any case and goes to the
    next rep, or back into the line that a publication made it wait in where all days are full; the
    second time in a cycle it waits for a manager, in the fallback queue. Other clocks run on until
    somebody acts. A breach that cannot be answered is stepped over, and tried again the next time.
    The system's own are `handoff.compliance.system_breaches`'.
    """
    reacted, after = 0, 0
    while reacted < limit and (found := clocks.unanswered_breaches(limit, after=after)):
        after = found[-1].pk
        ours = [clock for clock in found if clock.code not in BY_THE_SYSTEM]
        causes = _causes(ours)
        reacted += sum(
            _react(clock, causes[clock.pk], now=now) for clock in ours if clock.pk in causes
        )
    return reacted


def _causes(found: list[Clock]) -> dict[int, Clock.Cause]:
    """By clock; one whose circumstances cannot be read keeps nobody else's breach waiting."""
    try:
        return causes_of(found)
    except OperationalError:
        raise
    except Exception:
        if len(found) == 1:
            log.exception("The cause of the breach of clock %s could not be found", found[0].pk)
            return {}
    causes: dict[int, Clock.Cause] = {}
    for clock in found:
        causes |= _causes([clock])
    return causes


def _react(clock: Clock, cause: Clock.Cause, *, now: datetime) -> bool:
    try:
        with transaction.atomic():
            clock.lead = lock(clock.lead)  # before its clocks, as everywhere
            mine = clocks.answered(clock, at=now, cause=cause)
            if mine and clock.lead.erased_at is None:
                _answer(clock, now=now)
            return mine
    except Exception:
        log.exception("The breach of clock %s could not be answered", clock.pk)
        return False


def tell_warnings(*, now: datetime, limit: int = 200) -> int:
    """Tell those whom a promise names that its time runs out, once a warning; returns how many."""
    told, after = 0, 0
    while told < limit and (found := clocks.untold_warnings(limit, after=after)):
        told += sum(_warn(clock) for clock in found)
        after = found[-1].pk
    return told


def _warn(clock: Clock) -> bool:
    try:
        with transaction.atomic():
            clock.lead = lock(clock.lead)
            mine = clocks.warning_told(clock)
            if mine and clock.lead.erased_at is None and clock.commitment.warns:
                percent = clock.warn_percents[clock.warned - 1]
                promise_news.tell_warned(clock, percent=percent, handoff=_handoff(clock))
            return mine
    except Exception:
        log.exception("The warning of clock %s could not be told", clock.pk)
        return False


def _handoff(clock: Clock) -> Handoff | None:
    pk = promises.handoff_pk(clock)
    if pk is None:
        return None
    offers = Handoff.objects.select_related("lead__company", "workspace", "rep").defer("packet")
    return offers.filter(pk=pk).first()


def _answer(clock: Clock, *, now: datetime) -> None:
    handoff = _handoff(clock)
    if clock.code == Code.DECIDE_OFFER and handoff:
        if _ran_out(handoff, clock, how=clocks.RAN_OUT):
            promise_news.tell_run_out(handoff, clock, now=now)
            _go_on(handoff, now=now)
        else:  # decided meanwhile, late: people hear of the miss
            promise_news.tell_missed(clock, now=now, handoff=handoff)
    else:
        promise_news.tell_missed(clock, now=now, handoff=handoff)
        if clock.code == Code.TOUCH_OF_OFFER and clock.commitment.on_breach == OnBreach.REROUTE:
            _reroute(clock, now=now)
    if clock.commitment.on_breach == OnBreach.TASK:
        _give_task(clock, now=now)


def _ran_out(handoff: Handoff, clock: Clock, *, how: str) -> bool:
    """Whether the offer was open still, and has expired at the deadline."""
    try:
        expire(handoff, at=max(clock.due_at, handoff.offered_at), how=how)
    except SomeoneWasFaster:
        return False
    return True


def _reroute(clock: Clock, *, now: datetime) -> None:
    """Nobody reached out in time, and nobody has decided either: the next rep is asked. Whoever has
    accepted the lead keeps it."""
    offer = clock.lead.handoffs.open().select_related("lead", "workspace", "rep").first()
    if clock.stopped_at is not None or offer is None or offer.offered_at >= clock.due_at:
        return
    # They were not late to decide: nobody holds them to that any more.
    if _ran_out(offer, clock, how=clocks.TAKEN_BACK):
        _go_on(offer, now=now)


def _go_on(handoff: Handoff, *, now: datetime) -> None:
    lead = lock(handoff.lead)
    if lead.stage != Stage.MQL:
        return
    ran_out = lead.handoffs.filter(cycle=lead.cycle, status=Handoff.Status.EXPIRED)
    if ran_out.count() < SILENCES:
        offer_next(lead, at=now)
    elif not lead.handoffs.open().exists():
        Release.objects.filter(lead=lead, released_at=None).update(released_at=now, held=False)
        why = FallbackEntry.Why.SILENCE
        fallback.enter(lead, why=why, trace=handoff.trace, at=now)


def _give_task(clock: Clock, *, now: datetime) -> None:
    """To who is held to it, while something can still be done; of an offer that ran out, and of
    what no single person is held to, to the managers."""
    if clock.stopped_at is not None and clock.code != Code.DECIDE_OFFER:
        return
    zone = clock.workspace.zone
    due = f"{clock.due_at.astimezone(zone):%a %d %b, %H:%M}"
    task_list.give(
        lead=clock.lead,
        person=None if clock.code == Code.DECIDE_OFFER else clock.person,
        key=promise_news.of_deadline("missed", clock),
        text=f"Missed: {clock.get_code_display()}, due {due}",
        at=now,
    )
