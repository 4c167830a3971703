"""The simulated year, moment by moment, for one workspace. What lies after `now` is not lived."""

import heapq
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from accounts.models import Role, User, Workspace
from handoff.demo import people
from handoff.demo.books import Books, Life
from handoff.demo.generate import LeadPlan, chance_to_win
from handoff.demo.machine import Machine
from handoff.demo.world import Person, World
from handoff.frameworks import DISCOVERY, framework
from handoff.marking import marks_of
from handoff.models import Handoff, LostReason, Opportunity, PoolMember, RejectionReason
from handoff.promises import GIVEN_BACK, QUALIFIED
from handoff.touch_rules import TOUCHED
from leadqual.models import Lead, TouchKind, TouchOutcome
from leadqual.stages import Stage
from scoring.engine.definitions import definitions_of
from scoring.engine.evaluate import evaluate
from scoring.engine.gather import gather
from scoring.engine.rules import rules_of
from scoring.versions import published_version
from sla.business_time import after, due
from sla.clocks import TAKEN_BACK
from sla.models import Absence, Commitment

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
        self.machine = Machine(world.seed + 2, now=now)
        self.desk = Random(world.seed + 3)  # of what is written down late, forgotten, reviewed
        self.away = absences_of(workspace)
        self.reviewer = next(u for u, p in team.values() if p.role == Role.MARKETING_MANAGER)
        self.queue: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self.order = count()

    def at(self, moment: datetime, action: Callable[[datetime], None]) -> None:
        if moment <= self.now:
            heapq.heappush(self.queue, (moment, next(self.order), action))

    def run(self) -> Books:
        for life in self.lives.values():
            first = min(self.now, self.machine.reads_at(life.plan.captured_at))
            self.at(first, lambda moment, life=life: self.first_look(life, moment))  # type: ignore[misc]
        while self.queue:
            moment, _, action = heapq.heappop(self.queue)
            action(moment)
        self.clocks = self.books.write(now=self.now)
        PoolMember.objects.bulk_update(self.turns.values(), ["last_assigned_at"])
        owned = [life.lead for life in self.lives.values() if life.owner]
        Lead.objects.bulk_update(owned, ["owner"], batch_size=500)
        return self.books

    def first_look(self, life: Life, moment: datetime) -> None:
        self.books.scored(life, at=moment)
        self.look(life, moment)

    def look_next(self, life: Life, since: datetime, expiry: datetime | None = None) -> None:
        """Look at the lead at its next event after `since`, or when time alone changes it."""
        events = life.facts.events
        index = bisect_right(events, since, key=lambda event: event.occurred_at)
        moments = [event.occurred_at for event in events[index : index + 1]]
        if expiry and expiry > since and life.standing_in == Stage.MQL and life.offer is None:
            moments.append(expiry)
        if moments:
            reads_at = self.machine.reads_at(min(moments))
            self.at(reads_at, lambda moment: self.look(life, moment))

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
                self.books.stop_own(life, at=moment, how=TAKEN_BACK)
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
        """To the rep assigned longest ago who is there and has not given the lead back."""
        free = [user for user in self.turns if user.pk not in life.gave_back]
        free = [user for user in free if user.pk not in life.said_no] or free
        free = [user for user in free if not self.is_away(user, moment)] or free
        if not free:
            if life.own and life.own.stopped_at is None:
                life.own.person = None
            return
        rep = min(free, key=lambda user: self.turns[user].last_assigned_at or self.long_ago)
        turn = self.turns[rep]
        turn.last_assigned_at = moment
        offered_at = min(self.machine.offers_at(moment), self.now)
        handoff = self.books.offer(life, rep, pool=turn.pool, ready_at=moment, at=offered_at)
        hot = is_hot(handoff)
        if offered_at > self.now - LEFT_FOR_THE_VISITOR:
            if hot and life.own and life.own.stopped_at is None and self.desk.random() < 0.6:
                called_at = self.soon(offered_at)
                self.at(called_at, lambda at: self.ring(life, rep, at))
            return
        calendar, person = self.books.calendar, self.persons[rep.pk]
        decided_at = people.decides_at(person, offered_at, calendar, self.random, is_hot=hot)
        decided_at = self.back(rep, decided_at)
        if handoff.due_at and decided_at > handoff.due_at:
            self.at(handoff.due_at, lambda at: self.expire(life, at))
        else:
            self.at(decided_at, lambda at: self.decide(life, at))

    def ring(self, life: Life, rep: User, moment: datetime) -> None:
        """Somebody who asked to talk is rung before anybody presses “accept”."""
        self.books.touch(life, rep, TouchKind.CALL, TouchOutcome.NO_ANSWER, at=moment)
        self.books.stop_own(life, at=moment, how=TOUCHED)

    def soon(self, moment: datetime) -> datetime:
        """In a few minutes of working time."""
        return after(moment, timedelta(minutes=self.desk.uniform(1, 6)), self.books.calendar)

    def is_away(self, user: User, moment: datetime) -> bool:
        return any(first <= moment < last for first, last in self.away.get(user.pk, ()))

    def back(self, user: User, moment: datetime) -> datetime:
        """The same moment, or one of the morning on which they are back."""
        for first, last in self.away.get(user.pk, ()):
            if first <= moment < last:
                return due(last, self.desk.randint(10, 90), self.books.calendar)
        return moment

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
            allowed = self.books.clockwork.terms.allowed(at=moment)
            code = people.reason_code(life.plan, self.world, allowed, self.random)
            reason = self.reasons[code]
            handoff = self.books.close_offer(
                life, Handoff.Status.REJECTED, at=moment, reason=reason
            )
            self.at(self.reviews_at(moment), lambda at: self.review(handoff, at))
            self.send_back(life, handoff.rep, reason, rule="rejected", at=moment)

    def send_back(
        self, life: Life, rep: User, reason: RejectionReason, *, rule: str, at: datetime
    ) -> None:
        if reason.outcome not in Stage.values:  # corrected or routed anew: the next rep is asked
            self.offer(life, at)
            return
        to = Stage(reason.outcome)
        self.books.left_sales(life, life.offers[-1], at=at)
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
        person, calendar = self.persons[rep.pk], self.books.calendar
        touch_at = people.touches_at(person, moment, calendar, self.random, is_hot=is_hot(handoff))
        if self.desk.random() < person.forgets:
            self.at(self.later(moment, 9), lambda at: self.give_up(life, handoff, at))
        else:
            self.at(self.back(rep, touch_at), lambda at: self.reach_out(life, handoff, at))

    def give_up(self, life: Life, handoff: Handoff, moment: datetime) -> None:
        """Accepted, never called, and given back in the end."""
        self.books.clockwork.stop_of(handoff, [QUALIFY], at=moment, how=GIVEN_BACK)
        reason = self.reasons["unreachable"]
        self.send_back(life, handoff.rep, reason, rule="recycled", at=moment)

    def reviews_at(self, rejected_at: datetime) -> datetime:
        minutes = 2.2 * 420 * self.desk.lognormvariate(0, 0.55)
        return due(rejected_at, max(30, round(minutes)), self.books.calendar)

    def review(self, handoff: Handoff, moment: datetime) -> None:
        upheld = self.desk.random() < 0.86
        self.books.review(handoff, upheld=upheld, by=self.reviewer, at=moment)

    def logs_at(self, moment: datetime) -> datetime:
        """Most write it down at once; one in twenty after the next calls, or in the evening."""
        if self.desk.random() >= 0.05:
            return moment
        late = moment + timedelta(minutes=self.desk.uniform(20, 300))
        return late if late <= self.now else moment

    def reach_out(self, life: Life, handoff: Handoff, moment: datetime) -> None:
        rep = handoff.rep
        logged_at = self.logs_at(moment)
        self.books.touch(
            life, rep, TouchKind.CALL, TouchOutcome.NO_ANSWER, at=moment, logged_at=logged_at
        )
        self.books.stop_own(life, at=moment, how=TOUCHED, recorded_at=logged_at)
        self.books.clockwork.stop_of(
            handoff, [FIRST_TOUCH], at=moment, how=TOUCHED, recorded_at=logged_at
        )
        tried = [(moment, TouchOutcome.NO_ANSWER, logged_at)]
        for n in range(self.random.randint(1, 3)):
            kind, outcome = self.random.choice(FOLLOW_UPS)
            at = self.back(rep, self.later(moment, 1 + n))
            logged_at = self.logs_at(at)
            tried.append((at, outcome, logged_at))
            if at <= self.now:
                self.books.touch(life, rep, kind, outcome, at=at, logged_at=logged_at)
        if kept := self.books.followed_up(handoff, tried):
            at, known_at = kept
            self.at(
                at,
                lambda at: self.books.clockwork.stop_of(
                    handoff, [FOLLOW_UP], at=at, how=TOUCHED, recorded_at=known_at
                ),
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
            self.books.clockwork.stop_of(handoff, [QUALIFY], at=moment, how=GIVEN_BACK)
            self.send_back(life, rep, reason, rule="recycled", at=moment)
        else:
            self.books.clockwork.stop_of(handoff, [FOLLOW_UP, QUALIFY], at=moment, how=QUALIFIED)
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


def is_hot(handoff: Handoff) -> bool:
    return handoff.tier is not None and handoff.tier.is_hot


def absences_of(workspace: Workspace) -> dict[int, list[tuple[datetime, datetime]]]:
    """By person, as moments: from the midnight of the first day to that after the last."""
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    for absence in Absence.objects.of(workspace):
        days = (absence.first_day, absence.last_day + timedelta(days=1))
        first, last = (datetime(d.year, d.month, d.day, tzinfo=workspace.zone) for d in days)
        found.setdefault(absence.person_id, []).append((first, last))
    return found
