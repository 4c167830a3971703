"""Which column is what: a small TOML file, or the same made on screen.

    zone = "America/Sao_Paulo"            # of dates and times without their own; default UTC
    date_formats = ["%d/%m/%Y %H:%M"]     # default: ISO 8601, such as 2018-02-26 19:58:54
    decimal = ","                         # in numbers; default "."

    [lead]
    external_id = "id"                                   # a column
    country = { constant = "BR" }                        # the same for all rows
    source = { column = "origin", values = { fb = "facebook" } }
    [moments]
    mql = "first_contact_date"
    won = { column = "won_date", zone = "UTC" }
    [attributes]
    revenue = { column = "revenue", type = "number", unknown = ["0.0"] }

A field with a column and a constant takes the constant where the cell is blank. `values` rewrites
cells, `unknown` lists cells that mean “not asked”.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from accounts.models.workspaces import validate_time_zone
from handoff.imports.targets import ATTRIBUTES, TARGETS, target_of

SETTINGS = {"zone", "date_formats", "decimal"}
OPTIONS = {"column", "constant", "values", "unknown", "type", "zone", "date_formats"}
TYPES = ("text", "number", "boolean")


class BadMap(ValueError):
    """The map cannot be used; one sentence for each thing that is wrong with it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(self.problems))


@dataclass(frozen=True)
class FieldMap:
    """Where one target's value comes from. `type`, formats and zone: blank means the default."""

    column: str = ""
    constant: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    type: str = ""
    zone: str = ""
    date_formats: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        said = {name: value for name, value in vars(self).items() if value}
        for name in ("unknown", "date_formats"):
            if name in said:
                said[name] = list(said[name])
        return said


@dataclass(frozen=True)
class ImportMap:
    fields: Mapping[str, FieldMap]  # by target name, such as lead.email
    zone: str = "UTC"
    date_formats: tuple[str, ...] = ()
    decimal: str = "."

    def zone_of(self, field_map: FieldMap) -> ZoneInfo:
        return ZoneInfo(field_map.zone or self.zone)

    def formats_of(self, field_map: FieldMap) -> tuple[str, ...]:
        return field_map.date_formats or self.date_formats

    def missing_in(self, columns: Iterable[str]) -> str:
        """What to tell people of the columns that the map reads and the file does not have."""
        has = list(columns)
        missing = [
            f"“{one.column}” for {name}"
            for name, one in self.fields.items()
            if one.column and one.column not in has
        ]
        if not missing:
            return ""
        columns_read = "the column" if len(missing) == 1 else "columns"
        such = "no such column" if len(missing) == 1 else "none of them"
        return (
            f"The map reads {columns_read} {', '.join(missing)}, but the file has {such}. "
            f"It has: {', '.join(has[:40])}."
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON- and TOML-ready; `from_dict` reads it back."""
        tree: dict[str, Any] = {"zone": self.zone}
        if self.date_formats:
            tree["date_formats"] = list(self.date_formats)
        if self.decimal != ".":
            tree["decimal"] = self.decimal
        for name, one in self.fields.items():
            *sections, own = _split(name)
            place = tree
            for section in sections:
                place = place.setdefault(section, {})
            said = one.as_dict()
            place[own] = one.column if set(said) == {"column"} else said
        return tree


def _split(name: str) -> list[str]:
    for prefix in sorted(ATTRIBUTES, key=len, reverse=True):
        if name.startswith(prefix):
            return [*prefix.rstrip(".").split("."), name.removeprefix(prefix)]
    return name.split(".")


def read_map(text: str) -> ImportMap:
    """The map that a TOML text says. Raises BadMap with everything that is wrong."""
    try:
        return from_dict(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadMap([f"The map is not valid TOML: {error}."]) from error


def from_dict(tree: Mapping[str, Any]) -> ImportMap:
    problems: list[str] = []
    fields: dict[str, FieldMap] = {}
    for section, content in tree.items():
        if section in SETTINGS:
            continue
        if not isinstance(content, Mapping):
            problems.append(f"The map says “{section}”, which is neither a setting nor a section.")
            continue
        for name, spec in _flat(section, content):
            if target_of(name) is None:
                problems.append(f"The map fills “{name}”, which is not a field. {_similar(name)}")
                continue
            one = _field(name, spec, problems)
            if one:
                fields[name] = one
    formats = _formats("date_formats", tree.get("date_formats", []), problems)
    zone, decimal = tree.get("zone", "UTC"), tree.get("decimal", ".")
    _check_zone(zone, problems)
    if decimal not in (".", ","):
        problems.append("decimal must be “.” or “,”.")
    if not {"lead.external_id", "lead.email"} & fields.keys():
        problems.append("The map must say which column holds lead.external_id or lead.email.")
    if problems:
        raise BadMap(problems)
    return ImportMap(fields, zone, formats, decimal)


def _flat(section: str, content: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, spec in content.items():
        if section == "company" and name == "attributes" and isinstance(spec, Mapping):
            yield from ((f"company.attributes.{own}", its) for own, its in spec.items())
        else:
            yield f"{section}.{name}", spec


def _field(name: str, spec: Any, problems: list[str]) -> FieldMap | None:
    before = len(problems)
    if isinstance(spec, str):
        spec = {"column": spec}
    if not isinstance(spec, Mapping):
        problems.append(f"{name} must be a column's name, or {{ column = …, constant = … }}.")
        return None
    for option in spec.keys() - OPTIONS:
        problems.append(f"{name} has the unknown option “{option}”.")
    column, constant = spec.get("column", ""), spec.get("constant", "")
    if not isinstance(column, str) or isinstance(constant, Mapping | list):
        problems.append(f"{name}: the column must be a name, the constant a single value.")
    elif not column and constant == "":
        problems.append(f"{name} names neither a column nor a constant.")
    if spec.get("type", "text") not in TYPES:
        problems.append(f"{name}: type must be one of {', '.join(TYPES)}.")
    values, unknown = spec.get("values", {}), spec.get("unknown", [])
    if not isinstance(values, Mapping) or not isinstance(unknown, list):
        problems.append(f"{name}: values must be a table, unknown a list.")
    formats = _formats(name, spec.get("date_formats", []), problems)
    if spec.get("zone"):
        _check_zone(spec["zone"], problems)
    if len(problems) > before:
        return None
    return FieldMap(
        column=column.strip(),
        constant=_plain(constant),
        values={str(cell): _plain(value) for cell, value in values.items()},
        unknown=tuple(_plain(cell) for cell in unknown),
        type=spec.get("type", ""),
        zone=spec.get("zone", ""),
        date_formats=formats,
    )


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _formats(name: str, formats: Any, problems: list[str]) -> tuple[str, ...]:
    formats = [formats] if isinstance(formats, str) else formats
    if not isinstance(formats, list) or not all(isinstance(f, str) and "%" in f for f in formats):
        problems.append(f"{name}: a date format reads like %d/%m/%Y %H:%M.")
        return ()
    return tuple(formats)


def _check_zone(zone: Any, problems: list[str]) -> None:
    try:
        validate_time_zone(zone)
    except (ValidationError, TypeError):
        problems.append(f"“{zone}” is not a time zone. Write one like Europe/Berlin.")


def _similar(name: str) -> str:
    section = name.split(".")[0] + "."
    near = [known for known in TARGETS if known.startswith(section)] or list(TARGETS)
    return f"Fields are: {', '.join(near)}."
