"""Why a promise was missed. Pure: what is asked about it was gathered before.

The system's own promises are missed by the system (`handoff.compliance.system_breaches`). For the
others the rules are these, in this order; the first that holds names the cause:

1. In the fallback queue who waited for a manager's word waited for a person, who could not be
   offered for a fault of ours for the system; else nobody was available.
2. The lead cannot be reached at all (no e-mail address and no telephone number, or erased): data.
   Only for promises that a word with the lead keeps.
3. For most of the time no rep had it: nobody where it stood in the fallback queue for most of
   that, else the system, which had not offered it.
4. The rep was told of the offer not at all, or after the first warning (after half of the time
   where none is given), and had not seen it before: system. Who chose to be told nothing was told.
5. Who was held to it had left, or was absent on at least half of the days: nobody. Absence never
   pauses a promise, and is not held against the person either.
6. Otherwise who was held to it was late.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from handoff import fallback
from sla.models import Clock, Commitment
from sla.promise_rules import KEPT_BY_TOUCHES, REROUTABLE

Cause = Clock.Cause
Code = Commitment.Code
NOTHING: Final = timedelta()
IN_THE_QUEUE: Final = {
    **dict.fromkeys(map(str, fallback.FOR_A_MANAGER), Cause.PERSON),
    str(fallback.Why.FAILED): Cause.SYSTEM,
}


@dataclass(frozen=True)
class Circumstances:
    """What was so between the start of a promise and its deadline, pauses and nights included.

    `had` is how long some rep had the lead, on offer or accepted, `waited` how long it stood in the
    fallback queue, `queued_for` why it stood there last. `offered_at`, `told_at` and `seen_at` are
    moments of the offer that was open at the deadline; None: there was none, or it never happened.
    `wants_no_word`: the rep has chosen to be told of offers by no means. `absent_days` of `days` is
    the absence of who was held to it, and `has_left` that they decide no offers any more.
    """

    code: str
    started_at: datetime
    due_at: datetime
    warned_at: datetime | None = None
    can_be_reached: bool = True
    had: timedelta = NOTHING
    waited: timedelta = NOTHING
    queued_for: str = ""
    offered_at: datetime | None = None
    told_at: datetime | None = None
    seen_at: datetime | None = None
    wants_no_word: bool = False
    days: int = 1
    absent_days: int = 0
    has_left: bool = False

    @property
    def in_all(self) -> timedelta:
        return self.due_at - self.started_at

    @property
    def had_by_nobody(self) -> bool:
        return self.had * 2 < self.in_all

    @property
    def heard_too_late(self) -> bool:
        """Whether the rep could know of the offer only when most of the time was over."""
        if self.offered_at is None or self.wants_no_word:
            return False
        limit = self.warned_at or self.started_at + self.in_all / 2
        limit = max(limit, self.offered_at)
        known = [moment for moment in (self.told_at, self.seen_at) if moment]
        return min(known, default=self.due_at) > limit


def cause_of(missed: Circumstances) -> Clock.Cause:
    """The one cause that stands in the books; people may add a note to it."""
    if missed.code == Code.FALLBACK:
        return IN_THE_QUEUE.get(missed.queued_for, Cause.NOBODY)
    if missed.code in KEPT_BY_TOUCHES and not missed.can_be_reached:
        return Cause.DATA
    if missed.code in REROUTABLE:
        if missed.had_by_nobody:
            without = missed.in_all - missed.had
            return Cause.NOBODY if missed.waited * 2 >= without else Cause.SYSTEM
        if missed.heard_too_late:
            return Cause.SYSTEM
    if missed.has_left or missed.absent_days * 2 >= missed.days > 0:
        return Cause.NOBODY
    return Cause.PERSON
