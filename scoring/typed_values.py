"""The value of a condition as people type it: “head, chief”, “20–1000”, “yes”, or a date."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from leadqual.custom_fields import day_of
from leadqual.typed_numbers import doubt_about, without_doubt
from scoring.engine.fields import Field, Kind, field_named
from scoring.engine.rules import NUMERIC, number_of
from scoring.models.rules import Operator
from scoring.rule_words import ON_LISTS, WITHOUT_VALUE, value_in_words
from scoring.typed_entries import BadValue, read_country, split

__all__ = ["FITTING", "BadValue", "fits", "read", "written"]

Own = Mapping[str, Field]
"""The workspace's own facts that have a type, by name; see `scoring.fact_choices.own_facts`."""
NO_OWN: Own = {}

ONE = frozenset({Operator.EQUALS, Operator.AT_LEAST, Operator.AT_MOST})
WHOLE = frozenset({Operator.EQUALS, Operator.IN_LIST, Operator.NOT_IN_LIST})
"""Compare with whole values, each of which some lead should be able to have."""
_ABOUT_TEXT = frozenset({Operator.CONTAINS, Operator.HAS_WORD, Operator.BEGINS_WITH})
_ANY = frozenset({Operator.IS_MISSING, Operator.IS_KNOWN})
_LISTED = WHOLE | _ANY
FITTING: dict[Kind, frozenset[Operator]] = {
    Kind.TEXT: _LISTED | _ABOUT_TEXT | ON_LISTS,
    Kind.NUMBER: _LISTED | NUMERIC,
    Kind.COUNTRY: _LISTED | ON_LISTS,
    Kind.CHOICE: _LISTED,
    Kind.BOOL: frozenset({Operator.EQUALS}),
    Kind.DATE: _ANY | NUMERIC,
    Kind.CUSTOM: _LISTED | _ABOUT_TEXT | NUMERIC | ON_LISTS,
}
"""Which comparisons make sense for which kind of fact; the free mailbox asks for an address."""

TOO_LARGE = 10**15
"""From here on nothing that a lead says counts as a number."""
_RANGE = re.compile(r"(-?[\d.]+)\s*(?:–|—|-|\bto\b|\band\b|,)\s*(-?[\d.]+)")
_PERIOD = re.compile(r"(\d{4}-\d{2}-\d{2})\s*(?:–|—|-|to|and|,)\s*(\d{4}-\d{2}-\d{2})")
_YES = {"yes": True, "true": True, "no": False, "false": False}


def fits(name: str, operator: Operator, *, own: Own = NO_OWN) -> bool:
    """Whether the comparison makes sense for the fact. Raises UnknownField."""
    if operator == Operator.FREE_MAILBOX:
        return name in ("email", "email_domain")
    return operator in FITTING[_field(name, own).kind] or (name in own and operator in _ANY)


def _field(name: str, own: Own) -> Field:
    return own[name] if name in own else field_named(name)


def read(text: str, *, name: str, operator: Operator, own: Own = NO_OWN) -> list[Any]:
    """The values to store: texts, numbers, or one truth; for lists, the names as typed.

    Raises BadValue, UnknownField.
    """
    field, text = _field(name, own), text.strip()
    if operator in WITHOUT_VALUE:
        if text:
            raise BadValue(f"Leave this empty: “{operator.label}” compares with nothing.")
        return []
    if not text:
        raise BadValue("Write what to compare with.")
    if field.kind == Kind.DATE:
        return _days(text, operator)
    if operator == Operator.BETWEEN:
        return _range(text)
    if operator in ON_LISTS:
        return [part.strip("“”\"'") for part in _parts(text)]
    parts = [text] if operator in ONE else _parts(text)
    if operator in NUMERIC or field.kind == Kind.NUMBER:
        return [_number(part) for part in parts]
    return [_one(field, part) for part in parts]


def written(name: str, values: list[Any], *, operator: Operator) -> str:
    """The stored values as they would be typed."""
    between = "–" if operator == Operator.BETWEEN else ", "
    if between == "–" and values and day_of(str(values[0])):
        between = " to "
    return between.join(_written(name, value) for value in values)


def _written(name: str, value: Any) -> str:
    return without_doubt(str(value)) if isinstance(value, float) else value_in_words(name, value)


def _parts(text: str) -> list[str]:
    parts = split(text)
    if not parts:
        raise BadValue("Write what to compare with, separated by commas.")
    return parts


def _one(field: Field, part: str) -> Any:
    if field.kind == Kind.COUNTRY:
        return read_country(part)
    if field.kind == Kind.CHOICE:
        return _choice(field, part)
    if field.kind == Kind.BOOL:
        if part.lower() not in _YES:
            raise BadValue("Write yes or no.")
        return _YES[part.lower()]
    return part


def _choice(field: Field, part: str) -> str:
    for value, label in field.choices:
        if part.lower().replace("-", "–") in (
            value.lower().replace("-", "–"),
            label.lower().replace("-", "–"),
        ):
            return value
    known = ", ".join(label for _, label in field.choices)
    raise BadValue(f"“{part}” is not an answer to {field.label}. The answers are: {known}.")


def _range(text: str) -> list[int | float]:
    match = _RANGE.fullmatch(text)
    if not match:
        raise BadValue("Write a range of two numbers, such as 20–1000.")
    low, high = (_number(part) for part in match.groups())
    if low > high:
        raise BadValue(f"The range begins above its end: write {high:g}–{low:g}.")
    return [low, high]


def _days(text: str, operator: Operator) -> list[str]:
    """One day, or the first and the last of a range, as 2026-12-31."""
    if operator != Operator.BETWEEN:
        if day_of(text) is None:
            raise BadValue(f"“{text}” is no date: write year, month and day, as 2026-12-31.")
        return [text]
    match = _PERIOD.fullmatch(text)
    if not match or not all(map(day_of, match.groups())):
        raise BadValue("Write the first and the last day, as 2026-01-01 to 2026-12-31.")
    first, last = match.groups()
    if first > last:
        raise BadValue(f"The range begins after its end: write {last} to {first}.")
    return [first, last]


def _number(part: str) -> int | float:
    number: Decimal | None = number_of(part) if re.fullmatch(r"-?\d+(\.\d+)?", part) else None
    if number is None:
        raise BadValue(f"“{part}” is not a number: write digits only, such as 1000.")
    if doubt := doubt_about(part):
        raise BadValue(doubt)
    if abs(number) >= TOO_LARGE:
        raise BadValue(f"“{part}” has too many digits: 15 fit before the point.")
    return int(number) if number == number.to_integral_value() else float(number)
