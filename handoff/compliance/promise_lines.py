"""How each promise was kept: a line a promise, a tier, a person, an hour of the week."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from accounts.models import User
from handoff.compliance.clock_links import NO, ClockCriteria, ClockLinks, codes_of
from handoff.compliance.months import Scope
from handoff.funnel_panels import Figure
from handoff.models import Tier
from sla.compliance import Asked, By, Kept, Key, kept
from sla.models import Commitment, Side

FEW: Final = 5
"""Below so many judged, a share says little, and is shown as such."""
BEFORE, NOW = 0, 1

Counts = dict[tuple[int, Key], Kept]


def counts(
    scope: Scope, codes: Collection[str], *groupings: tuple[By, ...], times: bool = False
) -> list[Counts]:
    """Of the month before and of the month; one query, and one for the promises of a version."""
    chosen = [one.pk for one in scope.commitments] if scope.version else None
    asked = Asked(scope.workspace, scope.bounds, scope.now, codes, chosen)
    return kept(asked, *groupings, times=times)


@dataclass(frozen=True)
class Counted:
    """Clocks of one line, each number with the link to its clocks, and the month before."""

    kept: Kept
    before: Kept
    judged: Figure
    met: Figure
    missed: Figure
    running: Figure
    taken_back: Figure
    target: int | None = None

    @property
    def share(self) -> float | None:
        return self.kept.share

    @property
    def is_small(self) -> bool:
        return 0 < self.kept.judged < FEW

    @property
    def change(self) -> float | None:
        """Percentage points against the month before; None where one of them has none judged."""
        if self.kept.share is None or self.before.share is None:
            return None
        return round(100 * (self.kept.share - self.before.share), 1)

    @property
    def verdict(self) -> str:
        """Whether the level agreed is reached: “kept”, “below”, “few”, or blank."""
        if self.target is None or not self.kept.judged:
            return ""
        if self.is_small:
            return "few"
        return "below" if 100 * self.kept.met < self.target * self.kept.judged else "kept"


def counted(
    links: ClockLinks,
    now: Kept | None,
    before: Kept | None,
    criteria: ClockCriteria,
    *,
    target: int | None = None,
) -> Counted:
    kept_now = now or Kept()

    def of(count: int, state: str) -> Figure:
        return links.of(count, replace(criteria, state=state))

    return Counted(
        kept=kept_now,
        before=before or Kept(),
        judged=of(kept_now.judged, "judged"),
        met=of(kept_now.met, "met"),
        missed=of(kept_now.missed, "missed"),
        running=of(kept_now.running, "running"),
        taken_back=of(kept_now.taken_back, "taken-back"),
        target=target,
    )


@dataclass(frozen=True)
class PromiseLine:
    """One promise as it was worded; of several versions in a month each has its own line."""

    commitment: Commitment
    counted: Counted
    of: str  # whose version it is, where the month has several

    @property
    def words(self) -> str:
        return str(self.commitment)


def promise_lines(scope: Scope, *sides: Side) -> list[PromiseLine]:
    """Promises with clocks due in the month, and those in force in it without any."""
    by_row, by_kind = counts(scope, codes_of(*sides), ("commitment",), ("code", "tier"), times=True)
    links, several = ClockLinks(scope), len(scope.spans) > 1
    lines = []
    for one in sorted(scope.commitments, key=_order):
        now = by_row.get((NOW, (one.pk,)))
        if one.side not in sides or not (now or _in_force(one, scope)):
            continue
        before = by_kind.get((BEFORE, (one.code, one.tier_code)))
        asked = ClockCriteria(commitment=str(one.pk))
        figures = counted(links, now, before, asked, target=one.target_percent)
        lines.append(PromiseLine(one, figures, _version(one) if several else ""))
    return lines


def _in_force(commitment: Commitment, scope: Scope) -> bool:
    if commitment.retired_at:
        return False
    return commitment.agreement_id in {
        span.agreement.pk if span.agreement else None for span in scope.spans
    }


_CODES: Final = list(Commitment.Code.values)


def _order(commitment: Commitment) -> tuple[Any, ...]:
    return _CODES.index(commitment.code), commitment.tier_code, commitment.pk


def _version(commitment: Commitment) -> str:
    if commitment.agreement:
        return f"Agreement {commitment.agreement.number}"
    return "Defaults" if commitment.retired_at is None else "Defaults, as they were"


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
    codes = codes_of(Side.SALES)
    tiers, tier_kinds, people, people_kinds, kinds = counts(
        scope, codes, ("tier",), ("tier", "code"), ("person",), ("person", "code"), ("code",)
    )
    used = [code for code in _CODES if (NOW, (code,)) in kinds]
    links = ClockLinks(scope)

    def line(name: str, key: Any, whole: Counts, parts: Counts, asked: ClockCriteria) -> Line:
        every = counted(links, whole.get((NOW, (key,))), whole.get((BEFORE, (key,))), asked)
        each = [
            (
                str(Commitment.Code(code).label),
                counted(
                    links,
                    parts.get((NOW, (key, code))),
                    parts.get((BEFORE, (key, code))),
                    replace(asked, code=code),
                ),
            )
            for code in used
        ]
        return Line(name, every, each)

    names = _tier_names(scope)
    persons = User.objects.in_bulk([key for place, (key,) in people if place == NOW and key])
    tier_keys = sorted(key for place, (key,) in tiers if place == NOW)
    person_keys = [key for place, (key,) in people if place == NOW]
    sales = ClockCriteria(side="sales")
    of_people = [
        line(
            str(persons[key]) if key else "Nobody in person",
            key,
            people,
            people_kinds,
            replace(sales, person=str(key or NO)),
        )
        for key in person_keys
    ]
    return Lines(
        kinds=[str(Commitment.Code(code).label) for code in used],
        tiers=[
            line(names.get(key, key), key, tiers, tier_kinds, replace(sales, tier=key or NO))
            for key in tier_keys
        ],
        people=sorted(of_people, key=lambda row: row.name),
    )


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
