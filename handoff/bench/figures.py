"""What is measured, each figure against a floor of the same run, and how it is told."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """`value` and `floor` are in `unit`; `n` is how many leads, events or calls were measured."""

    name: str
    value: float
    unit: str
    floor: float
    n: int

    @property
    def ratio(self) -> float:
        return self.value / self.floor if self.floor else 0.0

    def as_json(self) -> dict[str, float | str | int]:
        # The ratio of what is written, so that reading and writing again changes nothing.
        value, floor = _short(self.value), _short(self.floor)
        ratio = _short(value / floor) if floor else 0.0
        return {"value": value, "unit": self.unit, "floor": floor, "ratio": ratio, "n": self.n}


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


def read_json(path: Path) -> list[Figure]:
    known = json.loads(path.read_text()) if path.exists() else {}
    return [
        Figure(name, each["value"], each["unit"], each["floor"], each["n"])
        for name, each in known.items()
    ]


def write_json(figures: Sequence[Figure], path: Path) -> None:
    found = {figure.name: figure.as_json() for figure in figures}
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
