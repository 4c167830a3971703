"""What keeps a draft from being published, in the words of those who wrote it."""

from collections.abc import Iterator

from scoring.fields import ICP, UnknownField, field_named, label_of
from scoring.models import ModelVersion, QualificationRule
from scoring.models.rules import ConditionFields, Operator
from scoring.models.versions import Axis
from scoring.rule_words import WITHOUT_VALUE
from scoring.rules import NUMERIC, number_of, values_of
from scoring.typed_values import fits

HIGHEST = 100


def problems(draft: ModelVersion) -> list[str]:
    """One sentence for each; empty where the draft may be published."""
    return [
        *_in_definitions(draft),
        *_in_bands(draft),
        *_in_conditions(draft),
        *_in_intent_rules(draft),
        *_out_of_reach(draft),
    ]


def _in_definitions(draft: ModelVersion) -> Iterator[str]:
    if not draft.qualificationrules.filter(purpose=QualificationRule.Purpose.MQL).exists():
        yield "Say what an MQL is: without an MQL definition no lead ever becomes one."
    for name in draft.required_facts:
        try:
            field_named(name)
        except UnknownField as error:
            yield f"Facts a rep needs: {error}"


def _in_bands(draft: ModelVersion) -> Iterator[str]:
    names: dict[str, list[str]] = {}
    for axis in Axis:
        bands = list(draft.bands.filter(axis=axis).order_by("floor"))
        names[axis] = [band.name for band in bands]
        label = axis.label.lower()
        if not bands:
            yield f"The {label} scale needs at least one band."
        elif bands[0].floor > 0:
            yield (
                f"The {label} scale must begin at 0: “{bands[0].name}” begins at {bands[0].floor},"
                " and leads below it would have no band."
            )
    cells = {(cell.fit_band, cell.intent_band) for cell in draft.gradecells.all()}
    wanted = {(fit, intent) for fit in names[Axis.FIT] for intent in names[Axis.INTENT]}
    for fit, intent in sorted(wanted - cells):
        yield f"The grade matrix says nothing about {fit} fit with {intent} intent."
    for fit, intent in sorted(cells - wanted):
        yield f"The grade matrix speaks of {fit} fit with {intent} intent, but has no such bands."


def _in_conditions(draft: ModelVersion) -> Iterator[str]:
    for line in draft.icpcriterions.all():
        yield from _in_condition(line, "Ideal customer profile")
    has_profile = draft.icpcriterions.exists()
    for rule in draft.attributerules.all():
        if rule.field != ICP:
            yield from _in_condition(rule, f"“{rule.name}”")
        elif not has_profile:
            yield f"“{rule.name}” asks for the ideal customer profile, which has no line yet."
    for flag in draft.disqualifiers.all():
        yield from _in_condition(flag, f"“{flag.name}”")


def _in_condition(row: ConditionFields, where: str) -> Iterator[str]:
    operator = Operator(row.operator)
    try:
        is_fitting = fits(row.field, operator)
    except UnknownField as error:
        yield f"{where}: {error}"
        return
    if not is_fitting:
        yield f"{where}: {label_of(row.field)} cannot be compared by “{operator.label}”."
    elif operator in NUMERIC:
        yield from _in_numbers(row, operator, where)
    elif operator not in WITHOUT_VALUE and not any(str(value).strip() for value in values_of(row)):
        yield f"{where}: say what {label_of(row.field)} is compared with."


def _in_numbers(row: ConditionFields, operator: Operator, where: str) -> Iterator[str]:
    wanted = 2 if operator == Operator.BETWEEN else 1
    numbers = [number for value in values_of(row) if (number := number_of(value)) is not None]
    if len(numbers) != wanted or len(values_of(row)) != wanted:
        many = "two numbers" if wanted == 2 else "one number"
        yield f"{where}: “{operator.label}” compares with {many}."
    elif numbers[0] > numbers[-1]:
        yield f"{where}: the range begins above its end."


def _in_intent_rules(draft: ModelVersion) -> Iterator[str]:
    for rule in draft.intentrules.select_related("signal"):
        if rule.signal.workspace_id != draft.workspace_id:
            yield f"“{rule.name}” uses a signal of another workspace."
        if rule.at_least and rule.source_points:
            yield (
                f"“{rule.name}” gives its points once for {rule.at_least} events, "
                "so the points cannot differ by source."
            )
        for source, points in rule.source_points.items():
            if not isinstance(points, int) or isinstance(points, bool) or abs(points) > HIGHEST:
                yield (
                    f"“{rule.name}”: the points for {source} must be a whole number "
                    f"from −{HIGHEST} to {HIGHEST}."
                )


def _out_of_reach(draft: ModelVersion) -> Iterator[str]:
    """Bounds that no lead could reach with every rule in its favour."""
    fit, intent = _most(draft, Axis.FIT), _most(draft, Axis.INTENT)
    for rule in draft.qualificationrules.all():
        goal = "MQL definition" if rule.purpose == rule.Purpose.MQL else "Hand-off rule"
        for label, floor, most in (
            ("fit", rule.fit_at_least, fit),
            ("intent", rule.intent_at_least, intent),
            ("a total", rule.total_at_least, fit + intent),
        ):
            if floor is not None and floor > most:
                yield f"{goal}: {label} of {floor} is out of reach, the rules give at most {most}."


def _most(draft: ModelVersion, axis: Axis) -> int:
    points = sum(max(rule.points, 0) for rule in draft.attributerules.filter(axis=axis))
    if axis == Axis.INTENT:
        for rule in draft.intentrules.all():
            best = rule.points if rule.at_least else max(rule.points, *_numbers(rule.source_points))
            if best > 0:  # without a cap, enough events reach any number of points
                once = best if rule.at_least else (rule.cap if rule.cap is not None else HIGHEST)
                points += once
    return min(points, HIGHEST)


def _numbers(source_points: dict[str, object]) -> list[int]:
    return [points for points in source_points.values() if isinstance(points, int)] or [0]
