"""Starter models to choose from, each a TOML file beside this one; `models` lists them.

A file says what its model is for (`about`), what in it is ours rather than the article's
(`ours`), which signals it needs, and its parts with the names of the fields of
`scoring.models`. Nothing in it belongs to a workspace: signals are named by their codes.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.contents import Contents
from scoring.models import (
    AttributeRule,
    Band,
    Disqualifier,
    GradeCell,
    IcpCriterion,
    IntentRule,
    NamedList,
    PersonaLine,
    PointsGroup,
    QualificationRule,
    Signal,
    TitleLine,
)
from scoring.models.versions import VersionPart

ORDER = ("article-004", "firmographic", "product-led")
"""As they are offered; the first is what a new workspace starts with."""
STARTER = ORDER[0]

_TABLES: dict[str, type[VersionPart]] = {
    "lists": NamedList,
    "titles": TitleLine,
    "personas": PersonaLine,
    "groups": PointsGroup,
    "icp": IcpCriterion,
    "attribute_rules": AttributeRule,
    "intent_rules": IntentRule,
    "disqualifiers": Disqualifier,
    "definitions": QualificationRule,
}


@dataclass(frozen=True)
class LibraryModel:
    """`contents` and `signals` (by code) are rows that nobody has saved, new at each reading."""

    code: str
    name: str
    about: str
    ours: str
    contents: Contents
    signals: Mapping[str, Signal]


def models() -> list[LibraryModel]:
    return [model(code) for code in ORDER]


def model(code: str) -> LibraryModel:
    """The model of that code. Raises KeyError where the library has none."""
    if code not in ORDER:
        raise KeyError(code)
    text = (Path(__file__).parent / f"{code}.toml").read_text(encoding="utf-8")
    return _read(code, tomllib.loads(text))


def _read(code: str, said: dict[str, Any]) -> LibraryModel:
    signals = {row["code"]: Signal(**row) for row in said["signals"]}
    parts: dict[type[VersionPart], Sequence[VersionPart]] = {
        part: [_row(part, row, signals) for row in said.get(table, ())]
        for table, part in _TABLES.items()
    }
    parts[Band] = [
        Band(axis=axis, name=name, floor=floor)
        for axis, bands in said["bands"].items()
        for name, floor in bands.items()
    ]
    parts[GradeCell] = [
        GradeCell(fit_band=fit, intent_band=intent, grade=grade)
        for fit, row in said["grades"].items()
        for intent, grade in row.items()
    ]
    return LibraryModel(
        code=code,
        name=said["name"],
        about=_one_line(said["about"]),
        ours=_one_line(said.get("ours", "")),
        contents=Contents(said["settings"], parts),
        signals=signals,
    )


def _row(
    part: type[VersionPart], row: dict[str, Any], signals: Mapping[str, Signal]
) -> VersionPart:
    if part is IntentRule:
        row = {**row, "signal": signals[row["signal"]]}
    return part(**row)


def _one_line(text: str) -> str:
    return " ".join(text.split())
