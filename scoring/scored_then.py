"""Leads as they were known at a moment of the past, scored by a version of now.

What previews ask week by week, asked of one moment a lead: would it have qualified by this model?
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scoring.engine.definitions import Definitions, definitions_of
from scoring.engine.evaluate import Evaluation, evaluate
from scoring.engine.gather import gather_each
from scoring.engine.rules import rules_of
from scoring.models import ModelVersion
from scoring.why_not import Numbers, why_not


@dataclass(frozen=True)
class Then:
    """Fit and intent 0–100 by the version of that number, and what it makes of them.

    `why_not_mql` are sentences, empty where the MQL definition holds.
    """

    fit: float
    intent: float
    grade: str
    version: int
    disqualified: bool
    is_mql: bool
    why_not_mql: list[str] = field(default_factory=list)

    @property
    def total(self) -> float:
        return round(self.fit + self.intent, 2)

    @property
    def numbers(self) -> dict[str, Any]:
        """Without what says why: JSON-ready, and nothing about a person."""
        return {
            "fit": self.fit,
            "intent": self.intent,
            "total": self.total,
            "grade": self.grade,
            "version": self.version,
            "disqualified": self.disqualified,
            "is_mql": self.is_mql,
        }


def scored_then(moments: Mapping[int, datetime], version: ModelVersion) -> dict[int, Then]:
    """By lead id, each at its own moment, in a constant number of queries.

    Merged and erased leads, and those of another workspace than the version's, are left out.
    """
    rules, definitions = rules_of(version), definitions_of(version)
    return {
        lead_id: _judged(evaluate(facts, rules, at=moments[lead_id]), definitions)
        for lead_id, facts in gather_each(moments, rules).items()
    }


def _judged(found: Evaluation, definitions: Definitions) -> Then:
    numbers = Numbers(found.fit, found.intent, bool(found.flags))
    lacks = why_not(
        definitions.mql, numbers, definitions, name="the MQL definition", flags=found.flags
    )
    holds = any(way.hold(found.fit, found.intent) for way in definitions.mql)
    return Then(
        fit=found.fit,
        intent=found.intent,
        grade=definitions.grade(found.fit, found.intent),
        version=definitions.number,
        disqualified=numbers.disqualified,
        is_mql=holds and not numbers.disqualified,
        why_not_mql=lacks,
    )
