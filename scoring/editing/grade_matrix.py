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
    kept = dict(grades)
    for fit, intent in wanted:
        if (fit, intent) not in kept:
            weaker = _weaker_cells(bands, fit, intent)
            known = [kept[place] for place in weaker if place in kept]
            known += [grades[place] for place in weaker if place in grades]
            grades[fit, intent] = next(iter(known), GradeCell.Grade.D)
    draft.gradecells.all().delete()
    GradeCell.objects.bulk_create(
        GradeCell(version=draft, fit_band=fit, intent_band=intent, grade=grades[fit, intent])
        for fit, intent in wanted
    )
    return len(wanted) - len(kept)


def _weaker_cells(bands: Mapping[Axis, list[str]], fit: str, intent: str) -> list[tuple[str, str]]:
    """The cells with the next lower fit, and with the next lower intent."""
    row, column = bands[Axis.FIT].index(fit), bands[Axis.INTENT].index(intent)
    below = [(bands[Axis.FIT][row - 1], intent)] if row else []
    left = [(fit, bands[Axis.INTENT][column - 1])] if column else []
    return below + left
