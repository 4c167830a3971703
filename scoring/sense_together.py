"""What makes no sense between the parts of a model: names without an owner, bounds out of reach.

The rows may be saved or be those of a form that was just sent. Each finding names its row.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from scoring.contents import Contents
from scoring.engine.fields import FIELDS, ICP, Kind
from scoring.engine.rules import values_of
from scoring.models import (
    AttributeRule,
    Band,
    Disqualifier,
    IcpCriterion,
    IntentRule,
    NamedList,
    PersonaLine,
    PointsGroup,
    QualificationRule,
    TitleLine,
)
from scoring.models.rules import ConditionFields
from scoring.models.versions import Axis
from scoring.reach import axis_of, contradict, reaches, single_hits
from scoring.rule_words import ON_LISTS, condition
from scoring.sense import Finding
from scoring.typed_values import WHOLE
from scoring.ways import Asked, asked_of

_WITH_CONDITIONS = (IcpCriterion, PersonaLine, AttributeRule, Disqualifier)
_DOMAINS = frozenset({NamedList.Kind.DOMAINS, NamedList.Kind.FREE_MAILBOXES})
_DOMAIN_FACTS = frozenset({"email_domain", "company.domain"})


def together(contents: Contents) -> Iterator[Finding]:
    yield from _lists(contents)
    yield from _titles(contents)
    yield from _contradictions(contents)
    yield from _personas(contents)
    yield from _groups(contents)
    yield from _profile(contents)
    yield from _ways(contents)


def _rules(contents: Contents) -> Sequence[AttributeRule | IntentRule]:
    return (*contents.rows(AttributeRule), *contents.rows(IntentRule))


def _conditions(contents: Contents) -> Iterator[ConditionFields]:
    for part in _WITH_CONDITIONS:
        yield from contents.rows(part)


def _lists(contents: Contents) -> Iterator[Finding]:
    kinds = {each.name: NamedList.Kind(each.kind) for each in contents.rows(NamedList)}
    for row in _conditions(contents):
        if row.operator not in ON_LISTS or row.field == ICP:
            continue
        for name in values_of(row):
            if name not in kinds:
                yield Finding(row, "value_text", _no_list(str(name), kinds))
            elif told := _wrong_list(row.field, str(name), kinds[name]):
                yield Finding(row, "value_text", told)


def _no_list(name: str, kinds: Iterable[str]) -> str:
    there = ", ".join(f"“{each}”" for each in kinds)
    known = f"There are {there}." if there else "There is none yet: add it under “Lists”."
    return f"This model has no list “{name}”. {known}"


def _wrong_list(field: str, name: str, kind: NamedList.Kind) -> str:
    """A list of countries for a job title would never match; custom facts may hold anything."""
    known = FIELDS.get(field)
    if known is None:
        return ""
    takes = {NamedList.Kind.WORDS}
    if known.kind == Kind.COUNTRY:
        takes = {NamedList.Kind.COUNTRIES}
    elif field in _DOMAIN_FACTS:
        takes = set(_DOMAINS)
    if kind in takes:
        return ""
    label = str(kind.label)
    return f"“{name}” holds {label[:1].lower()}{label[1:]}; {known.label} is never one of them."


def _titles(contents: Contents) -> Iterator[Finding]:
    """What no line of the title table says, no lead is: such a condition never holds, or always."""
    lines = contents.rows(TitleLine)
    said = {
        "seniority": dict.fromkeys(line.seniority.strip() for line in lines if line.seniority),
        "job_function": dict.fromkeys(line.function.strip() for line in lines if line.function),
    }
    for row in _conditions(contents):
        if row.field not in said or row.operator not in WHOLE:
            continue
        there = {name.lower() for name in said[row.field]}
        for value in values_of(row):
            if str(value).strip().lower() not in there:
                told = f"No line under “Job titles” says the {FIELDS[row.field].label} “{value}”."
                names = ", ".join(f"“{name}”" for name in said[row.field])
                known = f" They say {names}." if names else ""
                yield Finding(row, "value_text", told + known)


def _contradictions(contents: Contents) -> Iterator[Finding]:
    """Two lines that must both hold and never do."""
    lists = {each.name: each.entries for each in contents.rows(NamedList)}
    groups: dict[str, list[ConditionFields]] = defaultdict(list)
    for line in contents.rows(PersonaLine):
        groups[f"of “{line.persona}”"].append(line)
    groups["that fits the profile"] = list(contents.rows(IcpCriterion))
    for whose, lines in groups.items():
        for one, other in combinations(lines, 2):
            if one.field == other.field and contradict(one, other, lists):
                told = f"No lead could be {whose}: all lines must hold, and another one says that"
                yield Finding(other, "value_text", f"{told} {condition(one)}.")


def _personas(contents: Contents) -> Iterator[Finding]:
    known = dict.fromkeys(line.persona for line in contents.rows(PersonaLine))
    for rule in _rules(contents):
        if rule.persona and rule.persona not in known:
            there = ", ".join(f"“{name}”" for name in known)
            told = f"There are {there}." if there else "There is none yet: add it under “Personas”."
            yield Finding(rule, "persona", f"This model has no persona “{rule.persona}”. {told}")


def _groups(contents: Contents) -> Iterator[Finding]:
    groups: dict[str, PointsGroup] = {each.name: each for each in contents.rows(PointsGroup)}
    smallest: dict[str, int] = {}
    for rule in _rules(contents):
        if not rule.group:
            continue
        group = groups.get(rule.group)
        if group is None:
            there = ", ".join(f"“{name}”" for name in groups)
            told = f"There are {there}." if there else "There is none yet: add it under “Groups”."
            yield Finding(rule, "group", f"This model has no group “{rule.group}”. {told}")
        elif group.axis != axis_of(rule):
            axis = Axis(group.axis).label.lower()
            yield Finding(rule, "group", f"“{group.name}” holds back {axis} points only.")
        else:
            hit = min(abs(points) for points in single_hits(rule))
            smallest[group.name] = min(hit, smallest.get(group.name, hit))
    for name, hit in smallest.items():
        if groups[name].cap < hit:
            told = f"Even the smallest rule of the group gives {hit} points at once: raise it."
            yield Finding(groups[name], "cap", told)


def _profile(contents: Contents) -> Iterator[Finding]:
    if contents.rows(IcpCriterion):
        return
    for rule in contents.rows(AttributeRule):
        if rule.field == ICP:
            told = "The ideal customer profile has no line yet: say under “ICP” who that is."
            yield Finding(rule, "field", told)


def _ways(contents: Contents) -> Iterator[Finding]:
    """Bounds that name no band, that no lead could reach, or that none could lose again."""
    ways = contents.rows(QualificationRule)
    if not any(way.purpose == QualificationRule.Purpose.MQL for way in ways):
        told = "Say what an MQL is: without an MQL definition no lead ever becomes one."
        yield Finding(None, "", told)
    bands = {(band.axis, band.name): band.floor for band in contents.rows(Band)}
    for way in ways:
        unknown = [
            (axis, name)
            for axis, name in ((Axis.FIT, way.fit_band), (Axis.INTENT, way.intent_band))
            if name and (axis, name) not in bands
        ]
        for axis, name in unknown:
            told = f"The {axis.label.lower()} scale has no band “{name}”."
            yield Finding(way, f"{axis.value}_band", told)
        if not unknown:
            asked = asked_of(way, bands)
            yield from _out_of_reach(contents, way, asked)
            yield from _never_lost(contents, way, asked)


def _out_of_reach(contents: Contents, way: QualificationRule, asked: Asked) -> Iterator[Finding]:
    found = reaches(contents)
    alone = False
    for axis, floor, most in (
        ("fit", asked.fit, max(reach.fit for reach in found)),
        ("intent", asked.intent, max(reach.intent for reach in found)),
        ("total", asked.total, max(reach.total for reach in found)),
    ):
        if floor > most:
            alone = True
            a = "an" if axis == "intent" else "a"
            told = f"No lead can reach {a} {axis} of {floor}: the rules give at most {most}."
            yield Finding(way, asked.field(axis), told)
    if not alone and not any(asked.is_met_by(reach.fit, reach.intent) for reach in found):
        told = "No lead can reach all of this at once: the rules for it are for different personas."
        yield Finding(way, asked.field("total" if asked.total else "intent"), told)


def _never_lost(contents: Contents, way: QualificationRule, asked: Asked) -> Iterator[Finding]:
    margin = contents.setting("demote_margin")
    if way.purpose != QualificationRule.Purpose.MQL or not margin:
        return
    highest = max(asked.fit, asked.intent, asked.total)
    if highest <= margin:
        told = (
            f"With a demotion margin of {margin} no MQL would ever be taken back: this asks for "
            f"{highest} points at most. Lower the margin or ask for more."
        )
        axis = next(a for a in ("total", "fit", "intent") if getattr(asked, a) == highest)
        yield Finding(way, asked.field(axis), told, setting="demote_margin")
