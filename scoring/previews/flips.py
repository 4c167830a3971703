"""Why a lead would, or would not, become MQL by the other version: what differs, in sentences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scoring.engine.definitions import Bounds
from scoring.engine.evaluate import Evaluation, evaluate
from scoring.engine.gather import gather
from scoring.intent_words import know_signals, know_sources, name_signals, signals_of
from scoring.models import IntentRule, ModelVersion
from scoring.previews.looks import Numbers
from scoring.previews.question import Judge, Question
from scoring.previews.tally import Flip, is_mql
from scoring.rule_words import in_words
from scoring.signal_words import told_apart

RULES_NAMED = 5
"""Of the rules that give different points, so many are named: those that differ most."""


@dataclass(frozen=True)
class Wording:
    """The rules of both versions in plain words, by name; read once a chunk."""

    old: dict[str, str]
    new: dict[str, str]

    @classmethod
    def of(cls, old: ModelVersion | None, new: ModelVersion) -> "Wording":
        did = {
            version: list(version.intentrules.select_related("signal"))
            for version in (old, new)
            if version
        }
        rules = [rule for rows in did.values() for rule in rows]
        know_signals(rules)
        know_sources(rules)
        # Of two versions a signal may be of one name and notice something else in each.
        name_signals(rules, told_apart(each for rule in rules for each in signals_of(rule)))
        words = {version: _words(version, rows) for version, rows in did.items()}
        return cls(words[old] if old else {}, words[new])


def _words(version: ModelVersion, did: Iterable[IntentRule]) -> dict[str, str]:
    said = {rule.name: in_words(rule) for rule in version.attributerules.all()}
    return said | {rule.name: in_words(rule) for rule in did}


def described(question: Question, flip: Flip, wording: Wording) -> dict[str, Any]:
    """The flip as the report keeps it: the lead by its id alone, its numbers, and why."""
    return {
        "lead": flip.lead_id,
        "at": flip.look.at.isoformat(),
        "by": {
            name: _numbers(judge, flip.look.by[name]) for name, judge in question.judges.items()
        },
        "why": list(_reasons(question, flip, wording)),
    }


def _numbers(judge: Judge, numbers: Numbers) -> dict[str, Any]:
    return {
        "fit": numbers.fit,
        "intent": numbers.intent,
        "total": round(numbers.total, 2),
        "grade": judge.definitions.grade(numbers.fit, numbers.intent),
    }


def _reasons(question: Question, flip: Flip, wording: Wording) -> Iterator[str]:
    if question.old is None:
        yield "No version was in force before."
        return
    at, judges = flip.look.at, question.judges
    found: dict[str, Evaluation] = {}
    for name, judge in judges.items():
        facts = gather([flip.lead_id], judge.rules, as_of=at).get(flip.lead_id)
        if facts is None:  # merged or erased at this very moment
            return
        found[name] = evaluate(facts, judge.rules, at=at)
    refusing = "old" if flip.direction == "gained" else "new"
    number = judges[refusing].definitions.number
    yield from _refusal(judges[refusing], flip.look.by[refusing], found[refusing], number)
    yield from _rules(found["old"], found["new"], wording)
    if found["old"].factor != found["new"].factor:
        before, after = (round(100 * found[name].factor, 1) for name in ("old", "new"))
        yield (
            f"After {_weeks(found['new'].idle_weeks)} without activity "
            f"{after:g} % of the intent count, {before:g} % before."
        )


def _weeks(n: int) -> str:
    return "1 week" if n == 1 else f"{n} weeks"


def _refusal(judge: Judge, numbers: Numbers, found: Evaluation, version: int) -> Iterator[str]:
    """Why the version that says no says no."""
    if is_mql(judge, numbers):
        return
    if found.flags:
        yield from (f"Version {version} disqualifies it: {flag.reason}" for flag in found.flags)
        return
    for way in judge.definitions.mql:
        yield f"Version {version} asks for {' and '.join(_short(way, numbers))}."


def _short(way: Bounds, numbers: Numbers) -> list[str]:
    asked = (
        ("fit", way.fit, numbers.fit),
        ("intent", way.intent, numbers.intent),
        ("a total", way.total, round(numbers.total, 2)),
    )
    return [
        f"{name} of {floor}, it had {has:g}"
        for name, floor, has in asked
        if floor is not None and has < floor
    ]


def _rules(old: Evaluation, new: Evaluation, wording: Wording) -> Iterator[str]:
    """The rules that give this lead other points, most first."""
    before, after = _points(old), _points(new)
    differing = [
        (name, before.get(name, 0.0), after.get(name, 0.0)) for name in {**before, **after}
    ]
    differing = [each for each in differing if round(each[1] - each[2], 2)]
    differing.sort(key=lambda each: (-abs(each[2] - each[1]), each[0]))
    for name, was, gives in differing[:RULES_NAMED]:
        says = wording.new.get(name) or wording.old.get(name, "")
        note = _note(name, wording)
        moved = f"{_signed(was)} → {_signed(gives)} points"
        yield f"“{name}”: {moved}{note}{f' ({says})' if says else ''}."
    if len(differing) > RULES_NAMED:
        yield f"{len(differing) - RULES_NAMED} more rules give other points."


def _signed(points: float) -> str:
    """“+30”, “−3”, “0”."""
    return f"{points:+.4g}".replace("-", "−") if points else "0"


def _note(name: str, wording: Wording) -> str:
    if name not in wording.new:
        return ", no longer a rule"
    if name not in wording.old:
        return ", a new rule"
    return ", the rule changed" if wording.new[name] != wording.old[name] else ""


def _points(found: Evaluation) -> dict[str, float]:
    """By name: points before decay for idle weeks, and before caps of groups."""
    points: dict[str, float] = {}
    for result in found.results:
        points[result.rule.name] = points.get(result.rule.name, 0.0) + result.points
    return points
