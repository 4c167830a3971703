"""What a rule that speaks for a lead rests on, in parts that a sentence can be made of."""

from typing import Any

from scoring.engine.conditions import UNKNOWN
from scoring.engine.evaluate import Facts, RuleResult
from scoring.engine.fields import ICP
from scoring.engine.rule_values import AttributePoints, IntentPoints


def because(result: RuleResult, facts: Facts) -> dict[str, Any] | None:
    """JSON-ready; None where the rule gave no points, or took some.

    Of a fact: {"field", "shown"}, the fact's name and what is known of it (“icp” for the whole
    profile). Of what was done: {"signal", "kind", "path", "is_narrow", "shape", "number", "own",
    "first_at"}: what the signal notices, how many times, days, pages, steps or people the rule
    counted, how many events of the lead's own are among them, and when the first was.
    """
    if not result.hit or result.points <= 0:
        return None
    if isinstance(result.rule, AttributePoints):
        return _of_fact(result.rule, facts)
    return _of_events(result.rule, result)


def _of_fact(rule: AttributePoints, facts: Facts) -> dict[str, Any]:
    name = rule.condition.field if rule.condition else ICP
    return {"field": name, "shown": facts.values.get(name, UNKNOWN).shown}


def _of_events(rule: IntentPoints, result: RuleResult) -> dict[str, Any]:
    return {
        "signal": rule.signal or rule.name,
        "kind": rule.kind,
        "path": rule.path,
        "is_narrow": rule.is_narrow,
        "shape": rule.shape.value,
        "number": result.number,
        "own": len(result.hits),
        "first_at": result.hits[0].occurred_at.isoformat() if result.hits else None,
    }
