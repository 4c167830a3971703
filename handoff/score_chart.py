"""The history of a lead's score as a chart and a table: what moved it, where the lead moved, what
people said of it, which versions came."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import Any
from urllib.parse import urlsplit

from django.db.models import F

from handoff.score_lines import Line, beside, lines_of, now_words, overridden
from leadqual.models import Event, Lead, StageMove
from leadqual.stages import Stage
from scoring.models import ScoreOverride
from scoring.score_history import Point, ScoreHistory, score_history
from scoring.score_moves import Cause

NAMED = 3
"""So many events of one cause are named; the others are counted."""
APART = 24
"""The chart tells as many moments apart."""
SHORTEST = timedelta(hours=1)
"""The chart of a fresh lead is as wide (static/js/charts.js)."""


class ScoreChart:
    """Built in a number of queries that grows with the versions alone."""

    def __init__(self, lead: Lead, *, now: datetime) -> None:
        self.lead, self.now = lead, now
        moves = lead.moves.defer("explanation").annotate(said=F("explanation__override"))
        self.moves = list(moves.order_by("at", "pk"))
        found = score_history(lead, also_at=[move.at for move in self.moves])
        self.history: ScoreHistory | None = found
        self.overrides = list(lead.overrides.select_related("by", "ended_by").order_by("at", "pk"))
        self.names = self._names(found.points) if found else {}

    def _names(self, points: Sequence[Point]) -> dict[datetime, str]:
        """The events that moved the score, by their moment; of several at once the first."""
        moments = {at for point in points for cause in point.causes for at in cause.events}
        events = Event.objects.filter(lead=self.lead, occurred_at__in=moments).order_by("-pk")
        rows = events.only("kind", "url", "occurred_at")
        return {event.occurred_at: _event_words(event) for event in rows}

    @property
    def lines(self) -> list[Line]:
        """As now, then newest first."""
        if self.history is None:
            return []
        return lines_of(
            self.history,
            moves=self._shown_moves,
            overrides=self.overrides,
            causes=self._causes,
            now=self.now,
        )

    @property
    def _shown_moves(self) -> list[StageMove]:
        history = self.history
        if history is None:
            return []
        return [move for move in self.moves if history.since <= move.at <= self.now]

    def _causes(self, point: Point) -> list[str]:
        """Of the first point all that made it; where the lead is older, it is a state and no
        deed."""
        words = [self._cause(cause) for cause in point.causes]
        is_first = self.history is not None and point is self.history.points[0]
        if is_first and point.at > self.lead.captured_at:
            return ["Where this history begins, with what counted then", *words]
        return words

    def _cause(self, cause: Cause) -> str:
        words = cause.words
        if cause.points is not None:
            words += f" {round(cause.points, 2):+g}".replace("-", "−")
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
        words = now_words(last, self.overrides, now=self.now)
        held = [_clock(self.now), last.fit, last.intent, last.total, last.version, words]
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
                    self._line(each, self.history),
                ]
                for each in self.overrides
                if each.at < self.now and each.until > since
            ],
        }

    def _line(self, override: ScoreOverride, history: ScoreHistory) -> list[list[Any]]:
        """The second number over its validity: [moment, total], where it begins, moves and ends."""
        begins, ends = max(override.at, history.since), min(override.until, self.now)
        within = [p.at for p in history.points if begins < p.at < ends]
        held = [(at, history.at(at)) for at in (begins, *within, ends)]
        return [[_clock(at), beside(override, point)] for at, point in held if point]

    def _marks(self) -> list[tuple[datetime, str]]:
        """Stage moves and publications; of those too near to be told apart, the first is named for
        all."""
        if self.history is None:
            return []
        marks = [(move.at, _mark(move)) for move in self._shown_moves]
        for before, point in pairwise(self.history.points):
            if before.version != point.version:
                marks.append((point.at, f"version {point.version}"))
        near = max(SHORTEST, self.now - self.history.since) / APART
        shown: list[tuple[datetime, list[str]]] = []
        for at, words in sorted(marks, key=itemgetter(0)):
            if shown and at - shown[-1][0] < near:
                shown[-1][1].append(words)
            else:
                shown.append((at, [words]))
        named = {at: _in_short(words) for at, words in shown}
        return [(at, named.pop(at, "")) for at in sorted({at for at, _ in marks})]


def _mark(move: StageMove) -> str:
    label = Stage(move.to_stage).label
    return f"{label} (overridden)" if overridden(move) else label


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
