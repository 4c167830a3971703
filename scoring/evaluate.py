"""The plain evaluator: facts and rules in, numbers with their reasons out. No database, no clock.

Fit is the sum of the fit rules, 0–100. Intent is the sum of the intent rules, times a factor for
the whole weeks without an event, 0–100. `scoring.compiled` says the same in SQL.

Moments: an event counts when it lies at or before `at`; within a window of d days when it lies
later than `at` − d days (exactly d days old is out). Idle weeks are counted from the last event
at or before `at`, or from the capture, whichever is later; exactly seven days are one week.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scoring.conditions import Fact, holds
from scoring.models.versions import Axis
from scoring.rules import AttributePoints, Flag, IntentPoints, RuleSet

WEEK = timedelta(weeks=1)
DAY = timedelta(days=1)
FORGOTTEN_HALF_LIVES = 64
"""An event so many half-lives old counts nothing; far below what a rounded score can show."""
HALF_UP = 0.500001
"""Two decimals, half up. The 0.000001 decides ties alike wherever the sum was added up: floats
that mean 18.225 may differ in their last bit between Python and PostgreSQL."""


@dataclass(frozen=True)
class EventFact:
    occurred_at: datetime
    signals: int  # one bit per signal
    source: str | None = None


@dataclass(frozen=True)
class Facts:
    captured_at: datetime
    values: Mapping[str, Fact]
    events: tuple[EventFact, ...] = ()


@dataclass(frozen=True)
class RuleResult:
    """One rule for one lead; `points` before the inactivity factor. `hits` is empty for facts."""

    rule: AttributePoints | IntentPoints
    axis: Axis
    hit: bool
    points: float
    hits: tuple[EventFact, ...] = ()
    uncapped: float = 0.0


@dataclass(frozen=True)
class Evaluation:
    fit: float
    intent: float
    flags: tuple[Flag, ...]
    results: tuple[RuleResult, ...]
    idle_weeks: int
    factor: float
    last_event_at: datetime | None
    next_expiry: datetime | None


def rounded(points: float) -> float:
    """Within 0–100, to two decimals, half up; the SQL says the same."""
    return math.floor(min(max(points, 0.0), 100.0) * 100 + HALF_UP) / 100


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
    past = [event for event in facts.events if event.occurred_at <= at]
    last_event_at = max((event.occurred_at for event in past), default=None)
    idle_since = max(facts.captured_at, last_event_at or facts.captured_at)
    weeks = max(0, (at - idle_since) // WEEK)
    factor = inactivity_factor(rules.inactivity_percent, weeks)
    said = tuple(_for_attribute(rule, rules, facts) for rule in rules.attributes)
    did = tuple(_for_intent(rule, past, at=at) for rule in rules.intents)
    fit = sum(result.points for result in said if result.axis == Axis.FIT)
    raw = sum(result.points for result in (*said, *did) if result.axis == Axis.INTENT)
    intent = rounded(raw * factor)
    changes = _changes(facts, did, at=at)
    if intent > 0 and rules.inactivity_percent:
        changes = (*changes, idle_since + (weeks + 1) * WEEK)
    return Evaluation(
        fit=rounded(fit),
        intent=intent,
        flags=tuple(flag for flag in rules.flags if holds(flag.condition, facts.values)),
        results=(*said, *did),
        idle_weeks=weeks,
        factor=factor,
        last_event_at=last_event_at,
        next_expiry=min(changes, default=None),
    )


def _for_attribute(rule: AttributePoints, rules: RuleSet, facts: Facts) -> RuleResult:
    if rule.condition is None:
        hit = bool(rules.icp) and all(holds(line, facts.values) for line in rules.icp)
    else:
        hit = holds(rule.condition, facts.values)
    return RuleResult(rule, rule.axis, hit, rule.points if hit else 0)


def _for_intent(rule: IntentPoints, past: Iterable[EventFact], *, at: datetime) -> RuleResult:
    hits = tuple(
        event
        for event in past
        if event.signals >> rule.bit & 1
        and (rule.window is None or event.occurred_at > at - rule.window)
    )
    if rule.at_least is not None:
        enough = len(hits) >= rule.at_least
        points = float(rule.points if enough else 0)
        return RuleResult(rule, Axis.INTENT, enough, points, hits, points)
    total = sum(points_of(rule, event, at=at) for event in hits)
    capped = total if rule.cap is None else min(max(total, -rule.cap), rule.cap)
    return RuleResult(rule, Axis.INTENT, bool(hits), capped, hits, total)


def points_of(rule: IntentPoints, event: EventFact, *, at: datetime) -> float:
    """What one event earns under a rule of the first shape, before cap and inactivity."""
    points = dict(rule.source_points).get(event.source or "", rule.points)
    if rule.half_life is None:
        return points
    halves = (at - event.occurred_at) / rule.half_life
    return points * 0.5**halves if halves < FORGOTTEN_HALF_LIVES else 0.0


def _changes(facts: Facts, did: Iterable[RuleResult], *, at: datetime) -> tuple[datetime, ...]:
    """Moments after `at` when an event leaves a window or enters time, or a half-life has moved."""

    def moments() -> Iterator[datetime]:
        yield from (event.occurred_at for event in facts.events if event.occurred_at > at)
        for result in did:
            rule = result.rule
            if isinstance(rule, AttributePoints):
                continue
            if rule.window is not None:
                yield from (event.occurred_at + rule.window for event in result.hits)
            if rule.half_life is not None and result.points:
                yield at + DAY

    return tuple(moments())
