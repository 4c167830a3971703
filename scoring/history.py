"""The versions of a workspace in their order, each with what it changed against the one before."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Workspace
from scoring.comparison import Group, grouped
from scoring.contents import contents_by_version
from scoring.models import ModelVersion
from scoring.versions import once_in_force

PAGE = 20
SHORT = 6
_Status = ModelVersion.Status


@dataclass(frozen=True)
class Entry:
    """`before` is what was in force until this version came, or, for one that never was in
    force, what it would replace; None for the first."""

    version: ModelVersion
    before: ModelVersion | None
    changes: list[Group]

    @property
    def is_short(self) -> bool:
        """Few enough changes to be read without being asked for."""
        return sum(len(group.changes) for group in self.changes) <= SHORT


def history(workspace: Workspace, *, below: int | None = None, size: int = PAGE) -> list[Entry]:
    """The newest versions first, from the number `below` (excluded) down.

    The same number of queries however many there are.
    """
    versions = ModelVersion.objects.of(workspace).order_by("-number")
    if below is not None:
        versions = versions.filter(number__lt=below)
    page = list(versions.select_related("author", "published_by")[:size])
    chain = list(once_in_force(ModelVersion.objects.of(workspace)))
    for version in (*page, *chain):
        version.workspace = workspace  # the words of all ask it for the names of its own facts
    before = {version.pk: _before(version, chain) for version in page}
    said = contents_by_version([*page, *filter(None, before.values())])
    return [
        Entry(
            version,
            old := before[version.pk],
            grouped(said[old.pk], said[version.pk]) if old else [],
        )
        for version in page
    ]


def _before(version: ModelVersion, chain: Sequence[ModelVersion]) -> ModelVersion | None:
    if version in chain:
        place = chain.index(version)
    elif version.status == _Status.ENDED:
        place = bisect_right([v.published_at or v.created_at for v in chain], version.created_at)
    else:
        place = len(chain)
    return chain[place - 1] if place else None
