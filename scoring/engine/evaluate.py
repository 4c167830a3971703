"""The plain evaluator: facts and rules in, numbers with their reasons out. No database, no clock.

The order of the arithmetic: each rule's points, held within the rule's cap; the rules of a group
together, held within the group's cap; all of an axis added up; intent times a factor for the
whole weeks without an event; each axis held within 0–100 and rounded to two decimals. Rules for
a persona count only where all its lines hold. `scoring.engine.compiled` says the same in SQL.

Moments: an event counts when it lies at or before `at`; see `scoring.engine.shapes` for windows.
Idle weeks are counted from the last event at or before `at`, or from the capture, whichever is
later; exactly seven days are one week.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scoring.engine.conditions import Fact, holds
from scoring.engine.rule_values import AttributePoints, Flag, Group, IntentPoints, RuleSet
from scoring.engine.shapes import DAY, FORGOTTEN_HALF_LIVES, Counted, EventFact, count, points_of
from scoring.models.versions import Axis

__all__ = [
    "DAY",
    "FORGOTTEN_HALF_LIVES",
    "HALF_UP",
    "WEEK",
    "Evaluation",
    "EventFact",
    "Facts",
    "GroupResult",
    "RuleResult",
    "evaluate",
    "points_of",
    "rounded",
    "two_decimals",
]

WEEK = timedelta(weeks=1)
HALF_UP = 0.500001
"""Two decimals, half up. The 0.000001 decides ties alike wherever the sum was added up: floats
that mean 18.225 may differ in their last bit between Python and PostgreSQL."""


@dataclass(frozen=True)
class Facts:
    """`people`: the events of each person of the lead's company, its own among them; empty
    without a company, and where no rule counts people."""

    captured_at: datetime
    values: Mapping[str, Fact]
    events: tuple[EventFact, ...] = ()
    people: tuple[tuple[EventFact, ...], ...] = ()


@dataclass(frozen=True)
class RuleResult:
    """One rule for one lead; `points` before the group's cap and the inactivity factor.

    `hits` is empty for facts. `is_meant`: the lead is of the rule's persona.
    """

    rule: AttributePoints | IntentPoints
    axis: Axis
    hit: bool
    points: float
    hits: tuple[EventFact, ...] = ()
    uncapped: float = 0.0
    number: int = 0
    is_meant: bool = True


@dataclass(frozen=True)
class GroupResult:
    """What the rules of a group came to, and what of it counted."""

    group: Group
    sum: float
    counted: float


@dataclass(frozen=True)
class Evaluation:
    fit: float
    intent: float
    flags: tuple[Flag, ...]
    results: tuple[RuleResult, ...]
    groups: tuple[GroupResult, ...]
    idle_weeks: int
    factor: float
    last_event_at: datetime | None
    next_expiry: datetime | None


def rounded(points: float) -> float:
    """Within 0–100, to two decimals, half up; the SQL says the same."""
    return two_decimals(min(max(points, 0.0), 100.0))


def two_decimals(points: float) -> float:
    """Half up, as every number of a score is."""
    return math.floor(points * 100 + HALF_UP) / 100


def longest_idle(percent: int) -> int | None:
    """Whole weeks after which nothing is left of an intent score; None when it never decays."""
    if percent == 0:
        return None
    if percent == 100:
        return 0
    return int(math.log(1e-12) / math.log((100 - percent) / 100))


def inactivity_factor(percent: int, weeks: int) -> float:
    limit = longest_idle(percent)
    if limit is not None and weeks > limit:
        return 0.0
    return float(((100 - percent) / 100) ** weeks)


def evaluate(facts: Facts, rules: RuleSet, *, at: datetime) -> Evaluation:
    last_event_at = max((e.occurred_at for e in facts.events if e.occurred_at <= at), default=None)
    idle_since = max(facts.captured_at, last_event_at or facts.captured_at)
    weeks = max(0, (at - idle_since) // WEEK)
    factor = inactivity_factor(rules.inactivity_percent, weeks)
    of_lead = {
        name
        for name, lines in rules.personas
        if lines and all(holds(line, facts.values) for line in lines)
    }
    said = tuple(_for_attribute(rule, rules, facts, of_lead) for rule in rules.attributes)
    counted = tuple(_counted(rule, rules, facts, of_lead, at=at) for rule in rules.intents)
    results = (*said, *map(_for_intent, rules.intents, counted))
    groups = _in_groups(results, rules)
    intent = rounded(_total(Axis.INTENT, results, groups, rules) * factor)
    changes = [event.occurred_at for event in facts.events if event.occurred_at > at]
    changes += [moment for each in counted if each for moment in each.changes]
    if intent > 0 and rules.inactivity_percent:
        changes.append(idle_since + (weeks + 1) * WEEK)
    return Evaluation(
        fit=rounded(_total(Axis.FIT, results, groups, rules)),
        intent=intent,
        flags=tuple(flag for flag in rules.flags if holds(flag.condition, facts.values)),
        results=results,
        groups=groups,
        idle_weeks=weeks,
        factor=factor,
        last_event_at=last_event_at,
        next_expiry=min(changes, default=None),
    )


def _for_attribute(
    rule: AttributePoints, rules: RuleSet, facts: Facts, of_lead: set[str]
) -> RuleResult:
    if rule.persona and rule.persona not in of_lead:
        return RuleResult(rule, rule.axis, hit=False, points=0, is_meant=False)
    if rule.condition is None:
        hit = bool(rules.icp) and all(holds(line, facts.values) for line in rules.icp)
    else:
        hit = holds(rule.condition, facts.values)
    return RuleResult(rule, rule.axis, hit, rule.points if hit else 0)


def _counted(
    rule: IntentPoints, rules: RuleSet, facts: Facts, of_lead: set[str], *, at: datetime
) -> Counted | None:
    """None where the rule is for a persona that the lead is not of."""
    if rule.persona and rule.persona not in of_lead:
        return None
    return count(rule, facts.events, facts.people, zone=rules.zone, at=at)


def _for_intent(rule: IntentPoints, found: Counted | None) -> RuleResult:
    if found is None:
        return RuleResult(rule, Axis.INTENT, hit=False, points=0, is_meant=False)
    return RuleResult(
        rule, Axis.INTENT, found.hit, found.points, found.hits, found.uncapped, found.number
    )


def _in_groups(results: Iterable[RuleResult], rules: RuleSet) -> tuple[GroupResult, ...]:
    """Every group that has a rule, in their order."""
    sums: dict[Group, float] = defaultdict(float)
    for result in results:
        if group := rules.group_of(result.rule):
            sums[group] += result.points
    return tuple(
        GroupResult(group, sums[group], min(max(sums[group], -group.cap), group.cap))
        for group in rules.groups
        if group in sums
    )


def _total(
    axis: Axis, results: Iterable[RuleResult], groups: Iterable[GroupResult], rules: RuleSet
) -> float:
    alone = (r.points for r in results if r.axis == axis and rules.group_of(r.rule) is None)
    return sum(alone) + sum(each.counted for each in groups if each.group.axis == axis)
