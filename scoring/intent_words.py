"""Rules about what leads do, read back in plain words, each shape in its own."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from leadqual.models import Source
from scoring.models import IntentRule, Signal
from scoring.models.rules import Awarding
from scoring.signal_words import told_apart

_NAMES, _STEPS, _SOURCES = "_names_of_signals", "_signals_of_steps", "_names_of_sources"


def intent_rule(row: IntentRule) -> str:
    words = f"{points(row.points)} {_what(row)}"
    if row.half_life_days:
        days = f"{row.half_life_days} days" if row.half_life_days > 1 else "day"
        words += f", halved every {days}"
    words += "".join(f", {percent} % from day {days} on" for days, percent in row.decay_steps)
    if row.cap is not None:
        words += f", together at most {row.cap}"
    for source, other in sorted(row.source_points.items()):
        words += f"; {_signed(other)} from {_sources_of(row).get(source, source)}"
    return words + for_whom(row)


def _what(row: IntentRule) -> str:
    name = _names_of(row).get(row.signal.code, row.signal.name)
    shown, window = f"“{name}”", _window(row)
    match row.shape:
        case IntentRule.Shape.TIMES:
            return f"once, for {row.at_least} or more {shown}{window}"
        case IntentRule.Shape.DAYS:
            return f"once, for {shown} on {row.at_least} or more different days{window}"
        case IntentRule.Shape.PAGES:
            return f"once, for {shown} on {row.at_least} or more different pages{window}"
        case IntentRule.Shape.SEQUENCE:
            steps = ", then ".join([shown, *(f"“{name}”" for name in steps_of(row))])
            return f"once, for {steps}, in this order{window}"
        case IntentRule.Shape.PEOPLE:
            return f"once, when {row.at_least} or more people of the company showed {shown}{window}"
    return f"for each {shown}{window}"


def _window(row: IntentRule) -> str:
    if not row.window_days:
        return ""
    return f" in the last {row.window_days} days" if row.window_days > 1 else " in the last day"


def steps_of(row: IntentRule) -> Sequence[str]:
    """The names of the signals that follow; their codes where `know_signals` was not asked."""
    names = _names_of(row)
    return [names.get(code, code) for code in row.later_steps]


def signals_of(row: IntentRule) -> list[Signal]:
    """The signals that the rule names; of later steps those that `know_signals` has found."""
    later: Mapping[str, Signal] = vars(row).get(_STEPS, {})
    return [row.signal, *(later[code] for code in row.later_steps if code in later)]


def _names_of(row: IntentRule) -> Mapping[str, str]:
    names: Mapping[str, str] = vars(row).get(_NAMES, {})
    return names


def name_signals(rows: Iterable[IntentRule], names: Mapping[str, str]) -> None:
    """Let these rules read out their signals by these names, by code."""
    for row in rows:
        vars(row)[_NAMES] = names


def _sources_of(row: IntentRule) -> Mapping[str, str]:
    names: Mapping[str, str] = vars(row).get(_SOURCES, {})
    return names


def name_sources(rows: Iterable[IntentRule], names: Mapping[str, str]) -> None:
    """Let these rules read out the sources whose points differ by these names, by code."""
    for row in rows:
        vars(row)[_SOURCES] = names


def know_sources(rows: Iterable[IntentRule]) -> None:
    """The same by the names that they have; asked for in one query, if a rule differs at all."""
    by_workspace: dict[int, list[IntentRule]] = defaultdict(list)
    for row in rows:
        if row.source_points:
            by_workspace[row.signal.workspace_id].append(row)
    names: dict[int, dict[str, str]] = defaultdict(dict)
    if by_workspace:
        there = Source.objects.filter(workspace__in=by_workspace)
        for workspace, code, name in there.values_list("workspace", "code", "name"):
            names[workspace][code] = name
    for workspace, alike in by_workspace.items():
        name_sources(alike, names[workspace])


def know_signals(rows: Iterable[IntentRule], there: Iterable[Signal] | None = None) -> None:
    """Let rules read out their signals, told apart where a version uses two of one name.

    The later steps are found among `there`; else asked for in one query, if there are any.
    """
    rows = list(rows)
    if there is None:
        with_steps = [row for row in rows if row.later_steps]
        workspaces = {row.signal.workspace_id for row in with_steps}
        there = Signal.objects.filter(workspace__in=workspaces) if with_steps else ()
    steps = {(signal.workspace_id, signal.code): signal for signal in there}
    by_version: dict[int | None, list[IntentRule]] = defaultdict(list)
    for row in rows:
        by_version[row.version_id].append(row)
        own = row.signal.workspace_id
        vars(row)[_STEPS] = {c: steps[own, c] for c in row.later_steps if (own, c) in steps}
    for alike in by_version.values():
        name_signals(alike, told_apart(signal for row in alike for signal in signals_of(row)))


def for_whom(row: Awarding) -> str:
    """“, only for the persona “Buyer”, in the group “Web””; blank for everybody on its own."""
    words = f", only for the persona “{row.persona}”" if row.persona else ""
    return words + (f", in the group “{row.group}”" if row.group else "")


def points(number: int, kind: str = "") -> str:
    """“20 points”, “−1 point”."""
    return f"{_signed(number)} {kind}point{'' if abs(number) == 1 else 's'}"


def _signed(number: int) -> str:
    return f"{'−' if number < 0 else ''}{abs(number)}"
