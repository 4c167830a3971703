"""Pieces of SQL with their values bound by name: no rule's value is part of a text that we write.

`Binder` hands out a placeholder for each value; `moment` one for “so long before the moment of
scoring”, which the scorer fills in as a literal: the planner and the executor like literals.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import connection
from psycopg.sql import Literal

Bind = Callable[[object], str]


@dataclass
class Binder:
    """`at` is the moment of scoring in SQL: None for one that is given when the text is run.

    Two binders whose texts meet in one statement need different prefixes.
    """

    at: str | None = None
    prefix: str = "v"
    params: dict[str, Any] = field(default_factory=dict)
    ages: dict[str, timedelta] = field(default_factory=dict)

    def __call__(self, value: object) -> str:
        name = f"{self.prefix}{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"

    def moment(self, age: timedelta = timedelta(0)) -> str:
        """The moment `age` before the moment of scoring; hours, as days would follow a zone."""
        seconds = round(age.total_seconds())
        if self.at is not None:
            return f"({self.at} - interval '{seconds} seconds')" if seconds else self.at
        name = f"before_{seconds}"
        self.ages[name] = age
        return f"%({name})s::timestamptz"


@dataclass(frozen=True)
class Compiled:
    """A text with its values; `at` fills in the moments."""

    text: str
    params: Mapping[str, Any]
    ages: Mapping[str, timedelta]

    def values(self, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        return {**self.params, **self._moments(at), **more}

    def filled(self, text: str, at: datetime | None = None, **more: Any) -> str:
        """`text`, of which this one is a part, with all values in it: to be run without any.

        psycopg would quote each value anew at each of its two hundred places; here those of the
        rules are quoted once, by psycopg too.
        """
        others = {name: _quoted(value) for name, value in (self._moments(at) | more).items()}
        return text % (self._quoted | others)

    def _moments(self, at: datetime | None) -> dict[str, Any]:
        return {name: at - age for name, age in self.ages.items()} if at else {}

    @cached_property
    def _quoted(self) -> dict[str, str]:
        return {name: _quoted(value) for name, value in self.params.items()}


def array_of(ids: Iterable[int]) -> str:
    """The ids as PostgreSQL writes an array: psycopg looks at each of a thousand for quotes."""
    return f"{{{','.join(map(str, ids))}}}"


def _quoted(value: object) -> str:
    connection.ensure_connection()
    return Literal(value).as_string(connection.connection)
