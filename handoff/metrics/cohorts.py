"""What became of the MQLs of a period: how far they came, and where they stand now.

The unit is the MQL: a lead in one cycle. A recycled lead that comes back is a new MQL of that day,
and what it brings counts there; so every MQL has one end, and lines add up.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from handoff.metrics.counting import Place, count
from handoff.metrics.facts import AFTER_MQL
from handoff.metrics.periods import Grain
from handoff.metrics.scope import Scope
from leadqual.stages import Stage

FURTHEST: Final = (Stage.MQL, *AFTER_MQL)
STATES: Final = tuple(Stage)
STILL_OPEN: Final = (Stage.NEW, Stage.MQL, Stage.SAL, Stage.SQL, Stage.OPPORTUNITY)
"""Where an MQL has not ended yet; in `new` it was taken back by the definition, and may return."""
KINDS: Final = (
    "mql",
    *(f"reached:{stage}" for stage in (*AFTER_MQL, Stage.LOST)),
    *(f"path:{far}:{now}" for far in FURTHEST for now in STATES),
)


@dataclass(frozen=True)
class Cohort:
    """`paths` counts MQLs by the furthest stage of their cycle and where they stand now."""

    mqls: int = 0
    reached: Mapping[Stage, int] = field(default_factory=dict)
    paths: Mapping[tuple[Stage, Stage], int] = field(default_factory=dict)

    @classmethod
    def of(cls, counted: Counter[str]) -> "Cohort":
        return cls(
            counted["mql"],
            {stage: counted[f"reached:{stage}"] for stage in (*AFTER_MQL, Stage.LOST)},
            {
                (far, now): n
                for far in FURTHEST
                for now in STATES
                if (n := counted[f"path:{far}:{now}"])
            },
        )

    def passed(self, stage: Stage) -> int:
        """They came to the stage or a later one; more than `reached` where imported history does
        not say when."""
        place = FURTHEST.index(stage)
        return sum(n for (far, _), n in self.paths.items() if FURTHEST.index(far) >= place)

    def standing(self, *stages: Stage) -> int:
        """They stand there now."""
        return sum(n for (_, now), n in self.paths.items() if now in stages)

    @property
    def open(self) -> int:
        return self.standing(*STILL_OPEN)

    @property
    def won(self) -> int:
        return self.reached.get(Stage.WON, 0)

    @property
    def conversion(self) -> float | None:
        return self.won / self.mqls if self.mqls else None

    def rate(self, stage: Stage) -> float | None:
        return self.passed(stage) / self.mqls if self.mqls else None


def cohorts(scope: Scope, *, by: str = "", every: Grain | None = None) -> dict[Place, Cohort]:
    """Place by place, as `counting.count`; by the day on which they became MQL."""
    found = count(scope, KINDS, by=by, every=every)
    return {place: Cohort.of(counted) for place, counted in found.items()}
