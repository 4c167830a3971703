"""A rule read back in plain words: “20 points when job title contains one of head, chief”."""

from collections.abc import Iterable

from django.utils.text import capfirst

from leadqual import custom_fields
from leadqual.countries import country_name
from leadqual.custom_fields import by_name, called, day_in_words, day_of
from leadqual.models import CustomField
from scoring import intent_words
from scoring.engine.fields import FIELDS, ICP, Kind, label_of
from scoring.engine.rules import values_of
from scoring.intent_words import for_whom, points
from scoring.models import (
    AttributeRule,
    Disqualifier,
    IcpCriterion,
    IntentRule,
    NamedList,
    PersonaLine,
    PointsGroup,
    QualificationRule,
    TitleLine,
)
from scoring.models.rules import ConditionFields, Operator
from scoring.models.versions import Axis

Rule = (
    IcpCriterion
    | AttributeRule
    | IntentRule
    | Disqualifier
    | QualificationRule
    | PersonaLine
    | PointsGroup
    | NamedList
    | TitleLine
)

WITHOUT_VALUE = frozenset({Operator.IS_MISSING, Operator.IS_KNOWN, Operator.FREE_MAILBOX})
ON_LISTS = frozenset({Operator.ON_LIST, Operator.NOT_ON_LIST})
SHOWN = 12
"""So many entries of a list are read out; the rest are counted."""


def condition(row: ConditionFields) -> str:
    """“country is one of Germany, Austria”; for the ICP, that the whole profile matches."""
    if row.field == ICP:
        return "the whole ideal customer profile matches"
    own, operator = _own_fact(row), Operator(row.operator)
    fact = called(own) if own else label_of(row.field)
    if operator in WITHOUT_VALUE:
        return f"{fact} {operator.label}"
    if operator in ON_LISTS:
        names = " or ".join(f"“{name}”" for name in values_of(row))
        return f"{fact} {operator.label} {names}"
    shown = [_read_out(row.field, value, own) for value in values_of(row)]
    if operator == Operator.BETWEEN:
        return f"{fact} is between {' and '.join(shown)}"
    if any(day_of(str(value)) for value in values_of(row)):
        return f"{fact} {range_label(operator)} {', '.join(shown)}"
    # “is one of Germany” for a single value would read badly.
    label = str(operator.label)
    if len(shown) == 1:
        label = label.removesuffix(" one of").replace("is none of", "is not")
        label = label.replace("one of the words", "the word")
    return f"{fact} {label} {', '.join(shown)}"


def range_label(operator: Operator) -> str:
    """The comparison as one says it of dates: “is on or after”."""
    of_dates = {Operator.AT_LEAST: "is on or after", Operator.AT_MOST: "is on or before"}
    return of_dates.get(operator, str(operator.label))


def _own_fact(row: ConditionFields) -> CustomField | None:
    """The workspace's typed fact, where the row names one and stands in a version."""
    version = getattr(row, "version", None) if "attributes." in row.field else None
    return by_name(version.workspace).get(row.field) if version else None


def _read_out(field: str, value: object, own: CustomField | None) -> str:
    """The value as people say it: a country by its name, the 31 Dec 2026."""
    if day := day_of(str(value)):
        return day_in_words(day)
    if own and own.kind == CustomField.Kind.COUNTRY:
        return custom_fields.in_words(own, value)
    said = value_in_words(field, value)
    is_country = field in FIELDS and FIELDS[field].kind == Kind.COUNTRY
    return country_name(said) if is_country else said


def value_in_words(field: str, value: object) -> str:
    """A choice by its label, yes or no for a flag, anything else as it is written."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    choices = dict(FIELDS[field].choices) if field in FIELDS else {}
    return choices.get(str(value), str(value))


def in_words(row: Rule) -> str:
    """The rule as a sentence without its full stop."""
    match row:
        case AttributeRule():
            return attribute_rule(row)
        case IntentRule():
            return intent_words.intent_rule(row)
        case Disqualifier():
            return f"Not handed to sales when {condition(row)}"
        case QualificationRule():
            return qualification(row)
        case IcpCriterion():
            return capfirst(condition(row))
        case PersonaLine():
            return f"Is “{row.persona}” when {condition(row)}"
        case PointsGroup():
            axis = Axis(row.axis).label.lower()
            return f"All rules of “{row.name}” together count at most {row.cap} {axis} points"
        case NamedList():
            return named_list(row)
        case TitleLine():
            return title_line(row)


def attribute_rule(row: AttributeRule) -> str:
    kind = "intent " if row.axis == Axis.INTENT else ""
    return f"{points(row.points, kind)} when {condition(row)}{for_whom(row)}"


def named_list(row: NamedList) -> str:
    """“DACH” holds countries: Germany, Austria, Switzerland."""
    kind = str(NamedList.Kind(row.kind).label)
    shown = ", ".join(entries_in_words(row.kind, row.entries[:SHOWN])) or "none yet"
    more = f" and {len(row.entries) - SHOWN} more" if len(row.entries) > SHOWN else ""
    return f"“{row.name}” holds {kind[:1].lower()}{kind[1:]}: {shown}{more}"


def entries_in_words(kind: str, entries: Iterable[str]) -> list[str]:
    """Countries by their names, anything else as it is written."""
    if kind == NamedList.Kind.COUNTRIES:
        return [country_name(entry) for entry in entries]
    return list(entries)


def title_line(row: TitleLine) -> str:
    """“vp” or “head of” in the job title means: seniority Director, function Sales."""
    words = " or ".join(f"“{word}”" for word in row.words)
    says = [
        f"{what} {value}"
        for what, value in (("seniority", row.seniority), ("function", row.function))
        if value
    ]
    return f"{words} in the job title means: {', '.join(says)}"


def qualification(row: QualificationRule) -> str:
    """“MQL when fit is at least Strong and total is at least 40”."""
    bounds = (
        ("fit", row.fit_band or None),
        ("fit", row.fit_at_least),
        ("intent", row.intent_band or None),
        ("intent", row.intent_at_least),
        ("total", row.total_at_least),
    )
    asked = [f"{name} is at least {floor}" for name, floor in bounds if floor is not None]
    goal = "MQL" if row.purpose == QualificationRule.Purpose.MQL else "Ready for sales"
    return f"{goal} when {' and '.join(asked)}"
