"""Pieces of SQL with their values bound by name, so that no rule's value is ever part of the text.

`Binder` hands out a placeholder for each value; `moment` one for “so long before the moment of
scoring”, which the scorer fills in as a literal: the planner and the executor like literals.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

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
        moments = {name: at - age for name, age in self.ages.items()} if at else {}
        return {**self.params, **moments, **more}
