"""The conditions of a rule, a track or a tier as one sentence for the screen."""

from collections.abc import Mapping, Sequence

from handoff.lead_conditions import Conditions
from leadqual.countries import country_name
from scoring.engine.fields import label_of

SHOWN = 6
"""So many entries of a list are read out; the rest are counted."""
_NONE: Mapping[str, str] = {}


def in_words(
    conditions: Conditions, *, sources: Mapping[str, str] = _NONE, facts: Mapping[str, str] = _NONE
) -> str:
    """“company in Germany or Austria with 200–1,000 employees”; “every lead” without any.

    `sources` are their names by code, `facts` the labels of the workspace's own facts by name;
    without them codes and names are read out.
    """
    company = " ".join(filter(None, _of_company(conditions)))
    lead = ", ".join(filter(None, _of_lead(conditions, sources, facts)))
    if not company:
        return f"lead {lead}" if lead else "every lead"
    return f"company {company}, lead {lead}" if lead else f"company {company}"


def _of_company(asked: Conditions) -> tuple[str, ...]:
    return (
        _listed("in", [country_name(code) for code in asked.countries]),
        _listed("in the region", asked.regions),
        _listed("in the segment", asked.industries),
        _size(asked.employees_from, asked.employees_to),
    )


def _of_lead(
    asked: Conditions, sources: Mapping[str, str], facts: Mapping[str, str]
) -> tuple[str, ...]:
    return (
        _listed("whose job title has", [f"“{word}”" for word in asked.title_words]),
        _listed("whose main challenge has", [f"“{word}”" for word in asked.pain_words]),
        _fact(asked, facts),
        _listed("from", [sources.get(code, code) for code in asked.sources]),
        _listed("of grade", asked.grades),
        _listed("of tier", list(asked.tiers.values())),
    )


def _listed(before: str, words: Sequence[str]) -> str:
    return f"{before} {either(words)}" if words else ""


def either(words: Sequence[str]) -> str:
    """“A, B or C”; of a long list the first, and how many more."""
    if len(words) > SHOWN + 1:
        return f"{', '.join(words[:SHOWN])} or {len(words) - SHOWN} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _size(least: int | None, most: int | None) -> str:
    if least and most:
        return f"with {least:,}–{most:,} employees" if least < most else f"with {least:,} employees"
    if least:
        return f"with {least:,} employees or more"
    return f"with {most:,} employees at most" if most else ""


def _fact(asked: Conditions, facts: Mapping[str, str]) -> str:
    if not asked.fact:
        return ""
    label = label_of(asked.fact, facts)
    return f"whose {label} is {either(asked.fact_values) if asked.fact_values else 'known'}"
