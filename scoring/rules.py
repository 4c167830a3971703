"""The rules of one model version as frozen values, read once.

Texts are folded (trimmed, lower case) by the database itself, here and for the facts, so that
Python and SQL cannot disagree about what “ÄRZTIN” in small letters is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection
from django.db.models import prefetch_related_objects

from scoring.fields import ICP
from scoring.models import ModelVersion
from scoring.models.rules import ConditionFields, Operator
from scoring.models.versions import Axis

NUMERIC = frozenset({Operator.BETWEEN, Operator.AT_LEAST, Operator.AT_MOST})


@dataclass(frozen=True)
class Condition:
    field: str
    operator: Operator
    texts: tuple[str, ...] = ()
    numbers: tuple[Decimal, ...] = ()


@dataclass(frozen=True)
class AttributePoints:
    """Points for a fact; `condition` is None where the whole ICP must match."""

    axis: Axis
    name: str
    points: int
    condition: Condition | None


@dataclass(frozen=True)
class IntentPoints:
    """Points for a signal; see `scoring.models.IntentRule` for the two shapes."""

    name: str
    signal_id: int
    bit: int
    points: int
    source_points: tuple[tuple[str, int], ...] = ()
    at_least: int | None = None
    cap: int | None = None
    window: timedelta | None = None
    half_life: timedelta | None = None


@dataclass(frozen=True)
class Flag:
    name: str
    reason: str
    condition: Condition


@dataclass(frozen=True)
class RuleSet:
    """Everything that makes the numbers; bands and thresholds are in `scoring.definitions`."""

    version_id: int
    workspace_id: int
    inactivity_percent: int
    icp: tuple[Condition, ...] = ()
    attributes: tuple[AttributePoints, ...] = ()
    intents: tuple[IntentPoints, ...] = ()
    flags: tuple[Flag, ...] = ()

    def conditions(self) -> Iterable[Condition]:
        yield from self.icp
        yield from (rule.condition for rule in self.attributes if rule.condition)
        yield from (flag.condition for flag in self.flags)

    def meaning(self) -> tuple[object, ...]:
        """What two versions have in common when they give every lead the same numbers.

        Names, reasons and order are left out: they change no number.
        """
        return (
            self.inactivity_percent,
            _sorted(_canonical(condition) for condition in self.icp),
            _sorted(
                (rule.axis, rule.points, rule.condition and _canonical(rule.condition))
                for rule in self.attributes
            ),
            _sorted(
                (
                    rule.signal_id,
                    rule.points,
                    rule.source_points,
                    rule.at_least,
                    rule.cap,
                    rule.window,
                    rule.half_life,
                )
                for rule in self.intents
            ),
            _sorted(_canonical(flag.condition) for flag in self.flags),
        )


def _canonical(condition: Condition) -> tuple[object, ...]:
    numbers: Iterable[Decimal] = (number.normalize() for number in condition.numbers)
    ordered = tuple(numbers) if condition.operator == Operator.BETWEEN else _sorted(numbers)
    return (condition.field, condition.operator.value, _sorted(condition.texts), ordered)


def _sorted(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(values, key=repr))


# Keyed by the moment of publication too: a publication that was rolled back leaves a draft
# that may change before it is published again under the same key.
_known: dict[tuple[int, datetime], RuleSet] = {}
_PARTS = ("icpcriterions", "attributerules", "intentrules__signal", "disqualifiers")


def rules_of(version: ModelVersion) -> RuleSet:
    """The version's rules; those of a published version are kept in memory, as they are final."""
    if version.published_at is None:
        fresh = ModelVersion.objects.get(pk=version.pk)
        return read_rules([fresh])[fresh.pk]
    key = (version.pk, version.published_at)
    if key not in _known:
        if len(_known) > 200:
            _known.clear()
        _known[key] = read_rules([version])[version.pk]
    return _known[key]


def read_rules(versions: Sequence[ModelVersion]) -> dict[int, RuleSet]:
    """The rules of several versions in a constant number of queries, by version id."""
    prefetch_related_objects(list(versions), *_PARTS)
    folded = _Folded(versions)
    return {version.pk: _rule_set(version, folded) for version in versions}


def _rule_set(version: ModelVersion, folded: "_Folded") -> RuleSet:
    return RuleSet(
        version_id=version.pk,
        workspace_id=version.workspace_id,
        inactivity_percent=version.inactivity_percent,
        icp=tuple(folded.condition(row) for row in _by_pk(version.icpcriterions.all())),
        attributes=tuple(
            AttributePoints(
                Axis(row.axis),
                row.name,
                row.points,
                None if row.field == ICP else folded.condition(row),
            )
            for row in _by_pk(version.attributerules.all())
        ),
        intents=tuple(_intent(row) for row in _by_pk(version.intentrules.all())),
        flags=tuple(
            Flag(row.name, row.reason, folded.condition(row))
            for row in _by_pk(version.disqualifiers.all())
        ),
    )


def _intent(row: Any) -> IntentPoints:
    return IntentPoints(
        name=row.name,
        signal_id=row.signal_id,
        bit=row.signal.bit,
        points=row.points,
        source_points=tuple(sorted(row.source_points.items())),
        at_least=row.at_least,
        cap=row.cap,
        window=_days(row.window_days),
        half_life=_days(row.half_life_days),
    )


def _by_pk(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: row.pk)


def _days(days: int | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)


def values_of(row: ConditionFields) -> list[Any]:
    """The condition's values as a list, whether one or several were stored."""
    return row.value if isinstance(row.value, list) else [row.value]


def number_of(value: Any) -> Decimal | None:
    """The value as a number, None where it is none."""
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Folded:
    """All texts of some versions, folded by the database in one query."""

    def __init__(self, versions: Sequence[ModelVersion]) -> None:
        rows = [
            row
            for version in versions
            for part in (version.icpcriterions, version.attributerules, version.disqualifiers)
            for row in part.all()
        ]
        texts = list({_text(value) for row in rows for value in values_of(row)})
        self.texts: dict[str, str] = {}
        if texts:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT t, lower(btrim(t)) FROM unnest(%s::text[]) AS t",
                    [texts],
                )
                self.texts = dict(cursor.fetchall())

    def condition(self, row: ConditionFields) -> Condition:
        values = values_of(row)
        numbers = (number_of(value) for value in values)
        return Condition(
            field=row.field,
            operator=Operator(row.operator),
            texts=tuple(t for t in (self.texts[_text(value)] for value in values) if t),
            numbers=tuple(number for number in numbers if number is not None),
        )
