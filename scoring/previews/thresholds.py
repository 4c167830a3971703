"""Thresholds moved over a preview: how many leads would have reached them, and what became of
those; and putting the chosen ones into the draft.

A lead counts in the week in which it first reached all thresholds at one moment, by the previewed
rules and before its hand-off; not where it had reached them when the period began, an MQL already.
With the thresholds of the previewed version the figures are those of its report.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from scoring.engine.definitions import Bounds, definitions_of
from scoring.engine.rules import read_rules
from scoring.models import ModelVersion, QualificationRule
from scoring.models.versions import Axis
from scoring.previews.report import meaning_of

Purpose = QualificationRule.Purpose


@dataclass(frozen=True)
class Thresholds:
    """Whole points that all must be reached; 0 asks nothing. Fit and intent to 100, total 200."""

    fit: int = 0
    intent: int = 0
    total: int = 0

    @classmethod
    def of(cls, way: Bounds) -> "Thresholds":
        return cls(way.fit or 0, way.intent or 0, way.total or 0)

    def reached(self, fit: int, intent: int, total: int) -> bool:
        return fit >= self.fit and intent >= self.intent and total >= self.total

    def moved(self, points: int) -> "Thresholds":
        """The same with another total, within 0–200."""
        return Thresholds(self.fit, self.intent, min(max(self.total + points, 0), 200))


@dataclass(frozen=True)
class Weighed:
    """What some thresholds would have meant. `weekly` are the leads that reached them in the
    period for the first time, by week; the others are of all that did, also before it began: the
    offers made to them in the period that were `accepted`, and `decided` at all, and leads `won`.
    """

    weekly: tuple[int, ...]
    accepted: int
    decided: int
    won: int
    all_won: int

    @property
    def leads(self) -> int:
        return sum(self.weekly)

    @property
    def a_week(self) -> float:
        return self.leads / len(self.weekly) if self.weekly else 0.0

    @property
    def acceptance(self) -> float | None:
        return self.accepted / self.decided if self.decided else None

    @property
    def captured(self) -> float | None:
        return self.won / self.all_won if self.all_won else None


def weigh(report: Mapping[str, Any], thresholds: Thresholds) -> Weighed:
    """static/js/thresholds.js says the same while the sliders move."""
    weekly = [0] * len(report["weeks"])
    accepted = rejected = won = 0
    for fit, intent, total, week, leads in report["firsts"]:
        if thresholds.reached(fit, intent, total):
            weekly[week] += leads
    for fit, intent, total, taken, refused, deals in report["sales"]:
        if thresholds.reached(fit, intent, total):
            accepted, rejected, won = accepted + taken, rejected + refused, won + deals
    all_won: int = report["won"]["leads"]
    return Weighed(tuple(weekly), accepted, accepted + rejected, won, all_won)


def has_other_rules(draft: ModelVersion, report: Mapping[str, Any]) -> bool:
    """Whether the draft gives leads other numbers than those that were weighed."""
    weighed: str = report["rules"]
    return meaning_of(read_rules([draft])[draft.pk]) != weighed


def single_way(version: ModelVersion, purpose: Purpose) -> Thresholds | None:
    """The definition as thresholds; None where there is none, or more than one way."""
    terms = definitions_of(version)
    ways = terms.mql if purpose == Purpose.MQL else terms.handoff
    return Thresholds.of(ways[0]) if len(ways) == 1 else None


@transaction.atomic
def put_into_draft(draft: ModelVersion, chosen: Mapping[Purpose, Thresholds]) -> list[str]:
    """Write the thresholds into the draft's definitions; returns what changed, in words.

    Raises ValidationError where the version is no draft any more, a definition has not exactly
    one way, nothing would be asked, or less of a hand-off than of an MQL.
    """
    locked = ModelVersion.objects.select_for_update().filter(pk=draft.pk).first()
    if locked is None or locked.status != ModelVersion.Status.DRAFT:
        raise ValidationError("This is no draft any more. Open a new one to change thresholds.")
    changed = []
    for purpose, thresholds in chosen.items():
        rule = _only_way(locked, purpose)
        before = definitions_of(locked)
        ways = before.mql if purpose == Purpose.MQL else before.handoff
        if Thresholds.of(ways[0]) == thresholds:
            continue
        _write(rule, ways[0], thresholds)
        changed.append(f"{purpose.label}: {_words(Thresholds.of(ways[0]))} → {_words(thresholds)}")
    _check_order(locked)
    return changed


def _check_order(draft: ModelVersion) -> None:
    """Only MQLs are handed over: a lower threshold of the hand-off rule would never count."""
    mql, handoff = single_way(draft, Purpose.MQL), single_way(draft, Purpose.HANDOFF)
    if not mql or not handoff:
        return
    for name in ("total", "fit", "intent"):
        floor, own = getattr(mql, name), getattr(handoff, name)
        if 0 < own < floor:
            raise ValidationError(
                f"The hand-off rule would ask for {name} {own}, less than the MQL definition "
                f"with {name} {floor}. Only MQLs are handed over: ask for {floor} or more, or for "
                "nothing (0)."
            )


def _only_way(draft: ModelVersion, purpose: Purpose) -> QualificationRule:
    rules = list(draft.qualificationrules.filter(purpose=purpose))
    if len(rules) == 1:
        return rules[0]
    label = str(purpose.label)
    label = label if label.startswith("MQL") else label.lower()
    if not rules:
        raise ValidationError(f"The draft has no {label} yet. Write one in the model first.")
    raise ValidationError(
        f"The {label} of the draft has {len(rules)} ways to qualify, and sliders can move only "
        "one. Change them in the model itself."
    )


def _write(rule: QualificationRule, was: Bounds, chosen: Thresholds) -> None:
    """A band that was named stays named where its floor did not move."""
    if not (chosen.fit or chosen.intent or chosen.total):
        raise ValidationError("Ask for something: with all thresholds at 0 every lead qualifies.")
    for axis, value, floor in (
        (Axis.FIT, chosen.fit, was.fit),
        (Axis.INTENT, chosen.intent, was.intent),
    ):
        if value != (floor or 0):
            setattr(rule, f"{axis}_band", "")
            setattr(rule, f"{axis}_at_least", value or None)
    rule.total_at_least = chosen.total or None
    rule.full_clean()
    rule.save()


def _words(thresholds: Thresholds) -> str:
    asked: Iterable[tuple[str, int]] = (
        ("total", thresholds.total),
        ("fit", thresholds.fit),
        ("intent", thresholds.intent),
    )
    return ", ".join(f"{name} {floor}" for name, floor in asked if floor) or "nothing"
