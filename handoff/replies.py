"""A lead replied to a mail, and one of us says so: an event as any other, so it is scored."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from handoff import nurture_steps
from handoff.intake import receive_events
from handoff.models import NurtureStay
from handoff.transitions import lock
from leadqual.models import EventKind, Lead
from leadqual.recording import EventFacts


class NoName(ValueError):
    """Neither an address nor an external id is known: no event can name the lead."""


def replied(lead: Lead, *, by: User, at: datetime, now: datetime) -> bool:
    """Record the reply, not later than `now`; False where it was recorded a moment before.

    The lead's track ends at once. By API it is an event of the kind email_reply.
    """
    if not lead.email and not lead.external_id:
        raise NoName("Write down the lead’s e-mail address first: replies are kept by it.")
    minute = at.replace(second=0, microsecond=0)
    facts = EventFacts(
        kind=EventKind.EMAIL_REPLY,
        occurred_at=at,
        email=lead.email,
        lead_external_id="" if lead.email else lead.external_id,
        external_id=f"reply:{lead.pk}:{minute:%Y%m%d%H%M}",
        properties={"said_by": str(by)},
    )
    [receipt] = receive_events(workspace=lead.workspace, batch=[facts], now=now)
    with transaction.atomic():
        lock(lead)
        for stay in NurtureStay.objects.filter(lead=lead, left_at=None, next_at__isnull=False):
            if at >= (stay.track_since or stay.entered_at):
                nurture_steps.end(stay, NurtureStay.Ended.REPLIED, at=now)
    return receipt.how == "created"
