"""The next moves of one lead for one person: which are allowed now, and of the others, why not.

`transitions.MOVES` says what exists and who may; here it meets the moment: whose lead it is,
whether an offer is open, what the scorecard lacks, why the definition does not hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from accounts.access import Permission, has_permission
from accounts.models import Membership
from handoff.agreement.in_force import policy_in_force
from handoff.models import Handoff, HandoffPolicy
from handoff.scorecard_reading import DISCOVERY, FINAL_WORD, Card, card_for
from handoff.transitions import MOVES, next_moves
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.standing import Standing

_WORDS: Final[dict[Stage, str]] = {
    Stage.MQL: "Promote to MQL",
    Stage.SAL: "Accept for sales",
    Stage.SQL: "Qualify as SQL",
    Stage.OPPORTUNITY: "Open an opportunity",
    Stage.WON: "Close as won",
    Stage.LOST: "Close as lost",
    Stage.NURTURE: "Recycle to nurture",
    Stage.DISQUALIFIED: "Disqualify",
    Stage.NEW: "Reopen",
}
_SPECIAL_WORDS: Final[dict[tuple[Stage, Stage], str]] = {
    (Stage.NEW, Stage.NURTURE): "Keep warm in nurture",
    (Stage.LOST, Stage.NURTURE): "Keep warm in nurture",
    (Stage.MQL, Stage.NEW): "Take back to new",
}


@dataclass(frozen=True)
class Step:
    """`why_not` is empty where the person may take the step; `warnings` do not stop it."""

    to: Stage
    words: str
    why_not: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_allowed(self) -> bool:
        return not self.why_not


def next_steps(
    lead: Lead,
    *,
    membership: Membership,
    offer: Handoff | None,
    standing: Standing | None,
    cards: Sequence[Card],
) -> list[Step]:
    """Every move out of the lead's stage; `offer` is its open one, `cards` are its scorecards."""
    stage, steps = Stage(lead.stage), []
    for found in next_moves(lead, membership=membership):
        is_system = MOVES[stage, found.to].permission is None
        why_not = [found.refused_because] if found.refused_because else []
        warnings: list[str] = []
        if is_system:
            why_not = _system(lead, found.to, offer, standing) or why_not
        elif not why_not:
            why_not = _whose(lead, membership, offer)
            if found.to == Stage.SAL:
                why_not = _acceptance(lead, membership, offer)
            elif found.to == Stage.SQL:
                blocking, warnings = _gaps(lead, cards)
                why_not += blocking
            elif found.to == Stage.OPPORTUNITY:
                warnings = _final_gaps(cards)
        steps.append(Step(found.to, words_of(stage, found.to), why_not, warnings))
    return steps


def words_of(start: Stage, to: Stage) -> str:
    """The move as a button says it."""
    return _SPECIAL_WORDS.get((start, to), _WORDS[to])


def _system(lead: Lead, to: Stage, offer: Handoff | None, standing: Standing | None) -> list[str]:
    """Why the system has not moved the lead there by itself."""
    if standing is None:
        return ["The lead has no score yet; it is scored within seconds."]
    if to == Stage.NEW:
        holds = ["The MQL definition still holds."] if standing.keeps_mql else []
        return holds or (["An offer is open."] if offer else [])
    if lead.imported:
        return ["Its history was imported; scores do not move it."]
    if lead.stage == Stage.NURTURE and not standing.why_not_mql:
        return ["It waits for new interest since it came here, or for its wake date."]
    return list(standing.why_not_mql)


def _whose(lead: Lead, membership: Membership, offer: Handoff | None) -> list[str]:
    """A rep moves the leads that are theirs; who may move anybody's, moves anybody's."""
    if has_permission(membership, Permission.MOVE_LEADS) or lead.stage == Stage.DISQUALIFIED:
        return []
    if offer:
        return [] if offer.rep_id == membership.user_id else [f"It is offered to {offer.rep}."]
    if lead.owner_id is None:
        return ["The lead belongs to no rep yet, so marketing or a manager moves it."]
    return [] if lead.owner_id == membership.user_id else [f"The lead is {lead.owner}’s."]


def _acceptance(lead: Lead, membership: Membership, offer: Handoff | None) -> list[str]:
    if offer is None:
        return ["It is offered to nobody at the moment."]
    if offer.rep_id == membership.user_id:
        return []
    if has_permission(membership, Permission.DECIDE_ANY_OFFER):
        return []
    return [f"It is offered to {offer.rep}, who decides."]


def _gaps(lead: Lead, cards: Sequence[Card]) -> tuple[list[str], list[str]]:
    """What the scorecard lacks: what blocks, and what is only a warning, as the gate says."""
    card = card_for(cards, DISCOVERY)
    policy = policy_in_force(lead.workspace_id)
    gate = policy.scorecard_gate if policy else HandoffPolicy.Gate.OFF
    if card is None or gate == HandoffPolicy.Gate.OFF:
        return [], []
    gaps = [f"{gap}." for gap in card.marks.gaps]
    risks = [f"{unknown}: a risk." for unknown in card.marks.unknown]
    return (gaps, risks) if gate == HandoffPolicy.Gate.BLOCK else ([], gaps + risks)


def _final_gaps(cards: Sequence[Card]) -> list[str]:
    """Shown as a risk before a deal is opened, whatever the gate says; they never block."""
    card = card_for(cards, FINAL_WORD)
    if card is None:
        return []
    return [f"{gap}." for gap in card.named([*card.marks.gaps, *card.marks.unknown])]
