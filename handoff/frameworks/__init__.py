"""Qualification frameworks to choose from, each a TOML file beside this one.

A file holds the framework and its questions in call order, with the names of the fields of
`handoff.models.Framework` and `FrameworkQuestion`. Each workspace has copies of its own to edit:
what is changed here later reaches new workspaces only.
"""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from accounts.models import Workspace
from handoff.models import Framework, FrameworkQuestion

ORDER: Final = ("bant_plus", "bant", "champ", "gpct", "meddic")
"""As they are offered; a new workspace has them all."""
DISCOVERY: Final = "bant_plus"
"""What stands before SQL in a new workspace."""


@dataclass(frozen=True)
class LibraryFramework:
    """`questions` are rows that nobody has saved, new at each reading."""

    code: str
    name: str
    about: str
    pass_mark: int
    questions: list[FrameworkQuestion]

    def __str__(self) -> str:
        return self.name


def frameworks() -> list[LibraryFramework]:
    return [framework(code) for code in ORDER]


def framework(code: str) -> LibraryFramework:
    """The framework of that code. Raises KeyError where the library has none."""
    said = read(code)
    return LibraryFramework(
        code=code,
        name=said["name"],
        about=" ".join(said["about"].split()),
        pass_mark=said["pass_mark"],
        questions=[
            FrameworkQuestion(position=position, **row)
            for position, row in enumerate(said["questions"])
        ],
    )


@cache
def read(code: str) -> dict[str, Any]:
    """What the file says. Raises KeyError where the library has none of that code."""
    if code not in ORDER:
        raise KeyError(code)
    text = (Path(__file__).parent / f"{code}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@transaction.atomic
def install(workspace: Workspace, *, codes: Collection[str] = ORDER) -> list[Framework]:
    """Copy frameworks of the library into the workspace; one that is there already stays as it is.

    Returns those that are new, in the order of the library.
    """
    there = set(Framework.objects.of(workspace).values_list("code", flat=True))
    wanted = [framework(code) for code in ORDER if code in codes and code not in there]
    rows = Framework.objects.bulk_create(
        Framework(
            workspace=workspace,
            code=each.code,
            name=each.name,
            about=each.about,
            pass_mark=each.pass_mark,
        )
        for each in wanted
    )
    for row, each in zip(rows, wanted, strict=True):
        for question in each.questions:
            question.framework = row
    FrameworkQuestion.objects.bulk_create(q for each in wanted for q in each.questions)
    return rows
