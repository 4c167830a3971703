"""Weighted turns, of whoever was assigned least recently. Pure.

Each turn is shared out by weight among those able to take it, and one of them takes all of it:
what a member is short of is the credit. A turn goes to somebody who is owed part of one (credit
above 0), and among these to whom it must go first so that nobody falls a whole turn behind
(earliest deadline: (1 − credit) ÷ weight turns from now); then to whom the last is longest ago.

What holds. While the same members are able, everybody's turns stay less than one away from
their share, after every turn. Credits of who is away stand still: they return to the same place,
and catch up with nothing. When somebody leaves (or has reached a cap), what they were owed or
ahead is spread over the others by weight; turns then stay less than one away from filling up
the caps by weight. A turn given back is one more credit: the others wait for it as if it had
never been taken.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

_EXACT = 9
"""Decimals to which credits are compared, so that sums of fractions are no reason to prefer."""
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Seat:
    """A member of a pool; `key` is the row's id, `user` the person's. `credit` is in turns."""

    key: int
    user: int
    weight: int
    credit: float = 0.0
    last_assigned_at: datetime | None = None
    is_active: bool = True


def take(seats: Sequence[Seat], *, at: datetime) -> tuple[int, list[Seat]]:
    """Who of these, all of them able to, takes the turn, by key; and all as they are after it.

    Raises ValueError for nobody.
    """
    if not seats:
        raise ValueError("Nobody can take a turn that nobody is able to take")
    owed = with_shares(seats)
    due = [seat for seat in owed if round(seat.credit, _EXACT) > 0]
    chosen = min(due, key=_deadline)
    after = [
        replace(seat, credit=seat.credit - 1, last_assigned_at=at) if seat is chosen else seat
        for seat in owed
    ]
    return chosen.key, after


def with_shares(seats: Sequence[Seat]) -> list[Seat]:
    """With the share of the coming turn, as they stand among themselves: together they are owed
    that one turn, no more. Some are therefore owed something, whatever they brought along."""
    weights = sum(seat.weight for seat in seats)
    ahead = 1 - sum(seat.credit for seat in seats)
    return [replace(seat, credit=seat.credit + ahead * seat.weight / weights) for seat in seats]


def changed(seats: Iterable[Seat], taken: Iterable[Seat]) -> list[Seat]:
    """All seats of a pool after a turn of some of them."""
    after = {seat.key: seat for seat in taken}
    return [after.get(seat.key, seat) for seat in seats]


def _deadline(seat: Seat) -> tuple[float, datetime, int]:
    turns = (1 - seat.credit) / seat.weight
    return round(turns, _EXACT), seat.last_assigned_at or _NEVER, seat.key
