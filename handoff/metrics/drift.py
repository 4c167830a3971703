"""Whether the last weeks are unlike the weeks before: beyond what chance makes of such numbers.

Weeks are seven days each, the last one ending yesterday; RECENT of them against the BEFORE them.
Usual is what lies within two standard deviations: of the weekly counts for a volume (at least what
pure chance spreads them by), of the difference of two shares for acceptance.
"""

from collections.abc import Sequence
from math import ceil, floor, sqrt
from statistics import variance
from typing import Final

from handoff.metrics.acceptance import LEAST, Endings

RECENT: Final = 4
BEFORE: Final = 8
WEEKS: Final = RECENT + BEFORE
_REACH: Final = 2.0


def usual_volume(weeks: Sequence[int]) -> tuple[int, int] | None:
    """Between which counts RECENT weeks lie usually, after these BEFORE ones, both included; None
    where there were too few to say."""
    if sum(weeks) < LEAST:
        return None
    mean = sum(weeks) / len(weeks)
    spread = max(variance(weeks), mean)
    reach = _REACH * sqrt(spread * (RECENT + RECENT**2 / len(weeks)))
    return max(0, ceil(RECENT * mean - reach)), floor(RECENT * mean + reach)


def volume_drift(weeks: Sequence[int]) -> str:
    """In words, blank where it is as usual or cannot be said; `weeks` are WEEKS, oldest first."""
    usual, recent = usual_volume(weeks[:BEFORE]), sum(weeks[BEFORE:])
    if usual is None or usual[0] <= recent <= usual[1]:
        return ""
    which = "Fewer" if recent < usual[0] else "More"
    least, most = usual
    return f"{which} MQLs than usual: {recent:,} in {RECENT} weeks, usually {least:,} to {most:,}"


def acceptance_drift(before: Endings, recent: Endings) -> str:
    """Likewise; `before` are the endings of BEFORE weeks, `recent` those of RECENT ones."""
    if before.decided < LEAST or recent.decided < LEAST:
        return ""
    was, now = before.accepted / before.decided, recent.accepted / recent.decided
    both = (before.accepted + recent.accepted) / (before.decided + recent.decided)
    reach = _REACH * sqrt(both * (1 - both) * (1 / before.decided + 1 / recent.decided))
    if abs(now - was) <= reach:
        return ""
    which = "lower" if now < was else "higher"
    return (
        f"Acceptance {which} than usual: {100 * now:.0f} % of {recent.decided:,} in {RECENT} "
        "weeks, "
        f"{100 * was:.0f} % of {before.decided:,} in the {BEFORE} before"
    )
