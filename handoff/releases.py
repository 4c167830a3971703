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
from django.db.models import F, FloatField, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Workspace
from handoff.handoffs import offer
from handoff.models import Handoff, Release
from handoff.release_pace import day_of, works_now
from handoff.routing import welcome_reps
from handoff.transitions import lock
from leadqual.models import Event, Lead
from scoring.explanations import intent_since
from scoring.models import ModelVersion, Rescore, ScoreOverride
from scoring.standing import published_version, standing_of, standings

log = logging.getLogger(__name__)

RELEASE_LOCK = 4005
"""First half of the advisory lock's key; the second is the workspace."""
AT_A_TIME = 200
MOST_IN_VAIN = 50
"""So many leads a run that nobody with room can take, or whose offer fails."""


def waits(lead: Lead, *, published: bool, now: datetime) -> bool:
    """Whether the ready MQL's offer has to wait; `published`: a publication made it ready.

    Call it with the lead locked. A lead that has done something since never waits.
    """
    if waiting := Release.objects.waiting().filter(lead=lead).first():
        return not _passes(lead, since=waiting.queued_at, now=now)
    version = published_version(lead.workspace) if published else None
    if version is None or lead.handoffs.open().exists():
        return False
    if _passes(lead, since=_changed_at(version), now=now):
        return False
    Release.objects.update_or_create(
        lead=lead,
        released_at=None,
        defaults={"workspace": lead.workspace, "version": version.number, "queued_at": now},
    )
    return True


def _changed_at(version: ModelVersion) -> datetime:
    """When it was published, or what its rules look at was last defined anew."""
    demands = Rescore.objects.of(version.workspace).filter(reason__in=Rescore.REDEFINED)
    redefined: datetime | None = demands.aggregate(at=Max("requested_at"))["at"]
    return max(moment for moment in (version.published_at, redefined) if moment)


def _passes(lead: Lead, *, since: datetime, now: datetime) -> bool:
    """A person has put a number beside its own since, or it has done something by itself."""
    overrides = ScoreOverride.objects.valid(at=now).filter(lead=lead, at__gt=since)
    return overrides.exists() or _has_new_intent(lead, since=since, now=now)


def _has_new_intent(lead: Lead, *, since: datetime, now: datetime) -> bool:
    """It came in since, or has earned points by what it did, as what wakes a nurtured lead."""
    if lead.captured_at > since:
        return True
    events = Event.objects.filter(lead=lead, occurred_at__gt=since, occurred_at__lte=now)
    return events.exists() and intent_since(lead, since=since, at=now) > 0


def release_due(*, now: datetime) -> int:
    """Offer what waits, the best first, in workspaces where it is a working hour; how many.

    No day gets more offers than the reps take a day, however many workers release at once.
    """
    queued = Release.objects.filter(released_at=None).order_by().values("workspace").distinct()
    released = 0
    for workspace in Workspace.objects.filter(pk__in=queued).order_by("pk"):
        Release.objects.of(workspace).fallen_out().delete()
        if works_now(workspace, now=now):
            released += _release_in(workspace, now=now)
    return released


def _release_in(workspace: Workspace, *, now: datetime) -> int:
    """The best first, some at a time. Who cannot be released is passed over, so many times a run:
    what keeps all of them back keeps nobody busy."""
    welcome_reps(workspace)
    released, passed = 0, set[int]()
    while day_of(workspace, now=now).room and (ready := _best(workspace, passed, now=now)):
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


def _best(workspace: Workspace, passed: Collection[int], *, now: datetime) -> list[int]:
    """The waiting leads with the highest totals that are ready, by id; the others wait no more.

    A person's number counts while it is valid.
    """
    total = _counting("fit", now=now) + _counting("intent", now=now)
    waiting = Release.objects.of(workspace).waiting().exclude(lead__in=passed)
    best = waiting.order_by(total.desc(), "queued_at", "pk").values_list("lead", flat=True)
    while lead_ids := list(best[:AT_A_TIME]):
        ready = _ready(lead_ids, now=now)
        if len(ready) < len(lead_ids):
            ready = _drop_unready(lead_ids, now=now)
        if ready:
            return [lead_id for lead_id in lead_ids if lead_id in ready]
    return []


@transaction.atomic
def _drop_unready(lead_ids: Collection[int], *, now: datetime) -> set[int]:
    """Locked like who settles them: nobody is dropped who has just become ready again."""
    list(Lead.objects.filter(pk__in=lead_ids).order_by("pk").select_for_update(of=("self",)))
    ready = _ready(lead_ids, now=now)
    Release.objects.waiting().filter(lead__in=set(lead_ids) - ready).delete()
    return ready


def _ready(lead_ids: Collection[int], *, now: datetime) -> set[int]:
    """Of these, who is ready by the hand-off rule and not offered; in a few queries for all."""
    known = standings(Lead.objects.filter(pk__in=lead_ids), now=now)
    offered = Handoff.objects.open().filter(lead__in=lead_ids).values_list("lead", flat=True)
    return {pk for pk, standing in known.items() if standing.is_ready} - set(offered)


def _counting(axis: str, *, now: datetime) -> Coalesce:
    override = ScoreOverride.objects.valid(at=now).filter(lead=OuterRef("lead")).values(axis)
    score = F(f"lead__score__{axis}")
    return Coalesce(Subquery(override[:1]), score, 0.0, output_field=FloatField())


@transaction.atomic
def _release(workspace: Workspace, lead_id: int, *, now: datetime) -> bool | None:
    """Offer one lead, with today's room counted anew; None where there is none, or somebody else
    is releasing here. Locks: the workspace's releases, then the lead, as every offer does.

    A lead that only reps with a full day could take goes on waiting.
    """
    if not _alone(workspace):
        return None
    day = day_of(workspace, now=now)
    if not day.room:
        return None
    lead = lock(Lead(pk=lead_id))
    release = Release.objects.waiting().select_for_update(of=("self",)).filter(lead=lead).first()
    if release is None:  # released or fallen out meanwhile
        return False
    standing = standing_of(lead, now=now)
    if standing is None or not standing.is_ready or lead.handoffs.open().exists():
        release.delete()
        return False
    if offer(lead, at=now, full=day.full) is not None:
        return True
    if not day.full:  # nobody can take it, on no day; the managers have been told
        release.released_at = now
        release.save(update_fields=["released_at"])
    return False


def _alone(workspace: Workspace) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [RELEASE_LOCK, workspace.pk])
        return bool(cursor.fetchone()[0])
