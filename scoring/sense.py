"""What makes no sense in one row of a model, whether it was typed just now or lies in a draft.

`scoring.sense_together` says what makes no sense between the rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from leadqual.custom_fields import day_of
from scoring.engine.fields import ICP, Kind, UnknownField, label_of
from scoring.engine.rules import NUMERIC, number_of, values_of
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
from scoring.reach import HIGHEST, single_hits
from scoring.rule_words import WITHOUT_VALUE, range_label
from scoring.typed_entries import fault_in_decay
from scoring.typed_values import NO_OWN, Own, fits

LATER_STEPS = 4
_COUNTED = frozenset(
    {
        IntentRule.Shape.TIMES,
        IntentRule.Shape.DAYS,
        IntentRule.Shape.PAGES,
        IntentRule.Shape.PEOPLE,
    }
)
_SMALLEST, _LARGEST = 1, 2**31 - 1
_ONCE = "Points that are given once"


@dataclass(frozen=True)
class Finding:
    """One thing that makes no sense: in which row, at which field of its form, and why.

    Without a row it is the whole part, or the model, that is meant. A `setting` of the version
    may be as much to blame as the row.
    """

    row: Any
    field: str
    text: str
    setting: str = ""

    def sentence(self) -> str:
        """With the row's name before it, as one reads it away from the row."""
        where = _where(self.row)
        if not where:
            return self.text
        plain = self.text[:1].isupper() and self.text[1:2].islower()
        return f"{where}: {self.text[:1].lower() if plain else self.text[:1]}{self.text[1:]}"


def _where(row: Any) -> str:
    match row:
        case AttributeRule() | IntentRule() | Disqualifier():
            return f"“{row.name}”"
        case IcpCriterion():
            return "Ideal customer profile"
        case PersonaLine():
            return f"Persona “{row.persona}”"
        case PointsGroup():
            return f"Group “{row.name}”"
        case NamedList():
            return f"List “{row.name}”"
        case TitleLine():
            return f"Job titles, line “{', '.join(row.words)}”"
        case QualificationRule():
            return str(QualificationRule.Purpose(row.purpose).label)
    return ""


def of_row(row: Any, *, own: Own = NO_OWN) -> Iterator[Finding]:
    """What makes no sense in this row alone; `own` are the workspace's typed facts."""
    if isinstance(row, ConditionFields) and not _is_profile(row):
        yield from _of_condition(row, own)
    if isinstance(row, IntentRule):
        yield from _of_shape(row)
        yield from _of_decay(row)
        yield from _of_points(row)
    if isinstance(row, NamedList) and not row.entries:
        yield Finding(row, "entries_text", "Write the entries of the list.")
    if isinstance(row, TitleLine) and not row.words:
        yield Finding(row, "words_text", "Write the words that a job title must have.")


def _is_profile(row: ConditionFields) -> bool:
    return isinstance(row, AttributeRule) and row.field == ICP


def _of_condition(row: ConditionFields, own: Own) -> Iterator[Finding]:
    operator = Operator(row.operator)
    try:
        is_fitting = fits(row.field, operator, own=own)
    except UnknownField as error:
        yield Finding(row, "field", str(error))
        return
    fact = own[row.field].label if row.field in own else label_of(row.field)
    if not is_fitting:
        yield Finding(row, "operator", f"“{operator.label}” cannot be asked of {fact}.")
    elif operator in NUMERIC:
        yield from _of_bounds(row, operator, own[row.field].kind if row.field in own else None)
        yield from _of_sizes(row, operator)
    elif operator not in WITHOUT_VALUE and not any(str(value).strip() for value in values_of(row)):
        yield Finding(row, "value_text", f"Say what {fact} is compared with.")


def _of_bounds(row: ConditionFields, operator: Operator, kind: Kind | None) -> Iterator[Finding]:
    """One bound, or two in order: dates for a date, numbers for numbers, either for a loose one."""
    values, wanted = values_of(row), 2 if operator == Operator.BETWEEN else 1
    days = [day for value in values if (day := day_of(str(value)))]
    numbers = [number for value in values if (number := number_of(value)) is not None]
    are_days = kind == Kind.DATE or (kind != Kind.NUMBER and bool(days))
    bounds: Sequence[Any] = days if are_days else numbers
    if len(bounds) != wanted or len(values) != wanted:
        many, what = ("two", "s") if wanted == 2 else ("one", "")
        told = f"{many} {'date' if are_days else 'number'}{what}"
        label = range_label(operator) if are_days else operator.label
        yield Finding(row, "value_text", f"“{label}” compares with {told}.")
    elif bounds[0] > bounds[-1]:
        yield Finding(row, "value_text", "The range begins above its end.")


def _of_sizes(row: ConditionFields, operator: Operator) -> Iterator[Finding]:
    numbers = [number for value in values_of(row) if (number := number_of(value)) is not None]
    if row.field != "company.employees" or not numbers:
        return
    low = _SMALLEST if operator == Operator.AT_MOST else numbers[0]
    high = _LARGEST if operator == Operator.AT_LEAST else numbers[-1]
    if low > _LARGEST or high < _SMALLEST:
        told = f"No company is of such a size: they have {_SMALLEST} to {_LARGEST:,} employees."
        yield Finding(row, "value_text", told)


def _of_shape(row: IntentRule) -> Iterator[Finding]:
    shape = IntentRule.Shape(row.shape)
    if shape in _COUNTED and not row.at_least:
        yield Finding(row, "at_least", "Say how many: 2 or more.")
    elif shape not in _COUNTED and row.at_least:
        told = f"“{shape.label}” asks for no number: leave this empty or count otherwise."
        yield Finding(row, "at_least", told)
    elif shape == IntentRule.Shape.DAYS and (row.at_least or 0) > (row.window_days or 10**6) + 1:
        told = f"So many different days never lie within {row.window_days} days."
        yield Finding(row, "at_least", told)
    if shape != IntentRule.Shape.SEQUENCE:
        if row.later_steps:
            sequence = IntentRule.Shape.SEQUENCE.label
            yield Finding(row, "later", f"Only “{sequence}” has later steps.")
        return
    if not row.later_steps:
        yield Finding(row, "later", "Name the signals that follow, in their order.")
    elif len(row.later_steps) > LATER_STEPS:
        told = f"At most {LATER_STEPS} signals may follow the first."
        yield Finding(row, "later", told)
    elif {row.signal.code} == set(row.later_steps):
        yield Finding(row, "later", "These steps are all the same signal: count times instead.")


def _of_decay(row: IntentRule) -> Iterator[Finding]:
    if row.shape != IntentRule.Shape.EACH:
        if row.half_life_days:
            yield Finding(row, "half_life_days", f"{_ONCE} take no half-life.")
        if row.decay_steps:
            yield Finding(row, "decay_text", f"{_ONCE} do not fade in steps.")
    elif row.half_life_days and row.decay_steps:
        yield Finding(row, "decay_text", "Points fade by half-life or in steps, not by both.")
    elif fault := fault_in_decay(row.decay_steps, window_days=row.window_days):
        yield Finding(row, "decay_text", fault)


def _of_points(row: IntentRule) -> Iterator[Finding]:
    for source, points in row.source_points.items():
        if not isinstance(points, int) or isinstance(points, bool) or abs(points) > HIGHEST:
            told = f"The points for {source} must be a whole number from −{HIGHEST} to {HIGHEST}."
            yield Finding(row, "source_text", told)
            return
    if row.shape != IntentRule.Shape.EACH:
        if row.cap is not None:
            yield Finding(row, "cap", f"{_ONCE} take no upper limit.")
        if row.source_points:
            yield Finding(row, "source_text", f"{_ONCE} cannot differ by source.")
    elif row.cap is not None:
        highest = max(abs(points) for points in single_hits(row))
        if row.cap < highest:
            told = f"This is below a single hit ({highest} points): raise it."
            yield Finding(row, "cap", told)
