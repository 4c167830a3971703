"""A lead's story in one list: what it did, what we did, where it moved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from leadqual.models import Lead
from leadqual.stages import Stage


@dataclass(frozen=True)
class Entry:
    at: datetime
    kind: Literal["event", "touch", "move"]
    title: str
    detail: str = ""
    person: str = ""


def timeline(lead: Lead, *, before: datetime | None = None, limit: int = 30) -> list[Entry]:
    """The newest `limit` entries, newest first, older than `before`; three queries."""
    entries = [*_events(lead, before, limit), *_touches(lead, before, limit)]
    entries += _moves(lead, before, limit)
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


def _events(lead: Lead, before: datetime | None, limit: int) -> list[Entry]:
    events = lead.events.select_related("source").order_by("-occurred_at", "-pk")
    if before:
        events = events.filter(occurred_at__lt=before)
    return [
        Entry(
            event.occurred_at,
            "event",
            event.get_kind_display(),
            event.url or str(event.properties.get("title", "")),
            event.source.name if event.source else "",
        )
        for event in events[:limit]
    ]


def _touches(lead: Lead, before: datetime | None, limit: int) -> list[Entry]:
    touches = lead.touches.select_related("by").order_by("-occurred_at", "-pk")
    if before:
        touches = touches.filter(occurred_at__lt=before)
    return [
        Entry(
            touch.occurred_at,
            "touch",
            f"{touch.get_kind_display()}: {touch.get_outcome_display().lower()}",
            touch.note,
            str(touch.by),
        )
        for touch in touches[:limit]
    ]


def _moves(lead: Lead, before: datetime | None, limit: int) -> list[Entry]:
    moves = lead.moves.select_related("by").order_by("-at", "-pk")
    if before:
        moves = moves.filter(at__lt=before)
    return [
        Entry(
            move.at,
            "move",
            f"{Stage(move.from_stage).label} → {Stage(move.to_stage).label}"
            if move.from_stage
            else f"Captured as {Stage(move.to_stage).label}",
            " · ".join(filter(None, (move.rule_words, move.note))),
            str(move.by) if move.by else "",
        )
        for move in moves[:limit]
    ]
