"""What moved a score from one moment to the next: two evaluations compared, rule by rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scoring.engine.evaluate import Evaluation, RuleResult
from scoring.engine.rule_values import IntentPoints
from scoring.models.versions import Axis

VISIBLE = 0.005
"""Less does not show in two decimals."""


@dataclass(frozen=True)
class Cause:
    """`points` are those of the rule, before its group's cap and inactivity; None where what
    happened is no rule's. `events` are the moments of the events that it was, if it was any."""

    words: str
    axis: Axis | None = None
    points: float | None = None
    events: tuple[datetime, ...] = ()


def causes_of(
    was: Evaluation | None, now: Evaluation, *, version: int | None = None
) -> tuple[Cause, ...]:
    """`version`: its number, where it has come in force in between. Its rules are others, so that
    nothing else can be told apart then."""
    if version is not None:
        return (Cause(f"Version {version} came in force"),)
    return (*_rules(was, now), *_idleness(was, now), *_flags(was, now))


def _rules(was: Evaluation | None, now: Evaluation) -> Iterator[Cause]:
    before = {result.rule: result for result in was.results} if was else {}
    for result in now.results:
        former = before.get(result.rule)
        points = result.points - (former.points if former else 0)
        if abs(points) >= VISIBLE:
            yield _rule(result, former, points)


def _rule(result: RuleResult, former: RuleResult | None, points: float) -> Cause:
    known = set(former.hits) if former else set()
    fresh = tuple(event.occurred_at for event in result.hits if event not in known)
    words = result.rule.name
    if len(fresh) > 1:
        words += f" ({len(fresh)} times)"
    elif not fresh and former is not None and former.hit:
        is_event = isinstance(result.rule, IntentPoints)
        words += ", fading with time" if is_event and result.hit else ", no longer"
    return Cause(words, result.axis, points, fresh)


def _idleness(was: Evaluation | None, now: Evaluation) -> Iterator[Cause]:
    if was is None or was.factor == now.factor:
        return
    if now.factor == 1:
        resumed = (now.last_event_at,) if now.last_event_at else ()
        yield Cause("Active again, inactivity takes nothing away", Axis.INTENT, events=resumed)
    else:
        weeks = "1 whole week" if now.idle_weeks == 1 else f"{now.idle_weeks} whole weeks"
        yield Cause(f"{weeks} without activity: intent × {now.factor:.3f}", Axis.INTENT)


def _flags(was: Evaluation | None, now: Evaluation) -> Iterator[Cause]:
    before = set(was.flags) if was else set()
    yield from (Cause(f"Disqualified: {f.name}") for f in now.flags if f not in before)
    yield from (Cause(f"No longer disqualified: {f.name}") for f in before - set(now.flags))
