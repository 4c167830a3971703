"""Working off the fallback queue: who is due is tried again, who has moved on leaves, and an MQL
that stands nowhere is found.

Any worker may do so, and many at once: entries are claimed with SKIP LOCKED, whoever waits longest
first, and each is tried in a transaction of its own.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import Workspace
from handoff import fallback, rosters
from handoff.agreement.holding import is_held
from handoff.models import FallbackEntry, Handoff, Release
from handoff.offering import offer_next
from handoff.setups import setup_of
from handoff.transitions import lock
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.engine.definitions import definitions_of
from scoring.models import QualificationDue, ScoreOverride
from scoring.standing import published_version, standing_of, standings, total_case

log = logging.getLogger(__name__)

AT_A_TIME = 200
"""Each is a whole routing: all of them keep a worker busy for some seconds."""
WITH_NOBODY_FREE = 5
"""So many of a workspace whose reps cannot take anything now."""
IN_HAND = timedelta(minutes=1)
"""A claimed entry is not claimed again for so long, should its worker die."""
AT_A_LOOK = 200
LOOKED_THROUGH = 5_000
"""More than one look: those that lack a fact stay, and must not hide the lost ones behind them."""


def try_again(*, now: datetime, limit: int = AT_A_TIME) -> int:
    """Offer what is due in the queue, whoever waits longest first; returns how many were tried.

    Workspaces take turns, so that the many of one do not keep those of the others waiting; and
    where no rep can take anything, a few are tried, for those whom a rule now leads elsewhere. Who
    is offered, nurtured, or not ready any more has left; the others are due again later.
    """
    claimed = [
        lead_id
        for workspace_id, leads in _claim(now, limit).items()
        for lead_id in leads[: None if _somebody_is_free(workspace_id, now) else WITH_NOBODY_FREE]
    ]
    for lead_id in claimed:
        try:
            with transaction.atomic():
                _try(lead_id, now=now)
        except OperationalError:  # a lock or the connection, not the lead: it is due again soon
            log.exception("Lead %s is tried again later", lead_id)
        except Exception as error:
            _failed(lead_id, error, now=now)
    return len(claimed)


_CLAIM: Final = """
WITH claimed AS MATERIALIZED (
    SELECT f.id FROM handoff_fallbackentry f JOIN (
        SELECT id, row_number() OVER (PARTITION BY workspace_id ORDER BY entered_at, id) AS turn
        FROM handoff_fallbackentry WHERE left_at IS NULL AND next_try_at <= %s
    ) due ON due.id = f.id
    WHERE f.left_at IS NULL AND f.next_try_at <= %s
    ORDER BY due.turn, f.entered_at, f.id LIMIT %s FOR UPDATE OF f SKIP LOCKED
)
UPDATE handoff_fallbackentry e SET next_try_at = %s FROM claimed WHERE e.id = claimed.id
RETURNING e.workspace_id, e.lead_id, e.entered_at, e.id
"""
# Materialized: a plan that runs the subquery once more for each row would claim beyond the limit.


def _claim(now: datetime, limit: int) -> dict[int, list[int]]:
    """The leads of the entries that are due, by workspace; nobody else claims them for a while."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now, now, limit, now + IN_HAND])
        rows = sorted(cursor.fetchall(), key=lambda row: row[2:])
    claimed: dict[int, list[int]] = {}
    for workspace_id, lead_id, *_ in rows:
        claimed.setdefault(workspace_id, []).append(lead_id)
    return claimed


def _somebody_is_free(workspace_id: int, now: datetime) -> bool:
    workspace = Workspace.objects.get(pk=workspace_id)
    people = rosters.with_loads(setup_of(workspace, at=now).roster.people, workspace, at=now)
    return any(person.refusal(now) is None for person in people.values())


def _try(lead_id: int, *, now: datetime) -> None:
    lead = lock(Lead(pk=lead_id))
    entry = fallback.entry_of(lead)
    if entry is None or entry.next_try_at is None:
        return  # offered or moved on meanwhile, or a manager has it now
    if why := _gone(lead, now=now):
        fallback.leave(lead, how=why, at=now)
    else:
        offer_next(lead, at=now)


def _failed(lead_id: int, error: Exception, *, now: datetime) -> None:
    with transaction.atomic():
        lead = lock(Lead(pk=lead_id))
        if fallback.entry_of(lead):
            fallback.failed(lead, error, at=now)


def _gone(lead: Lead, *, now: datetime) -> str:
    """Why there is nothing to offer any more; blank while there is."""
    if lead.merged_into_id:
        return "merged"
    if lead.erased_at:
        return "erased"
    if lead.stage != Stage.MQL:
        return "moved"
    if lead.handoffs.open().exists():
        return "offered"
    standing = standing_of(lead, now=now)
    return "" if standing and standing.is_ready else "not_ready"


def leave_gone(*, now: datetime, limit: int = AT_A_LOOK) -> int:
    """Entries of leads that have moved on some other way leave; returns how many."""
    open_offers = Handoff.objects.open().filter(lead=OuterRef("lead"))
    gone = ~Q(lead__stage=Stage.MQL) | Q(lead__merged_into__isnull=False)
    gone |= Q(lead__erased_at__isnull=False) | Q(Exists(open_offers))
    entries = FallbackEntry.objects.waiting().filter(gone).order_by("pk")
    left = 0
    for lead_id in entries.values_list("lead", flat=True)[:limit]:
        try:
            with transaction.atomic():
                lead = lock(Lead(pk=lead_id))
                if why := _gone(lead, now=now):
                    fallback.leave(lead, how=why, at=now)
                    left += 1
        except Exception:  # the others leave; this one is looked at again the next time
            log.exception("Lead %s cannot leave the fallback queue", lead_id)
    return left


def find_lost(*, now: datetime) -> int:
    """Enter MQLs that are ready, offered to nobody, and stand in no line at all; how many.

    Nothing should make one. Should something have done so all the same, it is found here.
    """
    return sum(_find_in(workspace, now=now) for workspace in Workspace.objects.order_by("pk"))


def _find_in(workspace: Workspace, *, now: datetime) -> int:
    leads, found = lost(workspace, now=now), 0
    for begin in range(0, len(leads), AT_A_LOOK):
        some = leads[begin : begin + AT_A_LOOK]
        known = standings(some, now=now)
        ready = [lead for lead in some if lead.pk in known and known[lead.pk].is_ready]
        found += sum(_enter(lead, now=now) for lead in ready)
        if found >= AT_A_LOOK:
            break
    return found


@transaction.atomic
def _enter(lead: Lead, *, now: datetime) -> bool:
    lead = lock(lead)
    if _gone(lead, now=now) or fallback.entry_of(lead):
        return False
    if is_held(lead.workspace):
        fallback.enter(lead, why=FallbackEntry.Why.UNSIGNED, at=now)
    else:
        fallback.enter(lead, why=FallbackEntry.Why.NOBODY, at=now, next_try_at=now)
    return True


def lost(workspace: Workspace, *, now: datetime) -> list[Lead]:
    """MQLs whose points reach the hand-off rule, and who stand neither in an offer, nor in the line
    of a publication, nor among those to settle, nor in the queue; so many at most. Imported
    history waits for nobody. Of these, some may lack a fact that a rep needs."""
    version = published_version(workspace)
    if version is None:
        return []
    definitions = definitions_of(version)
    reached = Q(pk__in=ScoreOverride.objects.of(workspace).valid(at=now).values("lead"))
    for way in definitions.handoff or definitions.mql:
        floors = {"score__fit": way.fit, "score__intent": way.intent, "total": way.total}
        asked = {f"{name}__gte": floor for name, floor in floors.items() if floor is not None}
        reached |= Q(**asked)
    mine = {"lead": OuterRef("pk")}
    stands = (
        Handoff.objects.open().filter(**mine),
        FallbackEntry.objects.waiting().filter(**mine),
        QualificationDue.objects.filter(lead_id=OuterRef("pk")),
    )
    return list(
        Lead.objects.of(workspace)
        .present()
        .in_stage(Stage.MQL)
        .filter(*(~Exists(rows) for rows in stands), imported=False)
        .alias(total=total_case())
        .filter(reached, score__disqualified=False)
        .exclude(pk__in=Release.objects.of(workspace).filter(released_at=None).values("lead"))
        .order_by("stage_since", "pk")[:LOOKED_THROUGH]
    )
