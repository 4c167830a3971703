"""How long something took: of leads with both moments known."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Duration:
    """Median and 90th percentile in seconds, elapsed time, nights and weekends included.

    `n` have both moments; `negative` of them the later one first: counted, and flagged.
    """

    n: int = 0
    median: float | None = None
    p90: float | None = None
    negative: int = 0

    @property
    def median_days(self) -> float | None:
        return None if self.median is None else self.median / 86_400

    @property
    def p90_days(self) -> float | None:
        return None if self.p90 is None else self.p90 / 86_400


def in_words(seconds: float | None) -> str:
    """Two units at most: 3 h 20 min, 14 d 15 h, 40 s; a dash where nothing is known."""
    if seconds is None:
        return "–"
    sign, left = ("−" if seconds < 0 else ""), abs(round(seconds))
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    for place, (unit, size) in enumerate(units):
        if left >= size:
            smaller, its_size = units[min(place + 1, 3)]
            rest = left % size // its_size if place < 3 else 0
            return f"{sign}{left // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return "0 s"
