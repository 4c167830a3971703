"""What each kind of promise may ask for: one table for the defaults and for agreements.

Promises differ in what can happen to them: nobody is warned of a lead that nobody has, and only a
lead that is on offer can be offered to the next rep.
"""

from collections.abc import Mapping
from typing import Final

from sla.models import Commitment

_Code = Commitment.Code
_Told = Commitment.Told

OF_ONE_PERSON: Final = frozenset(
    {_Code.DECIDE_OFFER, _Code.TOUCH_OF_OFFER, _Code.FIRST_TOUCH, _Code.FOLLOW_UP, _Code.QUALIFY}
)
"""A rep is held to these: they may count by the rep's own hours, and the rep may be told."""

KEPT_BY_TOUCHES: Final = frozenset({_Code.TOUCH_OF_OFFER, _Code.FIRST_TOUCH, _Code.FOLLOW_UP})
KEPT_BY_SEVERAL_TOUCHES: Final = frozenset({_Code.FOLLOW_UP})
REROUTABLE: Final = frozenset({_Code.DECIDE_OFFER, _Code.TOUCH_OF_OFFER})
"""Only a lead that is still on offer can be offered to somebody else."""

PAUSABLE: Final = OF_ONE_PERSON
ONLY_FOR: Final[Mapping[str, frozenset[str]]] = {
    "touches": KEPT_BY_SEVERAL_TOUCHES,
    "touch_counts": KEPT_BY_TOUCHES,
    "pauses": PAUSABLE,
}
"""Fields that mean something for some kinds of promise alone."""

BEFORE_ANY_TIER: Final = frozenset({_Code.SCORED})
"""A lead that is not scored yet has no tier."""

BY_THE_SYSTEM: Final = frozenset({_Code.SCORED, _Code.OFFERED})
"""The system's own, measured apart: nobody is warned, and a breach is told but gives no task."""


def may_be_told(code: str) -> list[tuple[str, str]]:
    """Who may be warned of such a promise, or told of its breach: choices of a form."""
    return [choice for choice in _Told.choices if choice[0] != _Told.PERSON or _is_held(code)]


def may_follow(code: str) -> list[tuple[str, str]]:
    """What a breach of such a promise may do: choices of a form."""
    refused = set()
    if code not in REROUTABLE:
        refused.add(Commitment.OnBreach.REROUTE)
    if code in BY_THE_SYSTEM:
        refused.add(Commitment.OnBreach.TASK)
    return [choice for choice in Commitment.OnBreach.choices if choice[0] not in refused]


def faults(promise: Commitment) -> list[tuple[str, str]]:
    """What contradicts itself in a promise, as (field, sentence); empty where all is well.

    For promises put together elsewhere than on a form, such as a draft copied from an import.
    """
    found = []
    code = promise.code
    if bool(promise.minutes) == bool(promise.days):
        found.append(("minutes", MINUTES_OR_DAYS))
    if promise.on_breach not in dict(may_follow(code)):
        found.append(("on_breach", f"“{promise.get_code_display()}” cannot do that at a breach."))
    if promise.tier_code and code in BEFORE_ANY_TIER:
        found.append(("tier_code", NO_TIER_YET))
    if promise.counts_by == Commitment.CountsBy.PERSON and not _is_held(code):
        found.append(("counts_by", NOBODYS_HOURS))
    for field in ("warns", "tells"):
        if _Told.PERSON in getattr(promise, field) and not _is_held(code):
            found.append((field, NOBODY_IS_HELD))
    return found


MINUTES_OR_DAYS: Final = "Write either business minutes or business days, one of them above 0."
NO_TIER_YET: Final = "A lead that is not scored yet has no tier: leave this for leads of any tier."
NOBODYS_HOURS: Final = "No single person is held to this promise: choose the calendar named here."
NOBODY_IS_HELD: Final = "No single person is held to this promise: tell managers."


def _is_held(code: str) -> bool:
    return code in OF_ONE_PERSON
