"""How one rule came to its points, in words: “Requested a demo 9 days ago: 25 points, half-life
14 days, now 16.01”."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from leadqual.countries import country_name
from leadqual.custom_fields import called, in_words
from leadqual.models import CustomField
from scoring.engine.conditions import UNKNOWN, Fact
from scoring.engine.evaluate import EventFact, Facts, RuleResult
from scoring.engine.fields import Kind, field_named, label_of
from scoring.engine.rule_values import AttributePoints, Condition, IntentPoints, Shape
from scoring.engine.shapes import full_points_of, points_of, step_percent
from scoring.models.rules import Operator

Own = Mapping[str, CustomField]
"""The typed facts of the workspace, by the names that rules use."""
SHOWN = 5
"""So many events are told one by one, the newest first; the rest in one line."""


def arithmetic(result: RuleResult, facts: Facts, own: Own) -> str:
    """The rule in a line, such as “2 events × 20, capped at 20” or “4 times, 3 are asked for”."""
    rule = result.rule
    if not result.is_meant:
        return f"only for {rule.persona}; this lead is not one"
    if isinstance(rule, IntentPoints):
        return _of_events(rule, result)
    if rule.condition is None:
        return "every line of the profile holds" if result.hit else "not every line holds"
    return condition_in_words(rule.condition, facts, own, holds=result.hit)


def condition_in_words(condition: Condition, facts: Facts, own: Own, *, holds: bool) -> str:
    """What is known of the fact that the condition asks for."""
    fact: Fact = facts.values.get(condition.field, UNKNOWN)
    typed = own.get(condition.field)
    label = called(typed) if typed else label_of(condition.field)
    if fact.shown is None:
        return f"{label} is not known"
    if condition.operator == Operator.FREE_MAILBOX and holds:
        return f"{fact.shown} is a free mailbox"
    if typed:
        return f"{label} is “{in_words(typed, fact.shown)}”"
    field = field_named(condition.field)
    shown = dict(field.choices).get(fact.shown, fact.shown)
    if field.kind == Kind.COUNTRY:
        shown = country_name(shown)
    return f"{label} is “{shown}”"


def lines(result: RuleResult, *, at: datetime) -> list[str]:
    """The events that a rule counts each, the newest first, and in the last line all older ones.

    Empty for rules that give their points once, whose one line says it all.
    """
    rule = result.rule
    if isinstance(rule, AttributePoints) or rule.shape != Shape.EACH:
        return []
    newest, older = result.hits[::-1][:SHOWN], result.hits[::-1][SHOWN:]
    told = [
        f"{rule.signal or rule.name} {ago(event, at=at)}: {_of_event(rule, event, at=at)}"
        for event in newest
    ]
    if older:
        sum_now = sum(points_of(rule, event, at=at) for event in older)
        full = sum(full_points_of(rule, event) for event in older)
        faded = f", now {number(sum_now)}" if number(sum_now) != number(full) else ""
        told.append(f"and {len(older)} older: {number(full)} points{faded}")
    return told


def _of_event(rule: IntentPoints, event: EventFact, *, at: datetime) -> str:
    full, now = full_points_of(rule, event), number(points_of(rule, event, at=at))
    if rule.half_life is not None:
        return f"{full} points, half-life {days(rule.half_life.days)}, now {now}"
    percent = step_percent(rule, event, at=at)
    if percent is None:
        return f"{full} points"
    since = [age for age, _ in rule.decay_steps if event.occurred_at <= at - age][-1]
    return f"{full} points, {percent} % from {days(since.days)} on, now {now}"


def _of_events(rule: IntentPoints, result: RuleResult) -> str:
    window = f" in {days(rule.window.days)}" if rule.window else ""
    found, wanted = result.number, rule.at_least
    match rule.shape:
        case Shape.EACH:
            return _each(rule, result, window)
        case Shape.TIMES:
            return f"{_times(found)}{window}, {wanted} are asked for"
        case Shape.DAYS:
            return f"on {_many(found, 'different day')}{window}, {wanted} are asked for"
        case Shape.PAGES:
            return f"{_many(found, 'different page')}{window}, {wanted} are asked for"
        case Shape.SEQUENCE:
            return f"{found} of {len(rule.step_bits)} steps in this order{window}"
        case Shape.PEOPLE:
            people = "1 person" if found == 1 else f"{found or 'no'} people"
            return f"{people} of the company{window}, {wanted} are asked for"


def _each(rule: IntentPoints, result: RuleResult, window: str) -> str:
    if not result.hits:
        return f"no event{window}"
    words = f"{_many(len(result.hits), 'event')}{window}"
    each = [full_points_of(rule, hit) for hit in result.hits]
    if len(set(each)) == 1:
        words += f" × {each[0]}"
    else:
        words += f" at points by source: {' + '.join(map(str, each[:12]))}"
        words += " + …" if len(each) > 12 else ""
    if rule.half_life is not None:
        words += f", halved every {days(rule.half_life.days)}: {result.uncapped:.2f}"
    if rule.decay_steps:
        words += f", less with age: {result.uncapped:.2f}"
    if result.points != result.uncapped:
        words += f", capped at {number(result.points)}"
    return words


def ago(event: EventFact, *, at: datetime) -> str:
    """Whole days, hours or minutes before the moment of scoring."""
    age = at - event.occurred_at
    if age < timedelta(minutes=1):
        return "just now"
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if age >= length:
            return f"{_many(age // length, unit)} ago"
    return f"{_many(age // timedelta(minutes=1), 'minute')} ago"


def number(points: float) -> str:
    """Points to two decimals, without those that say nothing."""
    text = f"{points:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def days(count: int) -> str:
    return _many(count, "day")


def _many(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
