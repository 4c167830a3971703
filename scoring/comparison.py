"""What one version changes against another, in sentences, grouped by what they are about."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scoring.contents import Contents, contents_by_version
from scoring.engine.fields import label_of
from scoring.models import (
    AttributeRule,
    Band,
    Disqualifier,
    GradeCell,
    IcpCriterion,
    IntentRule,
    ModelVersion,
    NamedList,
    PersonaLine,
    PointsGroup,
    QualificationRule,
    TitleLine,
)
from scoring.models.versions import VersionPart
from scoring.rule_words import entries_in_words, in_words
from scoring.signal_changes import signal_changes

_SETTINGS = (
    ("inactivity_percent", "Decay per idle week", " %"),
    ("demote_margin", "Demotion margin", " points"),
    ("wake_points", "Points that wake a nurtured lead", ""),
)


@dataclass(frozen=True)
class Group:
    """What changes in one part of the model, one sentence each."""

    title: str
    changes: list[str]


def compare(old: ModelVersion | None, new: ModelVersion) -> list[str]:
    """The changes from `old` to `new`, one sentence each; empty where both say the same."""
    if old is None:
        return ["The first version of the model."]
    said = contents_by_version([old, new])
    return sentences(said[old.pk], said[new.pk])


def sentences(old: Contents, new: Contents) -> list[str]:
    return [change for group in grouped(old, new) for change in group.changes]


def grouped(old: Contents, new: Contents) -> list[Group]:
    """The same by part of the model; parts that say the same are left out. Asks no database."""
    groups = (
        ("Ideal customer profile", _rules(old, new, IcpCriterion, "ICP")),
        ("Rules for who they are", _rules(old, new, AttributeRule, "Rule")),
        ("Rules for what they do", _rules(old, new, IntentRule, "Rule")),
        ("Signals", signal_changes(old, new)),
        ("Caps and groups", _rules(old, new, PointsGroup, "Group")),
        ("Disqualifiers", _rules(old, new, Disqualifier, "Disqualifier")),
        ("Lists", _lists(old, new)),
        ("Job titles", _titles(old, new)),
        ("Personas", _rules(old, new, PersonaLine, "Persona")),
        ("Settings", _settings(old, new)),
        ("Bands", _bands(old, new)),
        ("Grades", _grades(old, new)),
        ("MQL and hand-off", _definitions(old, new)),
    )
    found = [Group(title, list(changes)) for title, changes in groups]
    return [group for group in found if group.changes]


def _rules(old: Contents, new: Contents, part: type[VersionPart], word: str) -> Iterator[str]:
    before, after = _by_name(old, part), _by_name(new, part)
    for name in [name for name in before if name not in after]:
        yield f"{word} removed: {before[name]}."
    for name, words in after.items():
        if name not in before:
            yield f"{word} added: {words}."
        elif before[name] != words:
            yield f"{word} changed: {words} (was: {_without_name(words, before[name])})."


def _by_name(contents: Contents, part: type[VersionPart]) -> dict[str, str]:
    """Each rule in words by what identifies it: its name, or what a line asks for."""
    found: dict[str, str] = {}
    for row in contents.rows(part):
        key, times = _key(row), 1
        while (place := f"{key} {times}") in found:  # two lines may ask for the same fact alike
            times += 1
        found[place] = _words(row)
    return found


def _key(row: Any) -> str:
    if hasattr(row, "name"):
        return str(row.name)
    return f"{getattr(row, 'persona', '')} {row.field} {row.operator}"


def _words(row: Any) -> str:
    words = in_words(row)
    if not hasattr(row, "name") or isinstance(row, PointsGroup):
        return words
    reason = f", because: {row.reason.rstrip('.')}" if hasattr(row, "reason") else ""
    return f"“{row.name}”: {words[:1].lower()}{words[1:]}{reason}"


def _without_name(words: str, before: str) -> str:
    """What was said before; the name that both begin with is not said twice."""
    name, quoted, _ = words.partition("”: ")
    return before.removeprefix(f"{name}”: ") if quoted and words.startswith("“") else before


def _lists(old: Contents, new: Contents) -> Iterator[str]:
    before, after = ({each.name: each for each in said.rows(NamedList)} for said in (old, new))
    for name in [name for name in before if name not in after]:
        yield f"List removed: {in_words(before[name])}."
    for name, each in after.items():
        if name not in before:
            yield f"List added: {in_words(each)}."
        elif (before[name].kind, before[name].entries) != (each.kind, each.entries):
            yield f"List “{name}”: {_entries(before[name], each)}."


def _entries(old: NamedList, new: NamedList) -> str:
    told = [
        f"{word} {', '.join(entries_in_words(kind, found))}"
        for word, kind, found in (
            ("with", new.kind, [entry for entry in new.entries if entry not in old.entries]),
            ("without", old.kind, [entry for entry in old.entries if entry not in new.entries]),
        )
        if found
    ]
    if old.kind != new.kind:
        told.insert(0, f"holds {new.get_kind_display().lower()} now")
    return "; ".join(told) or "in another order"


def _titles(old: Contents, new: Contents) -> Iterator[str]:
    before, after = (
        [in_words(line) for line in sorted(said.rows(TitleLine), key=_place)] for said in (old, new)
    )
    yield from (f"No longer: {words}." for words in before if words not in after)
    yield from (f"Now: {words}." for words in after if words not in before)
    kept = [words for words in before if words in after]
    if kept != [words for words in after if words in before]:
        yield "The lines about job titles are read in another order: the first that fits counts."


def _place(line: TitleLine) -> tuple[int, int]:
    return line.position, line.pk or 0


def _settings(old: Contents, new: Contents) -> Iterator[str]:
    for field, label, unit in _SETTINGS:
        before, after = old.setting(field), new.setting(field)
        if before != after:
            yield f"{label}: {before} → {after}{unit}."
    if set(old.setting("required_facts")) != set(new.setting("required_facts")):
        facts = ", ".join(label_of(name) for name in new.setting("required_facts")) or "none"
        yield f"Facts a rep needs: {facts}."


def _bands(old: Contents, new: Contents) -> Iterator[str]:
    before, after = ({(b.axis, b.name): b for b in said.rows(Band)} for said in (old, new))
    for key in [key for key in before if key not in after]:
        yield f"Band removed: {_band(before[key])}."
    for key, band in after.items():
        if key not in before:
            yield f"Band added: {_band(band)}, from {band.floor} points."
        elif before[key].floor != band.floor:
            yield f"Band {_band(band)}: from {before[key].floor} → {band.floor} points."


def _band(band: Any) -> str:
    return f"{band.name} {band.get_axis_display().lower()}"


def _grades(old: Contents, new: Contents) -> Iterator[str]:
    before, after = (
        {(c.fit_band, c.intent_band): c.grade for c in said.rows(GradeCell)} for said in (old, new)
    )
    for (fit, intent), grade in after.items():
        was = before.get((fit, intent))
        if was != grade:
            change = f"{was} → {grade}" if was else grade
            yield f"Grade of {fit} fit with {intent} intent: {change}."


def _definitions(old: Contents, new: Contents) -> Iterator[str]:
    """They have no names, so a changed one reads as one removed and one added."""
    before, after = ([in_words(r) for r in said.rows(QualificationRule)] for said in (old, new))
    for words in before:
        if words not in after:
            yield f"No longer: {words}."
    for words in after:
        if words not in before:
            yield f"Now: {words}."
