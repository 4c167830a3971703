"""Missed promises are acknowledged by managers, many at once, with a word on what happened."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts.models import User, Workspace
from sla.answers import AcknowledgedAlready, NothingMissed, acknowledge
from sla.models import Clock

MOST: Final = 100
"""So many at once: more than a page shows."""
LONGEST_NOTE: Final = 500


@transaction.atomic
def acknowledge_all(
    workspace: Workspace, clocks: Collection[int], *, by: User, at: datetime, note: str
) -> int:
    """Say `note` to these misses, by id; returns to how many. What somebody else has said to one
    already stays, and what was not missed is left out. Raises NoteMissing."""
    said = 0
    for clock in Clock.objects.of(workspace).filter(pk__in=list(clocks)[:MOST]).order_by("pk"):
        try:
            acknowledge(clock, by=by, at=at, note=note[:LONGEST_NOTE])
        except (AcknowledgedAlready, NothingMissed):
            continue
        said += 1
    return said
