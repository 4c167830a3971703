"""A stored trace as people read it: see `handoff.routing_trace` for what is stored.

Traces of before have only "people"; nothing here fails for a key that is missing.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class TriedRule:
    """`because` is what did not hold, or why its person was skipped; blank: it decided, or matched
    and led on to its pool."""

    name: str
    because: str
    matched: bool


@dataclass(frozen=True)
class Considered:
    """`skipped` blank: took it. `load` such as “3 open, 2 today, 9 this week; owed 0.5 turns”."""

    person: str
    skipped: str
    load: str


@dataclass(frozen=True)
class TraceWords:
    owner: Considered | None = None
    rules: list[TriedRule] = field(default_factory=list)
    people: list[Considered] = field(default_factory=list)
    to: str = ""
    by: str = ""
    error: str = ""

    def __bool__(self) -> bool:
        return bool(self.owner or self.rules or self.people or self.to or self.error)

    @property
    def skipped(self) -> list[Considered]:
        """Everybody who was passed over, the owner too."""
        owner = [self.owner] if self.owner and self.owner.skipped else []
        named = [Considered(r.name, r.because, "") for r in self.rules if r.matched and r.because]
        return [*owner, *named, *(one for one in self.people if one.skipped)]


def trace_words(trace: dict[str, Any] | None) -> TraceWords:
    said = trace or {}
    owner = said.get("owner")
    return TraceWords(
        owner=_considered(owner) if owner else None,
        rules=[_rule(row) for row in said.get("rules", ())],
        people=[_considered(row) for row in said.get("people", ())],
        to=said.get("to", ""),
        by=said.get("by", ""),
        error=said.get("error", ""),
    )


def _rule(row: dict[str, Any]) -> TriedRule:
    name, unmet = row.get("rule", ""), row.get("unmet", ())
    if unmet:
        return TriedRule(name, "; ".join(unmet), matched=False)
    if why := row.get("skipped"):
        return TriedRule(name, f"{row.get('person', 'its person')} {why}", matched=True)
    return TriedRule(name, "", matched=True)


def _considered(row: dict[str, Any]) -> Considered:
    return Considered(row.get("person", "Somebody"), row.get("skipped", ""), _load(row))


def _load(row: dict[str, Any]) -> str:
    counts = [
        f"{row[key]} {words}"
        for key, words in (("open", "open"), ("today", "today"), ("week", "this week"))
        if row.get(key) is not None
    ]
    credit = round(row.get("credit") or 0, 2)
    if credit:
        turns = f"{abs(credit):g} turn{'' if abs(credit) == 1 else 's'}"
        counts.append(f"owed {turns}" if credit > 0 else f"{turns} ahead")
    return ", ".join(counts)
