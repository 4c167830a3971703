"""The funnel computed slowly, in plain Python, from nothing but the recorded rows.

Written from product.md's sentences, not from the SQL: the two must agree on any history.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handoff.metrics.periods import Period
from handoff.metrics.scope import NONE, By, Scope
from handoff.models import Handoff
from leadqual.models import Lead, StageMove, Touch

SALES = ("sal", "sql", "opportunity", "won", "lost")
ROAD = ("sal", "sql", "opportunity", "won")


def percentile(numbers: list[float], share: float) -> float | None:
    """With linear interpolation between the two nearest."""
    if not numbers:
        return None
    ordered, place = sorted(numbers), share * (len(numbers) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def took(numbers: list[float]) -> tuple[int, float | None, float | None, int]:
    return (
        len(numbers),
        percentile(numbers, 0.5),
        percentile(numbers, 0.9),
        sum(number < 0 for number in numbers),
    )


@dataclass
class SlowFunnel:
    scope: Scope
    by: By | None = None

    def __post_init__(self) -> None:
        workspace = self.scope.workspace
        self.leads = {lead.pk: lead for lead in Lead.objects.filter(workspace=workspace)}
        self.moves = list(StageMove.objects.filter(workspace=workspace))
        self.offers = list(Handoff.objects.filter(workspace=workspace))
        self.touches = list(Touch.objects.filter(workspace=workspace))
        self.codes = dict(workspace_sources(workspace))

    def within(self, at: datetime | None) -> bool:
        period: Period = self.scope.period
        if at is None:
            return False
        day = at.astimezone(period.zone).date()
        return (not period.first or day >= period.first) and (not period.last or day <= period.last)

    def of_source(self, lead_id: int) -> bool:
        source = self.leads[lead_id].first_source_id
        wanted = self.scope.source
        return not wanted or (
            source is None if wanted == NONE else self.codes.get(source) == wanted
        )

    def of_rep(self, rep: int | None) -> bool:
        wanted = self.scope.rep
        return not wanted or (rep is None if wanted == NONE else str(rep) == wanted)

    def reps_of(self, mql: StageMove) -> set[int | None]:
        offered = {
            o.rep_id for o in self.offers if (o.lead_id, o.cycle) == (mql.lead_id, mql.cycle)
        }
        moved_on = {
            m.rep_id
            for m in self.moves
            if (m.lead_id, m.cycle) == (mql.lead_id, mql.cycle)
            and m.to_stage in SALES
            and m.rep_id
            and m.counted  # not an acceptance that was taken back
        }
        return {*offered, *moved_on} or {None}

    def line(self, lead_id: int, at: datetime, rep: int | None) -> str:
        if self.by is None:
            return ""
        if self.by == "source":
            return str(self.leads[lead_id].first_source_id or "")
        if self.by == "rep":
            return str(rep or "")
        day = at.astimezone(self.scope.period.zone).date()
        start = day.replace(day=1) if self.by == "month" else day - timedelta(days=day.weekday())
        return start.isoformat()

    def moved(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for m in self.moves:
            if not (m.counted and self.within(m.at) and self.of_source(m.lead_id)):
                continue
            if m.to_stage == "new" and (m.from_stage or self.scope.rep):
                continue
            reps = self.reps_of(m) if m.to_stage == "mql" else {m.rep_id}
            if not any(self.of_rep(rep) for rep in reps):
                continue
            for rep in reps:
                found[self.line(m.lead_id, m.at, m.rep_id or rep)][m.to_stage].add(m.lead_id)
        return {line: {stage: len(x) for stage, x in of.items()} for line, of in found.items()}

    def cohorts(self) -> dict[str, Any]:
        """line → (mqls, {stage: (leads, took, passed)})"""
        first: dict[tuple[str, int], StageMove] = {}
        for m in sorted(self.moves, key=lambda m: (m.cycle, m.at)):
            counts = m.to_stage == "mql" and m.counted and self.within(m.at)
            if not counts or not self.of_source(m.lead_id):
                continue
            for rep in self.reps_of(m):
                if self.of_rep(rep) or (
                    self.by != "rep" and any(map(self.of_rep, self.reps_of(m)))
                ):
                    first.setdefault((self.line(m.lead_id, m.at, rep), m.lead_id), m)
        lines: dict[str, Any] = {}
        for (line, lead_id), mql in first.items():
            mqls, stages = lines.setdefault(line, [0, defaultdict(list)])
            lines[line][0] = mqls + 1
            stages["all"].append(self._reached(line, lead_id, mql))
        return {line: (mqls, self._stages(of["all"])) for line, (mqls, of) in lines.items()}

    def _reached(self, line: str, lead_id: int, mql: StageMove) -> dict[str, float]:
        reached: dict[str, float] = {}
        for m in sorted(self.moves, key=lambda m: m.at):
            is_later = m.lead_id == lead_id and m.cycle >= mql.cycle and m.counted
            if not is_later or m.to_stage not in ROAD or not self.of_rep(m.rep_id):
                continue
            if self.by == "rep" and str(m.rep_id or "") != line:
                continue
            reached.setdefault(m.to_stage, (m.at - mql.at).total_seconds())
        return reached

    def _stages(self, leads: list[dict[str, float]]) -> dict[str, Any]:
        found = {}
        for place, stage in enumerate(ROAD):
            passed = sum(any(later in lead for later in ROAD[place:]) for lead in leads)
            if passed:
                seconds = [lead[stage] for lead in leads if stage in lead]
                found[stage] = (len(seconds), passed, took(seconds))
        return found

    def ended(self) -> list[tuple[str, Handoff]]:
        found = []
        for o in self.offers:
            at = {"expired": o.expired_at, "withdrawn": o.withdrawn_at}.get(o.status, o.decided_at)
            if at and self.within(at) and self.of_source(o.lead_id) and self.of_rep(o.rep_id):
                found.append((self.line(o.lead_id, at, o.rep_id), o))
        return found

    def answers(self) -> dict[str, Any]:
        """line → (tallies, deciding, first touch, leads decided, touched, untouched offers)"""
        lines: dict[str, list[Handoff]] = defaultdict(list)
        for line, offer in self.ended():
            lines[line].append(offer)
        return {line: self._answers(offers) for line, offers in lines.items()}

    def _answers(self, offers: list[Handoff]) -> Any:
        tallies = {
            status: (len(of), len({o.lead_id for o in of}))
            for status in {o.status for o in offers}
            if (of := [o for o in offers if o.status == status])
        }
        decided = [o for o in offers if o.status in ("accepted", "rejected")]
        deciding = [(o.decided_at - o.offered_at).total_seconds() for o in decided if o.decided_at]
        accepted = [o for o in offers if o.status == "accepted"]
        touched = {o.pk: at for o in accepted if (at := self._first_touch(o))}
        touching = [
            (touched[o.pk] - o.decided_at).total_seconds()
            for o in accepted
            if o.pk in touched and o.decided_at
        ]
        return (
            tallies,
            took(deciding),
            took(touching),
            len({o.lead_id for o in decided}),
            len({o.lead_id for o in accepted if o.pk in touched}),
            len([o for o in accepted if o.pk not in touched]),
        )

    def _first_touch(self, offer: Handoff) -> datetime | None:
        later = [
            o.offered_at
            for o in self.offers
            if o.lead_id == offer.lead_id and o.offered_at > offer.offered_at
        ]
        return min(
            (
                t.occurred_at
                for t in self.touches
                if t.lead_id == offer.lead_id
                and t.occurred_at >= offer.offered_at
                and (not later or t.occurred_at < min(later))
            ),
            default=None,
        )


def workspace_sources(workspace: Any) -> Any:
    from leadqual.models import Source

    return Source.objects.filter(workspace=workspace).values_list("pk", "code")
