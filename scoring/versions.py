"""Which version of a workspace's model counts: for new scores, and for those of an older one."""

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.models import Workspace
from scoring.engine.definitions import Definitions, definitions_of
from scoring.models import ModelVersion


def published_version(workspace: Workspace | int) -> ModelVersion | None:
    """The version in force. Read each time: another process may publish at any moment."""
    return ModelVersion.objects.published().filter(workspace=workspace).first()


def shadow_version(workspace: Workspace | int) -> ModelVersion | None:
    """The version that runs beside it without consequence. Read each time, too."""
    return ModelVersion.objects.shadow().filter(workspace=workspace).first()


def once_in_force(versions: QuerySet[ModelVersion]) -> QuerySet[ModelVersion]:
    """Those that are or were in force, in that order: a shadow may have waited for its turn."""
    return versions.filter(published_at__isnull=False).order_by("published_at", "number")


def latest_by_rule_set(workspace_id: int) -> dict[int, ModelVersion]:
    """Of each rule set, the last version that was in force with it.

    While a publication's rescore is under way, a score still says by which rule set it was
    made: its bands and thresholds are those of that rule set's last version, so that old
    numbers are never held against new thresholds.
    """
    past = once_in_force(ModelVersion.objects.filter(workspace=workspace_id))
    return {version.rule_set_id: version for version in past}  # type: ignore[misc]


def definitions_by_rule_set(rule_sets: Iterable[int]) -> dict[int, Definitions]:
    """The definitions that numbers of these rule sets are held against; one query."""
    return {pk: definitions_of(version) for pk, version in latest_of(rule_sets).items()}


def latest_of(rule_sets: Iterable[int]) -> dict[int, ModelVersion]:
    """Of each of these rule sets, the last version that was in force with it; one query."""
    versions = once_in_force(ModelVersion.objects.filter(rule_set__in=set(rule_sets)))
    latest = {version.rule_set_id: version for version in versions}
    return {pk: version for pk, version in latest.items() if pk is not None}
