"""Routing past offers again, in memory: what was asked then, and the same pools for each plan."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Exists, F, OuterRef

from accounts.models import Workspace
from handoff.capacity import ANY_HOUR, Load, Person, beginning_of_week
from handoff.lead_conditions import facts_of
from handoff.models import Handoff, HandoffQuerySet, Pool
from handoff.rosters import people_of, pools_as_routed, with_seats
from handoff.routing import Asked, PoolOf, Routed, Rule, Step, after, choose, steps_of
from handoff.turns import Seat
from leadqual.stages import IN_SALES

OWNER, NO_RULE = "The company’s owner", "No rule"


class Place(NamedTuple):
    """Where a lead goes. `kind`: person, track or nobody."""

    kind: str
    key: int
    name: str


NOBODY: Final = Place("nobody", 0, "Nobody")


@dataclass(frozen=True)
class Routing:
    """What becomes of one lead by one plan; `rule` is the one by which it goes there."""

    to: Place
    rule: str


def first_offers(workspace: Workspace, *, since: datetime, until: datetime) -> HandoffQuerySet:
    """Of each lead in each cycle the first, in which nobody had given it back yet."""
    earlier = Handoff.objects.filter(
        lead=OuterRef("lead"), cycle=OuterRef("cycle"), offered_at__lt=OuterRef("offered_at")
    )
    made = Handoff.objects.of(workspace).filter(offered_at__gte=since, offered_at__lt=until)
    first = made.filter(~Exists(earlier)).select_related("lead__company", "lead__first_source")
    return first.defer("packet", "trace", "answers")


def asked_of(offers: Sequence[Handoff], rules: Sequence[Rule]) -> list[Asked]:
    """What routing asks of each of the leads, in two queries."""
    facts = {rule.conditions.fact for rule in rules if rule.conditions.fact}
    owners = _owners({offer.lead.company_id for offer in offers if offer.lead.company_id})
    refused = _refused({offer.lead_id for offer in offers if offer.cycle > 1})
    return [
        Asked(
            facts=facts_of(offer.lead, grade=offer.grade, tier=offer.tier_id, asked=facts),
            owner=_owner(owners.get(offer.lead.company_id or 0, ()), offer),
            said_no={rep for rep, cycle in refused.get(offer.lead_id, ()) if cycle < offer.cycle},
        )
        for offer in offers
    ]


@dataclass(frozen=True)
class _Owned:
    lead: int
    owner: tuple[int, str]
    since: datetime


def _owners(companies: Collection[int]) -> dict[int, list[_Owned]]:
    """By company, its leads that are with sales now, with whom and since when; the latest last."""
    accepted = Handoff.objects.filter(
        lead__company__in=companies,
        lead__stage__in=IN_SALES,
        lead__owner=F("rep"),
        status=Handoff.Status.ACCEPTED,
    )
    found = defaultdict(list)
    rows = accepted.order_by("decided_at", "pk").values_list(
        "lead__company", "lead", "rep", "rep__name", "decided_at"
    )
    for company, lead, rep, name, at in rows:
        if company is not None and at is not None:
            found[company].append(_Owned(lead, (rep, name), at))
    return found


def _owner(owned: Sequence[_Owned], offer: Handoff) -> tuple[int, str] | None:
    """Who had last accepted another lead of the company, before this one was offered."""
    of_others = [
        each.owner for each in owned if each.lead != offer.lead_id and each.since < offer.offered_at
    ]
    return of_others[-1] if of_others else None


def _refused(leads: Collection[int]) -> dict[int, list[tuple[int, int]]]:
    """By lead, who rejected it in which cycle."""
    found = defaultdict(list)
    refused = Handoff.objects.filter(lead__in=leads, status=Handoff.Status.REJECTED)
    for lead, rep, cycle in refused.values_list("lead", "rep", "cycle"):
        found[lead].append((rep, cycle))
    return found


@dataclass(frozen=True)
class World:
    """Pools and people as both plans find them; everybody's load is nothing."""

    people: dict[int, Person]
    pools: dict[int, PoolOf]
    takes_all: int | None
    timed: bool

    @classmethod
    def of(cls, workspace: Workspace, *, since: datetime, until: datetime, timed: bool) -> "World":
        rows = list(Pool.objects.of(workspace))
        named = pools_as_routed(rows)
        seated = with_seats(named, list(named))
        return cls(
            people={
                user: _as_simulated(one, timed=timed)
                for user, one in people_of(workspace, since=since, until=until).items()
            },
            pools={
                pk: replace(
                    pool,
                    seats=[_even(seat) for seat in pool.seats],
                    hours=pool.hours if timed else ANY_HOUR,
                )
                for pk, pool in seated.items()
            },
            takes_all=next((row.pk for row in rows if row.takes_all), None),
            timed=timed,
        )

    def routed(
        self, offers: Sequence[Handoff], asked: Sequence[Asked], rules: Sequence[Rule]
    ) -> list[Routing]:
        """One lead after the other, as they came."""
        pools, people, found = dict(self.pools), dict(self.people), []
        before: datetime | None = None
        for offer, question in zip(offers, asked, strict=True):
            at = offer.offered_at
            if self.timed and before:
                people = {user: _on(one, before, at) for user, one in people.items()}
            before = at
            steps = steps_of(question, rules, self.takes_all)
            routed = choose(steps, question, pools, people, at=at)
            found.append(_routing(routed, steps, question, people))
            if routed.user is not None:
                pools, people = after(routed, pools, people)
        return found


def _as_simulated(person: Person, *, timed: bool) -> Person:
    if timed:
        return replace(person, most_open=None)  # nobody knows when offers would be decided
    unbound = replace(person, most_open=None, most_a_day=None, most_a_week=None)
    return replace(unbound, hours=ANY_HOUR, away=())


def _even(seat: Seat) -> Seat:
    return replace(seat, credit=0.0, last_assigned_at=None)


def _on(person: Person, before: datetime, at: datetime) -> Person:
    """The person's load, begun anew with each local day and week."""
    days = before.astimezone(person.zone).date(), at.astimezone(person.zone).date()
    if days[0] == days[1]:
        return person
    same_week = beginning_of_week(before, person.zone) == beginning_of_week(at, person.zone)
    return replace(person, load=Load(0, 0, person.load.week if same_week else 0))


def _routing(
    routed: Routed, steps: Sequence[Step], asked: Asked, people: Mapping[int, Person]
) -> Routing:
    for step in steps:
        in_pool = step.pool is not None and step.pool == routed.pool
        if in_pool or (routed.pool is None and _leads_to(step, routed)):
            is_owner = step.person is not None and step.rule is None
            rule = OWNER if is_owner else step.rule or NO_RULE
            return Routing(_place(routed, step, people), rule)
    return Routing(NOBODY, NO_RULE)


def _leads_to(step: Step, routed: Routed) -> bool:
    if routed.track is not None:
        return step.track == routed.track
    return routed.user is not None and step.person == routed.user


def _place(routed: Routed, step: Step, people: Mapping[int, Person]) -> Place:
    if routed.track is not None:
        return Place("track", routed.track, f"Nurture track {step.to}")
    if routed.user is None:
        return NOBODY
    person = people.get(routed.user)
    return Place("person", routed.user, person.name if person else step.to)
