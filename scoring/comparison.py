"""What one version changes against another, in sentences."""

from collections.abc import Iterator
from typing import Any

from scoring.fields import label_of
from scoring.models import ModelVersion
from scoring.rule_words import in_words

_PARTS = (
    ("icpcriterions", "ICP"),
    ("attributerules", "Rule"),
    ("intentrules", "Rule"),
    ("disqualifiers", "Disqualifier"),
)
_SETTINGS = (
    ("inactivity_percent", "Decay per idle week", " %"),
    ("demote_margin", "Demotion margin", " points"),
    ("wake_points", "Points that wake a nurtured lead", ""),
)


def compare(old: ModelVersion | None, new: ModelVersion) -> list[str]:
    """The changes from `old` to `new`, one sentence each; empty where both say the same."""
    if old is None:
        return ["The first version of the model."]
    return [
        *(change for part, word in _PARTS for change in _rules(old, new, part, word)),
        *_settings(old, new),
        *_bands(old, new),
        *_grades(old, new),
        *_definitions(old, new),
    ]


def _rules(old: ModelVersion, new: ModelVersion, part: str, word: str) -> Iterator[str]:
    before, after = _by_name(old, part), _by_name(new, part)
    for name in [name for name in before if name not in after]:
        yield f"{word} removed: {before[name]}."
    for name, words in after.items():
        if name not in before:
            yield f"{word} added: {words}."
        elif before[name] != words:
            yield f"{word} changed: {words} (was: {_without(name, before[name])})."


def _by_name(version: ModelVersion, part: str) -> dict[str, str]:
    """Each rule in words by what identifies it: its name, or for the ICP the line itself."""
    rows = getattr(version, part).all().order_by("pk")
    if part == "intentrules":
        rows = rows.select_related("signal")
    return {_key(row): _words(row) for row in rows}


def _key(row: Any) -> str:
    return str(row.name) if hasattr(row, "name") else f"{row.field} {row.operator}"


def _words(row: Any) -> str:
    words = in_words(row)
    if not hasattr(row, "name"):
        return words
    reason = f", because: {row.reason.rstrip('.')}" if hasattr(row, "reason") else ""
    return f"“{row.name}”: {words[:1].lower()}{words[1:]}{reason}"


def _without(name: str, words: str) -> str:
    return words.removeprefix(f"“{name}”: ")


def _settings(old: ModelVersion, new: ModelVersion) -> Iterator[str]:
    for field, label, unit in _SETTINGS:
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield f"{label}: {before} → {after}{unit}."
    if set(old.required_facts) != set(new.required_facts):
        facts = ", ".join(label_of(name) for name in new.required_facts) or "none"
        yield f"Facts a rep needs: {facts}."


def _bands(old: ModelVersion, new: ModelVersion) -> Iterator[str]:
    before, after = ({(b.axis, b.name): b for b in v.bands.all()} for v in (old, new))
    for key in [key for key in before if key not in after]:
        yield f"Band removed: {_band(before[key])}."
    for key, band in after.items():
        if key not in before:
            yield f"Band added: {_band(band)}, from {band.floor} points."
        elif before[key].floor != band.floor:
            yield f"Band {_band(band)}: from {before[key].floor} → {band.floor} points."


def _band(band: Any) -> str:
    return f"{band.name} {band.get_axis_display().lower()}"


def _grades(old: ModelVersion, new: ModelVersion) -> Iterator[str]:
    before, after = (
        {(c.fit_band, c.intent_band): c.grade for c in v.gradecells.all()} for v in (old, new)
    )
    for (fit, intent), grade in after.items():
        was = before.get((fit, intent))
        if was is not None and was != grade:
            yield f"Grade of {fit} fit with {intent} intent: {was} → {grade}."


def _definitions(old: ModelVersion, new: ModelVersion) -> Iterator[str]:
    """They have no names, so a changed one reads as one removed and one added."""
    before, after = ([in_words(r) for r in v.qualificationrules.all()] for v in (old, new))
    for words in before:
        if words not in after:
            yield f"No longer: {words}."
    for words in after:
        if words not in before:
            yield f"Now: {words}."
