"""A person overrides a score, and the lead is settled at once: who overrides sees what follows.

Each is one transaction that locks the lead first, as everything does that moves leads.
"""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from handoff.promotion import settle
from handoff.transitions import lock
from leadqual.models import Lead
from scoring import overrides
from scoring.models import ScoreOverride


@transaction.atomic
def put(
    lead: Lead,
    *,
    by: User,
    fit: int | None,
    intent: int | None,
    reason: str,
    expires_at: datetime,
    now: datetime,
) -> Lead:
    """See `scoring.overrides.override`, whose ValidationError it raises. Returns the lead as it is
    afterwards."""
    lead = lock(lead)
    overrides.override(
        lead, by=by, fit=fit, intent=intent, reason=reason, expires_at=expires_at, now=now
    )
    return settle(lead, now=now)


@transaction.atomic
def end(standing: ScoreOverride, *, by: User, now: datetime) -> bool:
    """False where the override has ended already."""
    lead = lock(standing.lead)
    ended = overrides.end(standing, by=by, now=now)
    settle(lead, now=now)
    return ended


@transaction.atomic
def bring_back(ended: ScoreOverride, *, by: User, now: datetime) -> bool:
    """Undo an ending; false where it can no longer be undone."""
    lead = lock(ended.lead)
    brought_back = overrides.bring_back(ended, by=by, now=now)
    settle(lead, now=now)
    return brought_back
