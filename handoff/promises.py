"""What is promised about one lead from its first offer on: where it starts, and what keeps it.

    TOUCH_OF_OFFER    the lead's own: from the first offer, through every re-route, to a touch
    FIRST_TOUCH       of who accepted it: to a touch
    FOLLOW_UP         of who accepted it: so many touches, or one that reached the lead, or SQL
    QUALIFY           of who accepted it: to SQL, or back
    REVIEW_REJECTION  of marketing: from a rejection to its review

Deciding an offer is `handoff.offering`'s and `handoff.open_offers`', the queue of those whom nobody
could take `handoff.fallback`'s. Whoever calls holds the lead.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from accounts.models import User, Workspace
from handoff import call_backs
from handoff.models import Handoff, Rep
from handoff.setups import Setup, setup_of
from handoff.touch_rules import TOUCHED, Round, kept_by
from leadqual.models import Lead
from leadqual.stages import Stage
from sla import clocks
from sla.models import BusinessCalendar, Clock, Commitment
from sla.opening_hours import CalendarError
from sla.promise_rules import KEPT_BY_TOUCHES

log = logging.getLogger(__name__)

Code = Commitment.Code
OF_ACCEPTED: Final = (Code.FIRST_TOUCH, Code.FOLLOW_UP, Code.QUALIFY)
OF_LEAD: Final = (Code.TOUCH_OF_OFFER, *OF_ACCEPTED)
"""Promised of a lead while sales has it; nobody is held to them any more once it has left."""

QUALIFIED, GIVEN_BACK, REVIEWED = "qualified", "given_back", "reviewed"
"""Words by which these clocks are stopped, beside those of `handoff.touch_rules`."""

_CYCLE: Final = "cycle:"


def subject_key(handoff: Handoff) -> str:
    """What the clocks of this hand-off are about."""
    return f"handoff:{handoff.pk}"


def handoff_pk(clock: Clock) -> int | None:
    """The hand-off that the clock is about; of the lead's own, the first of its cycle."""
    kind, _, pk = clock.subject_key.partition(":")
    return int(pk) if kind in ("handoff", "cycle") and pk.isdecimal() else None


def own_clock(lead: Lead) -> Clock | None:
    """The lead's own clock of this cycle, running or kept; None: none was started, or it was taken
    back, because the lead had left sales, and the next offer starts another."""
    own = Clock.objects.filter(lead=lead, code=Code.TOUCH_OF_OFFER).select_related("lead")
    clock = own.exclude(stopped_by=clocks.TAKEN_BACK).order_by("-pk").first()
    if clock and clock.stopped_at is None:
        return clock
    first = handoff_pk(clock) if clock else None
    of_cycle = first and Handoff.objects.filter(pk=first, cycle=lead.cycle).exists()
    return clock if of_cycle else None


def of_first_offer(handoff: Handoff, setup: Setup, rep: Rep, *, at: datetime) -> Clock | None:
    """The lead's own clock, not yet written; None where nothing is promised."""
    promised = setup.promise(Code.TOUCH_OF_OFFER, handoff.tier)
    if promised is None:
        return None
    own = setup.own_calendar(rep, pool=handoff.pool_id)
    clock = promised.clock(handoff.lead, person=rep.user, at=at, own_calendar=own)
    clock.subject_key = f"{_CYCLE}{handoff.pk}"
    return clock


def goes_on(clock: Clock, *, to: User) -> None:
    """The lead was offered to somebody else: its own promise is theirs now, where it still runs."""
    if clock.stopped_at is None:
        clocks.pass_on(lead=clock.lead, code=clock.code, to=to)


def nobodys_turn(lead: Lead) -> None:
    """The lead is offered to nobody: its own promise runs on, and is no rep's."""
    clocks.pass_on(lead=lead, code=Code.TOUCH_OF_OFFER, to=None)


def accepted(handoff: Handoff, *, at: datetime) -> None:
    """Start what whoever accepted it is held to. What was done since the lead became MQL counts."""
    setup = setup_of(handoff.workspace, at=at)
    rep = setup.roster.reps.get(handoff.rep_id)
    own = setup.own_calendar(rep, pool=handoff.pool_id) if rep else None
    promised = [setup.promise(code, handoff.tier) for code in OF_ACCEPTED]
    _start(handoff, promised, person=handoff.rep, own=own, at=at)
    call_backs.join(handoff.lead, now=at)
    if handoff.lead.touches.exists():  # they talked before anybody pressed “accept”
        touched(handoff.lead)


def _start(
    handoff: Handoff,
    promised: Iterable[clocks.Promise | None],
    *,
    person: User | None,
    own: BusinessCalendar | None,
    at: datetime,
) -> None:
    """Clocks about the hand-off. A promise whose calendar never opens again keeps nobody from
    deciding: it has no clock, and its editor was told."""
    started = []
    for promise in filter(None, promised):
        try:
            clock = promise.clock(handoff.lead, person=person, at=at, own_calendar=own)
        except CalendarError:
            log.exception("No deadline can be computed for hand-off %s", handoff.pk)
            continue
        clock.subject_key = subject_key(handoff)
        started.append(clock)
    Clock.objects.bulk_create(started, ignore_conflicts=True)


def not_accepted(handoff: Handoff) -> None:
    """The acceptance was taken back: its promises never were. The lead's own goes on."""
    for code in OF_ACCEPTED:
        clocks.forget(workspace=handoff.workspace, code=code, subject_key=subject_key(handoff))


def touched(lead: Lead) -> None:
    """Stop what the touches of the lead keep, each at the moment of the touch that keeps it.

    One that was logged late counts by its own moment, so that it may take back a breach, or put a
    later one in its place, or have kept what was owed no more when it was logged; safe to repeat.
    """
    open_to_touches = (
        Clock.objects.filter(lead=lead, code__in=KEPT_BY_TOUCHES)
        .filter(
            Q(stopped_at=None)
            | Q(stopped_by__in=[TOUCHED, clocks.TAKEN_BACK])
            | Q(breached_at__isnull=False)
        )
        .select_related("commitment")
        .order_by("pk")
    )
    if found := list(open_to_touches):
        cycles = dict(lead.handoffs.order_by("pk").values_list("pk", "cycle"))
        promoted = lead.moves.filter(to_stage=Stage.MQL, counted=True).order_by("-at", "-pk")
        starts = dict(promoted.values_list("cycle", "at"))  # the earliest of each
        touches = list(lead.touches.order_by("occurred_at", "pk"))
        stops = {}
        for clock in found:
            # What still runs is of this cycle, whatever number a merge has given to its offer.
            cycle = lead.cycle if clock.stopped_at is None else cycles.get(handoff_pk(clock) or 0)
            if cycle is None:
                continue
            if stop := _stop(clock, Round.of(touches, cycle=cycle, starts=starts)):
                stops[clock.pk] = stop
        clocks.stop_each(stops)


def _stop(clock: Clock, spell: Round) -> clocks.Stop | None:
    """What the touches of that round say to it; None: nothing, or nothing new."""
    kept = kept_by(clock.commitment, spell.touches)
    if kept is None:
        return None
    at, ended = max(kept.at, clock.started_at), clock.stopped_at
    if ended and clock.stopped_by == TOUCHED and ended <= at:
        return None  # kept already, and nobody else changes that while we hold the lead
    # What ended it may have come after the touch, of which we did not know.
    anew = bool(ended and clock.stopped_by != TOUCHED and at < ended <= kept.recorded_at)
    return clocks.Stop(at, TOUCHED, kept.recorded_at, or_earlier=True, anew=anew)


def unworked(workspace: Workspace, *, now: datetime) -> QuerySet[Clock]:
    """Follow-ups whose time is over while too few touches are logged, and that nobody has made good
    since: their leads are unworked."""
    running = Clock.objects.of(workspace).running()
    return running.filter(code=Code.FOLLOW_UP, due_at__lt=now)


def qualified(lead: Lead, *, at: datetime) -> None:
    """SAL → SQL: it was worked, and qualified."""
    asked = [Code.FOLLOW_UP, Code.QUALIFY]
    clocks.stop_running(lead=lead, codes=asked, at=at, how=QUALIFIED)


def given_back(lead: Lead, *, at: datetime) -> None:
    """A person recycled or disqualified it: that, too, is what “qualify” asks for; the rest is
    owed no more."""
    clocks.stop_running(lead=lead, codes=[Code.QUALIFY], at=at, how=GIVEN_BACK)
    left_sales(lead, at=at)


def left_sales(lead: Lead, *, at: datetime) -> None:
    """Nobody waits for a call any more: whatever still runs is taken back."""
    clocks.stop_running(lead=lead, codes=OF_LEAD, at=at, how=clocks.TAKEN_BACK)
    call_backs.no_longer(lead, at=at)


def not_offered(lead: Lead, *, at: datetime) -> None:
    """It is not ready for sales any more, and nobody has it: what was promised at its first offer
    is owed no more. Another offer, in the same cycle too, starts it anew."""
    running = Clock.objects.running().filter(lead=lead, code=Code.TOUCH_OF_OFFER)
    if running.exists() and not lead.handoffs.open().exists():
        clocks.stop_running(lead=lead, codes=[Code.TOUCH_OF_OFFER], at=at, how=clocks.TAKEN_BACK)


def rejected(handoff: Handoff, *, at: datetime) -> None:
    """Marketing is to say whether the rejection was right."""
    promised = setup_of(handoff.workspace, at=at).promise(Code.REVIEW_REJECTION, handoff.tier)
    _start(handoff, [promised], person=None, own=None, at=at)


def reviewed(handoff: Handoff, *, at: datetime) -> None:
    clocks.stop(
        workspace=handoff.workspace,
        code=Code.REVIEW_REJECTION,
        subject_key=subject_key(handoff),
        at=at,
        how=REVIEWED,
    )
