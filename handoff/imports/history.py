"""The stage moments that a file knows: recorded at their own dates, never invented or changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from handoff.imports.known import Known
from leadqual.stages import FUNNEL, Stage

if TYPE_CHECKING:
    from handoff.imports.planning import LeadPlan, Plan

SOLD_BY_REP = frozenset(
    {Stage.SAL, Stage.SQL, Stage.OPPORTUNITY, Stage.WON, Stage.LOST}
)  # moves that carry the rep's name


@dataclass(frozen=True)
class Moment:
    """A move that is to be recorded; its lead may not have a number yet."""

    stage: Stage
    at: datetime
    reason: str


def is_live(one: LeadPlan, known: Known) -> bool:
    """Whether the lead is worked on here: then its stage is moved on its page, not by files."""
    if one.is_new:
        return False
    moves = known.moves.get(one.lead.pk, [])
    return not one.lead.imported or any(not move.imported for move in moves)


def remember(plan: Plan, one: LeadPlan) -> list[str]:
    """Add the moments that are not on record to the plan of the lead; returns flags."""
    said = one.record.moments
    if not said:
        return []
    flags = []
    recorded = known_moments(plan.known, one)
    live = is_live(one, plan.known)
    for stage, at in said.items():
        if at in recorded.get(stage, []):
            continue
        if live:
            flags.append(
                f"is worked on here; {stage.label} {_when(at)} is not recorded from a file"
            )
        elif stage in recorded:
            kept = _when(recorded[stage][0])
            flags.append(
                f"is on record as {stage.label} since {kept}; the file says {_when(at)}, "
                "but recorded history does not change"
            )
        else:
            one.past.append(Moment(stage, at, one.record.reasons.get(stage, "")))
    if one.past and not one.is_new:
        one.say("captured_at", min(one.lead.captured_at, *(moment.at for moment in one.past)))
    first = {stage: moments[0] for stage, moments in recorded.items()}
    first |= {moment.stage: moment.at for moment in one.past}
    return [*flags, *_backwards(first, said.keys())]


def known_moments(known: Known, one: LeadPlan) -> dict[Stage, list[datetime]]:
    moments: dict[Stage, list[datetime]] = {}
    for move in known.moves.get(one.lead.pk, []):
        moments.setdefault(Stage(move.to_stage), []).append(move.at)
    return moments


def _backwards(first: dict[Stage, datetime], said: object) -> list[str]:
    """A later stage with an earlier moment: taken as the file has it, and said so."""
    road = [stage for stage in FUNNEL if stage in first]
    return [
        f"{after.label} {_when(first[after])} lies before {stage.label} {_when(first[stage])}: "
        "taken as it is, its duration is negative"
        for stage, after in pairwise(road)
        if first[after] < first[stage]
    ]


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
