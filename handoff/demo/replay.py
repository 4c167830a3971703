"""The simulated year, moment by moment, for one workspace. What lies after `now` is not lived."""

import heapq
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from accounts.models import User, Workspace
from handoff.demo import people
from handoff.demo.books import Books, Life
from handoff.demo.generate import LeadPlan, chance_to_win
from handoff.demo.world import Person, World
from handoff.frameworks import DISCOVERY, framework
from handoff.marking import marks_of
from handoff.models import Handoff, LostReason, Opportunity, PoolMember, RejectionReason
from handoff.promises import GIVEN_BACK, OF_ACCEPTED, QUALIFIED
from handoff.touch_rules import TOUCHED
from leadqual.models import Lead, TouchKind, TouchOutcome
from leadqual.stages import Stage
from scoring.engine.definitions import definitions_of
from scoring.engine.evaluate import evaluate
from scoring.engine.gather import gather
from scoring.engine.rules import rules_of
from scoring.versions import published_version
from sla.business_time import due
from sla.clocks import TAKEN_BACK
from sla.models import Commitment

FOLLOW_UPS = ((TouchKind.EMAIL, TouchOutcome.SENT), (TouchKind.CALL, TouchOutcome.REACHED))
FIRST_TOUCH, FOLLOW_UP = Commitment.Code.FIRST_TOUCH, Commitment.Code.FOLLOW_UP
QUALIFY = Commitment.Code.QUALIFY
LEFT_FOR_THE_VISITOR = timedelta(hours=3)


class Replay:
    def __init__(
        self,
        workspace: Workspace,
        world: World,
        leads: dict[int, tuple[Lead, LeadPlan]],
        team: dict[str, tuple[User, Person]],
        *,
        now: datetime,
    ) -> None:
        version = published_version(workspace.pk)
        assert version is not None  # noqa: S101 - a new workspace has its starter model
        self.world, self.now = world, now
        self.rules, self.definitions = rules_of(version), definitions_of(version)
        self.events_only = replace(self.rules, icp=(), attributes=(), flags=())
        self.books = Books(workspace, self.rules, self.definitions)
        facts = gather(list(leads), self.rules)
        self.lives = {
            pk: Life(lead, plan, facts[pk], since=plan.captured_at)
            for pk, (lead, plan) in leads.items()
        }
        self.persons = {user.pk: person for user, person in team.values()}
        self.turns = {
            member.rep.user: member
            for member in PoolMember.objects.filter(
                pool__workspace=workspace, pool__takes_all=True
            ).select_related("rep__user", "pool")
        }
        self.reasons = {r.code: r for r in RejectionReason.objects.of(workspace)}
        self.random = Random(world.seed + 1)
        self.queue: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self.order = count()

    def at(self, moment: datetime, action: Callable[[datetime], None]) -> None:
        if moment <= self.now:
            heapq.heappush(self.queue, (moment, next(self.order), action))

    def run(self) -> Books:
        for life in self.lives.values():
            self.look_next(life, life.plan.captured_at - timedelta.resolution)
        while self.queue:
            moment, _, action = heapq.heappop(self.queue)
            action(moment)
        self.books.write(now=self.now)
        PoolMember.objects.bulk_update(self.turns.values(), ["last_assigned_at"])
        owned = [life.lead for life in self.lives.values() if life.owner]
        Lead.objects.bulk_update(owned, ["owner"], batch_size=500)
        return self.books

    def look_next(self, life: Life, since: datetime, expiry: datetime | None = None) -> None:
        """Look at the lead at its next event after `since`, or when time alone changes it."""
        events = life.facts.events
        index = bisect_right(events, since, key=lambda event: event.occurred_at)
        moments = [event.occurred_at for event in events[index : index + 1]]
        if expiry and expiry > since and life.standing_in == Stage.MQL and life.offer is None:
            moments.append(expiry)
        if moments:
            self.at(min(moments), lambda moment: self.look(life, moment))

    def look(self, life: Life, moment: datetime) -> None:
        """What settling does: promote, wake, demote, offer."""
        if life.offer or life.standing_in not in (Stage.NEW, Stage.MQL, Stage.NURTURE):
            self.look_next(life, moment)
            return
        found = evaluate(life.facts, self.rules, at=moment)
        numbers, asked = (found.fit, found.intent), self.definitions
        if not found.flags and any(way.hold(*numbers) for way in asked.mql):
            self.promote(life, moment)
        keeps = any(way.hold(*numbers, margin=asked.margin) for way in asked.mql)
        if life.standing_in == Stage.MQL:
            if not keeps:
                self.books.move(life, Stage.NEW, rule="demoted", at=moment)
            elif any(way.hold(*numbers) for way in asked.handoff):
                self.offer(life, moment)
        self.look_next(life, moment, found.next_expiry)

    def promote(self, life: Life, moment: datetime) -> None:
        if life.standing_in == Stage.NEW:
            self.books.move(life, Stage.MQL, rule="mql_definition", at=moment)
        elif life.standing_in == Stage.NURTURE and life.stay and self.wakes(life, moment):
            life.stay.left_at, life.stay = moment, None
            self.books.move(life, Stage.MQL, rule="woken", at=moment)

    def wakes(self, life: Life, moment: datetime) -> bool:
        stay = life.stay
        if stay is None:
            return False
        if stay.wake_at and stay.wake_at <= moment:
            stay.woken_at = stay.wake_at
            return True
        newer = tuple(e for e in life.facts.events if e.occurred_at > stay.entered_at)
        earned = evaluate(replace(life.facts, events=newer), self.events_only, at=moment).intent
        return earned >= self.definitions.wake_points

    def offer(self, life: Life, moment: datetime) -> None:
        """To the rep assigned longest ago who has not given the lead back."""
        free = [user for user in self.turns if user.pk not in life.gave_back]
        free = [user for user in free if user.pk not in life.said_no] or free
        if not free:
            return
        rep = min(free, key=lambda user: self.turns[user].last_assigned_at or self.long_ago)
        turn = self.turns[rep]
        turn.last_assigned_at = moment
        handoff = self.books.offer(life, rep, pool=turn.pool, at=moment)
        if moment > self.now - LEFT_FOR_THE_VISITOR:
            return
        calendar, person = self.books.calendar, self.persons[rep.pk]
        decided_at = people.decides_at(person, moment, calendar, self.random)
        if handoff.due_at and decided_at > handoff.due_at:
            self.at(handoff.due_at, lambda at: self.expire(life, at))
        else:
            self.at(decided_at, lambda at: self.decide(life, at))

    @property
    def long_ago(self) -> datetime:
        return self.now - timedelta(days=1000)

    def expire(self, life: Life, moment: datetime) -> None:
        self.books.close_offer(life, Handoff.Status.EXPIRED, at=moment)
        self.offer(life, moment + timedelta(seconds=9))

    def decide(self, life: Life, moment: datetime) -> None:
        if self.random.random() < 0.03:
            self.books.close_offer(life, Handoff.Status.NOT_MINE, at=moment)
            self.offer(life, moment)
        elif people.accepts(life.plan, self.world, self.random):
            self.accept(life, moment)
        else:
            reason = self.reasons[people.reason_code(life.plan, self.world, self.random)]
            handoff = self.books.close_offer(
                life, Handoff.Status.REJECTED, at=moment, reason=reason
            )
            self.send_back(life, handoff.rep, reason, rule="rejected", at=moment)

    def send_back(
        self, life: Life, rep: User, reason: RejectionReason, *, rule: str, at: datetime
    ) -> None:
        if reason.outcome not in Stage.values:  # corrected or routed anew: the next rep is asked
            self.offer(life, at)
            return
        to = Stage(reason.outcome)
        self.books.move(life, to, rule=rule, at=at, by=rep, reason=reason.code, rep=rep)
        if to == Stage.NURTURE:
            stay = self.books.keep_warm(life, at=at, reason=reason)
            if stay.wake_at:
                self.at(stay.wake_at, lambda moment: self.wake(life, moment))

    def wake(self, life: Life, moment: datetime) -> None:
        if life.stay and life.stay.wake_at == moment:
            life.stay.woken_at = moment
            self.look(life, moment)

    def accept(self, life: Life, moment: datetime) -> None:
        handoff = self.books.close_offer(life, Handoff.Status.ACCEPTED, at=moment)
        rep = handoff.rep
        self.books.move(life, Stage.SAL, rule="accepted", at=moment, by=rep, rep=rep)
        life.owner = life.lead.owner = rep
        for code in OF_ACCEPTED:
            self.books.start(handoff, code, at=moment)
        touch_at = people.touches_at(self.persons[rep.pk], moment, self.books.calendar, self.random)
        self.at(touch_at, lambda at: self.reach_out(life, handoff, at))

    def reach_out(self, life: Life, handoff: Handoff, moment: datetime) -> None:
        rep = handoff.rep
        self.books.touch(life, rep, TouchKind.CALL, TouchOutcome.NO_ANSWER, at=moment)
        self.books.stop(handoff, FIRST_TOUCH, at=moment, how="touched")
        tried = [(moment, TouchOutcome.NO_ANSWER)]
        for n in range(self.random.randint(1, 3)):
            kind, outcome = self.random.choice(FOLLOW_UPS)
            at = self.later(moment, 1 + n)
            tried.append((at, outcome))
            if at <= self.now:
                self.books.touch(life, rep, kind, outcome, at=at)
        if followed_up_at := self.books.followed_up_at(tried):
            self.at(
                followed_up_at,
                lambda at: self.books.stop_if_running(handoff, FOLLOW_UP, at=at, how=TOUCHED),
            )
        self.at(self.later(moment, 5), lambda at: self.discover(life, handoff, at))

    def later(self, moment: datetime, days: float) -> datetime:
        """That many working days on, give or take, in working hours."""
        minutes = days * 420 * self.random.lognormvariate(0, 0.5)
        return due(moment, max(5, round(minutes)), self.books.calendar)

    def discover(self, life: Life, handoff: Handoff, moment: datetime) -> None:
        """The discovery call: the scorecard decides."""
        rep = handoff.rep
        given = people.scorecard(life.plan, self.random)
        self.books.score(life, rep, given, at=moment)
        asked = framework(DISCOVERY)
        if marks_of(asked.questions, given, pass_mark=asked.pass_mark).gaps:
            reason = self.reasons[self.random.choice(("no-budget", "timeline-too-long"))]
            self.send_back(life, rep, reason, rule="recycled", at=moment)
            self.books.stop_if_running(handoff, QUALIFY, at=moment, how=GIVEN_BACK)
            self.books.stop_if_running(handoff, FOLLOW_UP, at=moment, how=TAKEN_BACK)
        else:
            for code in (FOLLOW_UP, QUALIFY):
                self.books.stop_if_running(handoff, code, at=moment, how=QUALIFIED)
            self.books.move(life, Stage.SQL, rule="scorecard", at=moment, by=rep, rep=rep)
            self.at(self.later(moment, 4), lambda at: self.propose(life, rep, at))

    def propose(self, life: Life, rep: User, moment: datetime) -> None:
        self.books.move(life, Stage.OPPORTUNITY, rule="opportunity", at=moment, by=rep, rep=rep)
        amount = self.world.typical_amount * self.random.lognormvariate(0, 0.5)
        self.books.deals[life.lead.pk] = Opportunity(
            workspace=self.books.workspace,
            lead=life.lead,
            cycle=life.cycle,
            amount=Decimal(max(100, round(amount, -2))),
            currency=self.world.currency,
            opened_at=moment,
        )
        self.at(self.later(moment, 14), lambda at: self.close(life, rep, at))

    def close(self, life: Life, rep: User, moment: datetime) -> None:
        deal = self.books.deals[life.lead.pk]
        deal.closed_at = moment
        deal.won = self.random.random() < chance_to_win(life.plan, self.world)
        if deal.won:
            self.books.move(life, Stage.WON, rule="won", at=moment, by=rep, rep=rep)
            return
        deal.lost_reason = self.random.choice((LostReason.PRICE, LostReason.NO_DECISION))
        self.books.move(
            life, Stage.LOST, rule="lost", at=moment, by=rep, rep=rep, reason=deal.lost_reason
        )
