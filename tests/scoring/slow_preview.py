"""A preview the slow way: lead by lead and moment by moment, with the Python evaluator alone."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import product
from statistics import median
from typing import Any

from leadqual.models import AttributeChange, Lead
from scoring.engine.definitions import definitions_of
from scoring.engine.evaluate import evaluate
from scoring.engine.gather import gather
from scoring.engine.rules import rules_of
from scoring.models import ModelVersion, Preview
from scoring.previews.question import HandoffMoment
from scoring.previews.thresholds import Thresholds, weigh

Numbers = tuple[float, float, bool]
Life = tuple[list[tuple[datetime, Numbers]], list[HandoffMoment]]
"""A lead's looks at which nothing disqualifies it, and its hand-offs of the period."""


def numbers(version: ModelVersion, lead: Lead, at: datetime) -> Numbers:
    rules = rules_of(version)
    found = evaluate(gather([lead.pk], rules, as_of=at)[lead.pk], rules, at=at)
    return found.fit, found.intent, bool(found.flags)


def when(handoff: HandoffMoment) -> datetime:
    return handoff.at


def holds(version: ModelVersion, found: Numbers) -> bool:
    fit, intent, disqualified = found
    if disqualified:
        return False
    for way in definitions_of(version).mql:
        asked = ((way.fit, fit), (way.intent, intent), (way.total, fit + intent))
        if all(floor is None or has >= floor for floor, has in asked):
            return True
    return False


def moments(preview: Preview, lead: Lead, last: datetime) -> list[datetime]:
    """The lead's capture, the last event of each local day, every change of its facts."""
    zone = preview.workspace.zone
    found = {lead.captured_at}
    days: dict[Any, datetime] = {}
    for at in lead.events.values_list("occurred_at", flat=True):
        if lead.captured_at < at <= last and at >= preview.since:
            day = at.astimezone(zone).date()
            days[day] = max(at, days.get(day, at))
    found |= set(days.values())
    if any(rules_of(v).counts_people for v in (preview.version, preview.against) if v):
        found |= of_colleagues(preview, lead)
    changes = AttributeChange.objects.filter(lead=lead)
    found |= set(changes.values_list("at", flat=True))
    if lead.company:
        found |= set(
            AttributeChange.objects.filter(company=lead.company).values_list("at", flat=True)
        )
    return sorted(at for at in found if preview.since <= at <= last and at >= lead.captured_at)


def of_colleagues(preview: Preview, lead: Lead) -> set[datetime]:
    """The last event of each local day of anybody then at the lead's company, and their moves."""
    days: dict[Any, datetime] = {}
    turns: set[datetime] = set()
    for mate in Lead.objects.filter(workspace=preview.workspace).present():
        moved = list(mate.attribute_changes.filter(field="company_id").order_by("at", "pk"))
        if mate.company_id == lead.company_id or lead.company_id in [c.value for c in moved]:
            turns |= {change.at for change in moved if change.at > mate.captured_at}
        theirs = mate.events.filter(occurred_at__lt=preview.until)
        for at in theirs.values_list("occurred_at", flat=True):
            known = max(at, mate.captured_at)
            if [c.value for c in moved if c.at <= known][-1:] == [lead.company_id]:
                day = at.astimezone(preview.workspace.zone).date()
                days[day] = max(at, days.get(day, at))
    return set(days.values()) | turns if lead.company_id else set()


class Slow:
    """The figures of a report, by name, as plain values."""

    def __init__(self, preview: Preview, handoffs: Iterable[HandoffMoment]) -> None:
        self.preview = preview
        self.versions = {"new": preview.version}
        if preview.against:
            self.versions["old"] = preview.against
        self.mqls: dict[str, Counter[str]] = {name: Counter() for name in self.versions}
        self.already = Counter[str]()
        self.gained: set[int] = set()
        self.lost: set[int] = set()
        self.bands = Counter[tuple[str, ...]]()
        self.outcomes = Counter[tuple[str, ...]]()
        self.days: dict[str, list[float]] = {name: [] for name in self.versions}
        self.won = 0
        self.decided = Counter[tuple[str, bool]]()
        self.lives: list[Life] = []
        known = list(handoffs)
        for lead in Lead.objects.filter(workspace=preview.workspace).order_by("pk"):
            if lead.captured_at < preview.until:
                self._lead(lead, [h for h in known if h.lead_id == lead.pk])

    def _lead(self, lead: Lead, handoffs: list[HandoffMoment]) -> None:
        preview = self.preview
        inside = sorted(
            (h for h in handoffs if preview.since <= h.at < preview.until), key=lambda h: h.at
        )
        earlier = [h for h in handoffs if h.at < preview.since]
        lasting = [(None, None), (True, None), (True, True)]
        gone = any((h.accepted, h.won) in lasting for h in sorted(earlier, key=when)[-1:])
        for handoff in inside:
            self._bands(lead, handoff)
            if handoff.accepted is not None:
                self.decided["all", handoff.accepted] += 1
        if gone:
            return
        last = inside[0].at if inside else preview.until - timedelta(microseconds=1)
        asked = moments(preview, lead, last) if lead.captured_at <= last else []
        if inside:
            asked = sorted({*asked, last})
        before = preview.since - timedelta(microseconds=1)
        had = lead.captured_at < preview.since
        first: dict[str, tuple[bool, datetime | None]] = {}
        for name, version in self.versions.items():
            if had and holds(version, numbers(version, lead, before)):
                first[name] = (True, preview.since)
                self.already[name] += 1
                continue
            hits = [at for at in asked if holds(version, numbers(version, lead, at))]
            first[name] = (False, hits[0] if hits else None)
            if hits:
                self.mqls[name][self._monday(hits[0])] += 1
        for name, handoff in product(first, inside):
            if first[name][1] and handoff.accepted is not None:
                self.decided[name, handoff.accepted] += 1
        self._flips(lead, first)
        if inside:
            self._outcome(lead, inside, first)
        said = [
            (at, numbers(preview.version, lead, at))
            for at in [before, *asked]
            if had or at >= preview.since
        ]
        self.lives.append(([(at, found) for at, found in said if not found[2]], inside))

    def _monday(self, at: datetime) -> str:
        day = at.astimezone(self.preview.workspace.zone).date()
        return (day - timedelta(days=day.isoweekday() - 1)).isoformat()

    def _flips(self, lead: Lead, first: dict[str, tuple[bool, datetime | None]]) -> None:
        started, new = first["new"]
        had, old = first.get("old", (False, None))
        if new and not old and not started:
            self.gained.add(lead.pk)
        if old and not new and not had:
            self.lost.add(lead.pk)

    def _named(self, lead: Lead, at: datetime) -> list[tuple[str, str, str]]:
        found = []
        for name, version in self.versions.items():
            fit, intent, _ = numbers(version, lead, at)
            terms = definitions_of(version)
            found += [
                (name, "grade", terms.grade(fit, intent)),
                (name, "fit", terms.fit_band(fit)),
                (name, "intent", terms.intent_band(intent)),
            ]
        return found

    def _bands(self, lead: Lead, handoff: HandoffMoment) -> None:
        for key in self._named(lead, handoff.at):
            self.bands[*key, "offers"] += 1
            said = {True: "accepted", False: "rejected", None: "undecided"}[handoff.accepted]
            self.bands[*key, said] += 1
            if handoff.accepted:
                self.bands[*key, {True: "won", False: "lost", None: "open"}[handoff.won]] += 1

    def _outcome(
        self,
        lead: Lead,
        inside: list[HandoffMoment],
        first: dict[str, tuple[bool, datetime | None]],
    ) -> None:
        if any(h.won for h in inside):
            came = "won"
        elif all(h.accepted is False or (h.accepted and h.won is False) for h in inside):
            came = "lost"
        else:
            came = "open"
        for name, (_, at) in first.items():
            side = "qualifies" if at else "others"
            self.outcomes[name, "all", "", side, came] += 1
            self.outcomes[name, "channel", inside[0].channel, side, came] += 1
            if came == "won" and at:
                self.days[name].append(round((inside[0].at - at).total_seconds() / 86400, 2))
        for name, axis, band in self._named(lead, inside[0].at):
            self.outcomes[name, axis, band, "qualifies", came] += 1
        self.won += came == "won"

    def weighed(self, at: Thresholds) -> tuple[Counter[str], int, int, int]:
        """By week the leads that reached the thresholds first; accepted, rejected and won ones."""
        weeks, ends = Counter[str](), Counter[str]()
        for looks, handoffs in self.lives:
            reached = [
                when
                for when, (fit, intent, _) in looks
                if fit >= at.fit and intent >= at.intent and fit + intent >= at.total
            ]
            if not reached:
                continue
            if reached[0] >= self.preview.since:
                weeks[self._monday(reached[0])] += 1
            ends["accepted"] += len([h for h in handoffs if h.accepted])
            ends["rejected"] += len([h for h in handoffs if h.accepted is False])
            ends["won"] += any(h.won for h in handoffs)
        return weeks, ends["accepted"], ends["rejected"], ends["won"]


def assert_same(report: dict[str, Any], slow: Slow) -> None:
    """Every figure of the report, against the slow ones."""
    for name in slow.versions:
        by_week = dict(zip(report["weeks"], report["mqls"][name], strict=True))
        assert {week: n for week, n in by_week.items() if n} == dict(slow.mqls[name])
        assert report["already"][name] == slow.already[name]
        for axis, rows in report["bands"][name].items():
            for row in rows:
                for what, n in row.items():
                    if what != "name":
                        assert n == slow.bands[name, axis, row["name"], what]
        for axis, rows in report["outcomes"][name].items():
            for row in rows:
                for side in ("qualifies", "others"):
                    for came, n in row[side].items():
                        assert n == slow.outcomes[name, axis, row["name"], side, came]
        days = slow.days[name]
        assert report["won"][name]["qualified"] == len(days)
        assert report["won"][name]["median_days"] == (median(days) if days else None)
    assert report["won"]["leads"] == slow.won
    for name in ("all", *slow.versions):
        assert report["decided"][name] == [slow.decided[name, said] for said in (True, False)]
    for direction, leads in (("gained", slow.gained), ("lost", slow.lost)):
        assert {flip["lead"] for flip in report["flips"][direction]["leads"]} == leads
        assert report["flips"][direction]["count"] == len(leads)


def assert_weighed_alike(report: dict[str, Any], slow: Slow, moved: Iterable[Thresholds]) -> None:
    """The sliders against looking at each lead: at the version's own thresholds, and elsewhere."""
    [way] = definitions_of(slow.preview.version).mql
    own = Thresholds.of(way)
    for at in (own, Thresholds(), *moved):
        found = weigh(report, at)
        weeks, accepted, rejected, won = slow.weighed(at)
        by_week = dict(zip(report["weeks"], found.weekly, strict=True))
        assert {week: n for week, n in by_week.items() if n} == dict(weeks)
        assert (found.accepted, found.decided, found.won) == (accepted, accepted + rejected, won)
        assert found.all_won == slow.won
    assert list(weigh(report, own).weekly) == report["mqls"]["new"]
    accepted, rejected = report["decided"]["new"]
    assert (weigh(report, own).accepted, weigh(report, own).decided) == (
        accepted,
        accepted + rejected,
    )
    assert weigh(report, own).won == report["won"]["new"]["qualified"]
