"""A model comes to a workspace: from the library, from its own past, or from another workspace.

Only the model itself comes along. What comes back from the workspace's own past brings the very
signals that it was published with. Those of a model from elsewhere are found by their codes: one
that is missing is created for the draft, one that is there keeps the meaning it has there; of one
that was replaced, here or there, the code of the first is the name under which it travels.
Sources and facts of a workspace's own stay where they are; `Arrival` names those that the rules
ask for in vain.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Workspace
from leadqual.custom_fields import labels
from scoring import library
from scoring.contents import Contents, contents_of
from scoring.engine.fields import label_of
from scoring.intent_words import know_signals, know_sources, signals_of
from scoring.lacking import other_labels, unknown_facts, unknown_sources
from scoring.models import IntentRule, ModelVersion, Signal
from scoring.models.signals import DEFINITION, SIGNALS_PER_WORKSPACE
from scoring.models.versions import VersionPart
from scoring.signal_use import in_force
from scoring.signal_words import in_words, meaning
from scoring.signals import add_signal


@dataclass(frozen=True)
class Original:
    """A model that a draft may start from. `note` is what the draft's note begins as.

    `signals` are those that its rules name, by the codes that they name them by; `travels_as` has
    the codes by which they are looked for elsewhere, where these are others. `labels` are those of
    the facts that have a type where it comes from.
    """

    title: str
    note: str
    contents: Contents
    signals: Mapping[str, Signal]
    travels_as: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrival:
    """The model as it would stand in the workspace, its rows new, and what it meets there.

    `other_meaning` has pairs of signals of the same code: as the model knew it, as it is here.
    `other_labels` has facts by name with what they are called there, and here.
    `leaving` are the signals that go with the draft that it replaces. `lacking_room` is how many
    of the new signals the workspace has no place for.
    """

    contents: Contents
    new_signals: list[Signal]
    leaving: list[Signal]
    other_meaning: list[tuple[Signal, Signal]]
    unknown_sources: list[str]
    unknown_facts: list[str]
    other_labels: list[tuple[str, str, str]]
    lacking_room: int

    def sentences(self) -> list[str]:
        """What the person is told besides the difference between the models."""
        return [
            *(f"Signal that goes with the open draft: {in_words(s)}." for s in self.leaving),
            *(f"Signal to be created: {in_words(signal)}." for signal in self.new_signals),
            *(
                f"The signal {in_words(here)} stays as it is here. The model comes from where "
                f"it was {in_words(there)}."
                for there, here in self.other_meaning
            ),
            *(f"There is no source “{code}” here." for code in self.unknown_sources),
            *(
                f"No lead here has said its {label_of(name)} ({name})."
                for name in self.unknown_facts
            ),
            *(
                f"“{there}” is “{here}” here ({name}): see that its rules still hold."
                for name, there, here in self.other_labels
            ),
        ]


def from_library(code: str) -> Original:
    """Raises KeyError where the library has no such model."""
    model = library.model(code)
    return Original(model.name, f"Started from “{model.name}”.", model.contents, model.signals)


def from_version(version: ModelVersion, *, to: Workspace) -> Original:
    """The note names no other workspace: not everybody who will read it may know of it."""
    contents = contents_of(version)
    rules = contents.rows(IntentRule)
    signals = {each.code: each for rule in rules for each in signals_of(rule)}
    is_own = version.workspace_id == to.pk
    return Original(
        title=f"Version {version.number}" + ("" if is_own else f" of {version.workspace}"),
        note=f"Version {version.number}, brought back."
        if is_own
        else "A copy of a model of another workspace.",
        contents=contents,
        signals=signals,
        travels_as={} if is_own else _travelling(signals),
        labels={} if is_own else labels(version.workspace),
    )


def arrive(
    original: Original, workspace: Workspace, *, replacing: ModelVersion | None = None
) -> Arrival:
    """What the model would be in the workspace, in the place of that draft. Saves nothing."""
    there = list(Signal.objects.of(workspace))
    leaving = [signal for signal in there if replacing and signal.made_for_id == replacing.pk]
    here = _Here([signal for signal in there if signal not in leaving], workspace)
    found: dict[str, Signal] = {}  # by the code that the model's rules name it by
    new: list[Signal] = []
    wanted = _wanted(original)
    for code, signal in wanted:
        if (met := here.met(signal, as_=original.travels_as.get(code, code))) is None:
            met = _copy_of(signal, workspace, code=original.travels_as.get(code, code))
            new.append(met)
        found[code] = met
    version = ModelVersion(workspace=workspace)  # for their words; the draft takes its place
    rows = {
        part: [_fresh(row, version, found) for row in original.contents.rows(part)]
        for part in original.contents.parts
    }
    rules = [row for row in rows.get(IntentRule, ()) if isinstance(row, IntentRule)]
    know_signals(rules, found.values())
    know_sources(rules)
    contents = Contents(original.contents.settings, rows)
    free = SIGNALS_PER_WORKSPACE - len(here.signals)
    return Arrival(
        contents=contents,
        new_signals=new,
        leaving=leaving,
        other_meaning=[
            (signal, found[code])
            for code, signal in wanted
            if meaning(signal) != meaning(found[code])
        ],
        unknown_sources=unknown_sources(contents, workspace),
        unknown_facts=unknown_facts(contents, workspace),
        other_labels=other_labels(contents, original.labels, labels(workspace)),
        lacking_room=max(0, len(new) - free),
    )


def settle(arrival: Arrival, draft: ModelVersion) -> None:
    """Save the rows as the draft's, and before them the signals that are new.

    Raises ValidationError where there is no room for another signal.
    """
    for signal in arrival.new_signals:
        signal.made_for = draft
        add_signal(signal)
    for part, rows in arrival.contents.parts.items():
        for row in rows:
            row.version = draft
            if part is IntentRule:
                row.signal = row.signal  # its id is known only now that it is saved
        part._default_manager.bulk_create(rows)


def _wanted(original: Original) -> list[tuple[str, Signal]]:
    """What the rules name; a step whose signal was deleted is named in vain."""
    rules = original.contents.rows(IntentRule)
    codes = {code for rule in rules for code in (rule.signal.code, *rule.later_steps)}
    known = original.signals
    return [(code, known[code]) for code in sorted(codes & known.keys())]


class _Here:
    """The signals of a workspace, to be met by those of a model that comes to it."""

    def __init__(self, signals: list[Signal], workspace: Workspace) -> None:
        self.signals = signals
        self.firsts = _first_codes(signals)
        self.in_force = in_force(workspace)

    def met(self, signal: Signal, *, as_: str) -> Signal | None:
        """The very same; else, of those that had the code at first or took its place, the one that
        is in force, or the newest."""
        if signal in self.signals:
            return signal
        named = [each for each in self.signals if as_ in (each.code, self.firsts[each])]
        return max(named, key=lambda each: (each in self.in_force, each.pk), default=None)


def _first_codes(signals: Iterable[Signal]) -> dict[Signal, str]:
    """Of each signal the code of the first in whose place it stands, through all that came."""
    known = {signal.pk: signal for signal in signals}
    firsts: dict[Signal, str] = {}
    for signal in known.values():
        first = signal
        while first.replaces_id in known:
            first = known[first.replaces_id]
        firsts[signal] = first.code
    return firsts


def _travelling(signals: Mapping[str, Signal]) -> dict[str, str]:
    """By its own code, that of the first; its own where another of the model has that one."""
    workspaces = {signal.workspace_id for signal in signals.values()}
    firsts = _first_codes(Signal.objects.filter(workspace__in=workspaces))
    travels: dict[str, str] = {}
    for code, signal in sorted(signals.items()):
        first = firsts[signal]
        is_taken = first in travels.values() or (first != code and first in signals)
        travels[code] = code if is_taken else first
    return travels


def _copy_of(signal: Signal, workspace: Workspace, *, code: str) -> Signal:
    said = {name: getattr(signal, name) for name in ("name", *DEFINITION)}
    return Signal(workspace=workspace, code=code, **said)


def _fresh(row: VersionPart, version: ModelVersion, signals: Mapping[str, Signal]) -> VersionPart:
    """The row as a new one, its signals those of the workspace it comes to."""
    said: dict[str, Any] = {
        field.name: getattr(row, field.name)
        for field in row._meta.concrete_fields
        if field.name not in ("id", "version", "signal")
    }
    if isinstance(row, IntentRule):
        said["signal"] = signals[row.signal.code]
        said["later_steps"] = [signals[c].code if c in signals else c for c in row.later_steps]
    return type(row)(version=version, **said)
