"""All that a version says, apart from whose it is: to be copied, compared, kept in a library."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import prefetch_related_objects

from scoring.intent_words import know_signals, know_sources
from scoring.models import (
    AttributeRule,
    Band,
    Disqualifier,
    GradeCell,
    IcpCriterion,
    IntentRule,
    ModelVersion,
    NamedList,
    PersonaLine,
    PointsGroup,
    QualificationRule,
    TitleLine,
)
from scoring.models.versions import VersionPart

PARTS: tuple[type[VersionPart], ...] = (
    NamedList,
    TitleLine,
    PersonaLine,
    PointsGroup,
    IcpCriterion,
    AttributeRule,
    IntentRule,
    Disqualifier,
    QualificationRule,
    Band,
    GradeCell,
)
SETTINGS = ("inactivity_percent", "demote_margin", "wake_points", "required_facts")


@dataclass(frozen=True)
class Contents:
    """Settings by name and rows by part, in the order in which they were written.

    The rows may be saved or not; those of intent rules know their signals. What is missing in
    `settings` is at its default.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[type[VersionPart], Sequence[Any]] = field(default_factory=dict)

    def rows(self, part: type[VersionPart]) -> Sequence[Any]:
        return self.parts.get(part, ())

    def setting(self, name: str) -> Any:
        return self.settings.get(name, ModelVersion._meta.get_field(name).get_default())  # type: ignore[union-attr]


def contents_of(version: ModelVersion) -> Contents:
    return contents_by_version([version])[version.pk]


def contents_by_version(versions: Iterable[ModelVersion]) -> dict[int, Contents]:
    """Those of several versions, fresh from the database, in one query a part."""
    known = {version.pk: version for version in versions}
    rows: dict[int, dict[type[VersionPart], list[Any]]] = {pk: defaultdict(list) for pk in known}
    for part in PARTS:
        for row in part._default_manager.filter(version__in=list(known)).order_by("pk"):
            row.version = known[row.version_id]  # its words name the workspace's own facts
            rows[row.version_id][part].append(row)
    rules = [rule for parts in rows.values() for rule in parts[IntentRule]]
    prefetch_related_objects(rules, "signal")
    know_signals(rules)
    know_sources(rules)
    return {
        pk: Contents({name: getattr(version, name) for name in SETTINGS}, rows[pk])
        for pk, version in known.items()
    }
