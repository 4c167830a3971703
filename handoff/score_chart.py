"""The history of a lead's score as a chart and a table: what moved it, where the lead moved, what
people said of it, which versions came."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils.timezone import localtime

from leadqual.models import Event, Lead, StageMove
from leadqual.stages import Stage
from scoring.score_history import Point, ScoreHistory, score_history
from scoring.score_moves import Cause

NAMED = 3
"""So many events of one cause are named; the others are counted."""


@dataclass(frozen=True)
class Line:
    """A row of the table: a point of the score, or what happened at a moment beside it."""

    at: datetime
    what: list[str]
    point: Point | None = None


class ScoreChart:
    """Built in a number of queries that grows with the versions alone."""

    def __init__(self, lead: Lead) -> None:
        self.lead = lead
        self.moves = list(lead.moves.defer("explanation").order_by("at", "pk"))
        found = score_history(lead, also_at=[move.at for move in self.moves])
        self.history: ScoreHistory | None = found
        self.overrides = list(lead.overrides.select_related("by").order_by("at", "pk"))
        self.names = self._names(found.points) if found else {}

    def _names(self, points: Sequence[Point]) -> dict[datetime, str]:
        """The events that moved the score, by their moment; of several at once the first."""
        moments = {at for point in points for cause in point.causes for at in cause.events}
        events = Event.objects.filter(lead=self.lead, occurred_at__in=moments).order_by("-pk")
        rows = events.only("kind", "url", "occurred_at")
        return {event.occurred_at: _event_words(event) for event in rows}

    @property
    def lines(self) -> list[Line]:
        """Newest first."""
        if self.history is None:
            return []
        since = self.history.since
        points = [Line(p.at, self._causes(p) or ["As of now"], p) for p in self.history.points]
        moves = [Line(m.at, [_move_words(m)]) for m in self._shown_moves]
        said = [
            line
            for each in self.overrides
            for line in (
                Line(each.at, [f"Overridden to {each.words} by {each.by}"]),
                Line(each.until, [f"The override to {each.words} ended"]),
            )
            if since <= line.at <= self.history.until
        ]
        return sorted([*points, *moves, *said], key=lambda line: line.at, reverse=True)

    @property
    def _shown_moves(self) -> list[StageMove]:
        history = self.history
        if history is None:
            return []
        return [move for move in self.moves if history.since <= move.at <= history.until]

    def _causes(self, point: Point) -> list[str]:
        return [self._cause(cause) for cause in point.causes]

    def _cause(self, cause: Cause) -> str:
        words = cause.words
        if cause.points is not None:
            words += f" {cause.points:+.4g}".replace("-", "−")
        if named := [self.names[at] for at in cause.events[:NAMED] if at in self.names]:
            more = len(cause.events) - len(named)
            words += f": {', '.join(named)}{f' and {more} more' if more > 0 else ''}"
        return words

    @property
    def data(self) -> dict[str, Any]:
        """For static/js/charts.js; moments are local wall time, which it takes for UTC."""
        if self.history is None:
            return {}
        points = self.history.points
        return {
            "kind": "score",
            "label": f"Fit, intent and total of {self.lead.display_name} over time",
            "points": [
                [_clock(p.at), p.fit, p.intent, p.total, p.version, self._causes(p)] for p in points
            ],
            "moves": [[_clock(at), words] for at, words in self._marks()],
            "overrides": [
                [
                    _clock(max(each.at, self.history.since)),
                    _clock(min(each.until, self.history.until)),
                    f"{each.words} by {each.by}",
                ]
                for each in self.overrides
                if each.at < self.history.until and each.until > self.history.since
            ],
        }

    def _marks(self) -> list[tuple[datetime, str]]:
        """Stage moves and publications; those of one moment share a mark."""
        marks: dict[datetime, list[str]] = defaultdict(list)
        for move in self._shown_moves:
            marks[move.at].append(Stage(move.to_stage).label)
        points = self.history.points if self.history else ()
        for before, point in pairwise(points):
            if before.version != point.version:
                marks[point.at].append(f"Version {point.version}")
        return [(at, " → ".join(words)) for at, words in sorted(marks.items())]


def _clock(moment: datetime) -> str:
    return f"{localtime(moment):%Y-%m-%dT%H:%M:%S}Z"


def _event_words(event: Event) -> str:
    path = event.url.split("?")[0][:60]
    return f"{event.get_kind_display()}{f' {path}' if path else ''}"


def _move_words(move: StageMove) -> str:
    words = f"Moved to {Stage(move.to_stage).label}"
    if move.fit is None or move.intent is None:
        return words
    return f"{words}, at {round(move.fit + move.intent, 2):g} points"
