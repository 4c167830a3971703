"""The conditions of a rule, a track or a tier as one sentence for the screen."""

from collections.abc import Sequence

from handoff.lead_conditions import Conditions
from leadqual.countries import country_name
from scoring.engine.fields import label_of


def in_words(conditions: Conditions) -> str:
    """“Germany or Austria, 50–500 people, role with head of sales”; “every lead” without any."""
    parts = [
        _or([country_name(code) for code in conditions.countries]),
        _or(conditions.regions),
        _or(conditions.industries),
        _size(conditions.employees_from, conditions.employees_to),
        _of("role with", conditions.title_words),
        _of("pain with", conditions.pain_words),
        _fact(conditions),
        _of("from", conditions.sources),
        _of("grade", conditions.grades),
        _of("tier", list(conditions.tiers.values())),
    ]
    return ", ".join(part for part in parts if part) or "every lead"


def _of(what: str, entries: Sequence[str]) -> str:
    said = _or(entries)
    return f"{what} {said}" if said else ""


def _fact(conditions: Conditions) -> str:
    if not conditions.fact:
        return ""
    label = label_of(conditions.fact)
    return f"{label} is {_or(conditions.fact_values) or 'known'}"


def _size(least: int | None, most: int | None) -> str:
    if least is None and most is None:
        return ""
    return f"{least or 1}–{most} people" if most else f"{least} people or more"


def _or(entries: Sequence[str]) -> str:
    *most, last = entries or [""]
    return f"{', '.join(most)} or {last}" if most else last
