"""A score in words: every rule, its points, its arithmetic. Made by the plain evaluator from the
facts as they are now, at the moment when the score was made; JSON-ready, so that a move or a
packet can keep it."""

from datetime import datetime
from typing import Any

from leadqual.models import Lead
from scoring.conditions import UNKNOWN, Fact
from scoring.definitions import Definitions, definitions_of
from scoring.evaluate import Evaluation, Facts, RuleResult, evaluate, points_of
from scoring.fields import field_named, label_of
from scoring.gather import gather
from scoring.models import ModelVersion, Score
from scoring.models.rules import Operator
from scoring.models.versions import Axis
from scoring.rules import AttributePoints, IntentPoints, RuleSet, Shape, rules_of
from scoring.versions import latest_by_rule_set, published_version

Explanation = dict[str, Any]


def explain(lead: Lead, *, at: datetime | None = None) -> Explanation | None:
    """The lead's score, rule by rule, by the version that `standing_of` holds it against.

    Without `at`: as of the moment of the score, so that the numbers are those of the score. With
    `at`: as of that moment (events as they were then, facts as they are now). None where no
    version was published, where the lead is merged or erased, and, without `at`, not scored.

    {"version", "at", "fit", "intent", "total", "grade", "fit_band", "intent_band",
     "disqualifiers": [{"name", "reason"}],
     "rules": [{"axis", "name", "hit", "points", "arithmetic", "last_at"}],
     "inactivity": {"idle_weeks", "factor", "percent", "sentence"}}

    `points` are those before the inactivity factor: the fit rules add up to fit, and the intent
    rules times the factor to intent, each held within 0–100 and rounded to two decimals.
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
    rules = rules_of(version)
    facts = gather([lead.pk], rules).get(lead.pk)
    if facts is None:
        return None
    return in_words(facts, rules, definitions_of(version), at=moment)


def explain_by(lead: Lead, version: ModelVersion, *, at: datetime) -> Explanation | None:
    """The same by any version, drafts included: what it would say of this lead."""
    rules = rules_of(version)
    facts = gather([lead.pk], rules).get(lead.pk)
    return in_words(facts, rules, definitions_of(version), at=at) if facts else None


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
    only_events = RuleSet(
        version_id=rules.version_id,
        workspace_id=rules.workspace_id,
        inactivity_percent=rules.inactivity_percent,
        intents=rules.intents,
    )
    return evaluate(facts, only_events, at=at).intent


def strongest_reasons(explanation: Explanation, limit: int = 3) -> list[str]:
    """The names of the rules that speak most for the lead, strongest first."""
    hits = [rule for rule in explanation["rules"] if rule["hit"] and rule["points"] > 0]
    strongest = sorted(hits, key=lambda rule: (-rule["points"], rule["last_at"] is None))
    return [rule["name"] for rule in strongest[:limit]]


def in_words(
    facts: Facts, rules: RuleSet, definitions: Definitions, *, at: datetime
) -> Explanation:
    """The pure part of `explain`: facts and rules in, words out."""
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
        "disqualifiers": [{"name": flag.name, "reason": flag.reason} for flag in found.flags],
        "rules": [_rule_in_words(result, facts, at=at) for result in found.results],
        "inactivity": _inactivity(found, rules),
    }


def _rule_in_words(result: RuleResult, facts: Facts, *, at: datetime) -> dict[str, Any]:
    rule = result.rule
    words = (
        _fact_in_words(rule, result, facts)
        if isinstance(rule, AttributePoints)
        else _events_in_words(rule, result, at=at)
    )
    return {
        "axis": Axis(result.axis).value,
        "name": rule.name,
        "hit": result.hit,
        "points": float(result.points),
        "arithmetic": words,
        "last_at": result.hits[-1].occurred_at.isoformat() if result.hits else None,
    }


def _fact_in_words(rule: AttributePoints, result: RuleResult, facts: Facts) -> str:
    condition = rule.condition
    if condition is None:
        return "every line of the profile holds" if result.hit else "not every line holds"
    fact: Fact = facts.values.get(condition.field, UNKNOWN)
    label = label_of(condition.field)
    if fact.shown is None:
        return f"{label} is not known"
    if condition.operator == Operator.FREE_MAILBOX and result.hit:
        return f"{fact.shown} is a free mailbox"
    shown = dict(field_named(condition.field).choices).get(fact.shown, fact.shown)
    return f"{label} is “{shown}”"


def _events_in_words(rule: IntentPoints, result: RuleResult, *, at: datetime) -> str:
    """Such as “2 events × 20, capped at 20” or “4 times, 3 are asked for”."""
    count = len(result.hits)
    window = f" in {_days(rule.window.days)}" if rule.window else ""
    if rule.shape != Shape.EACH:
        return f"{_times(result.number)}{window}, {rule.at_least} are asked for"
    if not count:
        return f"no event{window}"
    words = f"{count} event{'s' if count > 1 else ''}{window}"
    each = {dict(rule.source_points).get(hit.source or "", rule.points) for hit in result.hits}
    if len(each) == 1:
        words += f" × {each.pop()}"
    else:
        words += " at points by source: " + " + ".join(
            f"{dict(rule.source_points).get(hit.source or '', rule.points)}"
            for hit in result.hits[:12]
        )
        words += " + …" if count > 12 else ""
    if rule.half_life is not None:
        halved = sum(points_of(rule, hit, at=at) for hit in result.hits)
        words += f", halved every {_days(rule.half_life.days)}: {halved:.2f}"
    if result.points != result.uncapped:
        words += f", capped at {result.points:g}"
    return words


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


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
