"""The history of one lead's score, computed again (decision 0011): what it was at each moment when
it may have moved, by the version in force then, from the facts as they were known then.

No table holds it. Events, recorded facts and versions never change, so the past can be asked again
at any time; the last point is the stored score, as of when it was made.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import cast

from django.db.models import F, Q

from leadqual.models import AttributeChange, Event, Lead
from scoring.engine.definitions import Definitions, read_definitions
from scoring.engine.evaluate import Evaluation, Facts, evaluate
from scoring.engine.gather import gather_through
from scoring.engine.people import ever_present, people_bits, people_rules, turns
from scoring.engine.rule_values import RuleSet
from scoring.engine.rules import read_rules
from scoring.models import ModelVersion, Score
from scoring.score_moves import Cause, causes_of
from scoring.versions import once_in_force

LONGEST = timedelta(days=180)
MOST_POINTS = 200
LAG = timedelta(seconds=2)
"""A corrected fact is dated when its transaction began, a moment after the `now` of whoever
corrected it and had the lead scored by it."""
WORK = 1_000_000
"""Events looked at in all (a point looks at every event once a rule): about a second and a half."""


@dataclass(frozen=True)
class Point:
    """From `at` on, until the next point. `causes`: what moved the score since the last one."""

    at: datetime
    fit: float
    intent: float
    grade: str
    version: int
    causes: tuple[Cause, ...] = ()

    @property
    def total(self) -> float:
        return round(self.fit + self.intent, 2)


@dataclass(frozen=True)
class ScoreHistory:
    """Points in the order of time. `is_thinned`: more happened than there are points, so some
    stand for several events. `since` is where the history begins, later than the lead where it is
    older than LONGEST or than the first version."""

    points: tuple[Point, ...]
    since: datetime
    until: datetime
    is_thinned: bool = False

    def at(self, moment: datetime) -> Point | None:
        """The point that holds at that moment; None before the first."""
        return next((p for p in reversed(self.points) if p.at <= moment), None)


@dataclass(frozen=True)
class _Reign:
    """A version, and the moments to look at while it was in force."""

    number: int
    rules: RuleSet
    definitions: Definitions
    moments: tuple[datetime, ...]


def score_history(
    lead: Lead, *, also_at: Sequence[datetime] = (), most: int = MOST_POINTS
) -> ScoreHistory | None:
    """None while the lead is not scored. `also_at`: moments that are looked at as well, such as
    those of its moves. The number of queries grows with the versions alone."""
    score = Score.objects.filter(pk=lead.pk).first()
    versions = _once_in_force(lead, score.scored_at) if score else []
    if score is None or not versions:
        return None
    until = score.scored_at
    since = min(until, max(lead.captured_at, until - LONGEST, _start(versions[0])))
    ruling = [v for v, end in _with_ends(versions) if end is None or end > since]
    rules = read_rules(ruling)
    most = _affordable(lead, rules.values(), until=until, most=most)
    keep = {since, until, *(start for v in ruling if (start := _start(v)) > since)}
    happened = _happened(lead, since, until, also_at)
    happened |= {at for at in _came_or_went(lead, rules.values()) if since < at <= until}
    moments, is_thinned = _thinned(happened, keep=keep, most=most // 2)
    reigns = list(_reigns(ruling, rules, moments))
    asked = [(reign.rules, [at + LAG for at in reign.moments]) for reign in reigns]
    told = gather_through(lead.pk, asked)
    if not all(told):
        return None  # merged or erased meanwhile
    points = _walk(reigns, told, until=until, step=(until - since) / max(1, most // 2))
    return ScoreHistory(tuple(points), since, until, is_thinned)


def _once_in_force(lead: Lead, until: datetime) -> list[ModelVersion]:
    versions = ModelVersion.objects.filter(workspace=lead.workspace_id, published_at__lte=until)
    return list(once_in_force(versions).select_related("workspace"))


def _start(version: ModelVersion) -> datetime:
    return cast(datetime, version.published_at)


def _with_ends(versions: Sequence[ModelVersion]) -> Iterator[tuple[ModelVersion, datetime | None]]:
    """Each with the moment at which the next one came in force; None for the last."""
    return zip(versions, [*map(_start, versions[1:]), None], strict=True)


def _affordable(lead: Lead, rules: Collection[RuleSet], *, until: datetime, most: int) -> int:
    """How many points may be computed of so many events, the company's where people count."""
    happened = Event.objects.filter(occurred_at__lte=until)
    events = happened.filter(lead=lead)[:WORK].count()
    of_people = list(people_rules(rules))
    if lead.company_id and of_people:
        bits = people_bits(rule for rule in of_people if rule.window)
        shown = happened.filter(lead__company=lead.company_id).alias(of=F("signals").bitand(bits))
        events += shown.exclude(of=0)[:WORK].count() if bits else 0
        if not all(rule.window for rule in of_people):  # one event of each person is read
            events += Lead.objects.filter(company=lead.company_id)[:WORK].count()
    widest = max(len(each.intents) for each in rules)
    return max(20, min(most, WORK // max(1, events * widest)))


def _happened(
    lead: Lead, since: datetime, until: datetime, also_at: Sequence[datetime]
) -> set[datetime]:
    """When the lead did or said something, or its company did."""
    within = {"occurred_at__gt": since, "occurred_at__lte": until}
    found = set(lead.events.filter(**within).values_list("occurred_at", flat=True))
    changes = AttributeChange.objects.filter(at__gt=since, at__lte=until)
    of_lead = Q(lead=lead) | Q(company__isnull=False, company=lead.company_id)
    found |= set(changes.filter(of_lead).values_list("at", flat=True))
    return found | {moment for moment in also_at if since < moment <= until}


def _came_or_went(lead: Lead, rules: Collection[RuleSet]) -> set[datetime]:
    """When people of the companies that the lead is or was of did, where a rule counts them."""
    if not any(each.counts_people for each in rules):
        return set()
    said = lead.attribute_changes.filter(field="company_id").values_list("value", flat=True)
    companies = {company for company in (lead.company_id, *said) if company}
    return {at for known in ever_present(companies).values() for at in turns(known)}


def _thinned(
    happened: Iterable[datetime], *, keep: set[datetime], most: int
) -> tuple[list[datetime], bool]:
    """All of them where they are few; else the last one of each of equal spans of time."""
    if len(keep | set(happened)) <= most:
        return sorted(keep | set(happened)), False
    first, last = min(keep), max(keep)
    span = (last - first) / max(1, most - len(keep))
    last_of = {(moment - first) // span: moment for moment in sorted(happened)}
    return sorted(keep | set(last_of.values())), True


def _reigns(
    versions: Sequence[ModelVersion], rules: dict[int, RuleSet], moments: Sequence[datetime]
) -> Iterator[_Reign]:
    definitions = read_definitions(versions)
    for version, end in _with_ends(versions):
        own = tuple(at for at in moments if _start(version) <= at and (end is None or at < end))
        if own:
            yield _Reign(version.number, rules[version.pk], definitions[version.pk], own)


def _walk(
    reigns: Sequence[_Reign],
    told: Sequence[Sequence[Facts]],
    *,
    until: datetime,
    step: timedelta,
) -> Iterator[Point]:
    """Every moment in order at which the numbers are others than before, and the last; between two
    of them those when time alone changes the numbers, at least `step` apart."""
    planned = [
        (at, reign, facts)
        for reign, known in zip(reigns, told, strict=True)
        for at, facts in zip(reign.moments, known, strict=True)
    ]
    before: tuple[_Reign, Evaluation] | None = None
    for (at, reign, facts), following in pairwise([*planned, None]):  # type: ignore[misc]
        end = following[0] if following else until
        while True:
            found = evaluate(facts, reign.rules, at=at)
            if at == until or before is None or _differs(reign, found, *before):
                yield _point(at, reign, found, before)
                before = (reign, found)
            if found.next_expiry is None:
                break
            at = max(found.next_expiry, at + step)
            if at >= end:
                break


def _differs(reign: _Reign, found: Evaluation, former: _Reign, was: Evaluation) -> bool:
    numbers = (found.fit, found.intent, found.flags)
    return reign is not former or numbers != (was.fit, was.intent, was.flags)


def _point(
    at: datetime, reign: _Reign, found: Evaluation, before: tuple[_Reign, Evaluation] | None
) -> Point:
    was = before[1] if before else None
    has_changed = before is not None and before[0] is not reign
    causes = causes_of(was, found, version=reign.number if has_changed else None)
    grade = reign.definitions.grade(found.fit, found.intent)
    return Point(at, found.fit, found.intent, grade, reign.number, causes)
