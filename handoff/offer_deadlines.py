"""Open offers show the deadline of their clock, wherever a holiday or a call-back has moved it."""

from django.db import connection

from leadqual.models import Lead
from sla.models import Commitment


def follow_moved_deadlines(lead: Lead | None = None) -> int:
    """Of that lead, or of all; returns how many offers have another deadline now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE handoff_handoff h SET due_at = c.due_at FROM sla_clock c
            WHERE h.status = 'open' AND c.subject_key = 'handoff:' || h.id AND c.code = %(code)s
              AND c.workspace_id = h.workspace_id
              AND c.stopped_at IS NULL AND c.due_at <> h.due_at
              AND (%(lead)s::bigint IS NULL OR h.lead_id = %(lead)s)
            """,
            {"code": Commitment.Code.DECIDE_OFFER, "lead": lead.pk if lead else None},
        )
        return int(cursor.rowcount)
