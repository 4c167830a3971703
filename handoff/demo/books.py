"""What the simulated year writes down, in memory first and then in bulk.

The records are those that `handoff.transitions`, `handoffs` and `sla.clocks` would have made, by
the same pure functions: evaluator, explanation, packet, deadlines. tests/handoff/test_demo.py
holds them against the product's own rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounts.models import User, Workspace
from handoff import earlier_rounds
from handoff.demo.generate import LeadPlan
from handoff.marking import Value
from handoff.models import (
    Handoff,
    NurtureStay,
    Opportunity,
    Pool,
    RejectionReason,
    Scorecard,
    ScorecardAnswer,
)
from handoff.offering import subject_key
from handoff.packets import build_packet
from handoff.tiers import tier_of, tiers_of
from handoff.touch_rules import ANSWERED
from handoff.transitions import append_history
from leadqual.models import Lead, StageMove, Touch, TouchKind, TouchOutcome
from leadqual.stages import Stage
from leadqual.timeline import Entry
from scoring.engine.definitions import Definitions
from scoring.engine.evaluate import Facts
from scoring.engine.rules import RuleSet
from scoring.explanations import in_words
from sla.business_time import elapsed
from sla.calendars import calendar_of
from sla.clocks import RAN_OUT
from sla.deadlines import deadlines
from sla.models import Clock, Commitment

SWEEP = timedelta(seconds=9)  # how long after a deadline the sweep comes by


@dataclass
class Life:
    """One lead as the simulation goes along."""

    lead: Lead
    plan: LeadPlan
    facts: Facts
    standing_in: Stage = Stage.NEW
    since: datetime = field(default_factory=datetime.now)  # set with the first move
    cycle: int = 0
    cycle_open: bool = False
    owner: User | None = None
    offer: Handoff | None = None
    stay: NurtureStay | None = None
    offers: list[Handoff] = field(default_factory=list)
    stays: list[NurtureStay] = field(default_factory=list)
    gave_back: set[int] = field(default_factory=set)
    said_no: set[int] = field(default_factory=set)
    moves: list[StageMove] = field(default_factory=list)


class Books:
    def __init__(self, workspace: Workspace, rules: RuleSet, definitions: Definitions) -> None:
        self.workspace, self.rules, self.definitions = workspace, rules, definitions
        promises = (
            Commitment.objects.of(workspace)
            .in_force()
            .filter(tier_code="")
            .select_related("calendar")
        )
        self.promises = {promise.code: promise for promise in promises}
        self.calendar = calendar_of(self.promises[Commitment.Code.DECIDE_OFFER].calendar)
        self.tiers = tiers_of(workspace)
        self.moves: list[StageMove] = []
        self.handoffs: list[Handoff] = []
        self.clocks: list[tuple[Handoff, Clock]] = []
        self.running: dict[tuple[int, Commitment.Code], Clock] = {}
        self.touches: list[Touch] = []
        self.stays: list[NurtureStay] = []
        self.answers: list[ScorecardAnswer] = []
        self.cards: list[Scorecard] = []
        self.deals: dict[int, Opportunity] = {}

    def move(
        self,
        life: Life,
        to: Stage,
        *,
        rule: str,
        at: datetime,
        by: User | None = None,
        reason: str = "",
        note: str = "",
        rep: User | None = None,
    ) -> StageMove:
        counted = to != Stage.MQL or not life.cycle_open
        if to == Stage.MQL:
            life.cycle += counted
            life.cycle_open = True
            life.gave_back = set() if counted else life.gave_back
        elif to in (Stage.NURTURE, Stage.DISQUALIFIED, Stage.LOST):
            life.cycle_open = False
        words = in_words(life.facts, self.rules, self.definitions, at=at)
        record = StageMove(
            workspace=self.workspace,
            lead=life.lead,
            cycle=life.cycle,
            from_stage=life.standing_in,
            to_stage=to,
            at=at,
            recorded_at=at,
            by=by,
            rule=rule,
            reason=reason,
            note=note,
            rep=rep,
            source_id=life.lead.first_source_id,
            fit=words["fit"],
            intent=words["intent"],
            grade=words["grade"],
            model_version=words["version"],
            explanation=words,
            counted=counted,
        )
        life.standing_in, life.since = to, at
        life.moves.append(record)
        self.moves.append(record)
        return record

    def offer(self, life: Life, rep: User, *, pool: Pool, at: datetime) -> Handoff:
        words = in_words(life.facts, self.rules, self.definitions, at=at)
        tier = tier_of(self.tiers, grade=words["grade"], employees=life.plan.company.employees)
        packet = build_packet(
            life.lead,
            explanation=words,
            recent=_story(life, at),
            earlier=earlier_rounds.in_words(life.offers, life.stays),
            tier=tier,
            at=at,
        )
        handoff = Handoff(
            workspace=self.workspace,
            lead=life.lead,
            rep=rep,
            cycle=life.cycle,
            offered_at=at,
            source_id=life.lead.first_source_id,
            fit=words["fit"],
            intent=words["intent"],
            grade=words["grade"],
            model_version=words["version"],
            why_now=packet["why_now"],
            packet=packet,
            pool=pool,
            trace={"to": f"pool {pool}", "people": [{"person": str(rep), "skipped": ""}]},
            tier=tier,
            notified_at=at,
        )
        clock = self.start(handoff, Commitment.Code.DECIDE_OFFER, at=at)
        handoff.due_at = clock.due_at
        life.offer = handoff
        life.offers.append(handoff)
        self.handoffs.append(handoff)
        return handoff

    def start(self, handoff: Handoff, code: Commitment.Code, *, at: datetime) -> Clock:
        promise = self.promises[code]
        moments = deadlines(
            started_at=at,
            minutes=promise.minutes,
            days=promise.days,
            warn_percents=promise.warn_percents,
            calendar=self.calendar,
        )
        clock = Clock(
            workspace=self.workspace,
            lead=handoff.lead,
            commitment=promise,
            code=promise.code,
            calendar=promise.calendar,
            person=handoff.rep,
            minutes=promise.minutes,
            days=promise.days,
            warn_percents=promise.warn_percents,
            started_at=at,
            warn_ats=moments.warn_ats,
            due_at=moments.due_at,
        )
        self.clocks.append((handoff, clock))
        self.running[id(handoff), code] = clock
        return clock

    def stop(self, handoff: Handoff, code: Commitment.Code, *, at: datetime, how: str) -> None:
        clock = self.running.pop((id(handoff), code))
        took = elapsed(clock.started_at, at, self.calendar)
        clock.stopped_at, clock.stopped_by = at, how
        clock.business_seconds = max(0, int(took.total_seconds()))
        notice(clock, now=at + SWEEP, until=at, ran_out=how == RAN_OUT)
        clock.next_check_at = None

    def stop_if_running(
        self, handoff: Handoff, code: Commitment.Code, *, at: datetime, how: str
    ) -> None:
        if (id(handoff), code) in self.running:
            self.stop(handoff, code, at=at, how=how)

    def followed_up_at(self, tried: Sequence[tuple[datetime, TouchOutcome]]) -> datetime | None:
        """When touches, in any order, keep the follow-up; None: they do not."""
        asked = self.promises[Commitment.Code.FOLLOW_UP]
        ordered = sorted(tried, key=lambda touch: touch[0])
        reached = [at for at, outcome in ordered if outcome in ANSWERED]
        enough = [at for at, _ in ordered[asked.touches - 1 :]]
        return min([*reached, *enough], default=None)

    def close_offer(
        self,
        life: Life,
        status: Handoff.Status,
        *,
        at: datetime,
        reason: RejectionReason | None = None,
    ) -> Handoff:
        handoff = life.offer
        assert handoff is not None  # noqa: S101 - the simulation closes what it opened
        handoff.status, life.offer = status, None
        if status == Handoff.Status.EXPIRED:
            handoff.expired_at = at
            self.stop(handoff, Commitment.Code.DECIDE_OFFER, at=at, how=RAN_OUT)
        else:
            handoff.decided_at, handoff.decided_by, handoff.reason = at, handoff.rep, reason
            handoff.viewed_at = max(handoff.offered_at, at - timedelta(minutes=2))
            self.stop(handoff, Commitment.Code.DECIDE_OFFER, at=at, how=status)
        if status != Handoff.Status.ACCEPTED:
            life.gave_back.add(handoff.rep_id)
        if status == Handoff.Status.REJECTED:
            life.said_no.add(handoff.rep_id)
        return handoff

    def touch(
        self, life: Life, by: User, kind: TouchKind, outcome: TouchOutcome, *, at: datetime
    ) -> None:
        self.touches.append(
            Touch(
                workspace=self.workspace,
                lead=life.lead,
                kind=kind,
                outcome=outcome,
                occurred_at=at,
                logged_at=at,
                by=by,
            )
        )

    def keep_warm(self, life: Life, *, at: datetime, reason: RejectionReason) -> NurtureStay:
        wake_at = at + timedelta(days=reason.recycle_days) if reason.recycle_days else None
        life.stay = NurtureStay(
            workspace=self.workspace, lead=life.lead, entered_at=at, reason=reason, wake_at=wake_at
        )
        life.stays.append(life.stay)
        self.stays.append(life.stay)
        return life.stay

    def score(self, life: Life, by: User, given: dict[str, Value], *, at: datetime) -> None:
        card = Scorecard(workspace=self.workspace, lead=life.lead, cycle=life.cycle, created_at=at)
        self.cards.append(card)
        self.answers += [
            ScorecardAnswer(
                scorecard=card,
                question=question,
                value=value,
                evidence="Said on the discovery call.",
                by=by,
                at=at,
            )
            for question, value in given.items()
        ]

    def write(self, *, now: datetime) -> None:
        """Everything, in the order in which the product writes it."""
        append_history(self.moves)
        Handoff.objects.bulk_create(
            sorted(self.handoffs, key=lambda handoff: handoff.offered_at), batch_size=500
        )
        for handoff, clock in self.clocks:
            clock.subject_key = subject_key(handoff)
            if clock.stopped_at is None:
                notice(clock, now=now, until=now)
        Clock.objects.bulk_create((clock for _, clock in self.clocks), batch_size=1000)
        Touch.objects.bulk_create(self.touches, batch_size=1000)
        NurtureStay.objects.bulk_create(self.stays, batch_size=1000)
        Scorecard.objects.bulk_create(self.cards, batch_size=1000)
        ScorecardAnswer.objects.bulk_create(self.answers, batch_size=1000)
        Opportunity.objects.bulk_create(self.deals.values(), batch_size=1000)


def notice(clock: Clock, *, now: datetime, until: datetime, ran_out: bool = False) -> None:
    """What sweeps would have found by `now` on a clock that ran `until` then."""
    clock.warned = clock.told = sum(moment < until for moment in clock.warn_ats)
    clock.next_check_at = clock.next_moment
    if clock.due_at < until or ran_out:
        clock.breached_at, clock.next_check_at = clock.due_at, None
        clock.noticed_at = clock.answered_at = min(clock.due_at + SWEEP, now)


def _story(life: Life, at: datetime) -> list[Entry]:
    """The packet's timeline: what lies in the plan up to `at`, newest first."""
    did = [
        Entry(event.at, "event", 0, event.kind.label, event.url)
        for event in life.plan.events
        if event.at <= at
    ]
    moved = [
        Entry(move.at, "move", 0, f"{Stage(move.from_stage).label} → {Stage(move.to_stage).label}")
        for move in life.moves
        if move.at <= at
    ]
    return sorted([*did, *moved], key=lambda entry: entry.at, reverse=True)
