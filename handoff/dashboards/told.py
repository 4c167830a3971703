"""How shares and days are told, the same on every page: points of charts, notes, labels."""

from datetime import date
from typing import Any

from handoff.metrics.acceptance import LEAST
from handoff.metrics.periods import Grain


def small(of: int) -> str:
    """The note beside what so few stand behind that nobody should judge by it; else blank."""
    return "small" if 0 < of < LEAST else ""


def point(hits: int, of: int) -> dict[str, Any] | None:
    """A share as a point of a chart, in percent; a gap of nothing."""
    if not of:
        return None
    told = {"value": round(100 * hits / of, 1), "n": hits, "of": of}
    return told | {"small": True} if of < LEAST else told


def label_of(every: Grain, start: date) -> str:
    """“2 Mar 2026” for the week of that Monday, “Mar 2026” for a month."""
    return f"{start:%b %Y}" if every == "month" else f"{start:%-d %b %Y}"
