"""What one intent rule counts, shape by shape: the Python side of `scoring.engine.compiled_events`.

An event counts when it lies at or before `at`, and within a window of d days when it lies later
than `at` − d days (exactly d days old is out).
- each: all of them, each at its points, which halve or step down as it ages;
- times: from so many on; days: on so many different days of the workspace's zone; pages: on so
  many different pages, events without an address left aside;
- sequence: one event after the other, each showing the next step. Of events at the same moment
  the one with the earlier step comes first;
- people: so many people of the company, the lead among them, with at least one event each. While
  there are enough, time changes it when the first of so many of them, those with the lowest ids,
  leaves the window; while there are too few, when one more comes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scoring.engine.rule_values import IntentPoints, Shape

DAY = timedelta(days=1)
FORGOTTEN_HALF_LIVES = 64
"""An event so many half-lives old counts nothing; far below what a rounded score can show."""


@dataclass(frozen=True)
class EventFact:
    occurred_at: datetime
    signals: int  # one bit per signal
    source: str | None = None
    page: int | None = None


@dataclass(frozen=True)
class Counted:
    """`hits` are the lead's own events that count; `number` how many times, days, steps …

    `changes` are the moments after which time alone may change the points.
    """

    hit: bool
    points: float
    hits: tuple[EventFact, ...] = ()
    uncapped: float = 0.0
    number: int = 0
    changes: tuple[datetime, ...] = ()


def count(
    rule: IntentPoints,
    events: Sequence[EventFact],
    people: Sequence[Sequence[EventFact]],
    *,
    zone: str,
    at: datetime,
) -> Counted:
    """`events` are the lead's, `people` those of each of its company, the lead's among them."""
    hits = tuple(event for event in events if _counts(rule, event, at=at))
    match rule.shape:
        case Shape.EACH:
            return _each(rule, hits, at=at)
        case Shape.SEQUENCE:
            done = _steps_done(rule, hits)
            return _once(rule, hits, done, len(rule.step_bits))
        case Shape.PEOPLE:
            return _people(rule, hits, people, at=at)
        case Shape.TIMES:
            number = len(hits)
        case Shape.DAYS:
            own = ZoneInfo(zone)
            number = len({event.occurred_at.astimezone(own).date() for event in hits})
        case Shape.PAGES:
            number = len({event.page for event in hits})
    return _once(rule, hits, number, rule.at_least or 0)


def points_of(rule: IntentPoints, event: EventFact, *, at: datetime) -> float:
    """What one event earns under a rule that counts each, before cap and inactivity."""
    points = full_points_of(rule, event)
    if rule.half_life is not None:
        halves = (at - event.occurred_at) / rule.half_life
        return points * 0.5**halves if halves < FORGOTTEN_HALF_LIVES else 0.0
    percent = step_percent(rule, event, at=at)
    return points if percent is None else points * percent / 100


def full_points_of(rule: IntentPoints, event: EventFact) -> int:
    """What it earned on the day, by the source that it came from."""
    return dict(rule.source_points).get(event.source or "", rule.points)


def step_percent(rule: IntentPoints, event: EventFact, *, at: datetime) -> int | None:
    """Which percentage of its points the event's age leaves; None while it is too young."""
    reached = [percent for age, percent in rule.decay_steps if event.occurred_at <= at - age]
    return reached[-1] if reached else None


def shown_steps(rule: IntentPoints, event: EventFact) -> int:
    """The steps of a sequence that the event shows, one bit each, the first step lowest."""
    return sum(
        1 << step
        for step, bit in enumerate(rule.step_bits)
        if bit >= 0 and event.signals >> bit & 1
    )


def _counts(rule: IntentPoints, event: EventFact, *, at: datetime) -> bool:
    if event.occurred_at > at or (rule.window and event.occurred_at <= at - rule.window):
        return False
    if rule.shape == Shape.SEQUENCE:
        return bool(shown_steps(rule, event))
    if rule.shape == Shape.PAGES and event.page is None:
        return False
    return bool(event.signals >> rule.bit & 1)


def _each(rule: IntentPoints, hits: tuple[EventFact, ...], *, at: datetime) -> Counted:
    total = sum(points_of(rule, event, at=at) for event in hits)
    capped = total if rule.cap is None else min(max(total, -rule.cap), rule.cap)
    changes = [
        *_leaving(rule, hits),
        *(next_step for event in hits for next_step in _next_step(rule, event, at=at)),
    ]
    if rule.half_life is not None and capped:
        changes.append(at + DAY)
    return Counted(bool(hits), capped, hits, total, len(hits), tuple(changes))


def _once(rule: IntentPoints, hits: tuple[EventFact, ...], number: int, wanted: int) -> Counted:
    points = float(rule.points if number >= wanted else 0)
    return Counted(number >= wanted, points, hits, points, number, tuple(_leaving(rule, hits)))


def _people(
    rule: IntentPoints,
    hits: tuple[EventFact, ...],
    people: Sequence[Sequence[EventFact]],
    *,
    at: datetime,
) -> Counted:
    latest, to_come = [], []
    for events in people:
        shown = [event.occurred_at for event in events if event.signals >> rule.bit & 1]
        if rule.window:
            shown = [moment for moment in shown if moment > at - rule.window]
        if counting := [moment for moment in shown if moment <= at]:
            latest.append(max(counting))
        else:
            to_come += shown
    wanted = rule.at_least or 0
    is_hit = len(latest) >= wanted
    leaving = [min(latest[:wanted]) + rule.window] if rule.window and is_hit else []
    changes = leaving if is_hit else to_come
    points = float(rule.points if is_hit else 0)
    return Counted(is_hit, points, hits, points, len(latest), tuple(changes))


def _steps_done(rule: IntentPoints, hits: Iterable[EventFact]) -> int:
    """How many steps were shown one after the other."""

    def place(steps: int) -> tuple[int, int]:
        return steps & -steps, steps

    shown = ((event.occurred_at, shown_steps(rule, event)) for event in hits)
    done = 0
    for _, steps in sorted(shown, key=lambda each: (each[0], place(each[1]))):
        if done < len(rule.step_bits) and steps >> done & 1:
            done += 1
    return done


def _leaving(rule: IntentPoints, hits: Iterable[EventFact]) -> Iterator[datetime]:
    if rule.window is not None:
        yield from (event.occurred_at + rule.window for event in hits)


def _next_step(rule: IntentPoints, event: EventFact, *, at: datetime) -> Iterator[datetime]:
    steps = (event.occurred_at + age for age, _ in rule.decay_steps)
    yield from (moment for moment in steps if moment > at)
