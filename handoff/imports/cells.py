"""One cell into one value: text, number, moment. Raises BadCell with the reason in words."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from handoff.imports.files import EXCEL_ERRORS, MAX_CELL, Cell
from handoff.imports.maps import FieldMap, ImportMap
from handoff.imports.targets import Target
from leadqual.countries import UnknownCountry, country_code
from leadqual.custom_fields import NO, YES, BadFact, Kind, read
from leadqual.models import CustomField, Timeline
from leadqual.typed_numbers import form_of, looks_grouped, number_in

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST_COUNT = 2_147_483_647
LARGEST_AMOUNT = Decimal("999999999999.99")
LARGEST_NUMBER = Decimal(10) ** 15
_AROUND_NUMBER = re.compile(r"^(?:[A-Z]{3}|[€$£¥])?\s*(-?[\d.,'’\s]+?)\s*(?:[A-Z]{3}|[€$£¥%])?$")
_IN_DIGITS = re.compile(r"-?[\d.,'’\s]*\d[\d.,'’\s]*")


class BadCell(ValueError):
    """The cell does not hold what the map expects there."""


def text_of(cell: Cell) -> str:
    """What a spreadsheet shows: 12345.0 is 12345, a moment is ISO 8601. Trimmed."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    text = str(cell).strip()
    if text in EXCEL_ERRORS:
        raise BadCell(f"the cell shows the Excel error {text}")
    if "\x00" in text:
        raise BadCell("the cell holds a NUL character, which is no text")
    if len(text) > MAX_CELL:
        raise BadCell(
            f"the cell has {len(text):,} characters; perhaps a quote opens here and never closes"
        )
    return text


def value_of(cell: Cell, *, target: Target, one: FieldMap, whole: ImportMap, now: datetime) -> Any:
    """The cell as the target wants it; None where the file says nothing.

    The constant stands in for a blank or unknown cell.
    """
    text = text_of(cell)
    if text in one.unknown:
        cell, text = None, ""
    elif text in one.values:
        cell = text = one.values[text]
    if not text:
        cell = text = one.constant
    if not text:
        return None
    if target.kind == "moment":
        return _moment(cell, text, one=one, whole=whole, now=now)
    if target.own:
        return _typed(cell, text, target.own, one=one, whole=whole)
    # A number that the file holds as one is written with a point, whatever the map says.
    decimal = whole.decimal if isinstance(cell, str) else "."
    if target.kind == "any":
        return _attribute(cell, text, one.type, decimal)
    return _CONVERT.get(target.kind, _text)(text, target, decimal)


def _text(text: str, target: Target, _decimal: str) -> str:
    if len(text) > target.max_length:
        raise BadCell(f"has {len(text)} characters; {target.max_length} fit")
    return text


def _email(text: str, target: Target, _decimal: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise BadCell(f"“{text[:80]}” is no e-mail address") from error
    return _text(text, target, _decimal)


def _country(text: str, _target: Target, _decimal: str) -> str:
    try:
        return country_code(text)
    except UnknownCountry as unknown:
        why = str(unknown).rstrip(".")
        raise BadCell(f"{why}; the map’s values can say what is meant") from unknown


def _timeline(text: str, _target: Target, _decimal: str) -> str:
    known = {
        **{v: v for v in Timeline.values},
        **{label.lower(): v for v, label in Timeline.choices},
    }
    found = known.get(text.lower().replace("–", "-"), known.get(text.lower()))
    if found is None:
        raise BadCell(f"“{text[:80]}” is none of: {', '.join(filter(None, Timeline.values))}")
    return found


def _number(text: str, decimal: str) -> Decimal:
    """“1.234,50 €” with a decimal comma and “USD 1,234.50” with a point are both 1234.50."""
    plain = _bare(text)
    number = number_in(plain, decimal)
    if number is None:
        written = f" with {form_of(decimal)}" if _IN_DIGITS.fullmatch(plain) else ""
        raise BadCell(f"“{text[:80]}” is no number{written}")
    if abs(number) > LARGEST_NUMBER:
        raise BadCell(f"“{text[:80]}” is no number one can count with")
    return number


def _bare(text: str) -> str:
    """Without the currency around it."""
    found = _AROUND_NUMBER.match(re.sub("[\xa0\u2009\u202f]", " ", text))
    return found.group(1) if found else text


def _count(text: str, _target: Target, decimal: str) -> int:
    number = _certain(text, decimal)
    if number != int(number) or not 1 <= number <= LARGEST_COUNT:
        raise BadCell(f"“{text[:80]}” is no whole number of at least 1")
    return int(number)


def _amount(text: str, _target: Target, decimal: str) -> Decimal:
    number = _certain(text, decimal).quantize(Decimal("0.01"))
    if not 0 < number <= LARGEST_AMOUNT:
        raise BadCell(f"“{text[:80]}” is no amount above zero")
    return number


def _certain(text: str, decimal: str) -> Decimal:
    """Nobody writes 1.000 for one employee, or 54.000 for 54 euros and no cents."""
    number = _number(text, decimal)
    if looks_grouped(_bare(text), decimal):
        told = f"“{text[:80]}” is {number.normalize():f} with {form_of(decimal)}"
        raise BadCell(f"{told}; if thousands are meant, the map’s decimal is the other one")
    return number


def _boolean(text: str) -> bool:
    if text.lower() in YES | NO:
        return text.lower() in YES
    raise BadCell(f"“{text[:80]}” is neither yes nor no")


def _attribute(cell: Cell, text: str, kind: str, decimal: str) -> str | int | float | bool:
    """An attribute of one's own: by the type in the map, else as the file has it."""
    if kind == "boolean":
        return _boolean(text)
    if kind == "number" or (
        not kind and isinstance(cell, int | float) and not isinstance(cell, bool)
    ):
        number = _number(text, decimal)
        return int(number) if number == int(number) else float(number)
    if not kind and isinstance(cell, bool):
        return cell
    if len(text) > 2_000:
        raise BadCell(f"has {len(text)} characters; 2,000 fit")
    return text


def _typed(cell: Cell, text: str, own: CustomField, *, one: FieldMap, whole: ImportMap) -> Any:
    """A fact of the workspace's own by its type, whatever type the map gives it."""
    said: Any = text
    if own.kind == Kind.NUMBER:
        said = _number(text, whole.decimal if isinstance(cell, str) else ".")
    elif own.kind == Kind.DATE:
        said = _local(cell, text, one=one, whole=whole).date().isoformat()
    try:
        return read(own, said)
    except BadFact as fault:
        raise BadCell(str(fault).rstrip(".")) from fault


def _moment(cell: Cell, text: str, *, one: FieldMap, whole: ImportMap, now: datetime) -> datetime:
    """Aware, in UTC. Without a time it is 00:00 in the map's zone: UTC unless it names one."""
    try:
        moment = _local(cell, text, one=one, whole=whole).astimezone(UTC)
    except OverflowError:
        raise BadCell(f"“{text}” is no plausible date") from None
    if moment < EARLIEST:
        raise BadCell(f"“{text}” lies before 1970")
    if moment > now:
        raise BadCell(f"“{text}” lies in the future")
    return moment


def _local(cell: Cell, text: str, *, one: FieldMap, whole: ImportMap) -> datetime:
    """The moment as the file writes it, aware; in the zone of the map unless it names its own."""
    if isinstance(cell, bool | int | float | time | timedelta):
        raise BadCell(f"“{text}” is no date; format the column as a date in the spreadsheet")
    if isinstance(cell, datetime):
        moment = cell
    elif isinstance(cell, date):
        moment = datetime.combine(cell, time())
    else:
        moment = _parsed(text, whole.formats_of(one))
    return moment if moment.tzinfo else moment.replace(tzinfo=whole.zone_of(one))


def _parsed(text: str, formats: tuple[str, ...]) -> datetime:
    for pattern in formats:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - its zone is the map's
        except ValueError:
            continue
    if not formats:
        # Eight digits alone are rather an id or a number than 20180226.
        try:
            if not text.isdigit():
                return datetime.fromisoformat(text)
        except ValueError:
            pass
    wanted = " or ".join(formats) or "a date such as 2018-02-26 or 2018-02-26 19:58:54"
    raise BadCell(f"“{text[:80]}” is not {wanted}")


_CONVERT = {
    "email": _email,
    "country": _country,
    "timeline": _timeline,
    "count": _count,
    "amount": _amount,
}
