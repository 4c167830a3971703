"""What is found for one part of an agenda."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from handoff.models import AgendaItem

Part = AgendaItem.Part
MOST: Final = 12
"""Items of one part: what people walk through in a meeting. How many more there are is counted."""


@dataclass(frozen=True)
class Found:
    """Items to be saved, the most telling first, of `total` there are; `figures` are of the whole
    part, JSON-ready."""

    items: Sequence[AgendaItem] = ()
    total: int = 0
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        """What the review keeps about the part."""
        return {"total": self.total, "shown": len(self.items), **self.figures}


def days_words(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"
