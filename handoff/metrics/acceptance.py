"""Acceptance: of the offers decided, how many sales took, and what that says (000)."""

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from typing import Final

from handoff.metrics.counting import Place, count
from handoff.metrics.periods import Grain
from handoff.metrics.scope import Scope
from handoff.models import Handoff

HEALTHY: Final = (0.5, 0.9)
"""Of acceptance: below, the MQL definition is too loose; above, too tight (000)."""
LEAST: Final = 20
"""Decided offers without which a rate is told, and not judged."""
Status = Handoff.Status
ENDED: Final = tuple(
    f"ended:{status}"
    for status in (
        Status.ACCEPTED,
        Status.REJECTED,
        Status.EXPIRED,
        Status.WITHDRAWN,
        Status.NOT_MINE,
    )
)


@dataclass(frozen=True)
class Endings:
    """How offers ended: by the date of the decision, expired and withdrawn ones by theirs."""

    accepted: int = 0
    rejected: int = 0
    expired: int = 0
    withdrawn: int = 0
    not_mine: int = 0

    @classmethod
    def of(cls, counted: Counter[str]) -> "Endings":
        return cls(*(counted[kind] for kind in ENDED))

    @property
    def decided(self) -> int:
        """What the rate is of; expired, withdrawn and “not mine” stand beside."""
        return self.accepted + self.rejected

    @property
    def rate(self) -> float | None:
        return self.accepted / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between which rates the true one lies, 95 times of 100."""
        return interval(self.accepted, self.decided)

    @property
    def verdict(self) -> str:
        """loose, healthy or tight; blank where too few were decided to say."""
        return verdict(self.rate) if self.decided >= LEAST else ""


VERDICTS: Final = {
    "loose": "Too low: sales sends back more than half. The MQL definition is too loose.",
    "healthy": "Healthy: sales takes most of what marketing promises, and still says no.",
    "tight": "Very high: the MQL definition may be too tight, and good leads are held back.",
}


def verdict(rate: float | None) -> str:
    """What an acceptance rate says about the MQL definition: loose, healthy, tight, or blank."""
    if rate is None:
        return ""
    low, high = HEALTHY
    return "loose" if rate < low else "tight" if rate > high else "healthy"


def interval(hits: int, of: int) -> tuple[float, float] | None:
    """Wilson's interval of a share, at 95 %: sound for small numbers too. None of nothing."""
    if not of:
        return None
    z = 1.959964
    share, square = hits / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    reach = z * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return max(0.0, min(share, middle - reach)), min(1.0, max(share, middle + reach))


def endings(scope: Scope, *, by: str = "", every: Grain | None = None) -> dict[Place, Endings]:
    """Place by place, as `counting.count`."""
    counted = count(scope, ENDED, by=by, every=every)
    return {place: Endings.of(found) for place, found in counted.items()}
