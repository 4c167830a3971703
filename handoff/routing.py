"""Whose turn it is: the rep of the workspace's pool who was assigned longest ago."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from accounts.access import Permission, members_with
from accounts.models import Membership, Role, User, Workspace
from handoff.models import Handoff, HandoffPolicy, Pool, PoolMember, Rep
from leadqual.models import Lead

# A rep who gave the lead back in this cycle, or let it run out, is not asked again.
GAVE_BACK = {
    Handoff.Status.REJECTED: "rejected this lead before",
    Handoff.Status.NOT_MINE: "said “not mine” before",
    Handoff.Status.EXPIRED: "let the offer run out before",
}

DAY_IS_FULL = "has had the offers of a day"


@dataclass(frozen=True)
class Turn:
    """The rep, or None when nobody can take the lead; `trace` names everyone skipped and why."""

    rep: User | None
    trace: list[dict[str, str]]

    @property
    def later(self) -> bool:
        """Nobody now, but somebody on another day: only their day is full."""
        return self.rep is None and any(row["skipped"] == DAY_IS_FULL for row in self.trace)


def next_turn(lead: Lead, *, at: datetime, full: Collection[int] = ()) -> Turn:
    """Take the next turn in the pool; call it inside the offer's transaction.

    `full` are the ids of reps who are passed over, as they have had their offers of the day.

    The workspace's policy row is the pool's lock: turns are taken one after the other. Who rejected
    the lead in an earlier cycle is asked only when nobody else is left.
    """
    hold_pool(lead.workspace)
    welcome_reps(lead.workspace)
    gave_back = dict(
        lead.handoffs.filter(cycle=lead.cycle, status__in=GAVE_BACK).values_list("rep", "status")
    )
    may_decide = set(members_with(lead.workspace, Permission.DECIDE_OFFERS))
    pool = (
        PoolMember.objects.filter(pool__workspace=lead.workspace, pool__takes_all=True)
        .select_related("rep__user")
        .order_by(F("last_assigned_at").asc(nulls_first=True), "pk")
    )
    said_no = set(
        lead.handoffs.filter(status=Handoff.Status.REJECTED).values_list("rep", flat=True)
    )
    trace, last_resort = [], []
    for member in pool:
        why_not = _why_not(member.rep, may_decide, gave_back)
        user_id = member.rep.user_id
        if not why_not and user_id in said_no and user_id not in full:
            last_resort.append(member)
            why_not = "rejected this lead in an earlier cycle"
        elif not why_not and user_id in full:
            why_not = DAY_IS_FULL
        trace.append({"person": str(member.rep), "skipped": why_not})
        if not why_not:
            return _take(member, trace, at=at)
    if not last_resort:
        return Turn(None, trace)
    trace.append({"person": str(last_resort[0].rep), "skipped": ""})
    return _take(last_resort[0], trace, at=at)


def hold_pool(workspace: Workspace) -> None:
    """Until the transaction ends nobody else takes a turn, so what is counted stays true."""
    HandoffPolicy.objects.select_for_update().get(pk=workspace.pk)


def taking_offers(workspace: Workspace) -> list[Rep]:
    """The reps who can be offered a lead at the moment."""
    may_decide = set(members_with(workspace, Permission.DECIDE_OFFERS))
    reps = Rep.objects.of(workspace).select_related("user").order_by("pk")
    return [rep for rep in reps if not _why_not(rep, may_decide, {})]


def _take(member: PoolMember, trace: list[dict[str, str]], *, at: datetime) -> Turn:
    member.last_assigned_at = at
    member.save(update_fields=["last_assigned_at"])
    return Turn(member.rep.user, trace)


def welcome_reps(workspace: Workspace) -> None:
    """Every rep of the workspace takes turns, until somebody switches it off in the admin."""
    members = Membership.objects.of(workspace).current().filter(role=Role.REP).order_by("pk")
    known = Rep.objects.of(workspace).values("user")
    newcomers = members.exclude(user__in=known).values_list("user", flat=True)
    if not newcomers:
        return
    Rep.objects.bulk_create(
        [Rep(workspace=workspace, user_id=user_id) for user_id in newcomers],
        ignore_conflicts=True,
    )
    pool, _ = Pool.objects.get_or_create(
        workspace=workspace, takes_all=True, defaults={"name": "Everybody"}
    )
    for rep in Rep.objects.of(workspace).filter(memberships=None).order_by("pk"):
        PoolMember.objects.get_or_create(pool=pool, rep=rep)


def _why_not(rep: Rep, may_decide: set[User], gave_back: dict[int, str]) -> str:
    if not rep.is_active:
        return "takes no offers at the moment"
    if rep.user not in may_decide:
        return "is not a member who decides offers"
    if not rep.user.has_usable_password():  # invited, and the mail not yet answered
        return "has not logged in yet"
    status = gave_back.get(rep.user_id)
    return GAVE_BACK[Handoff.Status(status)] if status else ""
