"""Which touches keep a promise, and when. Pure: rows are for reading.

A touch is always a person's; a mail that the product sends by itself is none, and so never counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from leadqual.models import Touch, TouchKind, TouchOutcome
from sla.models import Commitment

TOUCHED: Final = "touched"
"""The word by which touches stop a clock."""

ANSWERED: Final = frozenset({TouchOutcome.REACHED, TouchOutcome.REPLIED})
"""The lead was spoken to; nobody need try again."""
HEARD: Final = ANSWERED | {TouchOutcome.CALL_BACK}
"""The lead was there, if only to ask to be called back: reached, and to be tried again."""
SPOKEN: Final = frozenset({TouchKind.CALL, TouchKind.MEETING})


@dataclass(frozen=True)
class Kept:
    """`at` may lie before the clock's start; `recorded_at` is when we came to know of it."""

    at: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class Round:
    """The touches of one cycle, the earliest first."""

    touches: Sequence[Touch]

    @classmethod
    def of(cls, touches: Sequence[Touch], *, cycle: int, starts: Mapping[int, datetime]) -> Self:
        """Those since the lead became MQL in that cycle, before it did in a later one. `starts`
        are the moments at which it became MQL, by cycle; one that nobody knows bounds nothing."""
        since = starts.get(cycle)
        until = min((at for number, at in starts.items() if number > cycle), default=None)
        return cls(
            [
                touch
                for touch in touches
                if (since is None or touch.occurred_at >= since)
                and (until is None or touch.occurred_at < until)
            ]
        )


def counts(touch: Touch, asked: str) -> bool:
    """Whether it is of the kind that a promise asks for (`Commitment.TouchCounts`)."""
    if asked == Commitment.TouchCounts.SPOKEN:
        return touch.kind in SPOKEN
    if asked == Commitment.TouchCounts.REACHED:
        return touch.outcome in HEARD
    return True


def kept_by(commitment: Commitment, touches: Sequence[Touch]) -> Kept | None:
    """What keeps the promise, of touches in the order of their moments; None: nothing yet.

    A follow-up is kept by the last of the attempts promised, or by the first that reached the lead.
    """
    follows_up = commitment.code == Commitment.Code.FOLLOW_UP
    needed = commitment.touches if follows_up else 1
    counted: list[Touch] = []
    for touch in touches:
        if follows_up and touch.outcome in ANSWERED:
            return Kept(touch.occurred_at, touch.logged_at)
        if counts(touch, commitment.touch_counts):
            counted.append(touch)
            if len(counted) == needed:
                known_at = max(each.logged_at for each in counted)
                return Kept(touch.occurred_at, known_at)
    return None


def attempts(commitment: Commitment, touches: Sequence[Touch]) -> int:
    """How many touches count so far, at most as many as are promised."""
    count = sum(counts(touch, commitment.touch_counts) for touch in touches)
    return min(count, commitment.touches)
