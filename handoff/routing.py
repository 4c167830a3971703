"""Where a lead goes: to its company's owner, else where the first matching rule says, else to
the pool that takes all. Pure: what is asked is read by `handoff.rosters`, and `handoff.offering`
writes down what comes of it.

A rule that leads to a person who cannot take the lead, or to a pool of which nobody ever could (all
gave it back, say), lets it go on to the next rule. A pool of which somebody can take it later keeps
it: it waits for them. A rule that leads to a nurture track ends the search.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from handoff import turns
from handoff.capacity import ANY_HOUR, Hours, Person, Refusal
from handoff.lead_conditions import Conditions, Facts, unmet
from handoff.routing_trace import Trace

PAUSED = "waits as the pool is paused"
SAID_NO = "rejected this lead in an earlier cycle"
NOT_THEIR_TURN = "it is not their turn"
SWITCHED_OFF = "takes no turns in this pool"
NO_REP = "takes no offers at the moment"


@dataclass(frozen=True)
class Rule:
    """A rule of a plan. Exactly one of `person` (a user's id), `pool` and `track` is not None;
    `to` is what it is called."""

    name: str
    conditions: Conditions
    person: int | None = None
    pool: int | None = None
    track: int | None = None
    to: str = ""


@dataclass(frozen=True)
class PoolOf:
    """A pool and its members, by their rows' ids; `hours` are those of members without own ones."""

    key: int
    name: str
    seats: Sequence[turns.Seat] = ()
    is_paused: bool = False
    hours: Hours = ANY_HOUR


@dataclass(frozen=True)
class Asked:
    """What routing asks of a lead. `owner` is who owns the company's other lead, with their name.
    `gave_back` says, by user id, what those did who are not asked again in this cycle; `said_no`
    are those who rejected it in an earlier one, asked only when nobody else is left."""

    facts: Facts
    owner: tuple[int, str] | None = None
    gave_back: Mapping[int, str] = field(default_factory=dict)
    said_no: Collection[int] = ()


@dataclass(frozen=True)
class Step:
    """A place where the lead may go, in order; without a rule: the owner, or the last pool."""

    person: int | None = None
    pool: int | None = None
    track: int | None = None
    to: str = ""
    rule: str | None = None
    passed: Sequence[tuple[str, list[str]]] = ()
    """Rules tried in vain before it, with what did not hold."""


@dataclass(frozen=True)
class Routed:
    """What came of it. Either `user` (with the `pool` whose turn it took, if any), or `track`, or
    nobody: then `pool` is the one it waits for, and `retry_at` when somebody may be able to; None
    where that is not a matter of time.

    `seats` are those of the pool after the turn. `trace` is what `Handoff.trace` keeps.
    """

    trace: dict[str, object]
    user: int | None = None
    pool: int | None = None
    track: int | None = None
    seats: Sequence[turns.Seat] = ()
    retry_at: datetime | None = None


def route(
    asked: Asked,
    rules: Sequence[Rule],
    pools: Mapping[int, PoolOf],
    people: Mapping[int, Person],
    *,
    takes_all: int | None,
    at: datetime,
    paced: bool = False,
) -> Routed:
    """Route one lead in memory: nothing is read or written. `pools` by id, `people` by user id;
    `takes_all` is the id of the last pool. `paced`: it is a release (see `Person.refusal`).

    To go on with the next lead, put `seats` into the pool and one more into the person's load:
    see `after`.
    """
    return choose(steps_of(asked, rules, takes_all), asked, pools, people, at=at, paced=paced)


def after(
    routed: Routed, pools: Mapping[int, PoolOf], people: Mapping[int, Person]
) -> tuple[dict[int, PoolOf], dict[int, Person]]:
    """Pools and people as they are when that offer has been made."""
    pools, people = dict(pools), dict(people)
    if routed.user is not None and routed.user in people:
        person = people[routed.user]
        people[routed.user] = replace(person, load=person.load.with_one_more())
    if routed.user is not None and routed.pool is not None:
        pools[routed.pool] = replace(pools[routed.pool], seats=routed.seats)
    return pools, people


def steps_of(asked: Asked, rules: Sequence[Rule], takes_all: int | None) -> list[Step]:
    """Where the lead may go, in order: what can be known before anybody's capacity is."""
    steps = []
    if asked.owner:
        steps.append(Step(person=asked.owner[0], to=asked.owner[1]))
    passed: list[tuple[str, list[str]]] = []
    for rule in rules:
        if why := unmet(rule.conditions, asked.facts):
            passed.append((rule.name, why))
            continue
        steps.append(Step(rule.person, rule.pool, rule.track, rule.to, rule.name, passed))
        passed = []
        if rule.track is not None:
            return steps
    return [*steps, Step(pool=takes_all, passed=passed)]


def choose(
    steps: Sequence[Step],
    asked: Asked,
    pools: Mapping[int, PoolOf],
    people: Mapping[int, Person],
    *,
    at: datetime,
    paced: bool = False,
) -> Routed:
    """The first of the steps that leads somewhere."""
    trace, refusals = Trace(), list[Refusal]()
    able = _Able(asked, people, at, paced)
    for step in steps:
        trace.begin(step.rule, step.passed)
        if step.track is not None:
            trace.goes_to(f"track {step.to}")
            return Routed(trace.kept(), track=step.track)
        if step.person is not None:
            refusal = able.refusal(step.person, owner=step.rule is None)
            trace.person(step.to, refusal, is_owner=step.rule is None)
            if refusal is None:
                return Routed(trace.kept(), user=step.person)
            refusals.append(refusal)
            continue
        pool = pools.get(step.pool) if step.pool is not None else None
        if pool is None:
            continue
        routed = _in_pool(pool, able, trace)
        if routed.user is not None:
            return routed
        if routed.retry_at is not None:
            return replace(routed, retry_at=_earliest([*refusals, Refusal("", routed.retry_at)]))
    return Routed(trace.kept(), retry_at=_earliest(refusals))


@dataclass(frozen=True)
class _Able:
    """Who can take this lead at this moment."""

    asked: Asked
    people: Mapping[int, Person]
    at: datetime
    paced: bool

    def refusal(
        self, user: int, *, owner: bool = False, pool_hours: Hours = ANY_HOUR
    ) -> Refusal | None:
        if words := self.asked.gave_back.get(user):
            return Refusal(words)
        if owner and user in self.asked.said_no:
            return Refusal(SAID_NO)
        person = self.people.get(user)
        if person is None:
            return Refusal(NO_REP)
        return person.refusal(self.at, paced=self.paced, pool_hours=pool_hours)

    def of_seat(self, pool: PoolOf, seat: turns.Seat) -> Refusal | None:
        if not seat.is_active:
            return Refusal(SWITCHED_OFF)
        lasting = self.refusal(seat.user, pool_hours=pool.hours)
        if lasting is None or lasting.until is not None:
            return Refusal(PAUSED, self.at) if pool.is_paused else lasting
        return lasting


def _in_pool(pool: PoolOf, able: _Able, trace: Trace) -> Routed:
    """A turn in the pool; nobody, where nobody can take it, with when somebody may."""
    refused = {seat.key: able.of_seat(pool, seat) for seat in pool.seats}
    free = [seat for seat in pool.seats if refused[seat.key] is None]
    first = [seat for seat in free if seat.user not in able.asked.said_no]
    trace.goes_to(f"pool {pool.name}")
    chosen: turns.Seat | None = None
    taken: list[turns.Seat] = []
    if free:
        key, taken = turns.take(first or free, at=able.at)
        chosen = next(seat for seat in free if seat.key == key)
    for seat in _as_considered(pool.seats):
        is_free = refused[seat.key] is None
        skipped = SAID_NO if is_free and seat.user in able.asked.said_no else NOT_THEIR_TURN
        if refusal := refused[seat.key]:
            skipped = refusal.words
        if chosen is None or seat.key != chosen.key or not first:
            trace.seat(seat, able.people.get(seat.user), skipped)
    if chosen is None:
        retry_at = _earliest([each for each in refused.values() if each])
        return Routed(trace.kept(), pool=pool.key, retry_at=retry_at)
    trace.seat(chosen, able.people.get(chosen.user), "")
    return Routed(
        trace.kept(), user=chosen.user, pool=pool.key, seats=turns.changed(pool.seats, taken)
    )


def _as_considered(seats: Sequence[turns.Seat]) -> Iterator[turns.Seat]:
    """Who is owed most comes first."""
    return iter(sorted(seats, key=lambda seat: (-seat.credit, seat.key)))


def _earliest(refusals: Sequence[Refusal]) -> datetime | None:
    return min((each.until for each in refusals if each.until), default=None)
