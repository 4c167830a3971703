"""What people said of a lead's score, as entries of its timeline: put, changed, ended, expired."""

from datetime import datetime

from django.utils import timezone

from handoff.templatetags.leads import end_of
from leadqual.models import Lead
from leadqual.timeline import Entry
from scoring.models import ScoreOverride

COUNTS_AGAIN = "The computed score counts again."


def override_entries(lead: Lead, *, now: datetime) -> list[Entry]:
    """All there are, in one query; one put in place of another is a change, not an ending."""
    overrides = list(lead.overrides.select_related("by", "ended_by").order_by("at", "pk"))
    begun = {(each.at, each.by_id) for each in overrides}
    replaced = {(each.ended_at, each.ended_by_id) for each in overrides if each.ended_by_id}
    with timezone.override(lead.workspace.zone):
        put = [_put(each, is_change=(each.at, each.by_id) in replaced) for each in overrides]
    return put + [
        _ended(each)
        for each in overrides
        if each.until <= now and (each.ended_at, each.ended_by_id) not in begun
    ]


def _put(override: ScoreOverride, *, is_change: bool) -> Entry:
    title = "Override changed to" if is_change else "Score overridden to"
    until = end_of(override.expires_at)
    reason = f"“{override.reason}”" if override.reason else ""  # an erasure takes it away
    return Entry(
        at=override.at,
        kind="override",
        pk=override.pk,
        title=f"{title} {override.words} until {until}",
        detail=reason,
        person=str(override.by),
    )


def _ended(override: ScoreOverride) -> Entry:
    how = "ended" if override.ended_by else "expired"
    return Entry(
        at=override.until,
        kind="override_end",
        pk=override.pk,
        title=f"The override to {override.words} {how}",
        detail=COUNTS_AGAIN,
        person=str(override.ended_by or ""),
    )
