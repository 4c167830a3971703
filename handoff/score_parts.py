"""An explanation of scoring.explanations in the parts that a page shows; those stored before the
explanation said so much are shown with what they have."""

from dataclasses import dataclass
from typing import Any

from scoring.engine.evaluate import two_decimals

Said = dict[str, Any]


@dataclass(frozen=True)
class Band:
    name: str
    start: int
    end: int
    is_here: bool


@dataclass(frozen=True)
class AxisPart:
    """Fit or intent: its rules, hit ones first by points, and how they come to the number."""

    title: str
    points: float
    band: str
    bands: list[Band]
    hit: list[Said]
    not_hit: list[Said]
    held_groups: list[Said]
    sum_words: str

    @property
    def band_words(self) -> str:
        """Where the band runs from and to, and how far the next one is; blank where not known."""
        here = next((n for n, band in enumerate(self.bands) if band.is_here), None)
        if here is None:
            return ""
        band = self.bands[here]
        if here + 1 == len(self.bands):
            return f"{band.name} runs from {band.start} up; it is the highest band."
        following = self.bands[here + 1]
        missing = round(following.start - self.points, 2)
        return (
            f"{band.name} runs from {band.start} to below {band.end}; "
            f"{missing:g} more and it is {following.name}."
        )


@dataclass(frozen=True)
class ScoreParts:
    axes: list[AxisPart]
    flags: list[Said]
    quiet_flags: list[Said]


def parts_of(explanation: Said) -> ScoreParts:
    flags = explanation.get("flags") or [
        {**flag, "hit": True} for flag in explanation["disqualifiers"]
    ]
    return ScoreParts(
        axes=[_axis(explanation, "fit"), _axis(explanation, "intent")],
        flags=[flag for flag in flags if flag["hit"]],
        quiet_flags=[flag for flag in flags if not flag["hit"]],
    )


def _axis(explanation: Said, axis: str) -> AxisPart:
    rules = [rule for rule in explanation["rules"] if rule["axis"] == axis]
    groups = [group for group in explanation.get("groups", []) if group["axis"] == axis]
    hit = [_without_its_name(rule) for rule in rules if rule["hit"]]
    scale = explanation.get("bands", {}).get(axis, [])
    return AxisPart(
        title=axis.capitalize(),
        points=explanation[axis],
        band=explanation[f"{axis}_band"],
        bands=[Band(b["name"], b["from"], b["to"], b["is_here"]) for b in scale],
        hit=sorted(hit, key=lambda rule: -rule["points"]),
        not_hit=[rule for rule in rules if not rule["hit"]],
        held_groups=[group for group in groups if group["sum"] != group["counted"]],
        sum_words=_sum_words(explanation, axis, hit, groups),
    )


def _without_its_name(rule: Said) -> Said:
    """The lines stand below the rule's name: “9 days ago: 25 points” is enough there."""
    lines = rule.get("lines", [])
    return {**rule, "lines": [line.removeprefix(f"{rule['name']} ") for line in lines]}


def _sum_words(explanation: Said, axis: str, hit: list[Said], groups: list[Said]) -> str:
    """How the rules come to the number, such as “The rules come to 60; × 0.900 for inactivity”."""
    if not hit or (len(hit) == 1 and explanation["inactivity"]["factor"] == 1):
        return ""
    capped = {group["name"] for group in groups}
    total = sum(rule["points"] for rule in hit if rule.get("group") not in capped)
    total += sum(group["counted"] for group in groups)
    words = f"The rules come to {_number(total)}"
    factor = explanation["inactivity"]["factor"] if axis == "intent" else 1
    if factor != 1:
        total *= factor
        words += f", times {factor:.3f} for inactivity {_number(total)}"
    if not 0 <= total <= 100:
        words += f", held at {'100' if total > 0 else '0'}"
    return f"{words}."


def _number(points: float) -> str:
    return f"{two_decimals(points):g}".replace("-", "−")
