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
from handoff.demo.clockwork import About, Clockwork
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
from handoff.packets import build_packet
from handoff.promises import OF_ACCEPTED, REVIEWED
from handoff.tiers import tier_of, tiers_of
from handoff.touch_rules import kept_by
from handoff.transitions import append_history
from leadqual.models import Lead, StageMove, Touch, TouchKind, TouchOutcome
from leadqual.stages import Stage
from leadqual.timeline import Entry
from scoring.engine.definitions import Definitions
from scoring.engine.evaluate import Facts
from scoring.engine.rules import RuleSet
from scoring.explanations import in_words
from sla.clocks import RAN_OUT, TAKEN_BACK
from sla.models import Clock, Commitment

Code = Commitment.Code


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
    own: Clock | None = None  # of its first touch after the first offer
    offers: list[Handoff] = field(default_factory=list)
    stays: list[NurtureStay] = field(default_factory=list)
    gave_back: set[int] = field(default_factory=set)
    said_no: set[int] = field(default_factory=set)
    moves: list[StageMove] = field(default_factory=list)


class Books:
    def __init__(self, workspace: Workspace, rules: RuleSet, definitions: Definitions) -> None:
        self.workspace, self.rules, self.definitions = workspace, rules, definitions
        self.clockwork = Clockwork(workspace)
        self.calendar = self.clockwork.hours
        self.tiers = tiers_of(workspace)
        self.moves: list[StageMove] = []
        self.handoffs: list[Handoff] = []
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

    def offer(
        self, life: Life, rep: User, *, pool: Pool, ready_at: datetime, at: datetime
    ) -> Handoff:
        """Found ready at `ready_at`, offered at `at`."""
        words = in_words(life.facts, self.rules, self.definitions, at=ready_at)
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
        self._promise(life, handoff, ready_at=ready_at)
        life.offer = handoff
        life.offers.append(handoff)
        self.handoffs.append(handoff)
        return handoff

    def _promise(self, life: Life, handoff: Handoff, *, ready_at: datetime) -> None:
        """The clocks of an offer: the rep's, the lead's own, and the system's of a first one."""
        clockwork, at, rep = self.clockwork, handoff.offered_at, handoff.rep
        decide = clockwork.of_handoff(handoff, Code.DECIDE_OFFER, at=at, person=rep)
        handoff.due_at = decide.due_at if decide else None
        of_cycle = [offer for offer in life.offers if offer.cycle == life.cycle]
        if not of_cycle:
            about = About("ready", life.lead, f":{life.cycle}")
            offered = clockwork.start(
                life.lead, Code.OFFERED, about, at=ready_at, tier=handoff.tier
            )
            if offered:
                clockwork.stop(offered, at=at, how="offered")
        own = life.own
        if own and own.stopped_at is None:
            own.person = rep
        elif not of_cycle or own is None or own.stopped_by == TAKEN_BACK:
            about = About("cycle", handoff)
            life.own = clockwork.start(
                life.lead, Code.TOUCH_OF_OFFER, about, at=at, tier=handoff.tier, person=rep
            )

    def stop_own(
        self, life: Life, *, at: datetime, how: str, recorded_at: datetime | None = None
    ) -> None:
        """The lead's own clock, if it runs."""
        if life.own and life.own.stopped_at is None:
            self.clockwork.stop(life.own, at=at, how=how, recorded_at=recorded_at)

    def left_sales(self, life: Life, handoff: Handoff, *, at: datetime) -> None:
        self.stop_own(life, at=at, how=TAKEN_BACK)
        codes = (Code.FIRST_TOUCH, Code.FOLLOW_UP, Code.QUALIFY)
        self.clockwork.stop_of(handoff, codes, at=at, how=TAKEN_BACK)

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
            self.clockwork.stop_of(handoff, [Code.DECIDE_OFFER], at=at, how=RAN_OUT)
        else:
            handoff.decided_at, handoff.decided_by, handoff.reason = at, handoff.rep, reason
            handoff.viewed_at = max(handoff.offered_at, at - timedelta(minutes=2))
            self.clockwork.stop_of(handoff, [Code.DECIDE_OFFER], at=at, how=status)
        if status == Handoff.Status.ACCEPTED:
            for code in OF_ACCEPTED:
                self.clockwork.of_handoff(handoff, code, at=at, person=handoff.rep)
        else:
            life.gave_back.add(handoff.rep_id)
        if status == Handoff.Status.REJECTED:
            life.said_no.add(handoff.rep_id)
            self.clockwork.of_handoff(handoff, Code.REVIEW_REJECTION, at=at, person=None)
        return handoff

    def review(self, handoff: Handoff, *, upheld: bool, by: User, at: datetime) -> None:
        handoff.upheld, handoff.reviewed_at, handoff.reviewed_by = upheld, at, by
        self.clockwork.stop_of(handoff, [Code.REVIEW_REJECTION], at=at, how=REVIEWED)

    def scored(self, life: Life, *, at: datetime) -> None:
        """For the first time, since it was captured."""
        about = About("lead", life.lead)
        clock = self.clockwork.start(life.lead, Code.SCORED, about, at=life.plan.captured_at)
        if clock:
            self.clockwork.stop(clock, at=at, how="scored")

    def followed_up(
        self, handoff: Handoff, tried: Sequence[tuple[datetime, TouchOutcome, datetime]]
    ) -> tuple[datetime, datetime] | None:
        """By touches in any order, each its moment, outcome and when it was logged: when they keep
        the follow-up, and when that was known; None: they do not."""
        clock = self.clockwork.running.get((id(handoff), Code.FOLLOW_UP))
        touches = [
            Touch(occurred_at=at, outcome=outcome, logged_at=logged_at)
            for at, outcome, logged_at in sorted(tried, key=lambda one: one[0])
        ]
        kept = kept_by(clock.commitment, touches) if clock else None
        return (kept.at, kept.recorded_at) if kept else None

    def touch(
        self,
        life: Life,
        by: User,
        kind: TouchKind,
        outcome: TouchOutcome,
        *,
        at: datetime,
        logged_at: datetime | None = None,
    ) -> None:
        self.touches.append(
            Touch(
                workspace=self.workspace,
                lead=life.lead,
                kind=kind,
                outcome=outcome,
                occurred_at=at,
                logged_at=logged_at or at,
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

    def write(self, *, now: datetime) -> list[Clock]:
        """Everything, in the order in which the product writes it; returns the clocks."""
        append_history(self.moves)
        Handoff.objects.bulk_create(
            sorted(self.handoffs, key=lambda handoff: handoff.offered_at), batch_size=500
        )
        clocks = self.clockwork.write(now=now)
        Touch.objects.bulk_create(self.touches, batch_size=1000)
        NurtureStay.objects.bulk_create(self.stays, batch_size=1000)
        Scorecard.objects.bulk_create(self.cards, batch_size=1000)
        ScorecardAnswer.objects.bulk_create(self.answers, batch_size=1000)
        Opportunity.objects.bulk_create(self.deals.values(), batch_size=1000)
        return clocks


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
