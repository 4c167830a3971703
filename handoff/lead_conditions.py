"""Whether a lead satisfies the conditions of a routing rule, a nurture track or a tier.

Pure: the facts are read once a lead, and held against as many rows as there are. The answer names
what does not hold, in words that a trace keeps.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handoff.models import LeadConditions
from leadqual.countries import country_name
from leadqual.models import Lead
from scoring.engine.fields import UnknownField, field_named


@dataclass(frozen=True)
class Conditions:
    """The columns of `handoff.models.LeadConditions` without a database; `tiers` are ids."""

    countries: Sequence[str] = ()
    regions: Sequence[str] = ()
    industries: Sequence[str] = ()
    employees_from: int | None = None
    employees_to: int | None = None
    title_words: Sequence[str] = ()
    pain_words: Sequence[str] = ()
    fact: str = ""
    fact_values: Sequence[str] = ()
    sources: Sequence[str] = ()
    grades: Sequence[str] = ()
    tiers: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What conditions ask of a lead; blank or None: not known. `own` is asked for one fact more."""

    country: str = ""
    region: str = ""
    industry: str = ""
    employees: int | None = None
    title: str = ""
    pain: str = ""
    source: str = ""
    grade: str = ""
    tier: int | None = None
    own: Mapping[str, str] = field(default_factory=dict)


def conditions_of(row: LeadConditions) -> Conditions:
    """Costs one query for the tiers, unless they were prefetched."""
    named = {
        name: getattr(row, name) for name in Conditions.__dataclass_fields__ if name != "tiers"
    }
    return Conditions(**named, tiers={tier.pk: tier.name for tier in row.tiers.all()})


def facts_of(
    lead: Lead, *, grade: str, tier: int | None = None, asked: Collection[str] = ()
) -> Facts:
    """Reads the lead's company and first source (fetched if need be). `asked` names the further
    facts that the conditions ask for; `grade` is the one that counts, `tier` the id of its tier."""
    company = lead.company
    return Facts(
        country=(company.country if company else "") or lead.country,
        region=company.region if company else "",
        industry=company.industry if company else "",
        employees=company.employees if company else None,
        title=lead.job_title,
        pain=lead.challenge,
        source=lead.first_source.code if lead.first_source else "",
        grade=grade,
        tier=tier,
        own={name: _own(lead, name) for name in asked if name},
    )


def _own(lead: Lead, name: str) -> str:
    try:
        return field_named(name).value_of(lead) or ""
    except UnknownField:
        return ""


def unmet(conditions: Conditions, facts: Facts) -> list[str]:
    """What does not hold, a sentence each without its full stop; empty where all hold."""
    checks = (
        _one_of("country", facts.country, conditions.countries, shown=country_name),
        _one_of("region", facts.region, conditions.regions),
        _one_of("segment", facts.industry, conditions.industries),
        _size(facts.employees, conditions.employees_from, conditions.employees_to),
        _has_word("role", facts.title, conditions.title_words),
        _has_word("pain", facts.pain, conditions.pain_words),
        _own_fact(conditions, facts),
        _one_of("source", facts.source, conditions.sources),
        _one_of("grade", facts.grade, conditions.grades),
        _tier(facts.tier, conditions.tiers),
    )
    return [why for why in checks if why]


def _one_of(name: str, said: str, wanted: Sequence[str], *, shown: Any = str) -> str:
    if not wanted or said.strip().casefold() in {each.strip().casefold() for each in wanted}:
        return ""
    choice = _or([shown(each) for each in wanted])
    return (
        f"{name} is {shown(said)}, not {choice}" if said else f"{name} is not known, not {choice}"
    )


def _size(said: int | None, least: int | None, most: int | None) -> str:
    if least is None and most is None:
        return ""
    wanted = f"{least or 1}–{most}" if most else f"{least} or more"
    if said is None:
        return f"company size is not known, not {wanted}"
    within = said >= (least or 0) and (most is None or said <= most)
    return "" if within else f"company size is {said}, not {wanted}"


def _has_word(name: str, said: str, words: Sequence[str]) -> str:
    if not words or any(re.search(rf"(?<!\w){re.escape(w)}(?!\w)", said, re.I) for w in words):
        return ""
    return f"{name} is “{said}”, without {_or(words)}" if said else f"{name} is not known"


def _own_fact(conditions: Conditions, facts: Facts) -> str:
    if not conditions.fact:
        return ""
    name = conditions.fact.rpartition(".")[2].replace("_", " ")
    said = facts.own.get(conditions.fact, "")
    if not conditions.fact_values:
        return "" if said else f"{name} is not known"
    return _one_of(name, said, conditions.fact_values)


def _tier(said: int | None, tiers: Mapping[int, str]) -> str:
    if not tiers or said in tiers:
        return ""
    return f"tier is not {_or(list(tiers.values()))}"


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
