"""What a way to qualify asks in points, however it was written: bands are their floors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scoring.models import Band, QualificationRule
from scoring.models.versions import Axis

Floors = Mapping[tuple[str, str], int]
"""Of the bands, by (axis, name)."""


@dataclass(frozen=True)
class Asked:
    """Points on each scale, 0 where nothing is asked; `fields` are those of the form."""

    fit: int
    intent: int
    total: int
    fields: tuple[tuple[str, str], ...] = ()

    def field(self, axis: str) -> str:
        return dict(self.fields).get(axis, f"{axis}_at_least")

    def is_met_by(self, fit: int, intent: int) -> bool:
        return fit >= self.fit and intent >= self.intent and fit + intent >= self.total

    def implies(self, other: "Asked") -> bool:
        """Whether every lead that satisfies this satisfies the other, too (100 is the most)."""
        fit = max(self.fit, self.total - 100)
        intent = max(self.intent, self.total - 100)
        total = max(self.total, fit + intent)
        return fit >= other.fit and intent >= other.intent and total >= other.total


def asked_of(way: QualificationRule, floors: Floors) -> Asked:
    """A band and points on one scale: the higher of the two counts."""
    found: dict[str, int] = {"total": way.total_at_least or 0}
    fields: list[tuple[str, str]] = []
    for axis in Axis:
        band = floors.get((axis.value, getattr(way, f"{axis.value}_band")), 0)
        points = getattr(way, f"{axis.value}_at_least") or 0
        found[axis.value] = max(band, points)
        if band > points:
            fields.append((axis.value, f"{axis.value}_band"))
    return Asked(found["fit"], found["intent"], found["total"], tuple(fields))


def floors_of(bands: Iterable[Band]) -> dict[tuple[str, str], int]:
    return {(band.axis, band.name): band.floor for band in bands}


def hysteresis(ways: Iterable[QualificationRule], floors: Floors, *, margin: int) -> list[str]:
    """“Promoted at a total of 40, taken back below 35”, one sentence for each way to be an MQL."""
    mql = [way for way in ways if way.purpose == QualificationRule.Purpose.MQL]
    found = [_promoted(asked_of(way, floors), margin) for way in mql]
    if len(found) > 1:
        found.append("A lead stays an MQL while any one of these ways still holds it.")
    return found


def _promoted(asked: Asked, margin: int) -> str:
    bounds = [("fit", asked.fit), ("intent", asked.intent), ("a total of", asked.total)]
    bounds = [(name, floor) for name, floor in bounds if floor] or [("a total of", 0)]
    at = " and ".join(f"{name} {floor}" for name, floor in bounds)
    lost = [(name, floor - margin) for name, floor in bounds if floor > margin]
    if not lost:
        return f"Promoted at {at}, never taken back."
    below = " or ".join(
        f"{name} {floor}" if len(bounds) > 1 else f"{floor}" for name, floor in lost
    )
    return f"Promoted at {at}, taken back below {below}."
