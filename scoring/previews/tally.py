"""Adding stories up. What is added so far can be written down and gone on with."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from scoring.previews.firsts import Point, Reached
from scoring.previews.looks import Look, Numbers
from scoring.previews.question import HandoffMoment, Judge, Question
from scoring.previews.stories import Story

Direction = Literal["gained", "lost"]
Ending = Literal["won", "lost", "open"]
SHOWN = 200
"""So many leads that flip are listed each way; the rest are counted."""
DAY = timedelta(days=1)


def is_mql(judge: Judge, numbers: Numbers) -> bool:
    ways = judge.definitions.mql
    return not numbers.disqualified and any(way.hold(numbers.fit, numbers.intent) for way in ways)


@dataclass(frozen=True)
class Qualified:
    """When a version's MQL definition first held; `already` when the period began, or before."""

    at: datetime | None = None
    already: bool = False

    def __bool__(self) -> bool:
        return self.already or self.at is not None


def qualified(question: Question, name: str, story: Story) -> Qualified:
    judge = question.judges[name]
    if story.start and is_mql(judge, story.start.by[name]):
        return Qualified(question.since, already=True)
    return Qualified(next((look.at for look in story.looks if is_mql(judge, look.by[name])), None))


def ending(handoffs: list[HandoffMoment]) -> Ending:
    """What became of a lead in sales: won once is won; open while anything is open."""
    if any(each.won for each in handoffs):
        return "won"
    if any(each.accepted is None or (each.accepted and each.won is None) for each in handoffs):
        return "open"
    return "lost"


@dataclass(frozen=True)
class Flip:
    """A lead that becomes MQL in the period by one version and not at all by the other."""

    lead_id: int
    direction: Direction
    look: Look


class Tally:
    """`counts` by what is counted; see `scoring.previews.firsts` for the signs of the others.

    `firsts` by [fit, intent, total, week]: of any thresholds, the signs of the points of a week
    that reach them add up to the leads that reached them in that week for the first time, and not
    when the period began. `sales` by [fit, intent, total] likewise, without weeks and with those
    of the beginning: the offers of such leads that sales accepted and rejected, and the leads won.
    `won_days` has for each won lead how many days before its hand-off each version's definition
    held, None where never.
    """

    def __init__(self, written: dict[str, Any] | None = None) -> None:
        written = written or {}
        self.counts: Counter[tuple[str, ...]] = Counter(
            {tuple(key): n for *key, n in written.get("counts", [])}
        )
        self.firsts: Counter[tuple[int, ...]] = Counter(
            {tuple(key): n for *key, n in written["firsts"]} if written else {}
        )
        self.sales: dict[Point, list[int]] = (
            {tuple(row[:3]): row[3:] for row in written["sales"]} if written else {}
        )
        self.won_days: list[dict[str, float | None]] = list(written.get("won_days", []))
        self.flips: dict[str, list[dict[str, Any]]] = written.get(
            "flips", {"gained": [], "lost": []}
        )

    def written(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "counts": [[*key, n] for key, n in self.counts.items()],
            "firsts": self.first_rows(),
            "sales": self.sales_rows(),
            "won_days": self.won_days,
            "flips": self.flips,
        }

    def first_rows(self) -> list[list[int]]:
        """[fit, intent, total, week, leads]"""
        return [[*key, n] for key, n in self.firsts.items() if n]

    def sales_rows(self) -> list[list[int]]:
        """[fit, intent, total, accepted, rejected, won]"""
        return [[*key, *row] for key, row in self.sales.items() if any(row)]

    def add(self, question: Question, story: Story) -> Flip | None:
        """Count the lead; returns its flip if it flips, which the caller may have explained."""
        self.counts["leads",] += 1
        found = {name: qualified(question, name, story) for name in question.judges}
        if story.with_sales:
            self.counts["with sales",] += 1
        for name, when in found.items():
            if when.already:
                self.counts["already", name] += 1
            elif when.at:
                self.counts["mqls", name, str(question.week(when.at))] += 1
        self._add_decided(story, found)
        self._add_bands(question, story)
        self._add_outcome(question, story, found)
        self._add_firsts(question, story)
        return self._flip(story, found)

    def _add_decided(self, story: Story, found: dict[str, Qualified]) -> None:
        """The decided offers of the period: all, and by each version those to leads it finds."""
        finders = ["all", *(name for name, when in found.items() if when)]
        for handoff, _ in story.handoffs:
            if handoff.accepted is not None:
                for name in finders:
                    self.counts["decided", name, _decision(handoff)] += 1

    def _add_bands(self, question: Question, story: Story) -> None:
        """Each hand-off by the bands that its lead was in at that moment."""
        for handoff, look in story.handoffs:
            for name, axis, band in _bands(question, look):
                key = ("bands", name, axis, band)
                self.counts[*key, "offers"] += 1
                if handoff.accepted is None:
                    self.counts[*key, "undecided"] += 1
                else:
                    self.counts[*key, _decision(handoff)] += 1
                if handoff.accepted:
                    self.counts[*key, ending([handoff])] += 1

    def _add_outcome(self, question: Question, story: Story, found: dict[str, Qualified]) -> None:
        """Each lead that was handed over, by what became of it and whether it would qualify."""
        if not story.handoffs or story.with_sales:
            return
        first, look = story.handoffs[0]
        came = ending([handoff for handoff, _ in story.handoffs])
        for name, when in found.items():
            side = "qualifies" if when else "does not"
            self.counts["outcome", name, "all", "", side, came] += 1
            self.counts["outcome", name, "channel", first.channel, side, came] += 1
        for name, axis, band in _bands(question, look):
            self.counts["outcome", name, axis, band, "qualifies", came] += 1
        if came == "won":
            self.won_days.append(
                {
                    name: round((first.at - when.at) / DAY, 2) if when.at else None
                    for name, when in found.items()
                }
            )

    def _add_firsts(self, question: Question, story: Story) -> None:
        if story.with_sales:
            return
        reached = Reached()
        for look in (story.start, *story.looks):
            if look is None or look.by["new"].disqualified:
                continue
            new = reached.add(_whole(look.by["new"]))
            if new and look is not story.start:
                week = question.week(look.at)
                for point, sign in new.items():
                    self.firsts[*point, week] += sign
        self._add_sales(reached, [handoff for handoff, _ in story.handoffs])

    def _add_sales(self, reached: Reached, handoffs: list[HandoffMoment]) -> None:
        accepted = sum(each.accepted is True for each in handoffs)
        rejected = sum(each.accepted is False for each in handoffs)
        counted = (accepted, rejected, bool(handoffs) and ending(handoffs) == "won")
        if any(counted):
            for point, sign in reached.signs.items():
                row = self.sales.setdefault(point, [0] * len(counted))
                for n, counts in enumerate(counted):
                    row[n] += sign * counts

    def _flip(self, story: Story, found: dict[str, Qualified]) -> Flip | None:
        old, new = found.get("old", Qualified()), found["new"]
        when, direction = (new, "gained") if new and not old else (old, "lost")
        if bool(old) == bool(new) or when.already:
            return None
        self.counts["flips", direction] += 1
        look = next(look for look in story.looks if look.at == when.at)
        return Flip(story.lead_id, "gained" if direction == "gained" else "lost", look)

    def wants(self, flip: Flip) -> bool:
        """Whether the flip is still listed, and so worth its reasons."""
        return len(self.flips[flip.direction]) < SHOWN


def _bands(question: Question, look: Look) -> Iterator[tuple[str, str, str]]:
    """(version, axis, band): the grade and both bands of the lead at that moment."""
    for name, judge in question.judges.items():
        numbers, terms = look.by[name], judge.definitions
        yield name, "grade", terms.grade(numbers.fit, numbers.intent)
        yield name, "fit", terms.fit_band(numbers.fit)
        yield name, "intent", terms.intent_band(numbers.intent)


def _decision(handoff: HandoffMoment) -> str:
    """Of one that is decided."""
    return "accepted" if handoff.accepted else "rejected"


def _whole(numbers: Numbers) -> Point:
    """Rounded down: 39.99 points do not reach 40, so whole thresholds lose nothing by it."""
    return int(numbers.fit), int(numbers.intent), int(numbers.total)
