"""Typed facts of a workspace's own: what fits them, how they are stored, how they are shown.

They are stored in `attributes` as JSON: numbers as numbers, yes and no as booleans, the rest as
texts, dates as 2026-12-31. What was stored before its field got a type stays as it is: `fits` says
whether it is what the field asks for, and rules compare what is stored.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from accounts.models import Workspace
from leadqual.countries import UnknownCountry, country_code, country_name
from leadqual.models import CustomField
from leadqual.typed_numbers import doubt_about, without_doubt

Kind = CustomField.Kind
Of = CustomField.Of

YES: Final = frozenset({"true", "yes", "y", "1", "x"})
NO: Final = frozenset({"false", "no", "n", "0"})
MAX_TEXT: Final = 1_000
ONE_VALUE: Final = "Write one value here, not a list or an object."
_NUMBER: Final = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")
DAY: Final = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
"""A pattern of what a date is stored as; texts of this form sort as the days do."""
YEARS: Final = range(1900, 2200)
_KEPT: Final = "_custom_fields"


class BadFact(ValueError):
    """The value is not what the field asks for; the text says so, and what to write."""


def custom_fields(workspace: Workspace, of: str | None = None) -> list[CustomField]:
    """The fields in use, in their order; of="lead" or "company" for those alone.

    Fetched once for each workspace object, so once a request or a task.
    """
    kept: list[CustomField] | None = vars(workspace).get(_KEPT)
    if kept is None:
        kept = list(CustomField.objects.of(workspace).filter(is_active=True))
        setattr(workspace, _KEPT, kept)
    return [field for field in kept if of in (None, field.of)]


def forget(workspace: Workspace) -> None:
    """Fetch the fields anew when they are asked for next: one of them has changed."""
    vars(workspace).pop(_KEPT, None)


def by_key(workspace: Workspace, of: str) -> dict[str, CustomField]:
    return {field.key: field for field in custom_fields(workspace, of)}


def by_name(workspace: Workspace) -> dict[str, CustomField]:
    """By the name that rules use, such as attributes.budget."""
    return {field.name: field for field in custom_fields(workspace)}


def labels(workspace: Workspace) -> dict[str, str]:
    """What sentences call the typed facts, by the name that rules use."""
    return {name: called(field) for name, field in by_name(workspace).items()}


def called(field: CustomField) -> str:
    """The fact within a sentence: “Budget in EUR”, “company's Own fleet”."""
    return f"company’s {field.label}" if field.of == Of.COMPANY else field.label


def read(field: CustomField, raw: Any) -> Any:
    """The value to store; None where `raw` is blank, which withdraws the fact. Raises BadFact."""
    if isinstance(raw, str):
        raw = raw.strip()
    if raw is None or raw == "":
        return None
    if not isinstance(raw, str | int | float | Decimal):
        raise BadFact(ONE_VALUE)
    return _READ[Kind(field.kind)](field, raw)


def _text(field: CustomField, raw: Any) -> str:
    if isinstance(raw, bool):
        raise BadFact(f"“{_shown(raw)}” is no text.")
    text = _plain(raw)
    if "\0" in text:
        raise BadFact("This text holds a character that cannot be stored.")
    if len(text) > MAX_TEXT:
        raise BadFact(f"This has {len(text):,} characters; {MAX_TEXT:,} fit.")
    return text


def _number(field: CustomField, raw: Any) -> int | float:
    """What rules count with, and a double keeps: to 15 digits, at most 10 decimals."""
    if isinstance(raw, bool) or not _NUMBER.fullmatch(_plain(raw)):
        raise BadFact(f"“{_shown(raw)}” is no number: write digits only, such as 1250 or 12.5.")
    if isinstance(raw, str) and (doubt := doubt_about(raw)):
        raise BadFact(doubt)
    number = Decimal(_plain(raw))
    if abs(number) < 10**15:  # beyond it, Python may refuse to count the digits
        number = round(number, min(10, 15 - len(str(abs(int(number))))))
    if abs(number) >= 10**15:
        raise BadFact(f"“{_shown(raw)}” has too many digits: 15 fit before the point.")
    return int(number) if number == int(number) else float(number)


def _choice(field: CustomField, raw: Any) -> str:
    said = _plain(raw).casefold()
    for choice in field.choices:
        if str(choice).casefold() == said:
            return str(choice)
    raise BadFact(f"“{_shown(raw)}” is none of the choices: {', '.join(field.choices)}.")


def _bool(field: CustomField, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    said = _plain(raw).lower()
    if said not in YES | NO:
        raise BadFact(f"“{_shown(raw)}” is neither yes nor no.")
    return said in YES


def _country(field: CustomField, raw: Any) -> str:
    try:
        return country_code(_plain(raw))
    except UnknownCountry as unknown:
        raise BadFact(str(unknown)) from unknown


def _date(field: CustomField, raw: Any) -> str:
    day = day_of(_plain(raw))
    if day is None:
        raise BadFact(f"“{_shown(raw)}” is no date: write year, month and day, as 2026-12-31.")
    if day.year not in YEARS:
        raise BadFact(f"“{_shown(raw)}” does not lie within {YEARS[0]} and {YEARS[-1]}.")
    return day.isoformat()


def day_of(text: str) -> date | None:
    """The day that a text such as 2026-12-31 names; None where it names none."""
    try:
        return date.fromisoformat(text) if re.fullmatch(DAY, text) else None
    except ValueError:  # the 31st of February
        return None


def day_in_words(day: date) -> str:
    """31 Dec 2026."""
    return f"{day:%-d %b %Y}"


_READ: Final = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.CHOICE: _choice,
    Kind.BOOL: _bool,
    Kind.COUNTRY: _country,
    Kind.DATE: _date,
}


def _plain(raw: Any) -> str:
    """A value as text, as PostgreSQL's ->> writes it: 1e-07 is 0.0000001."""
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, float | Decimal):
        number = Decimal(repr(raw)) if isinstance(raw, float) else raw
        if number.is_finite() and number == number.to_integral_value():
            number = number.to_integral_value()
        return format(number, "f")
    return str(raw)


def _shown(raw: Any) -> str:
    text = _plain(raw)
    return text if len(text) <= 80 else f"{text[:79]}…"


def checked(
    workspace: Workspace, of: str, said: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The attributes as they are to be stored, and by key what is wrong with the others.

    Keys without a type are taken as they are.
    """
    fields = by_key(workspace, of)
    good, faults = dict[str, Any](), dict[str, str]()
    for key, raw in said.items():
        try:
            good[key] = read(fields[key], raw) if key in fields else raw
        except BadFact as fault:
            faults[key] = str(fault)
    return good, faults


def fits(field: CustomField, stored: Any) -> bool:
    """Whether a stored value is what the field asks for, as rules would compare it."""
    try:
        value = read(field, stored)
    except BadFact:
        return False
    return (
        value is None
        or field.kind == Kind.NUMBER  # digits in a text count as a number
        or _plain(value).casefold() == _plain(stored).strip().casefold()
    )


def written(field: CustomField, stored: Any) -> str:
    """The value as one would type it into the field; `read` takes it back."""
    if isinstance(stored, bool):
        return "yes" if stored else "no"
    if field.kind == Kind.NUMBER and isinstance(stored, float):
        return without_doubt(_plain(stored))
    return "" if stored is None else _plain(stored)


def in_words(field: CustomField, stored: Any) -> str:
    """As people read it: 12,500 · Yes · Germany · 31 Dec 2026; as stored where it does not fit."""
    if stored is None or not fits(field, stored):
        return "" if stored is None else _plain(stored)
    value = read(field, stored)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        whole, point, rest = _plain(value).partition(".")
        return f"{int(whole):,}{point}{rest}" if abs(value) >= 1 else _plain(value)
    text = "" if value is None else str(value)
    if field.kind == Kind.DATE and (day := day_of(text)):
        return day_in_words(day)
    return country_name(text) if field.kind == Kind.COUNTRY else text
