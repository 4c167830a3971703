"""Names are found in whatever case they are typed: rules take the spelling of the definition."""

from collections.abc import Iterable, Sequence
from typing import Any

from scoring.models import (
    AttributeRule,
    Disqualifier,
    IcpCriterion,
    IntentRule,
    NamedList,
    PersonaLine,
    PointsGroup,
)
from scoring.rule_words import ON_LISTS

DEFINED_BY = {NamedList: "name", PointsGroup: "name", PersonaLine: "persona"}


def spell_as_defined(formsets: Sequence[Any]) -> None:
    """Respell what the changed rows name; of a persona's lines the first one's spelling counts."""
    forms = [form for formset in formsets for form in formset.kept()]
    names = {
        part: _Spelling(
            getattr(form.instance, field) for form in forms if type(form.instance) is part
        )
        for part, field in DEFINED_BY.items()
    }
    for form in forms:
        if form.has_changed():
            _respell(form.instance, names)


class _Spelling:
    def __init__(self, names: Iterable[str]) -> None:
        self._exact = list(names)
        self._by_fold: dict[str, str] = {}
        for name in self._exact:
            self._by_fold.setdefault(name.lower(), name)

    def first(self, name: str) -> str:
        return self._by_fold.get(name.lower(), name)

    def of(self, name: str) -> str:
        return name if name in self._exact else self.first(name)


def _respell(row: Any, names: dict[Any, _Spelling]) -> None:
    match row:
        case PersonaLine():
            row.persona = names[PersonaLine].first(row.persona)
        case AttributeRule() | IntentRule():
            row.persona = names[PersonaLine].of(row.persona)
            row.group = names[PointsGroup].of(row.group)
    conditions = (AttributeRule, Disqualifier, IcpCriterion, PersonaLine)
    if isinstance(row, conditions) and row.operator in ON_LISTS:
        row.value = [names[NamedList].of(str(name)) for name in row.value]
