"""What a workspace has set up for its offers: people, pools, rules, tiers, the promise, the words.

It is read in a dozen queries and laid out in memory once, and used for as long as the rows stay as
they are: what is kept in the process is keyed by the content of all of them, of which every offer
asks the database for the fingerprint, in one query. So an edit never meets a stale copy, in
whatever process it was made.
"""

# ruff: noqa: S608 - names of our own tables, put together

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
from sla.models import Absence, BusinessCalendar, CalendarException, Commitment, WorkingRange

Fingerprint = tuple[object, ...]


@dataclass(frozen=True)
class Setup:
    """As of one local day. `promised` is that of deciding an offer; `words` are the workspace's own
    subject and body of the mail about one, None where it has written none. Rows are for reading."""

    roster: Roster
    tiers: list[Tier]
    promised: clocks.Promise | None
    words: tuple[str, str] | None


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
    return Setup(
        roster=rosters.roster_of(workspace, at=at),
        tiers=tiers_of(workspace),
        promised=clocks.promise(workspace.pk, Commitment.Code.DECIDE_OFFER),
        words=own_words(workspace, MessageTemplate.Code.OFFERED),
    )


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
