"""What is measured, each figure against a floor of the same run, and how it is told."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """`value` and `floor` are in `unit`; `n` is how many leads, events or calls were measured.

    `target` is in words; `is_met` whether it was, None where the issue names none.
    """

    name: str
    value: float
    unit: str
    floor: float
    n: int
    target: str = ""
    is_met: bool | None = None

    @property
    def ratio(self) -> float:
        return self.value / self.floor if self.floor else 0.0

    def as_json(self) -> dict[str, float | str | int]:
        return {
            "value": _short(self.value),
            "unit": self.unit,
            "floor": _short(self.floor),
            "ratio": _short(self.ratio),
            "n": self.n,
        }


def _short(number: float) -> float:
    return float(f"{number:.4g}")


def median_seconds(work: Callable[[], object], *, times: int = 5) -> float:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def line(figure: Figure) -> str:
    mark = {None: "", True: "met", False: "MISSED"}[figure.is_met]
    return (
        f"{figure.name:<34} {figure.value:>11,.4g} {figure.unit:<9} floor {figure.floor:>10,.4g}"
        f"  ratio {figure.ratio:>8,.3g}  n {figure.n:>9,}  {figure.target} {mark}".rstrip()
    )


def write_json(figures: Sequence[Figure], path: Path, *, keep: bool) -> None:
    """Write the figures; with `keep`, those that were not measured now stay as they stand there."""
    known = json.loads(path.read_text()) if keep and path.exists() else {}
    known.update({figure.name: figure.as_json() for figure in figures})
    path.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
