"""What moved a score from one moment to the next: two evaluations compared, rule by rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scoring.arithmetic import number
from scoring.engine.evaluate import Evaluation, RuleResult
from scoring.engine.rule_values import IntentPoints
from scoring.models.versions import Axis

HIGHEST = 100
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
    nothing else can be told apart then. Without `was`, all that makes the score: a beginning."""
    if version is not None:
        return (Cause(f"Version {version} came in force"), *_held(None, now))
    return (*_rules(was, now), *_idleness(was, now), *_held(was, now), *_flags(was, now))


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
    """Also where it is as before and rules of intent moved: their points count times it."""
    factor = was.factor if was else 1
    if now.factor != factor and now.factor == 1:
        resumed = (now.last_event_at,) if now.last_event_at else ()
        yield Cause("Active again, inactivity takes nothing away", Axis.INTENT, events=resumed)
    elif was is not None and now.factor != factor:
        weeks = "1 whole week" if now.idle_weeks == 1 else f"{now.idle_weeks} whole weeks"
        yield Cause(f"{weeks} without activity: intent × {now.factor:.3f}", Axis.INTENT)
    elif now.factor != 1 and any(cause.axis == Axis.INTENT for cause in _rules(was, now)):
        weeks = "1 idle week" if now.idle_weeks == 1 else f"{now.idle_weeks} idle weeks"
        yield Cause(f"intent × {now.factor:.3f} after {weeks}", Axis.INTENT)


def _held(was: Evaluation | None, now: Evaluation) -> Iterator[Cause]:
    """What the rules come to and what of it counts, where a cap or the scale holds it and either
    has moved."""
    before = {each.group: each.sum for each in was.groups} if was else {}
    for each in now.groups:
        if each.sum != each.counted and abs(each.sum - before.get(each.group, 0)) >= VISIBLE:
            words = f"group “{each.group.name}” comes to {number(each.sum)}"
            yield Cause(f"{words}, held at {number(each.counted)}", each.group.axis)
    for axis in (Axis.FIT, Axis.INTENT):
        sum_, former = _sum(now, axis), _sum(was, axis) if was else None
        if 0 <= sum_ <= HIGHEST or (former is not None and abs(sum_ - former) < VISIBLE):
            continue
        held = min(max(sum_, 0), HIGHEST)
        yield Cause(f"{axis.label.lower()} comes to {number(sum_)}, held at {held:g}", axis)


def _sum(found: Evaluation, axis: Axis) -> float:
    """The rules of an axis together, times the factor for inactivity, before it is held."""
    grouped = {each.group.name for each in found.groups if each.group.axis == axis}
    alone = (r.points for r in found.results if r.axis == axis and r.rule.group not in grouped)
    sum_ = sum(alone) + sum(each.counted for each in found.groups if each.group.axis == axis)
    return sum_ * found.factor if axis == Axis.INTENT else sum_


def _flags(was: Evaluation | None, now: Evaluation) -> Iterator[Cause]:
    before = set(was.flags) if was else set()
    yield from (Cause(f"Disqualified: {f.name}") for f in now.flags if f not in before)
    yield from (Cause(f"No longer disqualified: {f.name}") for f in before - set(now.flags))
