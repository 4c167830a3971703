"""What one version notices and another does not: their signals held against each other."""

from collections.abc import Iterator, Sequence

from scoring.contents import Contents
from scoring.intent_words import signals_of
from scoring.models import IntentRule, Signal
from scoring.signal_words import difference, meaning, notices


def signal_changes(old: Contents, new: Contents) -> Iterator[str]:
    """Of each signal that only the new one uses; of one in another's place, what differs."""
    before, after = _used(old), _used(new)
    gone = [signal for signal in before if signal not in after]
    for signal in after:
        if signal in before:
            continue
        was = _counterpart(signal, gone)
        if was is None:
            yield f"Comes into use: “{signal.name}”: {notices(signal)}."
        elif changed := difference(was, signal):
            renamed = f"“{was.name}” → " if was.name != signal.name else ""
            yield f"{renamed}“{signal.name}” means something else: {changed}."


def _used(contents: Contents) -> list[Signal]:
    rules = contents.rows(IntentRule)
    named = {signal.code: signal for rule in rules for signal in signals_of(rule)}
    return sorted(named.values(), key=lambda signal: (signal.name, signal.code))


def _counterpart(signal: Signal, gone: Sequence[Signal]) -> Signal | None:
    """One of its name that notices the same; the one whose place it took; one of its name."""
    namesakes = [each for each in gone if each.name == signal.name]
    alike = [each for each in namesakes if meaning(each) == meaning(signal)]
    taken = [each for each in gone if each.pk is not None and each.pk == signal.replaces_id]
    return next(iter([*alike, *taken, *namesakes]), None)
