"""The table of moves: what the lifecycle allows, who may, and when a reason is due."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from accounts.access import Permission, has_permission, may_not
from accounts.models import Membership, User
from leadqual.models import Lead
from leadqual.stages import OPEN, Stage


class MoveNotAllowed(ValueError):
    """The lifecycle has no such move, or a reason is due and missing."""


class SomeoneWasFaster(RuntimeError):
    """Another person or rule changed this first; the screen says who and when."""

    def __init__(
        self, *, who: User | None, when: datetime | None, what: str, done: str = "done this"
    ) -> None:
        """`done` says the same to that person themselves, after “You have”."""
        self.who, self.when, self.what, self.done = who, when, what, done
        super().__init__(f"{who or 'The system'} was faster: {what}.")


@dataclass(frozen=True)
class Transition:
    """One allowed move. `permission` is what a person needs; None: only the system moves so.

    `undoes` another one: it is no step of the road, and offered where that one was made.
    """

    words: str
    permission: Permission | None = None
    needs_reason: bool = False
    undoes: bool = False


_RECYCLE = Transition("recycled with a reason", Permission.EDIT_LEADS, needs_reason=True)
_DISQUALIFY = Transition("disqualified with a reason", Permission.EDIT_LEADS, needs_reason=True)

MOVES: Final[dict[tuple[Stage, Stage], Transition]] = {
    (Stage.NEW, Stage.MQL): Transition("the MQL definition holds"),
    (Stage.MQL, Stage.SAL): Transition("a rep accepts", Permission.DECIDE_OFFERS),
    (Stage.SAL, Stage.MQL): Transition(
        "an acceptance is taken back within a minute", Permission.DECIDE_OFFERS, undoes=True
    ),
    (Stage.SAL, Stage.SQL): Transition("the discovery scorecard passes", Permission.EDIT_LEADS),
    (Stage.SQL, Stage.OPPORTUNITY): Transition("a deal with an amount", Permission.EDIT_LEADS),
    (Stage.OPPORTUNITY, Stage.WON): Transition("signed", Permission.EDIT_LEADS),
    (Stage.OPPORTUNITY, Stage.LOST): Transition("lost", Permission.EDIT_LEADS, needs_reason=True),
    (Stage.MQL, Stage.NURTURE): _RECYCLE,
    (Stage.SAL, Stage.NURTURE): _RECYCLE,
    (Stage.SQL, Stage.NURTURE): _RECYCLE,
    (Stage.NEW, Stage.NURTURE): Transition("not ready", Permission.MOVE_LEADS),
    (Stage.NURTURE, Stage.MQL): Transition("woken by new intent or its date"),
    (Stage.LOST, Stage.NURTURE): Transition("kept warm", Permission.EDIT_LEADS),
    (Stage.DISQUALIFIED, Stage.NEW): Transition(
        "reopened by a marketing manager", Permission.REOPEN_LEADS, needs_reason=True
    ),
    (Stage.MQL, Stage.NEW): Transition("the definition no longer holds, no offer is open"),
    **{(stage, Stage.DISQUALIFIED): _DISQUALIFY for stage in Stage if stage in OPEN},
}


@dataclass(frozen=True)
class NextMove:
    to: Stage
    words: str
    needs_reason: bool
    refused_because: str  # blank: the person may


def next_moves(lead: Lead, *, membership: Membership) -> list[NextMove]:
    """Every move that leaves the lead's stage, and for those not allowed to the person, why."""
    moves = []
    for (start, to), transition in MOVES.items():
        if start != lead.stage or transition.undoes:
            continue
        refused = ""
        if transition.permission is None:
            refused = f"The system does this when {transition.words}."
        elif not has_permission(membership, transition.permission):
            refused = may_not(membership, transition.permission)
        moves.append(NextMove(to, transition.words, transition.needs_reason, refused))
    return moves
