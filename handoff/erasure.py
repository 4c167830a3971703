"""Erasing a person for good: what they were and did goes, that they were counted stays.

Gone: the lead's facts and their history, events, the score and every explanation of it, packets,
evidence, free texts, notices and mails about the person, the snapshot of a merge, and what
finished imports still say of refused rows (one of them may be theirs). Kept: the lead's row without
a name, its company, source and stages, moves, hand-offs, touches, clocks and amounts, so that no
report changes its past.

Mails that have left, and backups, are beyond the product's reach.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from handoff.handoffs import withdraw_open
from handoff.imports.uploads import forget_said
from handoff.models import Erasure, Handoff, LeadMerge, ScorecardAnswer
from handoff.transitions import MoveNotAllowed, lock
from leadqual import outbox
from leadqual.models import AttributeChange, Lead, StageMove, Touch
from scoring.scorers import score_lead

EMPTIED_TEXTS = (
    *("email", "external_id", "first_name", "last_name", "phone", "job_title", "country"),
    *("timeline", "challenge"),
)
EMPTIED_RECORDS = ("attributes", "first_touch", "last_touch")


@transaction.atomic
def erase(lead: Lead, *, by: User, at: datetime) -> Erasure:
    """Erase the person, with every lead that was merged into theirs. Cannot be undone.

    Raises MoveNotAllowed where the lead was merged into another (erase that one) or is erased.
    """
    lead = lock(lead)
    if lead.merged_into_id:
        raise MoveNotAllowed("This lead was merged into another one. Erase that one.")
    if lead.erased_at:
        raise MoveNotAllowed("This person was erased already.")
    withdraw_open(lead, at=at, note="", by=by)
    everyone = [lead, *_merged_into(lead)]
    for one in everyone:
        _forget(one, at=at)
    LeadMerge.objects.filter(Q(survivor__in=everyone) | Q(absorbed__in=everyone)).update(
        moved={}, before={}
    )
    forget_said(lead.workspace)
    score_lead(lead, now=at)  # takes the score away: the person is no more
    return Erasure.objects.create(workspace=lead.workspace, lead=lead, by=by, at=at)


def _merged_into(lead: Lead) -> list[Lead]:
    """Those whose story the lead has taken over, directly or through another."""
    found: list[Lead] = []
    level = [lead.pk]
    while level:
        absorbed = list(
            Lead.objects.select_for_update(of=("self",))
            .select_related("workspace")
            .filter(merged_into__in=level)
            .order_by("pk")
        )
        found += absorbed
        level = [one.pk for one in absorbed]
    return found


def _forget(lead: Lead, *, at: datetime) -> None:
    for name in EMPTIED_TEXTS:
        setattr(lead, name, "")
    for name in EMPTIED_RECORDS:
        setattr(lead, name, {})
    lead.erased_at = at
    lead.save()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL leadqual.erasing = 'on'")
        cursor.execute("DELETE FROM leadqual_event WHERE lead_id = %s", [lead.pk])
        cursor.execute("SET LOCAL leadqual.erasing = 'off'")
    AttributeChange.objects.filter(lead=lead).delete()  # those that this save has written, too
    Touch.objects.filter(lead=lead).update(note="")
    StageMove.objects.filter(lead=lead).update(note="", explanation=None)
    Handoff.objects.filter(lead=lead).update(packet={}, why_now="", note="")
    ScorecardAnswer.objects.filter(scorecard__lead=lead).update(evidence="")
    path = f"/w/{lead.workspace.slug}/leads/{lead.pk}/"
    outbox.forget(workspace=lead.workspace, path=path, at=at)
