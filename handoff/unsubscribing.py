"""A lead wants no more mails: said for good, and what was about to leave is taken back."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from handoff import nurture_steps
from handoff.models import NurtureStay
from handoff.transitions import lock
from leadqual import outbox
from leadqual.models import Lead


@transaction.atomic
def unsubscribe(lead: Lead, *, at: datetime) -> None:
    """Asked for again it changes nothing. Of a merged lead, hand over the survivor.

    Its track ends; mails of nurture that still wait in the outbox are not sent, those written for
    leads that were merged into it included. An erased person is left alone.
    """
    lead = lock(lead)
    if lead.erased_at or lead.merged_into_id:
        return
    if lead.unsubscribed_at is None:
        lead.unsubscribed_at = at
        lead.save(update_fields=["unsubscribed_at"])
    for stay in NurtureStay.objects.filter(lead=lead, left_at=None, next_at__isnull=False):
        nurture_steps.end(stay, NurtureStay.Ended.UNSUBSCRIBED, at=at)
    for one in _records_of(lead):
        outbox.take_back(workspace=lead.workspace, occasion=nurture_steps.occasion(one), at=at)


def _records_of(lead: Lead) -> Iterator[Lead]:
    """The lead, those merged into it, and those merged into them before."""
    level = [lead]
    while level:
        yield from level
        level = list(Lead.objects.filter(merged_into__in=level))
