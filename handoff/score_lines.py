"""The table of a lead's score over time: what moved it, where the lead moved, what people said."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leadqual.models import StageMove
from leadqual.stages import Stage
from scoring.models import ScoreOverride
from scoring.score_history import Point, ScoreHistory

# Of one moment: a lead is captured, then scored, then overridden, and moves by what that came to.
CAPTURED, SCORED, ENDED, PUT, MOVED = range(5)


@dataclass(frozen=True)
class Line:
    """A row of the table: a point of the score, or what happened at a moment beside it."""

    at: datetime
    what: list[str]
    point: Point | None = None
    rank: int = SCORED


def lines_of(
    history: ScoreHistory,
    *,
    moves: Sequence[StageMove],
    overrides: Sequence[ScoreOverride],
    causes: Callable[[Point], list[str]],
    now: datetime,
) -> list[Line]:
    """As now, then newest first, of one moment what came last first. The last point of a history
    without a cause is when the score was made; that nothing moved it then is no row."""
    last = history.points[-1]
    lines = [Line(p.at, causes(p), p) for p in history.points if causes(p)]
    if len(history.points) == 1 and not lines:
        lines = [Line(last.at, ["Nothing counts yet"], last)]
    lines += [Line(m.at, [move_words(m)], rank=MOVED if m.from_stage else CAPTURED) for m in moves]
    lines += [each for each in _said(overrides) if history.since <= each.at <= now]
    lines = sorted(lines, key=lambda line: (line.at, line.rank))
    return [Line(now, now_words(last, overrides, now=now), last), *reversed(lines)]


def now_words(last: Point, overrides: Sequence[ScoreOverride], *, now: datetime) -> list[str]:
    valid = next((each for each in overrides if each.is_valid(at=now)), None)
    if valid is None:
        return ["As now"]
    total = f"{beside(valid, last):g}"
    return ["As now", f"overridden to {valid.words} by {valid.by}: {total} counts"]


def beside(override: ScoreOverride, point: Point) -> float:
    """The total that counts under the override: what it leaves blank is as computed."""
    fit = point.fit if override.fit is None else override.fit
    return round(fit + (point.intent if override.intent is None else override.intent), 2)


def _said(overrides: Sequence[ScoreOverride]) -> Iterator[Line]:
    for each in overrides:
        yield Line(each.at, [f"Overridden to {each.words} by {each.by}"], rank=PUT)
        ended = f"ended by {each.ended_by}" if each.ended_by else "expired"
        yield Line(each.until, [f"The override to {each.words} {ended}"], rank=ENDED)


def move_words(move: StageMove) -> str:
    """Which number moved it: the computed one, or a person's with the computed one beside it."""
    words = f"Moved to {Stage(move.to_stage).label}"
    if move.fit is None or move.intent is None:
        return words
    computed = f"{round(move.fit + move.intent, 2):g}"
    if override := overridden(move):
        return f"{words}, at {override['total']:g}, overridden ({computed} computed)"
    return f"{words}, at {computed} points"


def overridden(move: StageMove) -> dict[str, Any] | None:
    """What its explanation keeps of an override; read as `said`, without the rest of it."""
    said: dict[str, Any] | None = getattr(move, "said", None)
    return said
