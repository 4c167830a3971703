"""Why a lead does not satisfy a definition: what it lacks, and which disqualifiers hold."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.text import capfirst

from scoring.engine.conditions import holds
from scoring.engine.definitions import Bounds, Definitions
from scoring.engine.gather import known_facts
from scoring.engine.rules import Flag, rules_of
from scoring.models import Score
from scoring.versions import latest_by_rule_set


@dataclass(frozen=True)
class Numbers:
    """What a definition is held against: fit and intent 0–100, total their sum."""

    fit: float
    intent: float
    disqualified: bool

    @property
    def total(self) -> float:
        return self.fit + self.intent


def flags_by_lead(scores: Iterable[Score]) -> dict[int, list[Flag]]:
    """Of the disqualified leads, the flags that hold by the facts as they are now.

    Asks the database only where there are such leads.
    """
    by_rules: dict[tuple[int, int], list[int]] = defaultdict(list)
    for score in scores:
        if score.disqualified:
            by_rules[score.workspace_id, score.rule_set_id].append(score.pk)
    found = {}
    for (workspace_id, rule_set), lead_ids in by_rules.items():
        rules = rules_of(latest_by_rule_set(workspace_id)[rule_set])
        asked = replace(rules, icp=(), attributes=(), intents=(), personas=())
        for lead_id, facts in known_facts(lead_ids, asked).items():
            found[lead_id] = [flag for flag in rules.flags if holds(flag.condition, facts)]
    return found


def why_not(
    ways: Sequence[Bounds],
    numbers: Numbers,
    definitions: Definitions,
    *,
    name: str,
    flags: Sequence[Flag] = (),
) -> list[str]:
    """One sentence a disqualifier, or one a way that does not hold; empty where one does."""
    if numbers.disqualified:
        return [_disqualifies(flag) for flag in flags] or ["A disqualifier holds."]
    if any(way.hold(numbers.fit, numbers.intent) for way in ways):
        return []
    return [_falls_short(way, numbers, definitions, name) for way in ways]


def _disqualifies(flag: Flag) -> str:
    return f"Disqualified: {flag.name}. {flag.reason.rstrip('.')}."


def _falls_short(way: Bounds, numbers: Numbers, definitions: Definitions, name: str) -> str:
    fit_band, intent_band = (
        definitions.fit_band(numbers.fit),
        definitions.intent_band(numbers.intent),
    )
    short = [
        _band_short(label, number, floor, band, wanted)
        if wanted
        else f"{label} is {number:g} of the {floor} points"
        for label, number, floor, band, wanted in (
            ("fit", numbers.fit, way.fit, fit_band, way.fit_band),
            ("intent", numbers.intent, way.intent, intent_band, way.intent_band),
            ("the total", round(numbers.total, 2), way.total, "", ""),
        )
        if floor is not None and number < floor
    ]
    if way.fit_band or way.intent_band:
        return f"{capfirst(name)} asks for more: {', and '.join(short)}."
    return capfirst(f"{' and '.join(short)} that {name} asks for.")


def _band_short(label: str, number: float, floor: int, band: str, wanted: str) -> str:
    return f"{label} is {band or 'in no band'} ({number:g}), {wanted} begins at {floor}"
