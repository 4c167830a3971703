"""How each promise was kept, as it was worded, with the month before and the level agreed."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from handoff.compliance.clock_links import ClockCriteria, ClockLinks, codes_of
from handoff.compliance.months import Scope
from handoff.metrics.links import Figure
from sla.compliance import FEW, Asked, By, Kept, Key, kept
from sla.models import Commitment, Side

BEFORE, NOW = 0, 1

Counts = dict[tuple[int, Key], Kept]
CODES: Final = list(Commitment.Code.values)


def counts(
    scope: Scope, codes: Collection[str], *groupings: tuple[By, ...], times: bool = False
) -> list[Counts]:
    """Of the month before and of the month; one query, and one for the promises of a version."""
    chosen = [one.pk for one in scope.commitments] if scope.version else None
    asked = Asked(scope.workspace, scope.bounds, scope.now, codes, chosen)
    return kept(asked, *groupings, times=times)


@dataclass(frozen=True)
class Counted:
    """Clocks of one line, each number with the link to its clocks, and the month before."""

    kept: Kept
    before: Kept
    judged: Figure
    met: Figure
    missed: Figure
    running: Figure
    taken_back: Figure
    target: int | None = None

    @property
    def share(self) -> float | None:
        return self.kept.share

    @property
    def is_small(self) -> bool:
        return 0 < self.kept.judged < FEW

    @property
    def change(self) -> float | None:
        """Percentage points against the month before; None where one of them has none judged."""
        if self.kept.share is None or self.before.share is None:
            return None
        return round(100 * (self.kept.share - self.before.share), 1)

    @property
    def verdict(self) -> str:
        """Whether the level agreed is reached: “kept”, “below”, “few”, or blank."""
        if self.target is None or not self.kept.judged:
            return ""
        if self.is_small:
            return "few"
        return "below" if 100 * self.kept.met < self.target * self.kept.judged else "kept"


def counted(
    links: ClockLinks,
    now: Kept | None,
    before: Kept | None,
    criteria: ClockCriteria,
    *,
    target: int | None = None,
) -> Counted:
    kept_now = now or Kept()

    def of(count: int, state: str) -> Figure:
        return links.of(count, replace(criteria, state=state))

    return Counted(
        kept=kept_now,
        before=before or Kept(),
        judged=of(kept_now.judged, "judged"),
        met=of(kept_now.met, "met"),
        missed=of(kept_now.missed, "missed"),
        running=of(kept_now.running, "running"),
        taken_back=of(kept_now.taken_back, "taken-back"),
        target=target,
    )


@dataclass(frozen=True)
class KeptPromise:
    """One promise as it was worded; of several versions in a month each has its own line."""

    commitment: Commitment
    counted: Counted
    of: str  # whose version it is, where the month has several

    @property
    def words(self) -> str:
        return str(self.commitment)


def kept_promises(scope: Scope, *sides: Side) -> list[KeptPromise]:
    """Promises with clocks due in the month, and those in force in it without any."""
    by_row, by_kind = counts(scope, codes_of(*sides), ("commitment",), ("code", "tier"), times=True)
    links, several = ClockLinks(scope), len(scope.spans) > 1
    lines = []
    for one in sorted(scope.commitments, key=_order):
        now = by_row.get((NOW, (one.pk,)))
        if one.side not in sides or not (now or _in_force(one, scope)):
            continue
        before = by_kind.get((BEFORE, (one.code, one.tier_code)))
        asked = ClockCriteria(commitment=str(one.pk))
        figures = counted(links, now, before, asked, target=one.target_percent)
        lines.append(KeptPromise(one, figures, _version(one) if several else ""))
    return lines


def _in_force(commitment: Commitment, scope: Scope) -> bool:
    if commitment.retired_at:
        return False
    return commitment.agreement_id in {
        span.agreement.pk if span.agreement else None for span in scope.spans
    }


def _order(commitment: Commitment) -> tuple[Any, ...]:
    return CODES.index(commitment.code), commitment.tier_code, commitment.pk


def _version(commitment: Commitment) -> str:
    if commitment.agreement:
        return f"Agreement {commitment.agreement.number}"
    return "Defaults" if commitment.retired_at is None else "Defaults, as they were"
