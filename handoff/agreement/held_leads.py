"""Letting go of the leads that were held: an agreement is active, or nothing is held any more.

They join the line of releases and are offered at the reps' daily pace, never all at once. Which
they are is read anew at each run, from the queue itself: a lead that became ready while the others
were let go is let go by the next. Safe to repeat, by many workers at once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from accounts.models import Workspace
from handoff.agreement.holding import is_held
from handoff.models import FallbackEntry, Release
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.writing import lock_leads

AT_A_TIME: Final = 500
SIGNED: Final = "signed"
"""By what they have left the fallback queue."""


def let_go(*, now: datetime) -> int:
    """Of all workspaces that hold nothing now; returns how many leads joined the line."""
    held = FallbackEntry.objects.waiting().filter(why=FallbackEntry.Why.UNSIGNED)
    waiting = Workspace.objects.filter(pk__in=held.order_by().values("workspace").distinct())
    return sum(
        _let_go_in(workspace, now=now)
        for workspace in waiting.select_related("handoff_policy").order_by("pk")
        if not is_held(workspace)
    )


def _let_go_in(workspace: Workspace, *, now: datetime) -> int:
    held = FallbackEntry.objects.of(workspace).waiting().filter(why=FallbackEntry.Why.UNSIGNED)
    leads = list(held.order_by("lead").values_list("lead", flat=True))
    return sum(
        _let_go(leads[begin : begin + AT_A_TIME], now=now)
        for begin in range(0, len(leads), AT_A_TIME)
    )


@transaction.atomic
def _let_go(lead_ids: Sequence[int], *, now: datetime) -> int:
    """A lead that somebody else has in hand is left for the next run. Locks: leads, entries."""
    locked = lock_leads(lead_ids, skip_locked=True)
    entries = FallbackEntry.objects.waiting().filter(
        lead__in=locked, why=FallbackEntry.Why.UNSIGNED
    )
    mine = list(entries.select_for_update(of=("self",), no_key=True).values_list("pk", "lead"))
    FallbackEntry.objects.filter(pk__in=[pk for pk, _ in mine]).update(
        left_at=Greatest(F("entered_at"), now), left_by=SIGNED, next_try_at=None
    )
    ready = (
        Lead.objects.present()
        .in_stage(Stage.MQL)
        .filter(pk__in=[lead for _, lead in mine])
        .exclude(handoffs__status="open")
    )
    places = [
        Release(workspace_id=workspace, lead_id=pk, version=None, queued_at=max(now, since))
        for pk, workspace, since in ready.values_list("pk", "workspace", "stage_since")
    ]
    Release.objects.bulk_create(places, ignore_conflicts=True)
    return len(places)
