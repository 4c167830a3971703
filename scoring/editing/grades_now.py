"""How many leads stand in each cell of a version's matrix now: seen while one moves the bands."""

from collections.abc import Iterable

from leadqual.patience import at_most
from scoring.engine.definitions import definitions_of
from scoring.grade_counts import cell_counts
from scoring.models import GradeCell, ModelVersion

SECONDS = 3.0


def grades_now(version: ModelVersion, cells: Iterable[GradeCell]) -> dict[int, str]:
    """By the cell's id, such as “612 leads”; by the bands as they are saved. Raises TooManyToCount.

    The scores are those there are, whichever version's rules made them.
    """
    with at_most(SECONDS):
        counted = cell_counts(version.workspace, definitions_of(version))
    found = {cell.pk: counted.get((cell.fit_band, cell.intent_band), 0) for cell in cells}
    return {pk: f"{n:,} lead{'' if n == 1 else 's'}" for pk, n in found.items()}
