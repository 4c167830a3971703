"""A model comes to a workspace: from the library, from its own past, or from another workspace.

Only the model itself comes along. Signals are found by their codes: one that is missing is
created, one that is there keeps the meaning it has there. Sources and facts of a workspace's own
stay where they are; `Arrival` names those that the rules ask for in vain.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from accounts.models import Workspace
from leadqual.models import Source
from scoring import library
from scoring.contents import Contents, contents_of
from scoring.engine.fields import FIELDS, ICP, label_of
from scoring.engine.rules import values_of
from scoring.fact_choices import custom_facts
from scoring.intent_words import know_steps
from scoring.models import IntentRule, ModelVersion, NamedList, Signal
from scoring.models.rules import ConditionFields, Operator
from scoring.models.signals import SIGNALS_PER_WORKSPACE
from scoring.models.versions import VersionPart
from scoring.rule_words import ON_LISTS
from scoring.signals import Definition, add_signal

_DEFINES = (
    *("name", "code", "kind", "path_prefix", "utm_source", "utm_medium", "utm_campaign"),
    *("property_name", "property_value"),
)
_SOURCE_FACTS = frozenset({"first_source", "last_source"})
_WHOLE = frozenset({Operator.EQUALS, Operator.IN_LIST, Operator.NOT_IN_LIST})


@dataclass(frozen=True)
class Original:
    """A model that a draft may start from. `note` is what the draft's note begins as."""

    title: str
    note: str
    contents: Contents
    signals: Mapping[str, Signal]


@dataclass(frozen=True)
class Arrival:
    """The model as it would stand in the workspace, its rows new, and what it meets there.

    `other_meaning` has pairs of signals of the same code: as the model knew it, as it is here.
    `lacking_room` is how many of the new signals the workspace has no place for.
    """

    contents: Contents
    new_signals: list[Signal]
    other_meaning: list[tuple[Signal, Signal]]
    unknown_sources: list[str]
    unknown_facts: list[str]
    lacking_room: int

    def sentences(self) -> list[str]:
        """What the person is told besides the difference between the models."""
        return [
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
        ]


def from_library(code: str) -> Original:
    """Raises KeyError where the library has no such model."""
    model = library.model(code)
    return Original(model.name, f"Started from “{model.name}”.", model.contents, model.signals)


def from_version(version: ModelVersion, *, to: Workspace) -> Original:
    """The note names no other workspace: not everybody who will read it may know of it."""
    contents = contents_of(version)
    codes = {code for rule in contents.rows(IntentRule) for code in _codes(rule)}
    signals = Signal.objects.filter(workspace=version.workspace_id, code__in=codes)
    is_own = version.workspace_id == to.pk
    return Original(
        title=f"Version {version.number}" + ("" if is_own else f" of {version.workspace}"),
        note=f"Version {version.number}, brought back."
        if is_own
        else "A copy of a model of another workspace.",
        contents=contents,
        signals={signal.code: signal for signal in signals},
    )


def in_words(signal: Signal) -> str:
    """“Visited pricing page” (pricing-page): page view, path begins with /pricing."""
    asked = {
        "path begins with": signal.path_prefix,
        "UTM source": signal.utm_source,
        "UTM medium": signal.utm_medium,
        "UTM campaign": signal.utm_campaign,
        signal.property_name: signal.property_value or (signal.property_name and "is there"),
    }
    conditions = [f"{what} {value}" for what, value in asked.items() if value]
    said = ", ".join([signal.get_kind_display().lower(), *conditions])
    return f"“{signal.name}” ({signal.code}): {said}"


def arrive(original: Original, workspace: Workspace) -> Arrival:
    """What the model would be in the workspace. Saves nothing."""
    here = {signal.code: signal for signal in Signal.objects.of(workspace)}
    wanted = [original.signals[code] for code in sorted(_all_codes(original))]
    new = [_copy_of(signal, workspace) for signal in wanted if signal.code not in here]
    here |= {signal.code: signal for signal in new}
    version = ModelVersion(workspace=workspace)  # for their words; the draft takes its place
    rows = {
        part: [_fresh(row, version, here) for row in original.contents.rows(part)]
        for part in original.contents.parts
    }
    rules = [row for row in rows.get(IntentRule, ()) if isinstance(row, IntentRule)]
    know_steps(rules, {code: signal.name for code, signal in here.items()})
    contents = Contents(original.contents.settings, rows)
    free = SIGNALS_PER_WORKSPACE - len(here) + len(new)
    return Arrival(
        contents=contents,
        new_signals=new,
        other_meaning=[
            (signal, here[signal.code])
            for signal in wanted
            if _meaning(signal) != _meaning(here[signal.code])
        ],
        unknown_sources=_unknown_sources(contents, workspace),
        unknown_facts=_unknown_facts(contents, workspace),
        lacking_room=max(0, len(new) - free),
    )


def settle(arrival: Arrival, draft: ModelVersion) -> None:
    """Save the rows as the draft's, and before them the signals that are new.

    Raises ValidationError where there is no room for another signal.
    """
    for signal in arrival.new_signals:
        add_signal(signal)
    for part, rows in arrival.contents.parts.items():
        for row in rows:
            row.version = draft
            if part is IntentRule:
                row.signal = row.signal  # its id is known only now that it is saved
        part._default_manager.bulk_create(rows)


def _codes(rule: IntentRule) -> Iterator[str]:
    yield rule.signal.code
    yield from rule.later_steps


def _all_codes(original: Original) -> set[str]:
    """Of the signals that the rules name; a step whose signal was deleted is named in vain."""
    rules = original.contents.rows(IntentRule)
    return {code for rule in rules for code in _codes(rule)} & original.signals.keys()


def _copy_of(signal: Signal, workspace: Workspace) -> Signal:
    return Signal(workspace=workspace, **{name: getattr(signal, name) for name in _DEFINES})


def _meaning(signal: Signal) -> Definition:
    return replace(Definition.of(signal), bit=0)


def _fresh(row: VersionPart, version: ModelVersion, signals: Mapping[str, Signal]) -> VersionPart:
    """The row as a new one, its signal that of the workspace it comes to."""
    said: dict[str, Any] = {
        field.name: getattr(row, field.name)
        for field in row._meta.concrete_fields
        if field.name not in ("id", "version", "signal")
    }
    if isinstance(row, IntentRule):
        said["signal"] = signals[row.signal.code]
    return type(row)(version=version, **said)


def _conditions(contents: Contents) -> Iterator[ConditionFields]:
    for rows in contents.parts.values():
        yield from (row for row in rows if isinstance(row, ConditionFields))


def _unknown_sources(contents: Contents, workspace: Workspace) -> list[str]:
    named = {code for rule in contents.rows(IntentRule) for code in rule.source_points}
    lists = {each.name: each.entries for each in contents.rows(NamedList)}
    for row in _conditions(contents):
        values = [str(value) for value in values_of(row)]
        if row.field in _SOURCE_FACTS and row.operator in _WHOLE:
            named.update(values)
        elif row.field in _SOURCE_FACTS and row.operator in ON_LISTS:
            named.update(entry for name in values for entry in lists.get(name, ()))
    known = {code.lower() for code in Source.objects.of(workspace).values_list("code", flat=True)}
    return sorted(code for code in named if code.lower() not in known)


def _unknown_facts(contents: Contents, workspace: Workspace) -> list[str]:
    named = {row.field for row in _conditions(contents)} | set(contents.setting("required_facts"))
    own = {name for name in named if name not in FIELDS and name != ICP}
    return sorted(own - {name for name, _ in custom_facts(workspace)}) if own else []
