"""The refused rows as a CSV file like the one that came in, with the reason as last column."""

import csv
from collections.abc import Iterable
from pathlib import Path

from handoff.imports.cells import BadCell, text_of
from handoff.imports.files import Cell
from handoff.imports.records import Refusal

REASON = "why it was refused"


class RefusedRows:
    """`kept` rows of an interrupted run stay; what it wrote after its last commit is dropped."""

    def __init__(self, path: Path, columns: tuple[str, ...], *, kept: int) -> None:
        self._path, self._width = path, len(columns)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lines = [[*columns, REASON]]
        if kept and path.exists():
            with path.open(encoding="utf-8-sig", newline="") as file:
                lines = list(csv.reader(file))[: kept + 1]
        # With a byte order mark, or Excel reads the letters beyond ASCII wrongly.
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(lines)

    def add(self, refusals: Iterable[Refusal]) -> None:
        with self._path.open("a", encoding="utf-8", newline="") as file:
            for one in refusals:
                cells = [_text(cell) for cell in one.row.cells]
                blanks = [""] * (self._width - len(cells))
                csv.writer(file).writerow([*cells, *blanks, one.why])

    def discard(self) -> None:
        self._path.unlink(missing_ok=True)


def _text(cell: Cell) -> str:
    """As the file had it, even where that was the reason."""
    try:
        return text_of(cell)
    except BadCell:
        return str(cell)
