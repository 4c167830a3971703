"""Signals in words: what they notice, and which is which where two have one name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from leadqual.models import EventKind
from scoring.models import Signal
from scoring.signals import Definition

_TEXTS = (
    ("path_prefix", "path begins with"),
    ("utm_source", "UTM source"),
    ("utm_medium", "UTM medium"),
    ("utm_campaign", "UTM campaign"),
)


def meaning(signal: Signal) -> Definition:
    """Equal for signals that notice the same, wherever they are."""
    return replace(Definition.of(signal), bit=0)


def asks(signal: Signal) -> dict[str, str]:
    """What events must have besides their kind, in words: “path begins with” “/pricing”."""
    asked = {label: str(getattr(signal, name)) for name, label in _TEXTS}
    if signal.property_name:
        asked[signal.property_name] = signal.property_value or "is there"
    return {label: value for label, value in asked.items() if value}


def notices(signal: Signal) -> str:
    """“page view, path begins with /pricing”."""
    asked = (f"{label} {value}" for label, value in asks(signal).items())
    return ", ".join([_kind(signal), *asked])


def in_words(signal: Signal) -> str:
    """“Visited pricing page” (pricing-page): page view, path begins with /pricing."""
    return f"“{signal.name}” ({signal.code}): {notices(signal)}"


def difference(old: Signal, new: Signal) -> str:
    """“path begins with /pricing → /preise”; what both ask alike is left out."""
    return ", ".join(_differences(old, new))


def _differences(old: Signal, new: Signal) -> Iterator[str]:
    if old.kind != new.kind:
        yield f"{_kind(old)} → {_kind(new)}"
    before, after = asks(old), asks(new)
    for label in {**before, **after}:
        if before.get(label) != after.get(label):
            yield f"{label} {before.get(label, 'anything')} → {after.get(label, 'anything')}"


def _kind(signal: Signal) -> str:
    return str(EventKind(signal.kind).label).lower()


def told_apart(signals: Iterable[Signal]) -> Mapping[str, str]:
    """Their names by code; with what they notice where another of them has the same name."""
    known = {signal.code: signal for signal in signals}
    by_name: dict[str, list[Signal]] = defaultdict(list)
    for signal in known.values():
        by_name[signal.name.lower()].append(signal)
    return {
        code: signal.name
        if len(by_name[signal.name.lower()]) == 1
        else f"{signal.name} ({_apart(signal, by_name[signal.name.lower()])})"
        for code, signal in known.items()
    }


def _apart(signal: Signal, namesakes: Iterable[Signal]) -> str:
    """The code where what they notice does not tell them apart."""
    alike = [each for each in namesakes if meaning(each) == meaning(signal)]
    return notices(signal) if len(alike) == 1 else signal.code
