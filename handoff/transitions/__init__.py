"""The moves of a lead between stages, and the one function that makes them.

Side effects happen in this order, in one transaction: lock the lead, check that it still
stands where the caller saw it, check that the move exists, write the lead, append the record.
Clocks, offers and mails are the caller's, after it, in plain sight.
"""

from handoff.transitions.imported import PastMove, record_history
from handoff.transitions.merged import United, part, unite
from handoff.transitions.moving import (
    append_history,
    count_no_longer,
    lock,
    move,
    record_captures,
    stands_elsewhere,
)
from handoff.transitions.table import (
    MOVES,
    MoveNotAllowed,
    NextMove,
    SomeoneWasFaster,
    Transition,
    next_moves,
)

__all__ = [
    "MOVES",
    "MoveNotAllowed",
    "NextMove",
    "PastMove",
    "SomeoneWasFaster",
    "Transition",
    "United",
    "append_history",
    "count_no_longer",
    "lock",
    "move",
    "next_moves",
    "part",
    "record_captures",
    "record_history",
    "stands_elsewhere",
    "unite",
]
