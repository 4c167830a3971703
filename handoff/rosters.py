"""Who is there to take leads, as routing asks it of the database: people, pools and rules.

What can be read before the pools are held is read before: `roster_of`. The rest, `held`, stays true
until the transaction ends: whoever holds the pools of a workspace makes its only offers by turn.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.access import Permission, roles_with
from accounts.models import Membership, Role, Workspace
from handoff.capacity import ANY_HOUR, Hours, Load, Person, beginning_of_week, midnight
from handoff.lead_conditions import conditions_of
from handoff.models import HandoffPolicy, Pool, PoolMember, Rep, RoutingPlan, RoutingRule
from handoff.routing import NO_REP, PoolOf, Rule
from handoff.turns import Seat
from sla.business_time import CalendarError
from sla.calendars import WITH_CONTENT, calendar_of
from sla.models import Absence, BusinessCalendar


@dataclass(frozen=True)
class Roster:
    """`people` and `reps`, with their users, by user id, without their load; `pools` by id, without
    their members."""

    people: dict[int, Person]
    reps: dict[int, Rep]
    pools: dict[int, PoolOf]
    takes_all: int | None
    rules: Sequence[Rule]


def roster_of(workspace: Workspace, *, at: datetime) -> Roster:
    """Nothing here is locked. Twelve queries at most, however many people there are. Whoever asks
    has welcomed the reps; `handoff.setups` keeps what was read."""
    pools = {pool.pk: pool for pool in Pool.objects.of(workspace)}
    reps = _reps(workspace)
    return Roster(
        people=_people(workspace, reps, since=at, until=at),
        reps={rep.user_id: rep for rep in reps},
        pools=pools_as_routed(pools.values()),
        takes_all=next((pk for pk, pool in pools.items() if pool.takes_all), None),
        rules=rules_in_force(workspace),
    )


def pools_as_routed(pools: Collection[Pool]) -> dict[int, PoolOf]:
    """By id, without their members; two queries more where some have working hours."""
    hours = _hours({pool.calendar_id for pool in pools if pool.calendar_id})
    return {
        pool.pk: PoolOf(
            pool.pk,
            pool.name,
            is_paused=pool.is_paused,
            hours=hours[pool.calendar_id] if pool.calendar_id else ANY_HOUR,
        )
        for pool in pools
    }


def rules_in_force(workspace: Workspace) -> list[Rule]:
    """Those of the plan in force, in order; none without a plan."""
    in_force = RoutingPlan.Status.IN_FORCE
    return _rules(RoutingRule.objects.filter(plan__workspace=workspace, plan__status=in_force))


def rules_of(plan: RoutingPlan) -> list[Rule]:
    """Those of any plan, drafts too, in order."""
    return _rules(plan.rules.all())


def _rules(rows: QuerySet[RoutingRule]) -> list[Rule]:
    named = rows.select_related("person", "pool", "track").prefetch_related("tiers")
    return [
        Rule(
            name=row.name,
            conditions=conditions_of(row),
            person=row.person_id,
            pool=row.pool_id,
            track=row.track_id,
            to=str(row.person or row.pool or row.track),
        )
        for row in named.order_by("position", "pk")
    ]


def people_of(workspace: Workspace, *, since: datetime, until: datetime) -> dict[int, Person]:
    """The workspace's reps by user id, as they are set up now, without their load; with their
    absences between the two moments. Four queries at most."""
    return _people(workspace, _reps(workspace), since=since, until=until)


def _reps(workspace: Workspace) -> list[Rep]:
    role = Membership.objects.of(workspace).current().filter(user=OuterRef("user")).values("role")
    reps = Rep.objects.of(workspace).select_related("user").annotate(role=Subquery(role[:1]))
    return list(reps.order_by("pk"))


def _people(
    workspace: Workspace, rows: Sequence[Rep], *, since: datetime, until: datetime
) -> dict[int, Person]:
    zone = workspace.zone
    days = since.astimezone(zone).date(), until.astimezone(zone).date()
    away = _absences(workspace, *days)
    hours = _hours({row.calendar_id for row in rows if row.calendar_id})
    return {
        row.user_id: Person(
            user=row.user_id,
            name=str(row.user),
            zone=zone,
            barred=_barred(row),
            pace=row.offers_per_day,
            most_open=row.most_open,
            most_a_day=row.most_a_day,
            most_a_week=row.most_a_week,
            hours=hours[row.calendar_id] if row.calendar_id else ANY_HOUR,
            away=away.get(row.user_id, ()),
        )
        for row in rows
    }


_MAY_DECIDE = frozenset(roles_with(Permission.DECIDE_OFFERS))


def _barred(rep: Rep) -> str:
    if not rep.is_active:
        return NO_REP
    if rep.role not in _MAY_DECIDE:  # type: ignore[attr-defined]  # annotated
        return "is not a member who decides offers"
    if not rep.user.has_usable_password():  # invited, and the mail not yet answered
        return "has not logged in yet"
    return ""


def _absences(workspace: Workspace, first: date, last: date) -> dict[int, list[tuple[date, date]]]:
    found = defaultdict(list)
    rows = Absence.objects.of(workspace).filter(last_day__gte=first, first_day__lte=last)
    for person, begins, ends in rows.values_list("person", "first_day", "last_day"):
        found[person].append((begins, ends))
    return found


def _hours(ids: Collection[int]) -> dict[int, Hours]:
    found = {}
    rows = BusinessCalendar.objects.filter(pk__in=ids).prefetch_related(*WITH_CONTENT)
    for row in rows if ids else ():
        try:
            found[row.pk] = Hours(calendar_of(row))
        except CalendarError:
            found[row.pk] = Hours(broken=True)
    return found


def hold_pools(workspace: Workspace) -> HandoffPolicy:
    """Until the transaction ends nobody else takes a turn here, so what is counted stays true."""
    return HandoffPolicy.objects.select_for_update().get(pk=workspace.pk)


_LOADS = """
SELECT rep_id, sum(open)::int, sum(today)::int, sum(week)::int FROM (
    SELECT rep_id, count(*) AS open, 0 AS today, 0 AS week FROM handoff_handoff
    WHERE workspace_id = %(workspace)s AND status = 'open' GROUP BY rep_id
    UNION ALL
    SELECT rep_id, 0, count(*) FILTER (WHERE offered_at >= %(day)s), count(*) FROM handoff_handoff
    WHERE workspace_id = %(workspace)s AND offered_at >= %(week)s AND status <> 'withdrawn'
    GROUP BY rep_id
) counted GROUP BY rep_id
"""


def loads(workspace: Workspace, *, at: datetime) -> dict[int, Load]:
    """What each rep has of this workspace, by user id; one query. Offers taken back do not count:
    a manager took the work away, or the lead moved on. Those given back or run out do."""
    zone = workspace.zone
    moments: dict[str, int | datetime] = {
        "workspace": workspace.pk,
        "day": midnight(at.astimezone(zone).date(), zone),
        "week": beginning_of_week(at, zone),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOADS, moments)
        return {rep: Load(*counts) for rep, *counts in cursor.fetchall()}


def with_loads(
    people: Mapping[int, Person], workspace: Workspace, *, at: datetime
) -> dict[int, Person]:
    """The people with what each has; true for as long as the pools are held."""
    had = loads(workspace, at=at)
    return {user: replace(one, load=had.get(user, Load())) for user, one in people.items()}


def with_seats(pools: Mapping[int, PoolOf], keys: Collection[int]) -> dict[int, PoolOf]:
    """Of the pools those named, with their members; one query."""
    seats = defaultdict(list)
    rows = PoolMember.objects.filter(pool__in=keys).order_by("pk")
    for pool, *row in rows.values_list(
        *("pool", "pk", "rep__user", "weight", "credit", "last_assigned_at", "is_active")
    ):
        seats[pool].append(Seat(*row))
    return {key: replace(pools[key], seats=seats[key]) for key in keys if key in pools}


_KEEP = """
UPDATE handoff_poolmember m SET credit = v.credit, last_assigned_at = v.at
FROM unnest(%s::bigint[], %s::float8[], %s::timestamptz[]) AS v (id, credit, at) WHERE m.id = v.id
"""


def keep(seats: Sequence[Seat]) -> None:
    """Write down a pool's credits after a turn, while it is held; one statement.

    None where it was nobody's turn, as when the company's owner takes the lead."""
    if not seats:
        return
    rows = zip(*((seat.key, seat.credit, seat.last_assigned_at) for seat in seats), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [list(column) for column in rows])


def welcome_reps(workspace: Workspace) -> None:
    """Every rep of the workspace takes turns in the pool that takes all, until somebody switches
    it off in the admin."""
    members = Membership.objects.of(workspace).current().filter(role=Role.REP).order_by("pk")
    known = Rep.objects.of(workspace).values("user")
    newcomers = list(members.exclude(user__in=known).values_list("user", flat=True))
    if not newcomers:
        return
    Rep.objects.bulk_create(
        [Rep(workspace=workspace, user_id=user_id) for user_id in newcomers],
        ignore_conflicts=True,
    )
    pool, _ = Pool.objects.get_or_create(
        workspace=workspace, takes_all=True, defaults={"name": "Everybody"}
    )
    reps = Rep.objects.of(workspace).filter(user__in=newcomers).order_by("pk")
    PoolMember.objects.bulk_create(
        [PoolMember(pool=pool, rep=rep) for rep in reps], ignore_conflicts=True
    )
