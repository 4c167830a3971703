"""A lead's story in one list: what it did, what we did, where it moved, what we said of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeVar

from django.db.models import Model, Q, QuerySet

from leadqual.models import Event, Lead, StageMove, Touch
from leadqual.stages import Stage

Kind = Literal[
    "event",
    "touch",
    "move",
    "override",
    "override_end",
    "nurture",
    "nurture_end",
    "unsubscribed",
    "rejection",
    "call_back",
]
M = TypeVar("M", bound=Model)

Position = tuple[datetime, Kind, int]
"""Where an entry stands: its moment, its kind and its row. Several may share a moment."""

# Of one moment, what happened last stands first: an event makes a lead move, not the reverse.
_RANK: Final[dict[Kind, int]] = {
    "move": 0,
    "override": 1,
    "override_end": 2,
    "touch": 3,
    "event": 4,
    "nurture": 5,
    "nurture_end": 6,
    "unsubscribed": 7,
    "rejection": 8,
    "call_back": 9,
}
KINDS: Final = frozenset[str](_RANK)


@dataclass(frozen=True)
class Entry:
    at: datetime
    kind: Kind
    pk: int
    title: str
    detail: str = ""
    person: str = ""

    @property
    def position(self) -> Position:
        return self.at, self.kind, self.pk


def timeline(
    lead: Lead,
    *,
    before: datetime | None = None,
    beyond: Position | None = None,
    also: Iterable[Entry] = (),
    limit: int = 30,
) -> list[Entry]:
    """The newest `limit` entries, newest first; three queries.

    `before` leaves out what happened at that moment or later; `beyond` is the position of the
    last entry of the page before this one, so that entries of one moment are neither lost nor
    shown twice. `also` are entries that upper floors know of: all there are, in any order.
    """
    entries = [
        *_events(_rows(lead.events.all(), "occurred_at", "event", before, beyond)[:limit]),
        *_touches(_rows(lead.touches.all(), "occurred_at", "touch", before, beyond)[:limit]),
        *_moves(_rows(lead.moves.all(), "at", "move", before, beyond)[:limit]),
    ]
    entries += [each for each in also if _is_asked_for(each, before, beyond)]
    entries.sort(key=lambda entry: _order(entry.position), reverse=True)
    return entries[:limit]


def _order(position: Position) -> tuple[datetime, int, int]:
    at, kind, pk = position
    return at, -_RANK[kind], pk


def _is_asked_for(entry: Entry, before: datetime | None, beyond: Position | None) -> bool:
    return (before is None or entry.at < before) and (
        beyond is None or _order(entry.position) < _order(beyond)
    )


def _rows(
    rows: QuerySet[M],
    moment: str,
    kind: Kind,
    before: datetime | None,
    beyond: Position | None,
) -> QuerySet[M]:
    if before:
        rows = rows.filter(**{f"{moment}__lt": before})
    if beyond:
        at, last_kind, pk = beyond
        rest = Q(**{f"{moment}__lt": at})
        if _RANK[kind] > _RANK[last_kind]:
            rest |= Q(**{moment: at})
        elif kind == last_kind:
            rest |= Q(**{moment: at, "pk__lt": pk})
        rows = rows.filter(rest)
    return rows.order_by(f"-{moment}", "-pk")


def _events(events: QuerySet[Event]) -> list[Entry]:
    return [
        Entry(
            event.occurred_at,
            "event",
            event.pk,
            event.get_kind_display(),
            event.url or str(event.properties.get("title", "")),
            event.source.name if event.source else "",
        )
        for event in events.select_related("source")
    ]


def _touches(touches: QuerySet[Touch]) -> list[Entry]:
    return [
        Entry(
            touch.occurred_at,
            "touch",
            touch.pk,
            f"{touch.get_kind_display()}: {touch.get_outcome_display().lower()}",
            touch.note,
            str(touch.by),
        )
        for touch in touches.select_related("by")
    ]


def _moves(moves: QuerySet[StageMove]) -> list[Entry]:
    return [
        Entry(
            move.at,
            "move",
            move.pk,
            _title(move),
            " · ".join(filter(None, ("" if _is_capture(move) else move.rule_words, move.note))),
            str(move.by) if move.by else "",
        )
        for move in moves.select_related("by").defer("explanation")
    ]


def _is_capture(move: StageMove) -> bool:
    return move.rule == "captured"


def _title(move: StageMove) -> str:
    to = Stage(move.to_stage).label
    if move.from_stage:
        return f"{Stage(move.from_stage).label} → {to}"
    return f"Captured as {to}" if _is_capture(move) else f"Came to {to}"
