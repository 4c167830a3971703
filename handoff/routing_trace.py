"""How a lead came to somebody, or to nobody, as `Handoff.trace` and `FallbackEntry.trace` keep it.

    {"owner": {"person": "Ben", "skipped": why or ""},      only where the company has an owner
     "rules": [{"rule": name, "unmet": [what does not hold, …]}, …],   the tried ones, in order;
              one that matched has nothing unmet, and "person" and "skipped" where it named somebody
     "to": "pool North" | "person Ben" | "track Warm",                  where it went, or waits for
     "people": [{"person", "skipped", "open", "today", "week", "credit"}, …]}

`skipped` is blank for who took it, who stands last. Who rejected the lead in an earlier cycle and
is asked all the same, as nobody else is left, stands there twice. `credit` is in turns, before
this one.
Offers of before have only "people", with person and skipped; one by hand says "by".
"""

from collections.abc import Sequence
from typing import Any

from handoff.capacity import Person, Refusal
from handoff.turns import Seat


class Trace:
    """Collects what routing tried, in order."""

    def __init__(self) -> None:
        self._owner: dict[str, str] = {}
        self._rules: list[dict[str, Any]] = []
        self._people: list[dict[str, Any]] = []
        self._to = ""

    def begin(self, rule: str | None, passed: Sequence[tuple[str, list[str]]]) -> None:
        """A rule matches, or none did until the last pool; `passed` are those tried before it."""
        self._rules += [{"rule": name, "unmet": list(why)} for name, why in passed]
        if rule is not None:
            self._rules.append({"rule": rule, "unmet": []})

    def goes_to(self, where: str) -> None:
        self._to = where

    def person(self, name: str, refusal: Refusal | None, *, is_owner: bool) -> None:
        said = {"person": name, "skipped": refusal.words if refusal else ""}
        self._to = f"person {name}"
        if is_owner:
            self._owner = said
        else:
            self._rules[-1] |= said
        if refusal is None:
            self._people.append(said)

    def seat(self, seat: Seat, person: Person | None, skipped: str) -> None:
        row: dict[str, Any] = {"person": person.name if person else "Somebody", "skipped": skipped}
        if person:
            load = person.load
            row |= {"open": load.open, "today": load.today, "week": load.week}
        self._people.append(row | {"credit": round(seat.credit, 2)})

    def kept(self) -> dict[str, Any]:
        owner = {"owner": self._owner} if self._owner else {}
        return {**owner, "rules": self._rules, "to": self._to, "people": self._people}


def by_hand(name: str, by: str = "") -> dict[str, Any]:
    """A person has named the rep; `by` is blank where nobody was asked."""
    said = {"by": by} if by else {}
    return {**said, "to": f"person {name}", "people": [{"person": name, "skipped": ""}]}
