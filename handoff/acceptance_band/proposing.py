"""A threshold proposed: the one whose acceptance on history lies in the band, with least of the won
lost. Weighed as on the thresholds page, over a preview of the rules that are in force.

Offers follow from the hand-off rule, so it is the one that moves where it has one way to qualify;
without a hand-off rule, or where it has several ways, the MQL definition. Only the total is moved;
what is asked of fit and intent stays.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from handoff.metrics.acceptance import LEAST, verdict
from scoring.engine.definitions import definitions_of
from scoring.models import ModelVersion, Preview, QualificationRule
from scoring.previews.question import last_weeks
from scoring.previews.thresholds import (
    Thresholds,
    Weighed,
    has_other_rules,
    single_way,
    weigh,
)

Purpose = QualificationRule.Purpose
_WORDS: Final = {Purpose.MQL: "MQL", Purpose.HANDOFF: "Handed to sales"}
HIGHEST: Final = 200


@dataclass(frozen=True)
class Proposal:
    """`now` and `then` are what the thresholds mean on the history of the preview."""

    preview: int
    purpose: str
    total_now: int
    total: int
    now: Weighed
    then: Weighed

    @property
    def words(self) -> str:
        """“Tested on 13 weeks: handed to sales from 75 points instead of 65: …”"""
        what = _WORDS[Purpose(self.purpose)]
        return (
            f"Tested on {len(self.now.weekly)} weeks: {what} from {self.total} points instead of "
            f"{self.total_now}: {self.then.a_week:.1f} leads a week instead of "
            f"{self.now.a_week:.1f}, acceptance {_rate(self.then)} instead of {_rate(self.now)}, "
            f"won {self.then.won:,} of {self.then.all_won:,} instead of {self.now.won:,}."
            f"{self._price}"
        )

    @property
    def _price(self) -> str:
        """That it is dear, where it is: not every bad rate is a matter of the threshold."""
        lost = self.now.won - self.then.won
        if 4 * lost <= self.now.won:
            return ""
        return f" It would lose {lost:,} of the won: look at reasons and rules first."

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "preview": self.preview,
            "purpose": self.purpose,
            "total_now": self.total_now,
            "total": self.total,
            "now": _numbers(self.now),
            "then": _numbers(self.then),
            "words": self.words,
        }


def _rate(found: Weighed) -> str:
    rate = "–" if found.acceptance is None else f"{round(100 * found.acceptance)} %"
    return f"{rate} ({found.accepted:,} of {found.decided:,})"


def _numbers(found: Weighed) -> dict[str, Any]:
    said = asdict(found) | {"leads": found.leads, "weeks": len(found.weekly)}
    return {name: value for name, value in said.items() if name != "weekly"}


def usable_preview(version: ModelVersion, *, now: datetime) -> Preview | None:
    """The latest one that says what the rules in force make of the last full weeks."""
    _, until = last_weeks(version.workspace.zone, now=now)
    found = Preview.objects.of(version.workspace).weighable().filter(until__gte=until)
    latest = found.defer("partial").order_by("-pk")[:5]
    return next((one for one in latest if not has_other_rules(version, one.report or {})), None)


def movable(version: ModelVersion) -> tuple[Purpose, Thresholds] | None:
    """Which definition a proposal can move, and where it stands; None where sliders cannot."""
    has_handoff = bool(definitions_of(version).handoff)
    purposes = (Purpose.HANDOFF, Purpose.MQL) if has_handoff else (Purpose.MQL,)
    for purpose in purposes:
        if (way := single_way(version, purpose)) and way.total:
            return purpose, way
    return None


def propose(version: ModelVersion, preview: Preview) -> Proposal | None:
    """None where no total brings history's acceptance into the band with enough decided."""
    found = movable(version)
    if found is None or preview.report is None:
        return None
    purpose, here = found
    total = best_total(preview.report, here, least=_least(version, purpose))
    if total is None:
        return None
    then = Thresholds(here.fit, here.intent, total)
    return Proposal(
        preview.pk,
        purpose.value,
        here.total,
        total,
        weigh(preview.report, here),
        weigh(preview.report, then),
    )


def _least(version: ModelVersion, purpose: Purpose) -> int:
    """Only MQLs are handed over: a hand-off rule cannot ask for less than the definition."""
    mql = single_way(version, Purpose.MQL) if purpose == Purpose.HANDOFF else None
    return max(1, mql.total) if mql else 1


def best_total(report: Mapping[str, Any], here: Thresholds, *, least: int) -> int | None:
    """Among the totals whose acceptance is healthy, of LEAST decided or more: the one that finds
    most of the won; then the nearest to where it stands, then the lower one."""
    candidates = [
        (-won, abs(total - here.total), total)
        for total, accepted, decided, won in _by_total(report, here)
        if total >= least
        and total != here.total
        and decided >= LEAST
        and verdict(accepted / decided) == "healthy"
    ]
    return min(candidates)[2] if candidates else None


def _by_total(report: Mapping[str, Any], here: Thresholds) -> list[tuple[int, int, int, int]]:
    """(total, accepted, decided, won) from the highest down, as `weigh` would say: rows are added
    up once, not once a total."""
    at: dict[int, list[int]] = {}
    for fit, intent, total, taken, refused, deals in report["sales"]:
        if fit >= here.fit and intent >= here.intent:
            sums = at.setdefault(min(total, HIGHEST), [0, 0, 0])
            sums[0], sums[1], sums[2] = sums[0] + taken, sums[1] + refused, sums[2] + deals
    found, accepted, rejected, won = [], 0, 0, 0
    for total in range(HIGHEST, 0, -1):
        taken, refused, deals = at.get(total, (0, 0, 0))
        accepted, rejected, won = accepted + taken, rejected + refused, won + deals
        found.append((total, accepted, accepted + rejected, won))
    return found
