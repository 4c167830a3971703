"""What a model may say, and hardly means: told beside it and before it is published."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from scoring.contents import Contents
from scoring.fact_choices import OwnFacts
from scoring.models import AttributeRule, Band, IntentRule, PointsGroup, QualificationRule
from scoring.models.rules import ConditionFields
from scoring.reach import single_hits
from scoring.rule_words import in_words
from scoring.ways import asked_of, floors_of

_EVERYTHING = 100


def second_looks(contents: Contents, own: OwnFacts) -> Iterator[str]:
    """All of it; `own` are the workspace's own facts."""
    yield from of_definitions(contents)
    rows = [row for part in contents.parts.values() for row in part]
    yield from dict.fromkeys(told for row in rows if (told := of_row(row, contents, own)))


def of_definitions(contents: Contents) -> Iterator[str]:
    """A hand-off rule that lets through who is no MQL, or intent that a single idle week takes
    away."""
    if contents.setting("inactivity_percent") == _EVERYTHING:
        yield (
            "With a decay of 100 % per idle week nothing of the intent is left after one week "
            "without activity."
        )
    yield from _weak_handoffs(contents)


def of_row(row: Any, contents: Contents, own: OwnFacts) -> str:
    """A fact that no lead has, or a cap that cuts the rule, as a sentence; blank where all is
    well."""
    if isinstance(row, ConditionFields) and (told := _unheard_of(row.field, own)):
        return told
    return _cut(row, contents) if isinstance(row, AttributeRule | IntentRule) else ""


def _weak_handoffs(contents: Contents) -> Iterator[str]:
    floors = floors_of(contents.rows(Band))
    ways = contents.rows(QualificationRule)
    purpose = QualificationRule.Purpose
    mql = [asked_of(way, floors) for way in ways if way.purpose == purpose.MQL]
    for way in ways:
        if way.purpose == purpose.HANDOFF:
            asked = asked_of(way, floors)
            if not any(asked.implies(each) for each in mql):
                yield (
                    f"“{in_words(way)}” asks for less than the MQL definition: a lead waits until "
                    "it is an MQL all the same, so this way hands over nobody earlier."
                )


def _unheard_of(name: str, own: OwnFacts) -> str:
    """A typo, or a fact that is still to come: both look the same from here. Where no lead says
    anything of its own, all are still to come."""
    whose, is_own, key = name.rpartition("attributes.")
    if not is_own or not own.labels or name in own.labels:
        return ""
    holders = "companies" if whose else "leads"
    told = f"None of the newest {holders} here says “{key}” ({name}): is it spelt so?"
    close = get_close_matches(name, own.labels, n=1, cutoff=0.8)
    return f"{told} There is “{own.labels[close[0]]}” ({close[0]})." if close else told


def _cut(rule: AttributeRule | IntentRule, contents: Contents) -> str:
    group = next((g for g in contents.rows(PointsGroup) if g.name == rule.group), None)
    highest = max(map(abs, single_hits(rule)))
    if group is None or highest <= group.cap:
        return ""
    return (
        f"“{rule.name}” gives {highest} points at once, and its group “{group.name}” lets "
        f"{group.cap} through: the rest of them never counts."
    )
