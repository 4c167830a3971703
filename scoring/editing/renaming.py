"""Rules follow when what they name is renamed in the same save: lists, personas, groups, bands."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scoring.models import (
    AttributeRule,
    Band,
    Disqualifier,
    IcpCriterion,
    IntentRule,
    ModelVersion,
    NamedList,
    PersonaLine,
    PointsGroup,
    QualificationRule,
)
from scoring.models.versions import Axis, VersionPart
from scoring.rule_words import ON_LISTS

Names = Mapping[str, str]
Renamed = Mapping[tuple[type[VersionPart], str], Names]
"""Old names and the new ones, by part and, for bands, by axis."""

_RULES: tuple[type[VersionPart], ...] = (AttributeRule, IntentRule)
_CONDITIONS: tuple[type[VersionPart], ...] = (
    IcpCriterion,
    PersonaLine,
    AttributeRule,
    Disqualifier,
)
_NAMED = {NamedList: "name", PersonaLine: "persona", PointsGroup: "name", Band: "name"}


def renamed_in(formsets: Sequence[Any]) -> Renamed:
    """What these forms rename; a name that another row still has stays what it is."""
    found: dict[tuple[type[VersionPart], str], dict[str, str]] = defaultdict(dict)
    for formset in formsets:
        if (field := _NAMED.get(formset.model)) is None:
            continue
        rows = [(_axis(form), form) for form in formset.kept()]
        there = {(axis, form.cleaned_data[field]) for axis, form in rows}
        for axis, form in rows:
            old = form.initial.get(field)
            if form.instance.pk and field in form.changed_data and (axis, old) not in there:
                found[formset.model, axis][old] = form.cleaned_data[field]
    return found


def _axis(form: Any) -> str:
    return str(form.cleaned_data["axis"]) if isinstance(form.instance, Band) else ""


def follow(rows: Iterable[Any], renamed: Renamed) -> list[Any]:
    """Put the new names into these rows; those that changed, not yet saved."""
    return [row for row in rows if _follow(row, renamed)]


def _follow(row: Any, renamed: Renamed) -> bool:
    changed = False
    if isinstance(row, _RULES):
        changed |= _put(row, "persona", renamed.get((PersonaLine, ""), {}))
        changed |= _put(row, "group", renamed.get((PointsGroup, ""), {}))
    if isinstance(row, QualificationRule):
        for axis in Axis:
            names = renamed.get((Band, axis.value), {})
            changed |= _put(row, f"{axis.value}_band", names)
    lists = renamed.get((NamedList, ""), {})
    if isinstance(row, _CONDITIONS) and row.operator in ON_LISTS:  # type: ignore[attr-defined]
        value = [lists.get(name, name) for name in row.value]  # type: ignore[attr-defined]
        changed |= value != row.value  # type: ignore[attr-defined]
        row.value = value  # type: ignore[attr-defined]
    return changed


def _put(row: Any, field: str, names: Names) -> bool:
    old = getattr(row, field)
    setattr(row, field, names.get(old, old))
    return old in names


def save_renamed(draft: ModelVersion, renamed: Renamed) -> None:
    """Let the stored rules of the draft follow, after the rows that were renamed are saved."""
    if not renamed:
        return
    parts: tuple[type[VersionPart], ...] = (*_CONDITIONS, IntentRule, QualificationRule)
    for part in parts:
        for row in follow(part._default_manager.filter(version=draft), renamed):
            row.save()
