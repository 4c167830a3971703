"""How many rows each choice of a filter would show, with what is chosen in the others."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Cell = tuple[Mapping[str, str], int]
"""A value for each filter, and how many rows have just these."""


@dataclass(frozen=True)
class Option:
    """One choice of a filter; `value` blank: any."""

    value: str
    label: str
    count: int
    is_chosen: bool


class Counted:
    """Rows counted once by all that can be asked of them; every filter reads its numbers here.

    `chosen` are the values asked for, by filter; blank or absent: any.
    """

    def __init__(self, cells: Iterable[Cell], chosen: Mapping[str, str]) -> None:
        self.chosen = {name: value for name, value in chosen.items() if value}
        self.total = 0
        self._any: Counter[str] = Counter()
        self._of: Counter[tuple[str, str]] = Counter()
        for values, n in cells:
            self._add(values, n)

    def _add(self, values: Mapping[str, str], n: int) -> None:
        """A filter counts what all the others let through."""
        refused = [name for name, value in self.chosen.items() if values[name] != value]
        if len(refused) > 1:
            return
        self.total += 0 if refused else n
        for name in refused or values:
            self._any[name] += n
            self._of[name, values[name]] += n

    def options(self, name: str, labels: Mapping[str, str], *, any_label: str) -> list[Option]:
        """“Any” first, then the labelled values in their order: those that count something, and
        the chosen one."""
        chosen = self.chosen.get(name, "")
        shown = [
            Option(value, label, self._of[name, value], value == chosen)
            for value, label in labels.items()
            if self._of[name, value] or value == chosen
        ]
        return [Option("", any_label, self._any[name], not chosen), *shown]
