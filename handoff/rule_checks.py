"""What is wrong or doubtful about routing rules, when they are written and when people leave."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handoff.condition_words import either, in_words
from handoff.lead_conditions import Conditions, conditions_of
from handoff.models import RoutingRule
from handoff.rule_names import RuleNames
from leadqual.countries import UnknownCountry, country_code
from scoring.engine.fields import UnknownField, field_named
from scoring.models import GradeCell


@dataclass(frozen=True)
class Finding:
    """`field` is the one of `handoff.forms.routing.RuleForm` where it was typed."""

    rule: RoutingRule
    field: str
    text: str


def rule_in_words(rule: RoutingRule, names: RuleNames) -> str:
    """“Company in Germany or Austria with 200–1,000 employees → pool DACH”."""
    asked = in_words(conditions_of(rule), sources=names.sources, facts=names.labels)
    return f"{asked[0].upper()}{asked[1:]} → {result_in_words(rule)}"


def result_in_words(rule: RoutingRule) -> str:
    if rule.person:
        return str(rule.person)
    return f"pool {rule.pool}" if rule.pool else f"nurture track {rule.track}"


def faults(rule: RoutingRule, names: RuleNames) -> Iterator[Finding]:
    """What keeps a plan from being put in force."""
    for field, text in _faults(rule, names):
        yield Finding(rule, field, text)


def _faults(rule: RoutingRule, names: RuleNames) -> Iterator[tuple[str, str]]:
    if why := wrong_result(rule, names):
        yield "result", why
    yield from wrong_conditions(conditions_of(rule), names)


def wrong_result(rule: RoutingRule, names: RuleNames) -> str:
    """Why the result can take no lead at all, as a sentence; blank where it can."""
    if rule.person_id and rule.person_id not in names.deciders:
        return (
            f"{rule.person} is not, or no longer, a member who decides offers: choose somebody "
            "else, or a pool."
        )
    if rule.track_id:
        track = names.tracks.get(rule.track_id)
        if track is None or not track.is_active:
            return f"The track “{rule.track}” is out of use: choose another, or use it again."
    return ""


def wrong_conditions(asked: Conditions, names: RuleNames) -> Iterator[tuple[str, str]]:
    """(field, sentence) for each condition that nothing can satisfy."""
    for code in asked.countries:
        try:
            country_code(code)
        except UnknownCountry as unknown:
            yield "countries", str(unknown)
    least, most = asked.employees_from, asked.employees_to
    if least and most and least > most:
        yield (
            "employees_to",
            f"From {least:,} to {most:,} is nobody: the second number is the larger one.",
        )
    if gone := [code for code in asked.sources if code not in names.sources]:
        yield "sources", f"There is no source {_said(gone)} here."
    if gone := [grade for grade in asked.grades if grade not in GradeCell.Grade.values]:
        yield "grades", f"There is no grade {_said(gone)}."
    if asked.fact:
        try:
            field_named(asked.fact)
        except UnknownField as unknown:
            yield "fact", str(unknown)
    elif asked.fact_values:
        yield "fact", "Choose the fact that is one of these."


def _said(words: Sequence[str]) -> str:
    return either([f"“{word}”" for word in words])


def doubts(rules: Sequence[RoutingRule], names: RuleNames) -> list[Finding]:
    """What is allowed, and probably not meant. `rules` in their order."""
    found = []
    for n, rule in enumerate(rules):
        if text := _idle_pool(rule, names):
            found.append(Finding(rule, "result", text))
        asked = conditions_of(rule)
        earlier = next((r for r in rules[:n] if takes_all_of(conditions_of(r), asked)), None)
        if earlier:
            found.append(
                Finding(
                    rule,
                    "name",
                    f"“{rule.name}” never matches: every lead it means is taken by “{earlier.name}”"
                    " above it.",
                )
            )
    return found


def _idle_pool(rule: RoutingRule, names: RuleNames) -> str:
    pool = names.pools.get(rule.pool_id) if rule.pool_id else None
    if pool is None:
        return ""
    if pool.is_paused:
        return f"“{rule.name}” leads to the pool {pool}, which is paused."
    if not pool.able:  # type: ignore[attr-defined]  # annotated
        return f"“{rule.name}” leads to the pool {pool}, in which nobody takes turns."
    return ""


def takes_all_of(earlier: Conditions, later: Conditions) -> bool:
    """Whether every lead that satisfies `later` satisfies `earlier` too."""
    lists = ("countries", "regions", "industries", "title_words", "pain_words", "sources", "grades")
    return (
        all(_within(getattr(later, name), getattr(earlier, name)) for name in lists)
        and _within([str(pk) for pk in later.tiers], [str(pk) for pk in earlier.tiers])
        and _size_within(later, earlier)
        and _fact_within(later, earlier)
    )


def _within(later: Sequence[str], earlier: Sequence[str]) -> bool:
    if not earlier:
        return True
    return bool(later) and {w.casefold() for w in later} <= {w.casefold() for w in earlier}


def _size_within(later: Conditions, earlier: Conditions) -> bool:
    if earlier.employees_from is None and earlier.employees_to is None:
        return True
    if later.employees_from is None and later.employees_to is None:
        return False  # a company of unknown size satisfies only the later one
    least, most = earlier.employees_from or 0, earlier.employees_to
    return (later.employees_from or 0) >= least and (
        most is None or (later.employees_to is not None and later.employees_to <= most)
    )


def _fact_within(later: Conditions, earlier: Conditions) -> bool:
    if not earlier.fact:
        return True
    return earlier.fact == later.fact and _within(later.fact_values, earlier.fact_values)
