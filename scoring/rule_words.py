"""A rule read back in plain words: “20 points when job title contains one of head, chief”."""

from scoring.fields import FIELDS, ICP, label_of
from scoring.models import (
    AttributeRule,
    Disqualifier,
    IcpCriterion,
    IntentRule,
    QualificationRule,
)
from scoring.models.rules import ConditionFields, Operator
from scoring.models.versions import Axis
from scoring.rules import values_of

Rule = IcpCriterion | AttributeRule | IntentRule | Disqualifier | QualificationRule

WITHOUT_VALUE = frozenset({Operator.IS_MISSING, Operator.IS_KNOWN, Operator.FREE_MAILBOX})


def condition(row: ConditionFields) -> str:
    """“country is one of DE, AT”; for the ICP, that the whole profile matches."""
    if row.field == ICP:
        return "the whole ideal customer profile matches"
    fact, operator = label_of(row.field), Operator(row.operator)
    if operator in WITHOUT_VALUE:
        return f"{fact} {operator.label}"
    shown = [value_in_words(row.field, value) for value in values_of(row)]
    if operator == Operator.BETWEEN:
        return f"{fact} is between {' and '.join(shown)}"
    # “is one of Germany” for a single value would read badly.
    label = str(operator.label)
    if len(shown) == 1:
        label = label.removesuffix(" one of").replace("is none of", "is not")
        label = label.replace("one of the words", "the word")
    return f"{fact} {label} {', '.join(shown)}"


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
            return intent_rule(row)
        case Disqualifier():
            return f"Not handed to sales when {condition(row)}"
        case QualificationRule():
            return qualification(row)
        case IcpCriterion():
            words = condition(row)
            return words[:1].upper() + words[1:]


def attribute_rule(row: AttributeRule) -> str:
    kind = "intent " if row.axis == Axis.INTENT else ""
    return f"{points(row.points, kind)} when {condition(row)}"


def intent_rule(row: IntentRule) -> str:
    signal = f"“{row.signal.name}”"
    window = f" in the last {row.window_days} days" if row.window_days else ""
    if row.at_least:
        words = f"{points(row.points)} once, for {row.at_least} or more {signal}{window}"
    else:
        words = f"{points(row.points)} for each {signal}{window}"
    if row.half_life_days:
        words += f", halved every {row.half_life_days} days"
    if row.cap:
        words += f", together at most {row.cap}"
    for source, other in sorted(row.source_points.items()):
        words += f"; {other} from {source}"
    return words


def qualification(row: QualificationRule) -> str:
    """“MQL when fit is at least 30 and total is at least 40”."""
    bounds = {
        "fit": row.fit_at_least,
        "intent": row.intent_at_least,
        "total": row.total_at_least,
    }
    asked = [f"{name} is at least {floor}" for name, floor in bounds.items() if floor is not None]
    goal = "MQL" if row.purpose == QualificationRule.Purpose.MQL else "Ready for sales"
    return f"{goal} when {' and '.join(asked)}"


def points(number: int, kind: str = "") -> str:
    """“20 points”, “−1 point”."""
    sign = "−" if number < 0 else ""
    return f"{sign}{abs(number)} {kind}point{'' if abs(number) == 1 else 's'}"
