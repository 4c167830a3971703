"""The lead asked to be called back: until then the promises that pause for it stand still.

Said in a touch, or by the lead itself, by mail. A wish is over at its moment without anybody's
doing; the task that goes with it stays until somebody has tried. It ends before, when the lead was
reached, has left sales, or it was a slip. Nobody's absence ever pauses a promise.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.models import User
from handoff import task_list
from handoff.models import CallBack, Task
from handoff.offer_deadlines import follow_moved_deadlines
from handoff.touch_rules import ANSWERED
from handoff.transitions import SomeoneWasFaster, lock
from leadqual.models import Lead, Touch
from leadqual.timeline import Entry
from sla import pauses

FARTHEST: Final = timedelta(days=180)
"""Who asks for later than that is no lead of today: recycle it, with the date."""
A_LITTLE_EARLY: Final = timedelta(minutes=15)
"""A call so long before the moment is the call that was asked for."""


class NoSuchMoment(ValueError):
    """Nobody can be called back then; the message says why."""


def check(until: datetime, *, now: datetime) -> datetime:
    """The moment, if somebody can be called back then; raises NoSuchMoment."""
    if until <= now:
        raise NoSuchMoment("That moment is over. Choose one that lies ahead.")
    if until > now + FARTHEST:
        raise NoSuchMoment(
            f"At most {FARTHEST.days} days ahead. For later, recycle the lead with a date to wake."
        )
    return until


@transaction.atomic
def ask(
    lead: Lead, *, until: datetime, asked_at: datetime, by: User, now: datetime, note: str = ""
) -> CallBack:
    """The lead asked at `asked_at` to be called back at `until`; written down `now`.

    Takes the place of an earlier wish. The same one again is no second. Whoever has the lead gets a
    task. Raises NoSuchMoment.
    """
    check(until, now=now)
    lead = lock(lead)
    earlier = pending(lead)
    if earlier and earlier.until == until:
        return earlier
    if earlier:
        _close(earlier, at=min(max(asked_at, earlier.asked_at), earlier.until))
        _drop_task(earlier, at=now)
    asked = CallBack.objects.create(
        workspace=lead.workspace,
        lead=lead,
        asked_at=asked_at,
        logged_at=now,
        until=until,
        by=by,
        note=note[:200],
    )
    pauses.move(lead, at=asked_at, until=until, by=by, now=now)
    follow_moved_deadlines(lead)
    task_list.give(
        lead=lead,
        person=_whose(lead) or by,
        key=_task_key(asked),
        text=f"Call back on {when(asked)}" + (f": {note}" if note else ""),
        at=now,
        due_at=until,
    )
    return asked


def pending(lead: Lead) -> CallBack | None:
    """What the lead has asked for and nobody has done yet; its moment may be over."""
    return CallBack.objects.pending().filter(lead=lead).select_related("by").first()


def when(call_back: CallBack) -> str:
    """Its moment in the workspace's zone, as people read it."""
    return f"{call_back.until.astimezone(call_back.workspace.zone):%a %d %b %Y, %H:%M}"


def join(lead: Lead, *, now: datetime) -> None:
    """Promises were started while the lead waits for its call: those that pause stand still too."""
    asked = pending(lead)
    if asked and asked.until > now:
        pauses.pause(lead, since=asked.asked_at, until=asked.until, by=asked.by, now=now)
        follow_moved_deadlines(lead)


def touched(touch: Touch, *, now: datetime) -> None:
    """It is done by who has reached the lead since it asked, or has tried at the moment agreed."""
    asked = pending(touch.lead)
    if asked is None or touch.occurred_at < asked.asked_at:
        return
    tried = touch.occurred_at >= asked.until - A_LITTLE_EARLY
    if touch.outcome in ANSWERED or tried:
        _go_on(asked, at=touch.occurred_at, now=now)
        to_do = Task.objects.filter(
            workspace=asked.workspace_id, key=_task_key(asked), done_at=None
        )
        for task in to_do:
            with suppress(SomeoneWasFaster):
                task_list.done(task, by=touch.by, at=now)


def no_longer(lead: Lead, *, at: datetime) -> None:
    """The lead has left sales: nobody calls it back."""
    if asked := pending(lead):
        _go_on(asked, at=at, now=at)
        _drop_task(asked, at=at)


@transaction.atomic
def take_back(call_back: CallBack, *, now: datetime) -> bool:
    """It was a slip: the promises run as if nobody had ever written it down. False where the wish
    was ended before."""
    lock(call_back.lead)
    call_back.refresh_from_db()
    if call_back.ended_at:
        return False
    _close(call_back, at=now)
    pauses.end(call_back.lead, at=call_back.asked_at, now=now)
    follow_moved_deadlines(call_back.lead)
    _drop_task(call_back, at=now)
    return True


def forget(lead: Lead, *, at: datetime) -> None:
    """For an erasure: that it asked stays, what was said goes."""
    CallBack.objects.pending().filter(lead=lead).update(ended_at=at)
    CallBack.objects.filter(lead=lead).update(note="")


def call_back_entries(lead: Lead) -> list[Entry]:
    """What it asked for, as entries of its timeline; one query."""
    asked = CallBack.objects.filter(lead=lead).select_related("by", "workspace")
    return [
        Entry(
            each.asked_at,
            "call_back",
            each.pk,
            f"To be called back on {when(each)}",
            " · ".join(word for word in (each.note, _ended(each)) if word),
            str(each.by),
        )
        for each in asked
    ]


def _ended(call_back: CallBack) -> str:
    ended = call_back.ended_at
    if ended is None or ended >= call_back.until:
        return ""
    return f"ended early, on {ended.astimezone(call_back.workspace.zone):%a %d %b, %H:%M}"


def _go_on(call_back: CallBack, *, at: datetime, now: datetime) -> None:
    """From then on the promises run again; a moment that is over has ended its pause itself."""
    _close(call_back, at=min(at, call_back.until))
    if at < call_back.until:
        pauses.end(call_back.lead, at=at, now=now)
        follow_moved_deadlines(call_back.lead)


def _close(call_back: CallBack, *, at: datetime) -> None:
    call_back.ended_at = at
    call_back.save(update_fields=["ended_at"])


def _whose(lead: Lead) -> User | None:
    """Who calls: the rep to whom it is offered, else its owner."""
    offer = lead.handoffs.open().select_related("rep").first()
    return offer.rep if offer else lead.owner


def _task_key(call_back: CallBack) -> str:
    return f"call_back:{call_back.pk}"


def _drop_task(call_back: CallBack, *, at: datetime) -> None:
    """Nobody has to do it any more; who ticked it off before stays named."""
    Task.objects.filter(
        workspace=call_back.workspace_id, key=_task_key(call_back), done_at=None
    ).update(done_at=at)
