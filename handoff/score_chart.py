"""The history of a lead's score as a chart and a table: what moved it, where the lead moved, what
people said of it, which versions came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from operator import itemgetter
from typing import Any
from urllib.parse import urlsplit

from leadqual.models import Event, Lead, StageMove
from leadqual.stages import Stage
from scoring.score_history import Point, ScoreHistory, score_history
from scoring.score_moves import Cause

NAMED = 3
"""So many events of one cause are named; the others are counted."""


APART = 40
"""The chart tells as many moments apart."""


@dataclass(frozen=True)
class Line:
    """A row of the table: a point of the score, or what happened at a moment beside it."""

    at: datetime
    what: list[str]
    point: Point | None = None


class ScoreChart:
    """Built in a number of queries that grows with the versions alone."""

    def __init__(self, lead: Lead, *, now: datetime) -> None:
        self.lead, self.now = lead, now
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
        points = [Line(p.at, self._causes(p) or ["As now"], p) for p in self.history.points]
        moves = [Line(m.at, [_move_words(m)]) for m in self._shown_moves]
        said = [
            line
            for each in self.overrides
            for line in (
                Line(each.at, [f"Overridden to {each.words} by {each.by}"]),
                Line(each.until, [f"The override to {each.words} ended"]),
            )
            if since <= line.at <= self.now
        ]
        return sorted([*points, *moves, *said], key=lambda line: line.at, reverse=True)

    @property
    def _shown_moves(self) -> list[StageMove]:
        history = self.history
        if history is None:
            return []
        return [move for move in self.moves if history.since <= move.at <= self.now]

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
        """For static/js/charts.js: moments in UTC, and the `zone` in which it writes them."""
        if self.history is None:
            return {}
        points = self.history.points
        since, last = self.history.since, points[-1]
        # What it is worth holds until time or an event changes it, and neither has.
        held = [_clock(self.now), last.fit, last.intent, last.total, last.version, ["As now"]]
        return {
            "kind": "score",
            "zone": self.lead.workspace.timezone,
            "label": f"Fit, intent and total of {self.lead.display_name} over time",
            "points": [
                *(
                    [_clock(p.at), p.fit, p.intent, p.total, p.version, self._causes(p)]
                    for p in points
                ),
                held,
            ],
            "moves": [[_clock(at), words] for at, words in self._marks()],
            "overrides": [
                [
                    _clock(max(each.at, since)),
                    _clock(min(each.until, self.now)),
                    f"{each.words} by {each.by}",
                ]
                for each in self.overrides
                if each.at < self.now and each.until > since
            ],
        }

    def _marks(self) -> list[tuple[datetime, str]]:
        """Stage moves and publications; those too near to be told apart share a mark."""
        if self.history is None:
            return []
        marks = [(move.at, Stage(move.to_stage).label) for move in self._shown_moves]
        for before, point in pairwise(self.history.points):
            if before.version != point.version:
                marks.append((point.at, f"version {point.version}"))
        near = (self.now - self.history.since) / APART
        shown: list[tuple[datetime, list[str]]] = []
        for at, words in sorted(marks, key=itemgetter(0)):
            if shown and at - shown[-1][0] < near:
                shown[-1][1].append(words)
            else:
                shown.append((at, [words]))
        return [(at, _in_short(words)) for at, words in shown]


def _in_short(words: Sequence[str]) -> str:
    """“MQL, SAL”; of many the first and the last."""
    if len(words) > 3:
        return f"{words[0]} … {words[-1]} ({len(words)})"
    return ", ".join(words)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def _event_words(event: Event) -> str:
    path = urlsplit(event.url).path[:60] if event.url else ""
    return f"{event.get_kind_display()}{f' {path}' if path else ''}"


def _move_words(move: StageMove) -> str:
    words = f"Moved to {Stage(move.to_stage).label}"
    if move.fit is None or move.intent is None:
        return words
    return f"{words}, at {round(move.fit + move.intent, 2):g} points"
