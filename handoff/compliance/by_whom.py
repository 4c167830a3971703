"""By whom promises were kept and when they were missed: a line a tier, a person, an hour."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from accounts.models import User
from handoff.compliance.clock_links import NO, ClockCriteria, ClockLinks, codes_of
from handoff.compliance.kept_promises import (
    BEFORE,
    CODES,
    NOW,
    Counted,
    Counts,
    counted,
    counts,
)
from handoff.compliance.months import Scope
from handoff.models import Tier
from sla.models import Commitment, Side

_SALES: Final = ClockCriteria(side="sales")


@dataclass(frozen=True)
class Line:
    """A tier or a person: all promises of theirs, and each kind apart by its name."""

    name: str
    whole: Counted
    kinds: list[tuple[str, Counted]]


@dataclass(frozen=True)
class Lines:
    kinds: list[str]
    tiers: list[Line]
    people: list[Line]


def lines(scope: Scope) -> Lines:
    """What sales promised, by tier and by rep; the query of the clocks and one for the names."""
    tiers, tier_kinds, people, people_kinds, kinds = counts(
        scope,
        codes_of(Side.SALES),
        ("tier",),
        ("tier", "code"),
        ("person",),
        ("person", "code"),
        ("code",),
    )
    used = [code for code in CODES if (NOW, (code,)) in kinds]
    links, names = ClockLinks(scope), _tier_names(scope)
    of_tiers = _Rows(links, used, tiers, tier_kinds)
    of_people = _Rows(links, used, people, people_kinds)
    persons = User.objects.in_bulk([key for key in of_people.keys if key])
    by_person = [
        of_people.line(
            str(persons[key]) if key else "Nobody in person",
            key,
            replace(_SALES, person=str(key or NO)),
        )
        for key in of_people.keys
    ]
    return Lines(
        kinds=[_label(code) for code in used],
        tiers=[
            of_tiers.line(names.get(key, key), key, replace(_SALES, tier=key or NO))
            for key in sorted(of_tiers.keys)
        ],
        people=sorted(by_person, key=lambda row: row.name),
    )


@dataclass(frozen=True)
class _Rows:
    """The clocks by what makes a line, and by that and the kind of promise."""

    links: ClockLinks
    used: Sequence[str]
    whole: Counts
    parts: Counts

    @property
    def keys(self) -> list[Any]:
        """Of those that have clocks in the month itself."""
        return [key for place, (key,) in self.whole if place == NOW]

    def line(self, name: str, key: Any, asked: ClockCriteria) -> Line:
        kinds = [
            (_label(code), self._counted(self.parts, (key, code), replace(asked, code=code)))
            for code in self.used
        ]
        return Line(name, self._counted(self.whole, (key,), asked), kinds)

    def _counted(self, found: Counts, key: tuple[Any, ...], asked: ClockCriteria) -> Counted:
        return counted(self.links, found.get((NOW, key)), found.get((BEFORE, key)), asked)


def _label(code: str) -> str:
    return str(Commitment.Code(code).label)


def _tier_names(scope: Scope) -> dict[str, str]:
    rows: Sequence[tuple[str, str]] = list(
        Tier.objects.of(scope.workspace).values_list("code", "name")
    )
    said = {one.tier_code: one.tier_name or one.tier_code for one in scope.commitments}
    return said | dict(rows) | {"": "Promises for any tier"}


@dataclass(frozen=True)
class Hour:
    """An hour of the day: a cell a weekday, Monday first."""

    hour: int
    cells: list[Counted]

    @property
    def words(self) -> str:
        return f"{self.hour:02}:00"


def hours(scope: Scope) -> list[Hour]:
    """What sales missed by the hour of the week in which the clock began; from the first hour that
    has any to the last, nothing where none has."""
    [found] = counts(scope, codes_of(Side.SALES), ("weekday", "hour"))
    links = ClockLinks(scope)
    used = [hour for place, (_, hour) in found if place == NOW]
    if not used:
        return []

    def cell(day: int, hour: int) -> Counted:
        now, before = found.get((NOW, (day, hour))), found.get((BEFORE, (day, hour)))
        asked = ClockCriteria(side="sales", weekday=str(day), hour=str(hour))
        return counted(links, now, before, asked)

    return [
        Hour(hour, [cell(day, hour) for day in range(1, 8)])
        for hour in range(min(used), max(used) + 1)
    ]
