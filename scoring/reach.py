"""How many points a lead could have under some rules, with everything in its favour.

Caps of rules and groups are counted, and that a lead can be of two personas only where these do
not contradict each other. What is said here is never too little: rules over the same fact that
exclude one another are added up nevertheless.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from leadqual.custom_fields import day_of
from scoring.contents import Contents
from scoring.engine.rules import number_of, values_of
from scoring.models import AttributeRule, IntentRule, NamedList, PersonaLine, PointsGroup
from scoring.models.rules import ConditionFields, Operator
from scoring.models.versions import Axis

HIGHEST = 100
"""Fit and intent are capped at so many points each."""
_MANY_PERSONAS = 8
_EVERYTHING = (float("-inf"), float("inf"))
_TRUE_OF_THE_UNKNOWN = frozenset({Operator.IS_MISSING, Operator.NOT_IN_LIST, Operator.NOT_ON_LIST})


@dataclass(frozen=True)
class Reach:
    fit: int
    intent: int

    @property
    def total(self) -> int:
        return self.fit + self.intent


def reaches(contents: Contents) -> list[Reach]:
    """The most points on each axis, once for each set of personas that a lead can be of."""
    return [
        Reach(_most(contents, Axis.FIT, personas), _most(contents, Axis.INTENT, personas))
        for personas in _sets_of_personas(contents)
    ]


def _most(contents: Contents, axis: Axis, personas: frozenset[str]) -> int:
    gains: dict[str, int] = defaultdict(int)
    for rule in (*contents.rows(AttributeRule), *contents.rows(IntentRule)):
        if axis_of(rule) == axis and (not rule.persona or rule.persona in personas):
            gains[rule.group] += most_of(rule)
    caps: dict[str, int] = {g.name: g.cap for g in contents.rows(PointsGroup) if g.axis == axis}
    points = sum(min(gain, caps.get(group, gain)) for group, gain in gains.items())
    return min(points, HIGHEST)


def axis_of(rule: AttributeRule | IntentRule) -> Axis:
    return Axis(rule.axis) if isinstance(rule, AttributeRule) else Axis.INTENT


def most_of(rule: AttributeRule | IntentRule) -> int:
    """The most that one rule gives: once, up to its cap, or (each time, no cap) without limit."""
    highest = max(single_hits(rule))
    if highest <= 0:
        return 0
    if isinstance(rule, IntentRule) and rule.shape == IntentRule.Shape.EACH:
        return HIGHEST if rule.cap is None else int(rule.cap)
    return highest


def single_hits(rule: AttributeRule | IntentRule) -> list[int]:
    """What one hit may give, by source where that differs."""
    by_source = rule.source_points.values() if isinstance(rule, IntentRule) else ()
    return [rule.points, *(points for points in by_source if isinstance(points, int))]


def _sets_of_personas(contents: Contents) -> Iterator[frozenset[str]]:
    lines: dict[str, list[PersonaLine]] = defaultdict(list)
    for line in contents.rows(PersonaLine):
        lines[line.persona].append(line)
    rules = (*contents.rows(AttributeRule), *contents.rows(IntentRule))
    used = sorted({rule.persona for rule in rules} & set(lines))
    if len(used) > _MANY_PERSONAS:
        yield frozenset(used)
        return
    lists = {each.name: each.entries for each in contents.rows(NamedList)}
    apart = {
        frozenset(pair)
        for pair in combinations(used, 2)
        if _exclude_each_other(lines[pair[0]], lines[pair[1]], lists)
    }
    for size in range(len(used) + 1):
        for chosen in combinations(used, size):
            if not any(frozenset(pair) in apart for pair in combinations(chosen, 2)):
                yield frozenset(chosen)


def _exclude_each_other(
    one: Sequence[PersonaLine], other: Sequence[PersonaLine], lists: Mapping[str, Sequence[str]]
) -> bool:
    """Whether some fact would have to have two values at once."""
    return any(
        mine.field == theirs.field and contradict(mine, theirs, lists)
        for mine in one
        for theirs in other
    )


def contradict(
    one: ConditionFields, other: ConditionFields, lists: Mapping[str, Sequence[str]]
) -> bool:
    """Whether two conditions of one fact can never hold at once; `lists` by name."""
    operators = {one.operator, other.operator}
    if Operator.IS_MISSING in operators:
        return bool(operators - _TRUE_OF_THE_UNKNOWN)
    values, others = _values(one, lists), _values(other, lists)
    if values and others:
        return not values & others
    if values or others:
        asked = other if values else one
        return not any(_may_be(value, asked, lists) for value in values or others or ())
    (low, high), (lowest, highest) = _range(one), _range(other)
    return high < lowest or highest < low


def _values(row: ConditionFields, lists: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The only values that the fact may have; none where the condition does not list them."""
    if row.operator in (Operator.EQUALS, Operator.IN_LIST, Operator.ON_LIST):
        return _named(row, lists)
    return frozenset()


def _named(row: ConditionFields, lists: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The values of the condition; of one about lists, all their entries."""
    values: Iterable[object] = values_of(row)
    if row.operator in (Operator.ON_LIST, Operator.NOT_ON_LIST):
        values = [entry for name in values for entry in lists.get(str(name), ())]
    return frozenset(str(value).strip().lower() for value in values)


def _may_be(value: str, row: ConditionFields, lists: Mapping[str, Sequence[str]]) -> bool:
    """Whether a fact of this value may satisfy the condition, which lists none."""
    match row.operator:
        case Operator.NOT_IN_LIST | Operator.NOT_ON_LIST:
            return value not in _named(row, lists)
        case Operator.CONTAINS:
            return any(part in value for part in _named(row, lists))
        case Operator.BEGINS_WITH:
            return any(value.startswith(part) for part in _named(row, lists))
    low, high = _range(row)
    place = _place(value)
    return (low, high) == _EVERYTHING or (place is not None and low <= place <= high)


def _range(row: ConditionFields) -> tuple[float, float]:
    places = [place for value in values_of(row) if (place := _place(value)) is not None]
    if not places:
        return _EVERYTHING
    match row.operator:
        case Operator.AT_LEAST:
            return places[0], float("inf")
        case Operator.AT_MOST:
            return float("-inf"), places[0]
        case Operator.BETWEEN:
            return places[0], places[-1]
    return _EVERYTHING


def _place(value: object) -> float | None:
    """Where a number or a date stands among its like; None for what is neither."""
    if day := day_of(str(value)):
        return day.toordinal()
    number = number_of(value)
    return None if number is None else float(number)
