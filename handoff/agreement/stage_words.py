"""The clause of the stages: what each means, how a lead comes into it and how it leaves."""

from handoff.agreement.facts import Facts
from handoff.agreement.listing import both, item
from handoff.models import HandoffPolicy
from handoff.transitions import MOVES
from leadqual.stages import CRITERIA, Stage, Turn
from sla.agreement_text import Line

_TURN = {
    Turn.MARKETING: "Marketing’s turn.",
    Turn.SALES: "Sales’ turn.",
    Turn.NOBODY: "Nobody’s turn.",
}
_GATES = {
    HandoffPolicy.Gate.OFF: "The discovery scorecard{card} may be filled in; an SQL needs none.",
    HandoffPolicy.Gate.WARN: "An SQL without a passed discovery scorecard{card} is marked as such.",
    HandoffPolicy.Gate.BLOCK: "No lead becomes an SQL without a passed discovery scorecard{card}.",
}


def stages(facts: Facts) -> list[Line]:
    return [
        Line(
            "Every move of a lead from one stage to another is recorded for ever: when, by whom or "
            "which rule, with which reason, and at what score."
        ),
        *(_stage(stage) for stage in Stage),
        *_gates(facts),
    ]


def _stage(stage: Stage) -> Line:
    criteria = CRITERIA[stage]
    turn = _TURN[criteria.turn]
    if stage == Stage.MQL:
        turn = "Marketing’s turn; sales’ while it is offered to a rep."
    moves = [to for (start, to), move in MOVES.items() if start == stage and not move.undoes]
    onward = both([to.label for to in moves], "or")
    leads_to = f" It leads to {onward}." if onward else ""
    return item(
        f"{stage.label}: {criteria.meaning} {turn} Entry: {criteria.entry} Exit: {criteria.exit}"
        f"{leads_to}",
        f"stage-{stage.value}",
    )


def _gates(facts: Facts) -> list[Line]:
    policy = facts.policy
    card = f" “{policy.discovery}”" if policy.discovery else ""
    lines = [Line(_GATES[HandoffPolicy.Gate(policy.scorecard_gate)].format(card=card))]
    if policy.final_word:
        lines.append(
            Line(
                f"“{policy.final_word}” is asked before an opportunity is opened; its gaps are "
                "shown as a risk and do not stop it."
            )
        )
    return lines
