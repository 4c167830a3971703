"""What each panel of the shadow's page shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.access import ROLES, Permission
from accounts.models import Membership
from handoff.shadow_offers import offers_since
from leadqual.models import Lead
from scoring.engine.definitions import definitions_of
from scoring.models import ModelVersion
from scoring.shadow_comparison import LISTED, Flip, flips, opinions

NO_GRADE = "No grade"


def is_of_use(member: Membership) -> bool:
    """Whether the page belongs into the member's navigation: a shadow runs, or they may start one.

    One small query for those who may not.
    """
    if Permission.CONFIGURE_SCORING in ROLES[member.role]:
        return True
    return ModelVersion.objects.shadow().filter(workspace=member.workspace_id).exists()


@dataclass(frozen=True)
class FlipRow:
    lead: Lead
    flip: Flip


@dataclass(frozen=True)
class GradeRow:
    """Leads of one grade by the published version, by their grade in the shadow."""

    grade: str
    cells: list[tuple[str, int]]
    leads: int


def grades_panel(published: ModelVersion, shadow: ModelVersion) -> dict[str, Any]:
    found = opinions(published, shadow)
    counts = {(cell.published, cell.shadow): cell.leads for cell in found.cells}
    letters = {
        grade for each in (published, shadow) for grade in definitions_of(each).grades.values()
    }
    columns = sorted(letters | {other for _, other in counts}, key=_blank_last)
    rows = []
    for grade in sorted(letters | {mine for mine, _ in counts}, key=_blank_last):
        cells = [(other or NO_GRADE, counts.get((grade, other), 0)) for other in columns]
        rows.append(GradeRow(grade or NO_GRADE, cells, sum(leads for _, leads in cells)))
    return {
        **_versions(published, shadow),
        "found": found,
        "present": Lead.objects.of(published.workspace).present().count(),
        "columns": [other or NO_GRADE for other in columns],
        "totals": [
            sum(leads for (_, other), leads in counts.items() if other == column)
            for column in columns
        ],
        "rows": rows,
        "same": found.same_grade / found.leads if found.leads else None,
    }


def mqls_panel(published: ModelVersion, shadow: ModelVersion) -> dict[str, Any]:
    """Who is an MQL by one version alone."""
    found = opinions(published, shadow)
    lists = (
        ("shadow", shadow, found.mql_by_shadow_only, True),
        ("published", published, found.mql_by_published_only, False),
    )
    return {
        **_versions(published, shadow),
        "found": found,
        "listed": LISTED,
        "lists": [
            {
                "name": name,
                "version": version,
                "count": count,
                "rows": _with_leads(flips(published, shadow, by_shadow=by_shadow)),
            }
            for name, version, count, by_shadow in lists
        ],
    }


def offers_panel(published: ModelVersion, shadow: ModelVersion) -> dict[str, Any]:
    return {**_versions(published, shadow), "offers": offers_since(shadow)}


def _versions(published: ModelVersion, shadow: ModelVersion) -> dict[str, Any]:
    return {"published": published, "shadow": shadow}


def _blank_last(grade: str) -> tuple[bool, str]:
    return (not grade, grade)


def _with_leads(found: Sequence[Flip]) -> list[FlipRow]:
    leads = Lead.objects.select_related("company").in_bulk([flip.lead_id for flip in found])
    return [FlipRow(leads[flip.lead_id], flip) for flip in found if flip.lead_id in leads]
