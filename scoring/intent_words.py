"""Rules about what leads do, read back in plain words, each shape in its own."""

from collections.abc import Iterable, Mapping, Sequence

from scoring.models import IntentRule, Signal
from scoring.models.rules import Awarding

_NAMES = "_names_of_steps"


def intent_rule(row: IntentRule) -> str:
    words = f"{points(row.points)} {_what(row)}"
    if row.half_life_days:
        days = f"{row.half_life_days} days" if row.half_life_days > 1 else "day"
        words += f", halved every {days}"
    words += "".join(f", {percent} % from day {days} on" for days, percent in row.decay_steps)
    if row.cap is not None:
        words += f", together at most {row.cap}"
    for source, other in sorted(row.source_points.items()):
        words += f"; {other} from {source}"
    return words + for_whom(row)


def _what(row: IntentRule) -> str:
    shown, window = f"“{row.signal.name}”", _window(row)
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
    """The names of the signals that follow; their codes where `know_steps` was not asked."""
    names: Mapping[str, str] = vars(row).get(_NAMES, {})
    return [names.get(code, code) for code in row.later_steps]


def know_steps(rows: Iterable[IntentRule], names: Mapping[str, str] | None = None) -> None:
    """Let these rules read out the names of their later steps; `names` by code, else one query."""
    with_steps = [row for row in rows if row.later_steps]
    if names is None and with_steps:
        there = Signal.objects.filter(workspace__in={row.signal.workspace_id for row in with_steps})
        names = dict(there.values_list("code", "name"))
    for row in with_steps:
        vars(row)[_NAMES] = names


def for_whom(row: Awarding) -> str:
    """“, only for the persona “Buyer”, in the group “Web””; blank for everybody on its own."""
    words = f", only for the persona “{row.persona}”" if row.persona else ""
    return words + (f", in the group “{row.group}”" if row.group else "")


def points(number: int, kind: str = "") -> str:
    """“20 points”, “−1 point”."""
    sign = "−" if number < 0 else ""
    return f"{sign}{abs(number)} {kind}point{'' if abs(number) == 1 else 's'}"
