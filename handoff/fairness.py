"""Whether turns are shared fairly: offers, answers and load per rep against their weight.

A turn is an offer that a pool made; one that was taken back, or whose rejection the review has
upheld, is none. The ideal is the pool's turns shared by the weights of its members as they are now.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q

from accounts.models import User, Workspace
from handoff.capacity import Load
from handoff.metrics.periods import Period
from handoff.models import Handoff, Pool, PoolMember
from handoff.rosters import loads

_Status = Handoff.Status
NO_LOAD = Load()


@dataclass(frozen=True)
class Counts:
    """Offers of a period by what became of them so far. `upheld` are among those rejected."""

    open: int = 0
    accepted: int = 0
    rejected: int = 0
    not_mine: int = 0
    expired: int = 0
    withdrawn: int = 0
    upheld: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        names = self.__dataclass_fields__
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def offers(self) -> int:
        made = (self.open, self.accepted, self.rejected, self.not_mine, self.expired)
        return sum(made) + self.withdrawn

    @property
    def turns(self) -> int:
        return self.offers - self.withdrawn - self.upheld

    @property
    def decided(self) -> int:
        return self.accepted + self.rejected


@dataclass(frozen=True)
class Share:
    """One rep's part of a pool's turns in the period. `weight` 0: takes no turns there now."""

    person: User
    weight: int
    weights: int
    counts: Counts
    pool_turns: int
    load: Load

    @property
    def weight_share(self) -> float | None:
        return self.weight / self.weights if self.weights else None

    @property
    def turn_share(self) -> float | None:
        return self.counts.turns / self.pool_turns if self.pool_turns else None

    @property
    def ideal(self) -> float:
        return self.pool_turns * (self.weight_share or 0.0)

    @property
    def difference(self) -> float:
        """Turns more than the ideal; negative: fewer."""
        return self.counts.turns - self.ideal


@dataclass(frozen=True)
class PoolShares:
    """`pool` None: offers that no pool made, to an owner, by a rule or by hand."""

    pool: Pool | None
    shares: list[Share] = field(default_factory=list)

    @property
    def total(self) -> Counts:
        return sum((share.counts for share in self.shares), Counts())

    @property
    def weights(self) -> int:
        return sum(share.weight for share in self.shares)


def fairness(workspace: Workspace, period: Period, *, now: datetime) -> list[PoolShares]:
    """Every pool with all who take turns in it or took some, the one that takes all first; then
    what no pool made. Five queries, however many there are."""
    counted = _counted(workspace, period)
    seats: dict[int, dict[int, PoolMember]] = defaultdict(dict)
    members = PoolMember.objects.filter(pool__workspace=workspace).select_related("rep__user")
    for member in members:
        seats[member.pool_id][member.rep.user_id] = member
    people = User.objects.in_bulk({person for _, person in counted})
    people |= {u: m.rep.user for of_pool in seats.values() for u, m in of_pool.items()}
    load = loads(workspace, at=now)
    found = []
    for pool in [*Pool.objects.of(workspace), None]:
        key = pool.pk if pool else None
        mine = {person: row for (of, person), row in counted.items() if of == key}
        shares = _shares(seats[pool.pk] if pool else {}, mine, people=people, load=load)
        if pool or shares:
            found.append(PoolShares(pool, shares))
    return found


def _shares(
    seats: Mapping[int, PoolMember],
    counted: Mapping[int, Counts],
    *,
    people: Mapping[int, User],
    load: Mapping[int, Load],
) -> list[Share]:
    """Of one pool, by name: who has a seat in it or took turns."""
    weights = {
        person: member.weight if member.is_active and member.rep.is_active else 0
        for person, member in seats.items()
    }
    turns = sum(row.turns for row in counted.values())
    return [
        Share(
            person=people[person],
            weight=weights.get(person, 0),
            weights=sum(weights.values()),
            counts=counted.get(person, Counts()),
            pool_turns=turns,
            load=load.get(person, NO_LOAD),
        )
        for person in sorted(seats.keys() | counted.keys(), key=lambda one: (str(people[one]), one))
    ]


def _counted(workspace: Workspace, period: Period) -> dict[tuple[int | None, int], Counts]:
    """By pool and person, of the offers made in the period."""
    made = Handoff.objects.of(workspace)
    if period.starts_at:
        made = made.filter(offered_at__gte=period.starts_at)
    if period.ends_at:
        made = made.filter(offered_at__lt=period.ends_at)
    by_status = {str(status): Count("pk", filter=Q(status=status)) for status in _Status}
    rows = made.values("pool", "rep").annotate(
        **{f"n_{name}": count for name, count in by_status.items()},
        n_upheld=Count("pk", filter=Q(upheld=True)),
    )
    columns = [f"n_{name}" for name in (*by_status, "upheld")]
    return {
        (pool, rep): Counts(**dict(zip((*by_status, "upheld"), numbers, strict=True)))
        for pool, rep, *numbers in rows.order_by("pool", "rep").values_list("pool", "rep", *columns)
    }
