"""The rules of a model version, read from its rows once.

Texts are folded (trimmed, lower case) by the database itself, here and for the facts, so that
Python and SQL cannot disagree about what “ÄRZTIN” in small letters is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection
from django.db.models import prefetch_related_objects

from scoring.engine.fields import ICP
from scoring.engine.rule_values import (
    NUMERIC,
    AttributePoints,
    Condition,
    Flag,
    Group,
    IntentPoints,
    RuleSet,
    Shape,
    TitleWords,
)
from scoring.models import ModelVersion, NamedList, Signal
from scoring.models.rules import ConditionFields, Operator
from scoring.models.versions import Axis
from scoring.signal_words import told_apart

__all__ = [
    "NUMERIC",
    "AttributePoints",
    "Condition",
    "Flag",
    "Group",
    "IntentPoints",
    "RuleSet",
    "Shape",
    "TitleWords",
    "as_written",
    "by_position",
    "number_of",
    "read_rules",
    "rules_of",
    "values_of",
]

_LISTED = {
    Operator.ON_LIST: Operator.IN_LIST,
    Operator.NOT_ON_LIST: Operator.NOT_IN_LIST,
}

# Keyed by the moment of publication too: a publication that was rolled back leaves a draft
# that may change before it is published again under the same key.
_known: dict[tuple[int, datetime], RuleSet] = {}
_CONDITIONS = ("icpcriterions", "attributerules", "disqualifiers", "personalines")
_NARROWING = ("utm_source", "utm_medium", "utm_campaign", "property_name")
_PARTS = (*_CONDITIONS, "intentrules__signal", "namedlists", "titlelines", "pointsgroups")


def rules_of(version: ModelVersion) -> RuleSet:
    """The version's rules; those of a published one or a shadow stay in memory: they are final."""
    if version.final_since is None:
        fresh = ModelVersion.objects.get(pk=version.pk)
        return read_rules([fresh])[fresh.pk]
    key = (version.pk, version.final_since)
    rules = _known.get(key)
    if rules is None:
        rules = _read([version])[version.pk]
        if len(_known) > 200:
            _known.clear()
        _known[key] = rules  # asked for no more: another thread may have cleared it
    return _in_zone(rules, version)


def read_rules(versions: Sequence[ModelVersion]) -> dict[int, RuleSet]:
    """The rules of several versions in a constant number of queries, by version id."""
    rules = _read(versions)
    return {version.pk: _in_zone(rules[version.pk], version) for version in versions}


def _in_zone(rules: RuleSet, version: ModelVersion) -> RuleSet:
    """With the workspace's time zone as it is now, where days are counted; it is no rule."""
    if not any(rule.shape == Shape.DAYS for rule in rules.intents):
        return rules
    return replace(rules, zone=version.workspace.timezone)


def _read(versions: Sequence[ModelVersion]) -> dict[int, RuleSet]:
    prefetch_related_objects(list(versions), *_PARTS)
    folded, signals = _fold(versions), _signals(versions)
    return {version.pk: _Reading(version, folded, signals).rule_set() for version in versions}


def _fold(versions: Sequence[ModelVersion]) -> dict[str, str]:
    """All texts of the versions, folded by the database in one query."""
    texts = list({text for version in versions for text in _texts(version)})
    if not texts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT t, lower(btrim(t)) FROM unnest(%s::text[]) AS t", [texts])
        return dict(cursor.fetchall())


def _texts(version: ModelVersion) -> Iterator[str]:
    for part in _CONDITIONS:
        for row in getattr(version, part).all():
            yield from (_text(value) for value in values_of(row))
    for named in version.namedlists.all():
        yield from (_text(entry) for entry in named.entries)
    for line in version.titlelines.all():
        yield from (*map(_text, line.words), line.seniority, line.function)


def _signals(versions: Sequence[ModelVersion]) -> dict[tuple[int, str], tuple[int, int]]:
    """The (id, bit) of the signals that later steps name, by workspace and code."""
    rules = [rule for version in versions for rule in version.intentrules.all()]
    codes = {str(code) for rule in rules for code in rule.later_steps}
    if not codes:
        return {}
    named = Signal.objects.filter(
        workspace__in={version.workspace_id for version in versions}, code__in=codes
    )
    return {(each.workspace_id, each.code): (each.pk, each.bit) for each in named}


class _Reading:
    """The rows of one version, to be read as frozen values."""

    def __init__(
        self,
        version: ModelVersion,
        folded: dict[str, str],
        signals: dict[tuple[int, str], tuple[int, int]],
    ) -> None:
        self.version, self.folded, self.signals = version, folded, signals
        self.names = told_apart(row.signal for row in version.intentrules.all())
        self.lists = {named.name: named.entries for named in version.namedlists.all()}
        self.mailboxes = [
            entry
            for named in version.namedlists.all()
            if named.kind == NamedList.Kind.FREE_MAILBOXES
            for entry in named.entries
        ]

    def rule_set(self) -> RuleSet:
        version = self.version
        return RuleSet(
            version_id=version.pk,
            workspace_id=version.workspace_id,
            inactivity_percent=version.inactivity_percent,
            icp=_each(version.icpcriterions, self._condition),
            attributes=_each(version.attributerules, self._attribute),
            intents=_each(version.intentrules, self._intent),
            flags=_each(version.disqualifiers, self._flag),
            personas=self._personas(),
            groups=_each(version.pointsgroups, _group),
            titles=self._titles(),
        )

    def _attribute(self, row: Any) -> AttributePoints:
        return AttributePoints(
            axis=Axis(row.axis),
            name=row.name,
            points=row.points,
            condition=None if row.field == ICP else self._condition(row),
            persona=row.persona,
            group=row.group,
        )

    def _intent(self, row: Any) -> IntentPoints:
        workspace = self.version.workspace_id
        return IntentPoints(
            name=row.name,
            signal_id=row.signal_id,
            bit=row.signal.bit,
            points=row.points,
            source_points=tuple(sorted(row.source_points.items())),
            shape=Shape(row.shape),
            at_least=row.at_least,
            later=tuple(self.signals.get((workspace, str(c)), (0, -1)) for c in row.later_steps),
            cap=row.cap,
            window=_days(row.window_days),
            half_life=_days(row.half_life_days),
            decay_steps=tuple(
                sorted((timedelta(days=days), percent) for days, percent in row.decay_steps)
            ),
            persona=row.persona,
            group=row.group,
            signal=self.names[row.signal.code],
            kind=row.signal.kind,
            path=row.signal.path_prefix,
            is_narrow=any(getattr(row.signal, name) for name in _NARROWING),
        )

    def _flag(self, row: Any) -> Flag:
        return Flag(row.name, row.reason, self._condition(row))

    def _personas(self) -> tuple[tuple[str, tuple[Condition, ...]], ...]:
        lines: dict[str, list[Condition]] = defaultdict(list)
        for row in as_written(self.version.personalines.all()):
            lines[row.persona].append(self._condition(row))
        return tuple((name, tuple(found)) for name, found in sorted(lines.items()))

    def _titles(self) -> tuple[TitleWords, ...]:
        def said(text: str) -> tuple[str, str] | None:
            return (text.strip(" "), self.folded[text]) if self.folded[text] else None

        lines = by_position(self.version.titlelines.all())
        return tuple(
            TitleWords(self._folded(row.words), said(row.seniority), said(row.function))
            for row in lines
        )

    def _condition(self, row: ConditionFields) -> Condition:
        operator, values = Operator(row.operator), values_of(row)
        if operator in _LISTED:
            values = [entry for name in values for entry in self.lists.get(str(name), [])]
        elif operator == Operator.FREE_MAILBOX:
            values = self.mailboxes
        numbers = (number_of(value) for value in values)
        return Condition(
            field=row.field,
            operator=_LISTED.get(operator, operator),
            texts=self._folded(values),
            numbers=tuple(number for number in numbers if number is not None),
            numeric=bool(values) and all(_is_number(value) for value in values),
        )

    def _folded(self, values: Iterable[Any]) -> tuple[str, ...]:
        return tuple(text for text in (self.folded[_text(value)] for value in values) if text)


def _each(part: Any, read: Callable[[Any], Any]) -> tuple[Any, ...]:
    return tuple(read(row) for row in as_written(part.all()))


def _group(row: Any) -> Group:
    return Group(Axis(row.axis), row.name, row.cap)


def as_written(rows: Iterable[Any]) -> list[Any]:
    """In the order in which they were written; those that are being typed, unsaved yet, last."""
    return sorted(rows, key=_age)


def by_position(rows: Iterable[Any]) -> list[Any]:
    """By their position; of those of the same one, as written."""
    return sorted(rows, key=lambda row: (row.position, *_age(row)))


def _age(row: Any) -> tuple[bool, int]:
    return row.pk is None, row.pk or 0


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


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
