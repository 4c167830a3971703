"""Offering an MQL: to the rep whom routing finds, or to a named one, with its packet.

Locks are always taken in the same order: the lead, then its hand-off, then the pools. What needs no
lock on the pools is read before they are held, and after the turn only what the offer needs is
written: everybody else in the workspace waits for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction

from accounts.models import User
from handoff import call_backs, fallback, messages, nurture, promises, rosters
from handoff.agreement.holding import HeldUntilSigned, is_held
from handoff.agreement.in_force import policy_in_force
from handoff.capacity import SOON
from handoff.models import FallbackEntry, Handoff, NurtureTrack, Release, Rep, Tier
from handoff.notifications import choice_of, first_word
from handoff.offer_facts import Ready, asked_of, hold, ready_of
from handoff.packets import Packet
from handoff.promises import subject_key as subject_key  # used beside offer everywhere
from handoff.release_line import left_line, wait_on
from handoff.routing import Routed, choose, steps_of
from handoff.routing_trace import by_hand
from handoff.transitions import SomeoneWasFaster, lock
from leadqual.models import Lead
from scoring.explanations import Judged
from sla.models import Clock, Commitment

DECIDE = Commitment.Code.DECIDE_OFFER
NOBODY_FOR_LONG = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=1)
"""Calendars, caps and absences are edited: who waits for one is tried so often all the same."""


@transaction.atomic
def offer(
    lead: Lead,
    *,
    at: datetime,
    to: User | None = None,
    by: User | None = None,
    paced: bool = False,
) -> Handoff | None:
    """Offer an MQL to the rep whom routing finds, or to a named one (`by` whom), with its packet.

    Returns None when the lead is offered already, is not ready by the hand-off rule, waits for
    a manager (neither binds who names a rep), goes to nurture, or nobody can take it: then it
    stands in the fallback queue. So it does while hand-offs are held until both sides have signed;
    who names a rep is told so (HeldUntilSigned). `paced`: a publication made it ready, so nobody
    goes beyond the pace of releases; where only that, or a matter of time, is in the way, it goes
    on waiting in the line instead, or goes back to its head.
    """
    # Locked before it is read: a join of who had to wait would miss a company given meanwhile.
    return _offer(hold(lock(lead)), at=at, to=to, by=by, paced=paced)


@transaction.atomic
def offer_next(lead: Lead, *, at: datetime, judged: Judged | None = None) -> Handoff | None:
    """Offer it, first or after somebody gave it back, to the rep whom routing finds. `judged` is
    what whoever holds the lead already has read of its score.

    One that a publication has made ready goes to nobody whose day is full, unless it has done
    something by itself since; see `offer` for what is then. An error does not undo what led here:
    the lead is seen in the fallback queue with what went wrong, and tried again.
    """
    try:
        with transaction.atomic():
            lead = hold(lead)
            return _offer(lead, at=at, paced=left_line(lead, now=at) is not None, judged=judged)
    except (SomeoneWasFaster, OperationalError):
        raise
    except Exception as error:
        fallback.failed(lead, error, at=at)
        return None


def _offer(
    lead: Lead,
    *,
    at: datetime,
    to: User | None = None,
    by: User | None = None,
    paced: bool,
    judged: Judged | None = None,
) -> Handoff | None:
    ready = ready_of(lead, at=at, judged=judged)
    if ready is None:
        return None
    if to is not None:
        if is_held(lead.workspace):
            raise HeldUntilSigned
        by_name = Routed(by_hand(str(to), str(by or "")), user=to.pk)
        rep = choice_of(lead.workspace, to)
        return _written_down(ready, by_name, rep, draft=_draft(ready, at=at), at=at)
    if not ready.standing.is_ready:
        if ready.past:  # not ready any more: the next offer, if one comes, promises anew
            promises.not_offered(lead, at=at)
        return None
    if ready.waits_for_a_manager:
        return None
    if lead.cycle > 1 and _has_had_its_cycles(lead):
        _enter_fallback(lead, FallbackEntry.Why.CYCLES, at=at)
        return None
    if ready.tier and ready.tier.playbook == Tier.Playbook.CONTENT_ONLY:
        _to_nurture(ready, ready.tier.track, at=at)
        return None
    if is_held(lead.workspace):
        _enter_fallback(lead, FallbackEntry.Why.UNSIGNED, at=at)
        return None
    return _routed(ready, at=at, paced=paced)


def _routed(ready: Ready, *, at: datetime, paced: bool) -> Handoff | None:
    lead, workspace, roster = ready.lead, ready.lead.workspace, ready.setup.roster
    asked = asked_of(ready, roster.rules)
    steps = steps_of(asked, roster.rules, roster.takes_all)
    draft = _draft(ready, at=at)
    rosters.hold_pools(workspace)
    people = rosters.with_loads(roster.people, workspace, at=at)
    pools = rosters.with_seats(roster.pools, [step.pool for step in steps if step.pool])
    routed = choose(steps, asked, pools, people, at=at, paced=paced)
    if routed.track is not None:
        _to_nurture(ready, NurtureTrack.objects.get(pk=routed.track), at=at)
    elif routed.user is not None:
        rosters.keep(routed.seats)
        return _written_down(ready, routed, roster.reps[routed.user], draft=draft, at=at)
    elif paced and routed.retry_at is not None:
        wait_on(lead, until=_try_at(routed, at=at))
    else:
        _left_the_line(lead, at=at)
        _nobody(lead, routed, at=at)
    return None


def _has_had_its_cycles(lead: Lead) -> bool:
    """Asked of those alone that come back: the policy allows one cycle at least."""
    policy = policy_in_force(lead.workspace_id)
    return policy is not None and lead.cycle > policy.max_cycles


def _nobody(lead: Lead, routed: Routed, *, at: datetime) -> None:
    why, try_at = FallbackEntry.Why.NOBODY, _try_at(routed, at=at)
    fallback.enter(lead, why=why, trace=routed.trace, at=at, next_try_at=try_at)


def _try_at(routed: Routed, *, at: datetime) -> datetime:
    """When somebody may be able to take it, or soon enough where nobody knows."""
    try_at = max(routed.retry_at or at + NOBODY_FOR_LONG, at + SOON)
    return min(try_at, at + LONGEST_WAIT)


def _enter_fallback(lead: Lead, why: FallbackEntry.Why, *, at: datetime) -> None:
    _left_the_line(lead, at=at)
    fallback.enter(lead, why=why, at=at)


def _to_nurture(ready: Ready, track: NurtureTrack | None, *, at: datetime) -> None:
    """Offered to nobody: the track's steps are what it is worth. Without a track, the first that
    fits."""
    lead = ready.lead
    _left_the_line(lead, at=at)
    fallback.leave(lead, how="nurtured", at=at)
    promises.left_sales(lead, at=at)
    nurture.enter(lead, rule="routed", track=track, at=at)


def _left_the_line(lead: Lead, *, at: datetime) -> None:
    Release.objects.filter(lead=lead, released_at=None).update(released_at=at, held=False)


@dataclass(frozen=True)
class _Draft:
    """What an offer is, whoever it goes to: made before the pools are held. `pk` is taken from the
    table's own numbers, so that the rows written beside the hand-off can name it at once."""

    pk: int
    packet: Packet
    of_lead: Clock | None
    """The lead's own clock that an earlier offer of this cycle has started; it goes on."""


def _draft(ready: Ready, *, at: datetime) -> _Draft:
    offered_before = any(cycle == ready.lead.cycle for _, _, cycle in ready.past)
    of_lead = promises.own_clock(ready.lead) if offered_before else None
    return _Draft(_next_pk(), ready.packet(at=at), of_lead)


def _clock(ready: Ready, rep: Rep, *, pool: int | None, about: str, at: datetime) -> Clock | None:
    """The rep's clock to decide the offer, by what is promised to the lead's tier; not yet written.
    It costs no query: the promises, and the hours they count by, are part of the setup."""
    setup = ready.setup
    promised = setup.promise(DECIDE, ready.tier)
    if promised is None:
        return None
    own = setup.own_calendar(rep, pool=pool)
    clock = promised.clock(ready.lead, person=rep.user, at=at, own_calendar=own)
    clock.subject_key = about
    return clock


def _start(
    ready: Ready,
    handoff: Handoff,
    rep: Rep,
    draft: _Draft,
    *,
    decide: Clock | None,
    at: datetime,
) -> None:
    if draft.of_lead:
        promises.goes_on(draft.of_lead, to=rep.user)
        of_lead = None
    else:
        of_lead = promises.of_first_offer(handoff, ready.setup, rep, at=at)
    Clock.objects.bulk_create(clock for clock in (decide, of_lead) if clock)
    if ready.is_called_back:
        call_backs.join(ready.lead, now=at)
    if of_lead and ready.was_touched:
        promises.touched(ready.lead)


def _next_pk() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('handoff_handoff', 'id'))")
        return int(cursor.fetchone()[0])


def _written_down(
    ready: Ready, routed: Routed, rep: Rep, *, draft: _Draft, at: datetime
) -> Handoff:
    """The offer with its packet, frozen as of now, its clock, and the word to the rep: a statement
    each."""
    lead, standing = ready.lead, ready.standing
    handoff = Handoff(
        pk=draft.pk,
        workspace=lead.workspace,
        lead=lead,
        rep=rep.user,
        cycle=lead.cycle,
        offered_at=at,
        source_id=lead.first_source_id,
        fit=standing.fit,
        intent=standing.intent,
        grade=standing.grade,
        model_version=standing.version,
        why_now=draft.packet["why_now"],
        packet=draft.packet,
        trace=routed.trace,
        tier=ready.tier,
        pool_id=routed.pool,
    )
    for name, value in first_word(rep, handoff).items():
        setattr(handoff, name, value)
    clock = _clock(ready, rep, pool=routed.pool, about=subject_key(handoff), at=at)
    handoff.due_at = clock.due_at if clock else None
    handoff.save(force_insert=True)
    _start(ready, handoff, rep, draft, decide=clock, at=at)
    if ready.in_line:
        _left_the_line(lead, at=at)
    if ready.entry:
        fallback.left(ready.entry, how="offered", at=at)
    messages.tell_offered(handoff, rep=rep, own=ready.setup.words)
    return handoff
