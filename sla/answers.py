"""What follows from what the sweep noticed: who has told people, who has taken note.

Nothing is locked when these lists are read, because whoever reacts locks the lead before its
clocks. So, for each, in a transaction of its own: lock the lead, ask `answered` or `warning_told`,
and react only if it says yes.
"""

from contextlib import suppress
from datetime import datetime

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from leadqual.models import Lead
from sla.models import Clock, ClockQuerySet

_NOTICED = (
    *("stopped_at", "stopped_by", "business_seconds", "due_at", "warn_ats", "warned", "told"),
    *("breached_at", "noticed_at", "answered_at", "cause", "person"),
)


class NoteMissing(ValueError):
    """Taking note of a miss takes a note: why it was, or what follows."""


class NothingMissed(ValueError):
    """The promise was not missed, or no longer: there is nothing to take note of."""


class AcknowledgedAlready(ValueError):
    """Somebody else took note of the miss before; `who` and `when`."""

    def __init__(self, who: User, when: datetime) -> None:
        super().__init__(f"{who} has taken note of this already.")
        self.who, self.when = who, when


def unanswered_breaches(limit: int = 100, *, after: int = 0) -> list[Clock]:
    """Breaches to react to, oldest row first; `after` (a clock's pk) steps over those before."""
    return _first(Clock.objects.unanswered_breaches(), limit, after=after)


def answered(clock: Clock, *, at: datetime, cause: str = "") -> bool:
    """Take the answer to a breach upon oneself: True for exactly one caller, who must react.

    `cause`: one of Clock.Cause, why it was missed. False when another worker has reacted, or when
    a touch dated in time has meanwhile taken the breach back. The clock is read anew: it may have
    been stopped since the breach was found.
    """
    breaches = Clock.objects.unanswered_breaches().filter(pk=clock.pk)
    mine = breaches.update(answered_at=at, cause=cause) == 1
    _read_anew(clock)
    return mine


def untold_warnings(limit: int = 100, *, after: int = 0) -> list[Clock]:
    """Running clocks of whose last warning people have not been told; not those that are late
    already, of which they hear as a breach. In the order of their keys, from behind `after`."""
    return _first(Clock.objects.untold_warnings().filter(breached_at=None), limit, after=after)


def warning_told(clock: Clock) -> bool:
    """Take it upon oneself to tell people of the clock's last warning: True for exactly one caller.

    Where several have come at once, as after an hour without a worker, they are told once, of the
    last: `clock.warn_percents[clock.warned - 1]` percent of the time have passed. False when
    another worker tells them, or the clock was stopped, moved or missed meanwhile. Read anew.
    """
    waiting = Clock.objects.untold_warnings().filter(pk=clock.pk, breached_at=None)
    mine = waiting.filter(warned=clock.warned).update(told=F("warned")) == 1
    _read_anew(clock)
    return mine


def acknowledge(clock: Clock, *, by: User, at: datetime, note: str) -> None:
    """Take note of a miss. The first to do so stays, and may put their note better; the moment
    stays that of the first note.

    Raises NoteMissing for a blank note, NothingMissed where the deadline has not passed (any more),
    AcknowledgedAlready.
    """
    if not (note := note.strip()):
        raise NoteMissing("Say in a few words why it was missed, or what follows.")
    late = Q(breached_at__isnull=False) | Q(stopped_at=None, due_at__lt=at)
    mine = Clock.objects.filter(late, Q(acknowledged_by=None) | Q(acknowledged_by=by), pk=clock.pk)
    done = mine.update(
        acknowledged_at=Coalesce("acknowledged_at", Value(at)),
        acknowledged_by=by,
        acknowledgement=note,
    )
    clock.refresh_from_db()
    if done:
        return
    if (
        clock.acknowledged_by is None
        or clock.acknowledged_at is None
        or clock.acknowledged_by == by
    ):
        raise NothingMissed("This promise was not missed: there is nothing to take note of.")
    raise AcknowledgedAlready(clock.acknowledged_by, clock.acknowledged_at)


def take_back(clock: Clock, *, by: User) -> bool:
    """It was a slip: whoever acknowledged takes it back; False where somebody else did."""
    own = Clock.objects.filter(pk=clock.pk, acknowledged_by=by)
    return bool(own.update(acknowledged_at=None, acknowledged_by=None, acknowledgement=""))


def forget_notes(lead: Lead) -> None:
    """For an erasure: that somebody took note stays, what was said goes."""
    said = Clock.objects.filter(lead=lead).exclude(acknowledgement="")
    said.update(acknowledgement="")


def _first(clocks: ClockQuerySet, limit: int, *, after: int) -> list[Clock]:
    related = clocks.select_related("workspace", "lead", "commitment", "person")
    return list(related.filter(pk__gt=after).order_by("pk")[:limit])


def _read_anew(clock: Clock) -> None:
    with suppress(Clock.DoesNotExist):  # forgotten meanwhile: see clocks.forget
        clock.refresh_from_db(fields=_NOTICED)
