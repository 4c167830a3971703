"""Fields of the API that say what is wrong with a value before the database has to."""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.whole_numbers import NO_DECIMALS
from leadqual.countries import UnknownCountry, country_code
from leadqual.custom_fields import ONE_VALUE, checked
from leadqual.models import normalise_email
from leadqual.moments import BEFORE_EARLIEST, EARLIEST

MAX_BYTES: Final = 8_192
MAX_DEPTH: Final = 4
MAX_KEY: Final = 80
MAX_ATTRIBUTES: Final = 50
MAX_TEXT: Final = 1_000
MAX_NUMBER: Final = 10**15  # beyond, a double cannot tell two whole numbers apart
CLOCKS_DIFFER: Final = timedelta(minutes=2)


class Strict(serializers.Serializer[Any]):
    """Refuses fields that it does not know; null means the same as leaving the field out."""

    default_error_messages = {"invalid": "Send an object with named fields here."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            self.fail("invalid")
        unknown = {str(name): ["There is no such field."] for name in data.keys() - self.fields}
        said = {name: value for name, value in data.items() if value is not None}
        try:
            value = super().to_internal_value(said)
        except serializers.ValidationError as error:
            detail = cast(dict[str, Any], error.detail)
            raise serializers.ValidationError({**unknown, **detail}) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return value


class Choice(serializers.ChoiceField):
    """One of a few words; the fault names them."""

    def fail(self, key: str, **words: Any) -> Any:
        raise serializers.ValidationError(f"Write one of: {', '.join(filter(None, self.choices))}.")


class WholeNumber(serializers.IntegerField):
    re_decimal = NO_DECIMALS


class Country(serializers.CharField):
    """A country by its code or name, stored as the code of two letters."""

    def to_internal_value(self, data: Any) -> str:
        said = str(super().to_internal_value(data))
        try:
            return country_code(said)
        except UnknownCountry as unknown:
            raise serializers.ValidationError(str(unknown)) from unknown


class Mailbox(serializers.EmailField):
    """An e-mail address that also fits in lower case, which may be longer (İ)."""

    def to_internal_value(self, data: Any) -> str:
        address = super().to_internal_value(data)
        if len(normalise_email(address)) > 254:
            self.fail("max_length", max_length=254)
        return address


class Moment(serializers.DateTimeField):
    """A moment with its offset from UTC, not in the future.

    Clocks differ: up to two minutes ahead of ours counts as now.
    """

    default_error_messages = {
        "invalid": "Write date, time and offset, such as 2026-03-02T13:00:00+01:00.",
        "naive": "The offset from UTC is missing; write 2026-03-02T12:00:00Z, for example.",
        "future": "This moment lies in the future.",
        "ancient": BEFORE_EARLIEST,
    }

    def to_internal_value(self, value: Any) -> datetime:
        try:
            said = parse_datetime(value) if isinstance(value, str) else None
            moment = said.astimezone(UTC) if said and said.tzinfo else None
        except (ValueError, OverflowError):
            said = moment = None
        if said is None:
            self.fail("invalid")
        if moment is None:
            self.fail("naive")
        now: datetime = self.context["now"]
        if moment > now + CLOCKS_DIFFER:
            self.fail("future")
        if moment < EARLIEST:
            self.fail("ancient")
        return min(moment, now)


@extend_schema_field(OpenApiTypes.OBJECT)
class Properties(serializers.Field[Any, Any, Any, Any]):
    """A JSON object that the database can hold: 8 KB, four levels deep."""

    default_error_messages = {
        "invalid": "Send an object with named values here.",
        "large": "This takes {size:,} bytes; the limit is {limit:,}.",
    }
    depth = MAX_DEPTH

    def to_internal_value(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.fail("invalid")
        if fault := next(faults_in(value, self.depth), None):
            raise serializers.ValidationError(fault)
        size = len(json.dumps(value, ensure_ascii=False).encode())
        if size > MAX_BYTES:
            self.fail("large", size=size, limit=MAX_BYTES)
        return value

    def to_representation(self, value: Any) -> Any:
        return value


class Attributes(Properties):
    """Facts of the workspace's own: up to 50 names, each with a text, a number, true or false.

    Where the workspace (in the context) gave one a type, its value has to fit and is stored so.
    """

    depth = 1

    def __init__(self, *, of: str, **options: Any) -> None:
        super().__init__(**options)
        self.of = of

    def to_internal_value(self, value: Any) -> dict[str, Any]:
        if isinstance(value, dict):
            nested = [name for name, said in value.items() if isinstance(said, dict | list)]
            if nested:
                raise serializers.ValidationError({name: [ONE_VALUE] for name in nested})
        own = super().to_internal_value(value)
        if len(own) > MAX_ATTRIBUTES:
            raise serializers.ValidationError(
                f"These are {len(own)} attributes; the limit is {MAX_ATTRIBUTES}."
            )
        for name, said in own.items():
            if isinstance(said, str) and len(said) > MAX_TEXT:
                raise serializers.ValidationError(
                    f"“{name}” is longer than {MAX_TEXT:,} characters."
                )
        typed, faults = checked(self.context["workspace"], self.of, own)
        if faults:
            raise serializers.ValidationError({name: [why] for name, why in faults.items()})
        return typed


def faults_in(value: Any, depth: int) -> Iterator[str]:
    """What PostgreSQL's jsonb, or arithmetic on it, would choke on."""
    if isinstance(value, dict | list):
        if depth == 0:
            yield "This is nested too deeply."
            return
        for name in value if isinstance(value, dict) else ():
            if not name.strip() or len(name) > MAX_KEY:
                yield f"A name has 1 to {MAX_KEY} characters."
            yield from faults_in(name, depth)
        for part in value.values() if isinstance(value, dict) else value:
            yield from faults_in(part, depth - 1)
    elif isinstance(value, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
        yield "A text holds a character that cannot be stored."
    elif isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= MAX_NUMBER):
        yield "A number is too large."
