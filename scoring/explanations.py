"""A score in words: every rule, its points, its arithmetic. Made by the plain evaluator from the
facts as they are now, at the moment when the score was made; JSON-ready, so that a move or a
packet can keep it."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from leadqual.custom_fields import by_name
from leadqual.models import Lead
from scoring.arithmetic import Own, arithmetic, condition_in_words, lines
from scoring.because import because
from scoring.engine.definitions import Bands, Definitions, definitions_of
from scoring.engine.evaluate import Evaluation, Facts, GroupResult, RuleResult, evaluate
from scoring.engine.gather import gather
from scoring.engine.rules import Flag, IntentPoints, RuleSet, rules_of
from scoring.models import ModelVersion, Score
from scoring.standing import Standing, judged
from scoring.versions import latest_by_rule_set, published_version

Explanation = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """A scored lead's standing and its score in words, from the same reading of its score: told on,
    so that who settles a lead, moves it and offers it need not ask three times. True for as long
    as the lead is held."""

    lead: Lead
    standing: Standing
    score: Score
    version: ModelVersion

    @cached_property
    def explanation(self) -> Explanation | None:
        return _explained(self.lead, self.version, at=self.score.scored_at, as_of=None)

    @property
    def kept(self) -> Explanation | None:
        """What a move or a packet keeps of it: see `Standing.kept`."""
        return self.standing.kept(self.explanation)


def judge(lead: Lead, *, now: datetime) -> Judged | None:
    """Where it stands, as `standing_of`, and, once asked, why, as `explain`; None: not scored."""
    found = judged(lead, now=now)
    return Judged(lead, *found) if found else None


def explain(lead: Lead, *, at: datetime | None = None) -> Explanation | None:
    """The lead's score, rule by rule, by the version that `standing_of` holds it against.

    Without `at`: as of the moment of the score, so that the numbers are those of the score. With
    `at`: as of that moment of the past, events and facts as they were known then. None where no
    version was published, where the lead is merged or erased, and, without `at`, not scored.

    {"version", "at", "fit", "intent", "total", "grade", "fit_band", "intent_band",
     "bands": {"fit": [{"name", "from", "to", "is_here"}], "intent": […]},
     "disqualifiers": [{"name", "reason"}], those that hold,
     "flags": [{"name", "reason", "hit", "arithmetic"}], all of them,
     "rules": [{"axis", "name", "hit", "points", "arithmetic", "lines", "last_at", "because",
                "persona", "is_meant", "group", "capped_from"}],
     "groups": [{"axis", "name", "cap", "sum", "counted"}],
     "inactivity": {"idle_weeks", "factor", "percent", "sentence"}}

    `points` are those after the rule's own cap (`capped_from`: what it held back from, or None).
    The rules of a group add up to its `sum`, of which `counted` counts; those without a group and
    the groups add up to fit, and times the inactivity factor to intent, each held within 0–100
    and rounded to two decimals.
    `because` is `scoring.because.because`: what a rule that speaks for the lead rests on.
    """
    score = Score.objects.filter(pk=lead.pk).first()
    version = (
        latest_by_rule_set(lead.workspace_id)[score.rule_set_id]
        if score
        else published_version(lead.workspace_id)
    )
    moment = at or (score.scored_at if score else None)
    if version is None or moment is None:
        return None
    return _explained(lead, version, at=moment, as_of=at)


def explain_by(
    lead: Lead, version: ModelVersion, *, at: datetime, as_of: datetime | None = None
) -> Explanation | None:
    """The same by any version, drafts included: what it would say of this lead.

    By the facts as they are now, or with `as_of` as they were known then.
    """
    return _explained(lead, version, at=at, as_of=as_of)


def _explained(
    lead: Lead, version: ModelVersion, *, at: datetime, as_of: datetime | None
) -> Explanation | None:
    rules = rules_of(version)
    facts = gather([lead.pk], rules, as_of=as_of, asked_from=at).get(lead.pk)
    if facts is None:
        return None
    asks_own = any("attributes." in condition.field for condition in rules.conditions())
    own = by_name(lead.workspace) if asks_own else {}
    return in_words(facts, rules, definitions_of(version), at=at, own=own)


def intent_since(lead: Lead, *, since: datetime, at: datetime) -> float:
    """Intent (0–100) earned by the events later than `since`: what wakes a nurtured lead.

    Facts count nothing here, the old total neither; inactivity since then takes its part.
    0 where no version is published.
    """
    version = published_version(lead.workspace_id)
    if version is None:
        return 0.0
    rules = rules_of(version)
    facts = gather([lead.pk], rules, since=since).get(lead.pk)
    if facts is None:
        return 0.0
    only_events = replace(rules, icp=(), attributes=(), flags=())
    return evaluate(facts, only_events, at=at).intent


def strongest_reasons(explanation: Explanation) -> list[dict[str, Any]]:
    """The rules that speak for the lead, strongest first; of equals, what was done before facts."""
    hits = [rule for rule in explanation["rules"] if rule["hit"] and rule["points"] > 0]
    return sorted(hits, key=lambda rule: (-rule["points"], rule["last_at"] is None))


def in_words(
    facts: Facts, rules: RuleSet, definitions: Definitions, *, at: datetime, own: Own | None = None
) -> Explanation:
    """The pure part of `explain`: facts and rules in, words out, with the typed facts' own."""
    own = own or {}
    found = evaluate(facts, rules, at=at)
    return {
        "version": definitions.number,
        "at": at.isoformat(),
        "fit": found.fit,
        "intent": found.intent,
        "total": round(found.fit + found.intent, 2),
        "grade": definitions.grade(found.fit, found.intent),
        "fit_band": definitions.fit_band(found.fit),
        "intent_band": definitions.intent_band(found.intent),
        "bands": {
            "fit": _scale(definitions.fit_bands, found.fit),
            "intent": _scale(definitions.intent_bands, found.intent),
        },
        "disqualifiers": [{"name": flag.name, "reason": flag.reason} for flag in found.flags],
        "flags": [_flag(flag, found, facts, own) for flag in rules.flags],
        "rules": [_rule_in_words(result, facts, own, at=at) for result in found.results],
        "groups": [_group(each) for each in found.groups],
        "inactivity": _inactivity(found, rules),
    }


def _rule_in_words(result: RuleResult, facts: Facts, own: Own, *, at: datetime) -> dict[str, Any]:
    rule = result.rule
    held = isinstance(rule, IntentPoints) and result.points != result.uncapped
    return {
        "axis": result.axis.value,
        "name": rule.name,
        "hit": result.hit,
        "points": float(result.points),
        "arithmetic": arithmetic(result, facts, own),
        "lines": lines(result, at=at),
        "last_at": result.hits[-1].occurred_at.isoformat() if result.hits else None,
        "because": because(result, facts),
        "persona": rule.persona,
        "is_meant": result.is_meant,
        "group": rule.group,
        "capped_from": float(result.uncapped) if held else None,
    }


def _group(found: GroupResult) -> dict[str, Any]:
    group = found.group
    return {
        "axis": group.axis.value,
        "name": group.name,
        "cap": group.cap,
        "sum": float(found.sum),
        "counted": float(found.counted),
    }


def _flag(flag: Flag, found: Evaluation, facts: Facts, own: Own) -> dict[str, Any]:
    hit = flag in found.flags
    return {
        "name": flag.name,
        "reason": flag.reason,
        "hit": hit,
        "arithmetic": condition_in_words(flag.condition, facts, own, holds=hit),
    }


def _scale(bands: Bands, points: float) -> list[dict[str, Any]]:
    """Each band begins at `from` and ends below `to`, where the next begins; the last at 100."""
    ends = [floor for floor, _ in bands[1:]] + [100]
    here = max((floor for floor, _ in bands if floor <= points), default=None)
    return [
        {"name": name, "from": floor, "to": end, "is_here": floor == here}
        for (floor, name), end in zip(bands, ends, strict=True)
    ]


def _weeks(count: int) -> str:
    return "1 whole week" if count == 1 else f"{count} whole weeks"


def _inactivity(found: Evaluation, rules: RuleSet) -> dict[str, Any]:
    percent, weeks = rules.inactivity_percent, found.idle_weeks
    if not percent:
        sentence = "Intent does not fade without activity."
    elif found.last_event_at is None:
        since = f"{_weeks(weeks)} since it was captured"
        sentence = (
            f"No activity yet, {since}, {percent} % less for each: intent × {found.factor:.3f}."
            if weeks
            else "No activity yet. Weeks count from its capture, less than one ago: "
            "nothing is taken away."
        )
    elif not weeks:
        sentence = "Active within the last week: nothing is taken away."
    else:
        sentence = (
            f"{_weeks(weeks)} without activity, {percent} % less for each: "
            f"intent × {found.factor:.3f}."
        )
    return {
        "idle_weeks": weeks,
        "factor": found.factor,
        "percent": percent,
        "sentence": sentence,
    }
