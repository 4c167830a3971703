"""Every figure computed slowly, in plain Python, from nothing but the recorded rows.

Written from the sentences of docs/metrics.md, not from the SQL: the two must agree on any history.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from accounts.models import Workspace
from handoff.metrics.dimensions import NONE
from handoff.metrics.scope import Scope
from handoff.models import Handoff
from leadqual.models import Lead, StageMove, Touch
from sla.models import Agreement

ROAD = ("mql", "sal", "sql", "opportunity", "won")
Lines = dict[str, tuple[str, ...]]
"""By dimension the lines that a fact stands in: one each, but of rules as many as hit, or none."""


@dataclass(frozen=True)
class Fact:
    at: datetime
    lead: int
    kinds: frozenset[str]
    lines: Lines


@dataclass(frozen=True)
class Took:
    """A step that took so many seconds."""

    at: datetime
    step: str
    seconds: float
    lines: Lines


def text(value: object) -> str:
    return "" if value is None else str(value)


class SlowFigures:
    def __init__(self, workspace: Workspace) -> None:
        leads = Lead.objects.filter(workspace=workspace).select_related("company")
        self.leads = {lead.pk: lead for lead in leads}
        self.moves = sorted(
            StageMove.objects.filter(workspace=workspace), key=lambda m: (m.at, m.pk)
        )
        self.offers = sorted(
            Handoff.objects.filter(workspace=workspace).select_related("reason"),
            key=lambda o: (o.offered_at, o.pk),
        )
        self.touches = list(Touch.objects.filter(workspace=workspace))
        self.agreements = list(Agreement.objects.filter(workspace=workspace))

    # What stands where

    def facts(self) -> Iterator[Fact]:
        for move in self.moves:
            if move.counted and (move.to_stage != "new" or not move.from_stage):
                kinds = {f"entered:{move.to_stage}"}
                if move.to_stage == "new" and self._ever_became_mql(move.lead_id):
                    kinds.add("became:mql")
                yield self._of_move(move, kinds)
        for mql in self.mqls():
            yield self._of_move(mql, self._what_became_of(mql))
        for offer in self.offers:
            yield self._of_offer(offer, offer.offered_at, {"offered"}, with_rules=False)
            if ended := self._end_of(offer):
                yield self._of_offer(offer, ended, self._endings(offer), with_rules=True)

    def mqls(self) -> Iterator[StageMove]:
        """The first counted move into MQL of a lead in each cycle."""
        seen = set()
        for move in self.moves:
            place = (move.lead_id, move.cycle)
            if move.to_stage == "mql" and move.counted and place not in seen:
                seen.add(place)
                yield move

    def _of_move(self, move: StageMove, kinds: Iterable[str]) -> Fact:
        return Fact(move.at, move.lead_id, frozenset(kinds), self._lines_of_move(move))

    def _lines_of_move(self, move: StageMove) -> Lines:
        offers = [o for o in self.offers if self._same_cycle(o, move)]
        latest = offers[-1] if offers else None
        named = [
            m.rep_id for m in self.moves if self._same_cycle(m, move) and m.counted and m.rep_id
        ]
        rep = move.rep_id or (latest and latest.rep_id) or (named[-1] if named else None)
        return self._lines(move, move.at, rep, latest and latest.pool_id, latest and latest.tier_id)

    def _of_offer(
        self, offer: Handoff, at: datetime, kinds: Iterable[str], *, with_rules: bool
    ) -> Fact:
        lines = self._lines(offer, at, offer.rep_id, offer.pool_id, offer.tier_id)
        if with_rules:
            rules = offer.packet.get("explanation", {}).get("rules", [])
            hits = {rule["name"] for rule in rules if rule["hit"] and rule["points"] > 0}
            lines["rule"] = tuple(sorted(hits)) or ("",)
        return Fact(at, offer.lead_id, frozenset(kinds), lines)

    def _lines(
        self, of: StageMove | Handoff, at: datetime, rep: object, pool: object, tier: object
    ) -> Lines:
        lead = self.leads[of.lead_id]
        company = lead.company
        values = {
            "source": lead.first_source_id,
            "campaign": lead.first_campaign_id,
            "segment": self._segment(company.employees if company else None),
            "industry": company.industry if company else "",
            "region": company.region if company else "",
            "country": (company.country if company else "") or lead.country,
            "tier": tier,
            "grade": of.grade,
            "rep": rep,
            "pool": pool,
            "cycle": of.cycle or "",
            "model": of.model_version,
            "agreement": self._agreement_at(at),
        }
        return {code: (text(value),) for code, value in values.items()} | {"rule": ()}

    @staticmethod
    def _segment(employees: int | None) -> str:
        sizes = [(1, "1"), (11, "11"), (51, "51"), (201, "201"), (1001, "1001")]
        found = [key for least, key in sizes if employees is not None and employees >= least]
        return found[-1] if found else ""

    def _agreement_at(self, at: datetime) -> int | None:
        for one in self.agreements:
            began = one.active_since and one.active_since <= at
            if began and (one.superseded_at is None or at < one.superseded_at):
                return one.number
        return None

    @staticmethod
    def _same_cycle(one: StageMove | Handoff, other: StageMove | Handoff) -> bool:
        return (one.lead_id, one.cycle) == (other.lead_id, other.cycle)

    def _ever_became_mql(self, lead: int) -> bool:
        return any(m.lead_id == lead and m.to_stage == "mql" and m.counted for m in self.moves)

    def _what_became_of(self, mql: StageMove) -> set[str]:
        cycle = [m for m in self.moves if self._same_cycle(m, mql)]
        reached = {m.to_stage for m in cycle if m.counted}
        furthest = max((stage for stage in reached & set(ROAD)), key=ROAD.index)
        lead = self.leads[mql.lead_id]
        stands = lead.stage if lead.cycle == mql.cycle else cycle[-1].to_stage
        if "lost" in reached:
            stands = "lost"
        kinds = {"mql", f"path:{furthest}:{stands}"}
        return kinds | {f"reached:{stage}" for stage in reached & {*ROAD[1:], "lost"}}

    @staticmethod
    def _end_of(offer: Handoff) -> datetime | None:
        if offer.status == "expired":
            return offer.expired_at
        return offer.withdrawn_at if offer.status == "withdrawn" else offer.decided_at

    def _endings(self, offer: Handoff) -> set[str]:
        kinds = {f"ended:{offer.status}"}
        if offer.status == "rejected":
            assert offer.reason is not None
            kinds |= {"decided", f"rejected:{offer.reason.code}"}
        if offer.status == "accepted":
            kinds |= {"decided", "followed:up" if self._first_touch(offer) else "followed:not"}
        return kinds

    def _first_touch(self, offer: Handoff) -> datetime | None:
        """Since the offer, and before the lead's next one."""
        later = [
            o.offered_at
            for o in self.offers
            if o.lead_id == offer.lead_id and o.offered_at > offer.offered_at
        ]
        until = min(later, default=datetime.max.replace(tzinfo=UTC))
        touches = [t.occurred_at for t in self.touches if t.lead_id == offer.lead_id]
        return min((at for at in touches if offer.offered_at <= at < until), default=None)

    # Questions

    def count(
        self, scope: Scope, kinds: Collection[str], by: str = "", every: str = ""
    ) -> dict[tuple[str, date | None], Counter[str]]:
        found: dict[tuple[str, date | None], Counter[str]] = defaultdict(Counter)
        for fact in self.facts():
            if not _is_asked(fact.at, fact.lines, scope):
                continue
            for line in _lines_asked(fact.lines, scope, by):
                counted = dict.fromkeys(fact.kinds & set(kinds), 1)
                if counted:
                    found[line, _start(fact.at, scope, every)].update(counted)
        return dict(found)

    def leads_behind(self, scope: Scope, kind: str) -> set[int]:
        return {
            fact.lead
            for fact in self.facts()
            if kind in fact.kinds and _is_asked(fact.at, fact.lines, scope)
        }

    def by_day(self, workspace: Workspace) -> Counter[tuple[date, str, str, str]]:
        """What the daily summary holds: (day, kind, dimension, value)."""
        counts: Counter[tuple[date, str, str, str]] = Counter()
        for fact in self.facts():
            day = fact.at.astimezone(ZoneInfo(workspace.timezone)).date()
            for kind in fact.kinds:
                counts[day, kind, "", ""] += 1
                for code, lines in fact.lines.items():
                    for line in lines:
                        counts[day, kind, code, line] += 1
        return counts

    def durations(
        self, scope: Scope, by: str = "", every: str = ""
    ) -> dict[tuple[str, date | None], dict[str, list[float]]]:
        found: dict[tuple[str, date | None], dict[str, list[float]]] = {}
        for took in self._steps():
            if _is_asked(took.at, took.lines, scope):
                place = (took.lines[by][0] if by else "", _start(took.at, scope, every))
                found.setdefault(place, {}).setdefault(took.step, []).append(took.seconds)
        return found

    def _steps(self) -> Iterator[Took]:
        for mql in self.mqls():
            lines, first = self._lines_of_move(mql), self._first_moments(mql)
            pairs = {*itertools.pairwise(ROAD), *(("mql", stage) for stage in ROAD[1:])}
            for start, end in pairs:
                if start in first and end in first:
                    seconds = (first[end] - first[start]).total_seconds()
                    yield Took(mql.at, f"{start}>{end}", seconds, lines)
        for offer in self.offers:
            lines = self._lines(offer, offer.offered_at, offer.rep_id, offer.pool_id, offer.tier_id)
            if offer.viewed_at:
                seconds = (offer.viewed_at - offer.offered_at).total_seconds()
                yield Took(offer.offered_at, "offered>seen", seconds, lines)
            if offer.status in ("accepted", "rejected") and offer.decided_at:
                at = offer.decided_at
                lines = self._lines(offer, at, offer.rep_id, offer.pool_id, offer.tier_id)
                seconds = (at - offer.offered_at).total_seconds()
                yield Took(at, "offered>decided", seconds, lines)
                if offer.status == "accepted" and (touched := self._first_touch(offer)):
                    yield Took(at, "accepted>touched", (touched - at).total_seconds(), lines)

    def _first_moments(self, mql: StageMove) -> dict[str, datetime]:
        first: dict[str, datetime] = {}
        for move in self.moves:
            if move.counted and self._same_cycle(move, mql):
                first.setdefault(move.to_stage, move.at)
        return first


def _local_day(at: datetime, scope: Scope) -> date:
    return at.astimezone(scope.period.zone).date()


def _is_asked(at: datetime, lines: Lines, scope: Scope) -> bool:
    day, period = _local_day(at, scope), scope.period
    if (period.first and day < period.first) or (period.last and day > period.last):
        return False
    return all(
        ("" if value == NONE else value) in lines[code] for code, value in scope.filters.items()
    )


def _lines_asked(lines: Lines, scope: Scope, by: str) -> tuple[str, ...]:
    if not by:
        return ("",)
    if by not in scope.filters:
        return lines[by]
    return tuple(line for line in lines[by] if line == scope.filters[by].replace(NONE, ""))


def _start(at: datetime, scope: Scope, every: str) -> date | None:
    day = _local_day(at, scope)
    if every == "week":
        return date.fromisocalendar(*day.isocalendar()[:2], 1)
    if every == "month":
        return day - timedelta(days=day.day - 1)
    return day if every == "day" else None


def percentile(numbers: Collection[float], share: float) -> float:
    """With linear interpolation between the two nearest."""
    ordered, place = sorted(numbers), share * (len(numbers) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
