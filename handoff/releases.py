"""Releasing to sales, at the pace of the reps, the leads that a publication made ready for it.

They are MQLs at once; only their offer waits. What a lead does by itself passes the line: new
intent is offered at once, like any hot lead; so is whom a person vouches for by an override. Who
is demoted, recycled, disqualified or erased meanwhile falls out by that alone, and a lead offered
by hand is released with it. A merged lead's place is the survivor's.
"""

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Exists, F, FloatField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Workspace
from handoff.agreement.holding import is_held
from handoff.models import Handoff, Release
from handoff.models.releases import ReleaseQuerySet
from handoff.offer_facts import GAVE_BACK
from handoff.offering import offer
from handoff.release_line import clear, leave
from handoff.release_pace import Day, day_of, works_now
from handoff.rosters import welcome_reps
from handoff.transitions import lock
from leadqual.models import Lead
from scoring.models import ScoreOverride
from scoring.standing import standing_of

log = logging.getLogger(__name__)

RELEASE_LOCK = 4005
"""First half of the advisory lock's key; the second is the workspace."""
AT_A_TIME = 200
MOST_IN_VAIN = 50
"""So many leads a run that nobody with room can take, or whose offer fails."""


def release_due(*, now: datetime) -> int:
    """Offer what waits, the best first, in workspaces where it is a working hour; how many.
    Where hand-offs are held until both sides have signed, the line stands still.

    No day gets more offers than the reps take a day, however many workers release at once.
    """
    queued = Release.objects.filter(released_at=None).order_by().values("workspace").distinct()
    released = 0
    waiting = Workspace.objects.filter(pk__in=queued).select_related("handoff_policy")
    for workspace in waiting.order_by("pk"):
        Release.objects.of(workspace).fallen_out().delete()
        if not is_held(workspace) and works_now(workspace, now=now):
            released += _release_in(workspace, now=now)
    return released


def _release_in(workspace: Workspace, *, now: datetime) -> int:
    """The best first, some at a time. Who cannot be released is passed over, so many times a run:
    what keeps all of them back keeps nobody busy."""
    welcome_reps(workspace)
    released, passed = 0, set[int]()
    while (day := day_of(workspace, now=now)).free and (
        ready := _best(workspace, day, passed, now=now)
    ):
        for lead_id in ready:
            try:
                outcome = _release(workspace, lead_id, now=now)
            except Exception:
                log.exception("Lead %s could not be released; it goes on waiting", lead_id)
                outcome = False
            if outcome is None:
                return released
            released += outcome
            if not outcome:
                passed.add(lead_id)
            if len(passed) >= MOST_IN_VAIN:
                return released
    return released


def _best(workspace: Workspace, day: Day, passed: Collection[int], *, now: datetime) -> list[int]:
    """The waiting leads to release next, by id: those that somebody gave back come first, then the
    highest totals; who is not ready any more leaves the line. A person's number counts while valid.
    """
    total = _counting("fit", now=now) + _counting("intent", now=now)
    of_lead = Handoff.objects.filter(lead=OuterRef("lead"))
    waiting = Release.objects.of(workspace).waiting().exclude(lead__in=passed)
    waiting = waiting.filter(Q(next_try_at=None) | Q(next_try_at__lte=now))
    if day.full:
        waiting = _for_somebody_of(day.free, waiting)
    best = waiting.order_by(
        Exists(of_lead.filter(offered_at__gte=OuterRef("queued_at"))).desc(),
        total.desc(),
        "queued_at",
        "pk",
    ).values_list("lead", flat=True)
    while lead_ids := list(best[:AT_A_TIME]):
        busy = clear(lead_ids, now=now)
        still = set(waiting.filter(lead__in=lead_ids).values_list("lead", flat=True)) - busy
        if still or busy:
            return [lead_id for lead_id in lead_ids if lead_id in still]
    return []


def _for_somebody_of(free: Collection[int], waiting: ReleaseQuerySet) -> ReleaseQuerySet:
    """Without those that each of these reps has given back: they wait for the others' day."""
    gave_back = Handoff.objects.filter(
        lead=OuterRef("lead"), cycle=OuterRef("lead__cycle"), status__in=GAVE_BACK, rep__in=free
    )
    by_lead = gave_back.order_by().values("lead").annotate(n=Count("rep", distinct=True))
    asked = Coalesce(Subquery(by_lead.values("n")), 0)
    return waiting.alias(asked=asked).filter(asked__lt=len(free))


def _counting(axis: str, *, now: datetime) -> Coalesce:
    override = ScoreOverride.objects.valid(at=now).filter(lead=OuterRef("lead")).values(axis)
    score = F(f"lead__score__{axis}")
    return Coalesce(Subquery(override[:1]), score, 0.0, output_field=FloatField())


@transaction.atomic
def _release(workspace: Workspace, lead_id: int, *, now: datetime) -> bool | None:
    """Offer one lead; None where nobody has room any more, or somebody else is releasing here.
    Locks: the workspace's releases, the lead, the pools, as every offer does: what each has is
    counted once more while they are held.

    A lead that only reps without room could take goes on waiting, and is not tried again before
    they may have some.
    """
    if not _alone(workspace) or not day_of(workspace, now=now).free:
        return None
    lead = lock(Lead(pk=lead_id))
    if not Release.objects.waiting().filter(lead=lead).exists():
        return False  # released or fallen out meanwhile
    standing = standing_of(lead, now=now)
    if standing is None or not standing.is_ready or lead.handoffs.open().exists():
        leave({lead.pk: standing})
        return False
    return offer(lead, at=now, paced=True) is not None


def _alone(workspace: Workspace) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [RELEASE_LOCK, workspace.pk])
        return bool(cursor.fetchone()[0])
