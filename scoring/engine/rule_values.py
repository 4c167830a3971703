"""The rules of one model version as frozen values: what the evaluators read.

Everything that is looked up by name (lists, personas, groups, codes of signals) is resolved, so
that two versions that would give every lead the same numbers are equal in `RuleSet.meaning`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from leadqual.custom_fields import DAY
from scoring.engine.fields import DERIVED
from scoring.models import IntentRule
from scoring.models.rules import Operator
from scoring.models.versions import Axis

Shape = IntentRule.Shape
NUMERIC = frozenset({Operator.BETWEEN, Operator.AT_LEAST, Operator.AT_MOST})
"""Comparisons with bounds: numbers, or dates."""
_DAY = re.compile(DAY)


@dataclass(frozen=True)
class Condition:
    """One comparison of one fact. A named list is its entries here: `on_list` reads `in`.

    `numeric`: “is” and “is one of” compare numbers, because all that was written are numbers.
    A range that was written in dates has them in `texts`, as 2026-12-31, and no numbers.
    For a free mailbox, `texts` are the workspace's own, besides the well-known ones.
    """

    field: str
    operator: Operator
    texts: tuple[str, ...] = ()
    numbers: tuple[Decimal, ...] = ()
    numeric: bool = False

    @property
    def days(self) -> tuple[str, ...]:
        """The bounds of a range of dates; empty for one of numbers."""
        is_range = self.operator in NUMERIC and not self.numbers
        return self.texts if is_range and all(map(_DAY.fullmatch, self.texts)) else ()


@dataclass(frozen=True)
class AttributePoints:
    """Points for a fact; `condition` is None where the whole ICP must match.

    `persona`, if any, is whom the rule counts for; `group`, if any, whose cap it shares.
    """

    axis: Axis
    name: str
    points: int
    condition: Condition | None
    persona: str = ""
    group: str = ""


@dataclass(frozen=True)
class IntentPoints:
    """Points for a signal; `scoring.models.IntentRule` says what each shape means.

    `later` are the (id, bit) of the signals that follow in a sequence; one that does not exist
    (any more) has bit −1 and is never shown. `decay_steps` are (age, percent), youngest first.
    """

    name: str
    signal_id: int
    bit: int
    points: int
    source_points: tuple[tuple[str, int], ...] = ()
    shape: Shape = Shape.EACH
    at_least: int | None = None
    later: tuple[tuple[int, int], ...] = ()
    cap: int | None = None
    window: timedelta | None = None
    half_life: timedelta | None = None
    decay_steps: tuple[tuple[timedelta, int], ...] = ()
    persona: str = ""
    group: str = ""
    # Of the signal, for explanations: its name, its kind, its path, whether it asks for more.
    signal: str = ""
    kind: str = ""
    path: str = ""
    is_narrow: bool = False

    @property
    def axis(self) -> Axis:
        return Axis.INTENT

    @property
    def step_bits(self) -> tuple[int, ...]:
        """The bits of the signals of a sequence, in their order."""
        return (self.bit, *(bit for _, bit in self.later))


@dataclass(frozen=True)
class Flag:
    name: str
    reason: str
    condition: Condition


@dataclass(frozen=True)
class Group:
    """Rules of one axis that together count within ±cap."""

    axis: Axis
    name: str
    cap: int


@dataclass(frozen=True)
class TitleWords:
    """A line of the title table: its words and what they say, as written and as compared."""

    words: tuple[str, ...]
    seniority: tuple[str, str] | None = None
    job_function: tuple[str, str] | None = None


@dataclass(frozen=True)
class RuleSet:
    """Everything that makes the numbers; bands and thresholds are in `scoring.engine.definitions`.

    `zone` is the time zone that days are counted in. `personas` are (name, conditions that must
    all hold); a rule for a persona that is not among them counts for nobody.
    """

    version_id: int
    workspace_id: int
    inactivity_percent: int
    icp: tuple[Condition, ...] = ()
    attributes: tuple[AttributePoints, ...] = ()
    intents: tuple[IntentPoints, ...] = ()
    flags: tuple[Flag, ...] = ()
    personas: tuple[tuple[str, tuple[Condition, ...]], ...] = ()
    groups: tuple[Group, ...] = ()
    titles: tuple[TitleWords, ...] = ()
    zone: str = "UTC"

    def conditions(self) -> Iterable[Condition]:
        yield from self.icp
        yield from (rule.condition for rule in self.attributes if rule.condition)
        yield from (flag.condition for flag in self.flags)
        yield from (line for _, lines in self.personas for line in lines)

    def group_of(self, rule: AttributePoints | IntentPoints) -> Group | None:
        """The group whose cap the rule shares; None where it has none, or none of its axis."""
        wanted = (rule.axis, rule.group)
        return next((each for each in self.groups if (each.axis, each.name) == wanted), None)

    @property
    def counts_people(self) -> bool:
        """Whether what one lead does may change the numbers of others of its company."""
        return any(rule.shape == Shape.PEOPLE for rule in self.intents)

    def meaning(self) -> tuple[object, ...]:
        """What two versions have in common when they give every lead the same numbers.

        Names, reasons and order are left out: they change no number.
        """
        by_group: dict[Group | None, list[object]] = defaultdict(list)
        rules: tuple[AttributePoints | IntentPoints, ...] = (*self.attributes, *self.intents)
        for rule in rules:
            by_group[self.group_of(rule)].append(self._of_rule(rule))
        derives = any(condition.field in DERIVED for condition in self.conditions())
        return (
            self.inactivity_percent,
            _sorted(_canonical(condition) for condition in self.icp),
            _sorted(
                (group and (group.axis.value, group.cap), _sorted(rules))
                for group, rules in by_group.items()
            ),
            _sorted(_canonical(flag.condition) for flag in self.flags),
            self.titles if derives else (),
        )

    def _of_rule(self, rule: AttributePoints | IntentPoints) -> object:
        if isinstance(rule, AttributePoints):
            asked = rule.condition and _canonical(rule.condition)
            return (rule.axis.value, rule.points, asked, self._of_persona(rule.persona))
        return (
            *(rule.signal_id, rule.points, rule.source_points, rule.shape.value, rule.at_least),
            *(rule.later, rule.cap, rule.window, rule.half_life, rule.decay_steps),
            self._of_persona(rule.persona),
        )

    def _of_persona(self, name: str) -> object:
        if not name:
            return "everybody"
        lines = dict(self.personas).get(name)
        return _sorted(_canonical(line) for line in lines) if lines else "nobody"


def _canonical(condition: Condition) -> tuple[object, ...]:
    numbers: Iterable[Decimal] = (number.normalize() for number in condition.numbers)
    ordered = tuple(numbers) if condition.operator == Operator.BETWEEN else _sorted(numbers)
    texts = condition.days or _sorted(set(condition.texts))
    return (condition.field, condition.operator.value, texts, ordered, condition.numeric)


def _sorted(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(values, key=repr))
