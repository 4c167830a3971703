"""The reasons of a workspace, and how often each was given."""

from collections import Counter
from dataclasses import dataclass
from typing import Final, Self

from accounts.models import Workspace
from handoff.dashboards.panel import Cell
from handoff.metrics.counting import Place, count
from handoff.metrics.links import leads_url
from handoff.metrics.scope import Scope
from handoff.models import RejectionReason

COUNTS: Final = (
    "Offers that a rep rejected in the period, by the day of the decision and the reason given."
)
EMPTY: Final = (
    "Nothing was rejected in this period",
    "Choose a longer period, or take a filter away. Who rejects nothing at all may be asked too "
    "rarely: see Acceptance.",
)


@dataclass(frozen=True)
class Reasons:
    """All of them, those out of use too: what was rejected with them stays."""

    rows: dict[str, RejectionReason]

    @classmethod
    def of(cls, workspace: Workspace) -> Self:
        return cls({row.code: row for row in RejectionReason.objects.of(workspace)})

    @property
    def kinds(self) -> list[str]:
        """The facts of each."""
        return [f"rejected:{code}" for code in self.rows]

    def row(self, code: str) -> RejectionReason:
        return self.rows[code]

    def name(self, code: str) -> str:
        return self.rows[code].name

    def questions(self, code: str) -> str:
        return self.rows[code].get_questions_display()


def rejected(scope: Scope, reasons: Reasons) -> Counter[str]:
    """How often by code; reasons that were not given are missing."""
    return rejected_by(scope, reasons).get(("", None), Counter())


def count_cell(scope: Scope, code: str, n: int) -> Cell:
    """How often a reason was given; it leads to the leads."""
    return Cell(n, url=leads_url(scope, f"rejected:{code}") if n else "")


def rejected_by(scope: Scope, reasons: Reasons, *, by: str = "") -> dict[Place, Counter[str]]:
    """The same, line by line."""
    if not reasons.rows:
        return {}
    counted = count(scope, reasons.kinds, by=by)
    return {
        place: Counter({kind.partition(":")[2]: n for kind, n in found.items()})
        for place, found in counted.items()
    }
