"""Where a page of a list begins: the last row before it, as it travels in the URL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime


@dataclass(frozen=True)
class Cursor:
    """The sort value of a row as text, and its id; the value is blank where the row has none."""

    value: str
    pk: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None where the text is no cursor: the list then begins at its beginning."""
        value, mark, pk = text.rpartition("~")
        return cls(value, int(pk)) if mark and pk.isdecimal() and len(pk) < 19 else None

    def __str__(self) -> str:
        return f"{self.value}~{self.pk}"

    def behind(self, column: str, value: object, *, descending: bool = False) -> Q:
        """The rows after it in a list by that column, and by the id between equals; `value` is its
        own as the column has it, None: it names none, and no row is left out."""
        if value is None:
            return Q()
        side = "lt" if descending else "gt"
        # The first condition follows from the second, and is the one that an index can begin at.
        beyond = Q(**{f"{column}__{side}": value}) | Q(**{f"pk__{side}": self.pk})
        return Q(**{f"{column}__{side}e": value}) & beyond

    @property
    def moment(self) -> datetime | None:
        try:
            found = parse_datetime(self.value)
        except ValueError:
            return None
        return found if found and timezone.is_aware(found) else None

    @property
    def number(self) -> float | None:
        try:
            return float(self.value)
        except ValueError:
            return None
