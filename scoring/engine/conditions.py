"""What each operator means: once in Python (`holds`), once in SQL (`condition_sql`).

The two stand side by side because they must say the same; a property test holds them equal.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from leadqual.custom_fields import DAY
from scoring.engine.fields import DERIVED, Kind, field_named
from scoring.engine.free_mailboxes import FREE_MAILBOXES
from scoring.engine.rule_values import Condition, TitleWords
from scoring.engine.sql import Bind
from scoring.engine.titles import padded, padded_sql, titles_sql
from scoring.models.rules import Operator


@dataclass(frozen=True)
class Fact:
    """One fact of one lead: as written, as compared, and as a number."""

    shown: str | None = None
    text: str | None = None
    number: Decimal | None = None


UNKNOWN = Fact()
_DAY = re.compile(DAY)
Ordered = TypeVar("Ordered", str, Decimal)


def _is_numeric(condition: Condition) -> bool:
    kind = field_named(condition.field).kind
    return kind == Kind.NUMBER or (kind == Kind.CUSTOM and condition.numeric)


def holds(condition: Condition, facts: Mapping[str, Fact]) -> bool:
    fact = facts.get(condition.field, UNKNOWN)
    match condition.operator:
        case Operator.IS_MISSING:
            return fact.text is None
        case Operator.IS_KNOWN:
            return fact.text is not None
        case Operator.EQUALS | Operator.IN_LIST:
            return _is_listed(condition, fact)
        case Operator.NOT_IN_LIST:
            return not _is_listed(condition, fact)
        case Operator.AT_LEAST | Operator.AT_MOST | Operator.BETWEEN:
            return _in_range(condition, fact)
    if fact.text is None:
        return False
    match condition.operator:
        case Operator.CONTAINS:
            return any(value in fact.text for value in condition.texts)
        case Operator.HAS_WORD:
            words = padded(fact.text)
            return any(padded(value) in words for value in condition.texts)
        case Operator.BEGINS_WITH:
            return any(fact.text.startswith(value) for value in condition.texts)
        case Operator.FREE_MAILBOX:
            domain = fact.text.rpartition("@")[2]
            return domain in FREE_MAILBOXES or domain in condition.texts
    raise AssertionError(condition.operator)


def _is_listed(condition: Condition, fact: Fact) -> bool:
    if _is_numeric(condition):
        return fact.number is not None and fact.number in condition.numbers
    return fact.text is not None and fact.text in condition.texts


def _in_range(condition: Condition, fact: Fact) -> bool:
    """Numbers, or dates: those compare as the texts that they are stored as."""
    if condition.days:
        day = fact.text if fact.text and _DAY.fullmatch(fact.text) else None
        return day is not None and _is_within(condition.operator, day, condition.days)
    if fact.number is None or not condition.numbers:
        return False
    return _is_within(condition.operator, fact.number, condition.numbers)


def _is_within(operator: Operator, value: Ordered, bounds: Sequence[Ordered]) -> bool:
    if operator == Operator.AT_LEAST:
        return value >= bounds[0]
    if operator == Operator.AT_MOST:
        return value <= bounds[0]
    return bounds[0] <= value <= bounds[-1]


class FactColumns:
    """The forms of facts that some conditions compare, as columns of a subquery f over l and c.

    Each is computed once a lead, however many rules and words ask for it. `join` belongs into
    the subquery's FROM: it reads the title table for the facts that come from it.
    """

    def __init__(self, bind: Bind, titles: tuple[TitleWords, ...] = ()) -> None:
        self.bind = bind
        self._titles = titles
        self._columns: dict[tuple[str, str], str] = {}

    def text(self, name: str) -> str:
        return self._column(name, "text", self._text_sql(name))

    def number(self, name: str) -> str:
        return self._column(name, "number", field_named(name).number_sql)

    def day(self, name: str) -> str:
        text = self._text_sql(name)
        return self._column(name, "day", lambda bind: _day_sql(text(bind)))

    def words(self, name: str) -> str:
        text = self._text_sql(name)
        return self._column(name, "words", lambda bind: padded_sql(text(bind), bind))

    def select_list(self) -> list[str]:
        return [f"{sql} AS f{n}" for n, sql in enumerate(self._columns.values())]

    def join(self) -> str:
        asked = any(name in DERIVED for name, _ in self._columns)
        return titles_sql(self._titles, self.bind) if asked else ""

    def _column(self, name: str, form: str, sql: Callable[[Bind], str]) -> str:
        if (name, form) not in self._columns:
            self._columns[name, form] = sql(self.bind)
        return f"f.f{list(self._columns).index((name, form))}"

    @staticmethod
    def _text_sql(name: str) -> Callable[[Bind], str]:
        return (lambda bind: f"said.{name}") if name in DERIVED else field_named(name).text_sql


def all_hold_sql(conditions: tuple[Condition, ...], facts: FactColumns) -> str:
    """Whether every one of them holds; where there is none, nobody is meant."""
    return " AND ".join(condition_sql(line, facts) for line in conditions) or "false"


def condition_sql(condition: Condition, facts: FactColumns) -> str:
    """The condition over f; true, false or null, where null means that it does not hold."""
    bind, name = facts.bind, condition.field
    match condition.operator:
        case Operator.IS_MISSING:
            return f"({facts.text(name)} IS NULL)"
        case Operator.IS_KNOWN:
            return f"({facts.text(name)} IS NOT NULL)"
        case Operator.EQUALS | Operator.IN_LIST:
            return _listed_sql(condition, facts)
        case Operator.NOT_IN_LIST:
            return f"(NOT coalesce({_listed_sql(condition, facts)}, false))"
        case Operator.AT_LEAST | Operator.AT_MOST | Operator.BETWEEN:
            return _range_sql(condition, facts)
        case Operator.CONTAINS:
            return _any_sql(f"strpos({facts.text(name)}, {{}}) > 0", condition.texts, bind)
        case Operator.HAS_WORD:
            words = tuple(padded(value) for value in condition.texts)
            return _any_sql(f"strpos({facts.words(name)}, {{}}) > 0", words, bind)
        case Operator.BEGINS_WITH:
            return _any_sql(f"starts_with({facts.text(name)}, {{}})", condition.texts, bind)
        case Operator.FREE_MAILBOX:
            domains = bind(sorted(FREE_MAILBOXES | set(condition.texts)))
            return f"(split_part({facts.text(name)}, '@', -1) = ANY ({domains}::text[]))"
        case Operator.ON_LIST | Operator.NOT_ON_LIST:
            raise AssertionError("a named list is resolved when the rules are read")


def _listed_sql(condition: Condition, facts: FactColumns) -> str:
    name, bind = condition.field, facts.bind
    if _is_numeric(condition):
        return f"({facts.number(name)} = ANY ({bind(list(condition.numbers))}::numeric[]))"
    return f"({facts.text(name)} = ANY ({bind(list(condition.texts))}::text[]))"


def _range_sql(condition: Condition, facts: FactColumns) -> str:
    bounds = condition.days or condition.numbers
    if not bounds:
        return "false"
    fact = (facts.day if condition.days else facts.number)(condition.field)
    kind = "text" if condition.days else "numeric"
    low, high = (f"{facts.bind(bounds[n])}::{kind}" for n in (0, -1))
    if condition.operator == Operator.AT_LEAST:
        return f"({fact} >= {low})"
    if condition.operator == Operator.AT_MOST:
        return f"({fact} <= {low})"
    return f"({fact} BETWEEN {low} AND {high})"


def _day_sql(text: str) -> str:
    """A text that has the form of a date, sorting as the days do whatever the database's order."""
    return f"(CASE WHEN {text} ~ '^{DAY}$' THEN {text} END) COLLATE \"C\""


def _any_sql(test: str, values: tuple[str, ...], bind: Bind) -> str:
    tests = [test.format(f"{bind(value)}::text") for value in values]
    return f"({' OR '.join(tests)})" if tests else "false"
