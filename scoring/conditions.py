"""What each operator means: once in Python (`holds`), once in SQL (`condition_sql`).

The two stand side by side because they must say the same; a property test holds them equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from scoring.fields import Kind, field_named
from scoring.free_mailboxes import FREE_MAILBOXES
from scoring.models.rules import Operator
from scoring.rules import Condition
from scoring.sql import Bind


@dataclass(frozen=True)
class Fact:
    """One fact of one lead: as written, as compared, and as a number."""

    shown: str | None = None
    text: str | None = None
    number: Decimal | None = None


UNKNOWN = Fact()

_SEPARATORS = " \t\r\n,;.:/\\|&+-–—_()[]{}<>\"'“”„‚‘’·*!?@#"
_SPACES = " " * len(_SEPARATORS)
_TO_SPACES = str.maketrans(_SEPARATORS, _SPACES)


def _padded(text: str) -> str:
    """The text with every separator a space, so that whole words stand between spaces."""
    return f" {text.translate(_TO_SPACES)} "


def _is_numeric(condition: Condition) -> bool:
    return field_named(condition.field).kind == Kind.NUMBER


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
            return _in_range(condition, fact.number)
    if fact.text is None:
        return False
    match condition.operator:
        case Operator.CONTAINS:
            return any(value in fact.text for value in condition.texts)
        case Operator.HAS_WORD:
            words = _padded(fact.text)
            return any(_padded(value) in words for value in condition.texts)
        case Operator.BEGINS_WITH:
            return any(fact.text.startswith(value) for value in condition.texts)
        case Operator.FREE_MAILBOX:
            return fact.text.rpartition("@")[2] in FREE_MAILBOXES
    raise AssertionError(condition.operator)


def _is_listed(condition: Condition, fact: Fact) -> bool:
    if _is_numeric(condition):
        return fact.number is not None and fact.number in condition.numbers
    return fact.text is not None and fact.text in condition.texts


def _in_range(condition: Condition, number: Decimal | None) -> bool:
    if number is None or not condition.numbers:
        return False
    if condition.operator == Operator.AT_LEAST:
        return number >= condition.numbers[0]
    if condition.operator == Operator.AT_MOST:
        return number <= condition.numbers[0]
    return condition.numbers[0] <= number <= condition.numbers[-1]


def condition_sql(condition: Condition, bind: Bind) -> str:
    """The condition over l and c; true, false or null, where null means that it does not hold."""
    field = field_named(condition.field)
    text = field.text_sql(bind)
    match condition.operator:
        case Operator.IS_MISSING:
            return f"({text} IS NULL)"
        case Operator.IS_KNOWN:
            return f"({text} IS NOT NULL)"
        case Operator.EQUALS | Operator.IN_LIST:
            return _listed_sql(condition, bind)
        case Operator.NOT_IN_LIST:
            return f"(NOT coalesce({_listed_sql(condition, bind)}, false))"
        case Operator.AT_LEAST | Operator.AT_MOST | Operator.BETWEEN:
            return _range_sql(condition, field.number_sql(bind), bind)
        case Operator.CONTAINS:
            return _any_sql(f"strpos({text}, {{}}) > 0", condition.texts, bind)
        case Operator.HAS_WORD:
            words = f"' ' || translate({text}, {bind(_SEPARATORS)}, {bind(_SPACES)}) || ' '"
            values = tuple(_padded(value) for value in condition.texts)
            return _any_sql(f"strpos({words}, {{}}) > 0", values, bind)
        case Operator.BEGINS_WITH:
            return _any_sql(f"starts_with({text}, {{}})", condition.texts, bind)
        case Operator.FREE_MAILBOX:
            domains = bind(sorted(FREE_MAILBOXES))
            return f"(substring({text} from '[^@]*$') = ANY ({domains}::text[]))"


def _listed_sql(condition: Condition, bind: Bind) -> str:
    field = field_named(condition.field)
    if _is_numeric(condition):
        return f"({field.number_sql(bind)} = ANY ({bind(list(condition.numbers))}::numeric[]))"
    return f"({field.text_sql(bind)} = ANY ({bind(list(condition.texts))}::text[]))"


def _range_sql(condition: Condition, number: str, bind: Bind) -> str:
    if not condition.numbers:
        return "false"
    low, high = bind(condition.numbers[0]), bind(condition.numbers[-1])
    if condition.operator == Operator.AT_LEAST:
        return f"({number} >= {low}::numeric)"
    if condition.operator == Operator.AT_MOST:
        return f"({number} <= {low}::numeric)"
    return f"({number} BETWEEN {low}::numeric AND {high}::numeric)"


def _any_sql(test: str, values: tuple[str, ...], bind: Bind) -> str:
    tests = [test.format(f"{bind(value)}::text") for value in values]
    return f"({' OR '.join(tests)})" if tests else "false"
