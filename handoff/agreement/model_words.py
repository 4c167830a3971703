"""The clause of the qualified lead: the published scoring model, read out."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.text import capfirst

from handoff.agreement.facts import Facts
from handoff.agreement.listing import both, day, heading, items, number_of
from scoring.engine.fields import label_of
from scoring.intent_words import signals_of
from scoring.models import (
    AttributeRule,
    Band,
    Disqualifier,
    GradeCell,
    IcpCriterion,
    IntentRule,
    NamedList,
    PersonaLine,
    PointsGroup,
    QualificationRule,
    TitleLine,
)
from scoring.models.versions import Axis
from scoring.rule_words import condition, in_words
from scoring.signal_words import notices, told_apart
from sla.agreement_text import Line

_PURPOSE = QualificationRule.Purpose


def qualified_lead(facts: Facts) -> list[Line]:
    if facts.model is None:
        return [Line("No scoring model is published: nothing counts as a qualified lead yet.")]
    return [
        *_which_model(facts),
        *_definitions(facts),
        *_disqualifiers(facts),
        *_fit(facts),
        *_intent(facts),
        *_grades(facts),
        *_dictionary(facts),
    ]


def _which_model(facts: Facts) -> Iterator[Line]:
    model = facts.model
    if model is None or model.published_at is None:
        return
    since = day(model.published_at.astimezone(facts.workspace.zone).date())
    yield Line(
        f"A lead is qualified by version {model.number} of the scoring model, published on "
        f"{since}, which is read out here. Who they are gives fit, what they do gives intent, each "
        "from 0 to 100 points; fit and intent together are the total."
    )
    yield Line(
        "Publishing another version stays free after signing. Every screen then says which version "
        "was signed and which one runs, and both sides are asked what follows."
    )


def _definitions(facts: Facts) -> Iterator[Line]:
    yield heading("When a lead is an MQL, and when it is ready for sales")
    mql, ready = (_ways(facts, purpose) for purpose in (_PURPOSE.MQL, _PURPOSE.HANDOFF))
    yield from _any_of("A lead becomes an MQL", mql) if mql else [Line("Nothing makes an MQL.")]
    margin = facts.contents.setting("demote_margin")
    yield Line(
        f"It is taken back once it lacks more than {number_of(margin, 'point')} of that, as long "
        "as no offer is open. In one cycle it counts as an MQL once."
    )
    if ready:
        yield from _any_of("An MQL is ready for sales and offered to a rep", ready)
    else:
        yield Line("Every MQL is ready for sales and offered to a rep.")
    if required := facts.contents.setting("required_facts"):
        known = both([label_of(name, facts.names.labels) for name in required])
        yield Line(f"It waits for its offer until these facts are known: {known}.")


def _ways(facts: Facts, purpose: str) -> list[str]:
    rules = [row for row in facts.contents.rows(QualificationRule) if row.purpose == purpose]
    ways = [f" {in_words(rule).partition(' when ')[2]}" for rule in rules]
    return [way.replace(" total is ", " the total is ").strip() for way in ways]


def _any_of(what: str, ways: Sequence[str]) -> Iterator[Line]:
    unless = "and nothing disqualifies it"
    if len(ways) == 1:
        yield Line(f"{what} when {ways[0]} {unless}.")
        return
    yield from items(
        f"{what} when one of these holds {unless}:", (f"{capfirst(way)}." for way in ways)
    )


def _disqualifiers(facts: Facts) -> Iterator[Line]:
    rows = facts.contents.rows(Disqualifier)
    if not rows:
        yield Line("Nothing disqualifies a lead.")
        return
    yield from items(
        "However active it is, a lead is never handed to sales when:",
        (f"{capfirst(condition(row))}. Why: {_sentence(row.reason)}" for row in rows),
    )


def _fit(facts: Facts) -> Iterator[Line]:
    yield heading("Who they are: fit")
    yield from items(
        "The ideal customer profile matches when all of this holds:", _of(facts, IcpCriterion)
    )
    yield from items("Points for who they are:", _awards(facts, AttributeRule, Axis.FIT))
    yield from items("Together no more than:", _groups(facts, Axis.FIT))


def _intent(facts: Facts) -> Iterator[Line]:
    yield heading("What they do: intent")
    yield from items("Points for what they do:", _awards(facts, IntentRule, Axis.INTENT))
    yield from items("Points for what they say:", _awards(facts, AttributeRule, Axis.INTENT))
    yield from items("Together no more than:", _groups(facts, Axis.INTENT))
    if percent := facts.contents.setting("inactivity_percent"):
        yield Line(f"Each whole week without activity takes {percent} % of the intent score away.")


def _awards(facts: Facts, part: type[Any], axis: str) -> list[str]:
    rows = [row for row in facts.contents.rows(part) if getattr(row, "axis", axis) == axis]
    return [f"{_named(row.name, in_words(row))}." for row in rows]


def _named(name: str, words: str) -> str:
    """The rule with its name, where that says something that the rule does not."""
    return words if f"“{name}”" in words else f"{name}: {words}"


def _groups(facts: Facts, axis: str) -> list[str]:
    return [f"{in_words(r)}." for r in facts.contents.rows(PointsGroup) if r.axis == axis]


def _of(facts: Facts, part: type[Any]) -> list[str]:
    return [f"{in_words(row)}." for row in facts.contents.rows(part)]


def _grades(facts: Facts) -> Iterator[Line]:
    cells = facts.contents.rows(GradeCell)
    if not cells:
        return
    yield heading("Grades")
    for axis in Axis:
        bands = sorted(
            (band for band in facts.contents.rows(Band) if band.axis == axis),
            key=lambda b: int(b.floor),
        )
        named = both([f"{band.name} from {band.floor}" for band in bands])
        yield Line(f"{axis.label} in points is called {named}.")
    by_grade: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for cell in cells:
        by_grade[cell.grade][cell.fit_band].append(cell.intent_band)
    yield from items(
        "Fit and intent together make the grade:",
        (f"{grade}: {_met(by_grade[grade])}." for grade in sorted(by_grade)),
    )


def _met(fits: dict[str, list[str]]) -> str:
    """“strong fit with high or moderate intent; moderate fit with high intent”."""
    return "; ".join(
        f"{fit} fit with {both(intents, 'or')} intent" for fit, intents in fits.items()
    )


def _dictionary(facts: Facts) -> Iterator[Line]:
    signals = {
        signal.code: signal
        for rule in facts.contents.rows(IntentRule)
        for signal in signals_of(rule)
    }
    parts = (
        ("Lists that these rules name:", NamedList),
        ("Personas that these rules name:", PersonaLine),
        ("What the job title says; the first line that fits counts:", TitleLine),
    )
    if signals or any(facts.contents.rows(part) for _, part in parts):
        yield heading("Words that these rules use")
    yield from items(
        "What is noticed of what they do:",
        (
            f"“{name}”: {notices(signals[code])}."
            for code, name in told_apart(signals.values()).items()
        ),
    )
    for announced, part in parts:
        yield from items(announced, _of(facts, part))


def _sentence(words: str) -> str:
    return f"{words.strip().rstrip('.')}."
