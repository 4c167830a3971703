"""The grade matrix follows the bands: a cell for each fit × intent, and none besides."""

from collections.abc import Mapping

from scoring.models import GradeCell, ModelVersion
from scoring.models.versions import Axis


def follow_bands(
    draft: ModelVersion, *, renamed: Mapping[tuple[Axis, str], str] | None = None
) -> int:
    """Rename, add and remove cells of a draft after its bands changed; how many were added.

    `renamed` maps (axis, old name) to the new one. A new cell takes the grade of the cell next
    to it on the weaker side (or D), so that a new band promotes nobody by itself.
    """
    renamed = renamed or {}
    cells: dict[tuple[str, str], GradeCell] = {}
    for cell in draft.gradecells.all():
        fit = renamed.get((Axis.FIT, cell.fit_band), cell.fit_band)
        intent = renamed.get((Axis.INTENT, cell.intent_band), cell.intent_band)
        cells[fit, intent] = cell
    bands = {
        axis: list(draft.bands.filter(axis=axis).order_by("floor").values_list("name", flat=True))
        for axis in Axis
    }
    wanted = [(fit, intent) for fit in bands[Axis.FIT] for intent in bands[Axis.INTENT]]
    grades = {place: cell.grade for place, cell in cells.items() if place in wanted}
    added = 0
    for fit, intent in wanted:
        if (fit, intent) not in grades:
            added += 1
            grades[fit, intent] = _weaker_grade(grades, bands, fit, intent)
    draft.gradecells.all().delete()
    GradeCell.objects.bulk_create(
        GradeCell(version=draft, fit_band=fit, intent_band=intent, grade=grades[fit, intent])
        for fit, intent in wanted
    )
    return added


def _weaker_grade(
    grades: Mapping[tuple[str, str], str], bands: Mapping[Axis, list[str]], fit: str, intent: str
) -> str:
    row, column = bands[Axis.FIT].index(fit), bands[Axis.INTENT].index(intent)
    for neighbour in (
        (row - 1, column),
        (row, column - 1),
    ):
        if min(neighbour) >= 0:
            place = bands[Axis.FIT][neighbour[0]], bands[Axis.INTENT][neighbour[1]]
            if place in grades:
                return grades[place]
    return GradeCell.Grade.D
