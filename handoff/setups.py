"""What a workspace has set up for its offers: people, pools, rules, tiers, promises, the words.

It is read in a dozen queries and laid out in memory once, and used for as long as the rows stay as
they are: what is kept in the process is keyed by the content of all of them, of which every offer
asks the database for the fingerprint, in one query. So an edit never meets a stale copy, in
whatever process it was made.
"""

# ruff: noqa: S608 - names of our own tables, put together

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection

from accounts.models import Membership, User, Workspace
from handoff import rosters
from handoff.message_texts import own_words
from handoff.models import (
    MessageTemplate,
    NurtureTrack,
    Pool,
    Rep,
    RoutingPlan,
    RoutingRule,
    Tier,
)
from handoff.rosters import Roster
from handoff.tiers import tiers_of
from sla import clocks
from sla.calendars import OF_A_CALENDAR, WITH_CONTENT
from sla.models import (
    Absence,
    Agreement,
    BusinessCalendar,
    CalendarException,
    Commitment,
    WorkingRange,
)

Fingerprint = tuple[object, ...]


@dataclass(frozen=True)
class Setup:
    """As of one local day. `promised` are all promises in force, by code and tier; `hours` the
    working hours of reps and of pools that have some, by id, and `pool_hours` which are whose;
    `words` are the workspace's own subject and body of the mail about an offer, None where it has
    written none. Rows are for reading."""

    roster: Roster
    tiers: list[Tier]
    promised: Mapping[tuple[str, str], clocks.Promise]
    hours: Mapping[int, BusinessCalendar]
    pool_hours: Mapping[int, int]
    words: tuple[str, str] | None

    def promise(self, code: str, tier: Tier | None) -> clocks.Promise | None:
        """What is promised of that kind to leads of the tier; None: nothing is."""
        own = self.promised.get((code, tier.code)) if tier else None
        return own or self.promised.get((code, ""))

    def own_calendar(self, rep: Rep, *, pool: int | None) -> BusinessCalendar | None:
        """The rep's own working hours, else those of the pool (its id) they take turns in; for the
        promises that count by the hours of whoever is held to them."""
        own = rep.calendar_id or (self.pool_hours.get(pool) if pool else None)
        return self.hours.get(own) if own else None


def setup_of(workspace: Workspace, *, at: datetime) -> Setup:
    """What counts for an offer made now; nothing here is locked, and nobody is offered too much."""
    day = at.astimezone(workspace.zone).date()
    known, kept = _fingerprint(workspace, day), _kept.get(workspace.pk)
    if kept and kept[0] == known:
        return kept[1]
    rosters.welcome_reps(workspace)
    before = _fingerprint(workspace, day)
    setup = _read(workspace, at=at)
    if before == _fingerprint(workspace, day):  # else somebody is editing it this moment
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[workspace.pk] = before, setup
    return setup


MOST: Final = 200
"""Workspaces kept in one process."""
_kept: dict[int, tuple[Fingerprint, Setup]] = {}


def _read(workspace: Workspace, *, at: datetime) -> Setup:
    roster = rosters.roster_of(workspace, at=at)
    pools = Pool.objects.of(workspace).filter(calendar__isnull=False)
    pool_hours: dict[int, int] = dict(pools.values_list("pk", "calendar"))
    named = {rep.calendar_id for rep in roster.reps.values() if rep.calendar_id}
    return Setup(
        roster=roster,
        tiers=tiers_of(workspace),
        promised=_promised(workspace),
        hours=_hours(named.union(pool_hours.values())),
        pool_hours=pool_hours,
        words=own_words(workspace, MessageTemplate.Code.OFFERED),
    )


def _promised(workspace: Workspace) -> dict[tuple[str, str], clocks.Promise]:
    """Those of the active agreement, or the workspace's defaults."""
    rows = Commitment.objects.of(workspace).in_force().select_related("calendar")
    with_hours = rows.prefetch_related(*OF_A_CALENDAR)
    return {(row.code, row.tier_code): clocks.Promise(row) for row in with_hours}


def _hours(ids: Collection[int]) -> dict[int, BusinessCalendar]:
    rows = BusinessCalendar.objects.filter(pk__in=ids).prefetch_related(*WITH_CONTENT)
    return {row.pk: row for row in rows} if ids else {}


def _table(model: type) -> str:
    return str(model._meta.db_table)  # type: ignore[attr-defined]


_RULES: Final = f"""{_table(RoutingRule)} t JOIN {_table(RoutingPlan)} p ON p.id = t.plan_id
    AND p.workspace_id = %(workspace)s AND p.status = 'in_force'"""
_CALENDARS: Final = f"""{_table(BusinessCalendar)} c ON c.id = t.calendar_id
    AND c.workspace_id = %(workspace)s"""
_PEOPLE: Final = f"""SELECT user_id FROM {_table(Rep)} WHERE workspace_id = %(workspace)s
    UNION SELECT user_id FROM {_table(Membership)} WHERE workspace_id = %(workspace)s
    UNION SELECT t.person_id FROM {_RULES}"""

_WHOLE: Final = (Rep, Pool, Tier, BusinessCalendar, NurtureTrack, Commitment, MessageTemplate)
_ROWS: Final = (
    *(("t::text", f"{_table(model)} t WHERE t.workspace_id = %(workspace)s") for model in _WHOLE),
    (
        "(t.user_id, t.role)::text",  # when it was used last is no matter
        f"{_table(Membership)} t WHERE t.workspace_id = %(workspace)s AND t.ended_at IS NULL",
    ),
    (
        "t.id::text",  # its promises count, in place of the defaults; its long text is no matter
        f"{_table(Agreement)} t WHERE t.workspace_id = %(workspace)s AND t.status = 'active'",
    ),
    (
        "t::text",
        f"{_table(Absence)} t WHERE t.workspace_id = %(workspace)s"
        " AND %(day)s BETWEEN t.first_day AND t.last_day",
    ),
    ("t::text", f"{_table(User)} t WHERE t.id IN ({_PEOPLE})"),
    ("t::text", f"{_table(WorkingRange)} t JOIN {_CALENDARS}"),
    ("t::text", f"{_table(CalendarException)} t JOIN {_CALENDARS}"),
    ("t::text", _RULES),
    (
        "t::text",
        f"{_table(RoutingRule.tiers.through)} t"
        f" WHERE t.routingrule_id IN (SELECT t.id FROM {_RULES})",
    ),
)
"""Every row that a setup is read from: as what, and where it stands."""

_FINGERPRINT: Final = "SELECT " + ", ".join(
    f"(SELECT sum(hashtextextended({row}, 0)) FROM {where})" for row, where in _ROWS
)


def _fingerprint(workspace: Workspace, day: date) -> Fingerprint:
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT, {"workspace": workspace.pk, "day": day})
        return day, workspace.timezone, *cursor.fetchone()
