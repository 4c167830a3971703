"""A clock that the sweep had to step over, tried again at once by hand."""

from datetime import datetime

from sla import clocks
from sla.models import Clock


def try_again(clock: Clock, *, now: datetime) -> str:
    """Sweep that clock now, and say in a sentence what came of it."""
    found = Clock.objects.running().filter(pk=clock.pk).exclude(error="")
    if not found.update(next_check_at=clock.next_moment):
        return "It has been swept meanwhile: nothing is wrong with it any more."
    clocks.sweep(now=now)
    clock.refresh_from_db(fields=["error"])
    if clock.error:
        return f"It was refused again: {clock.error}"
    return "It was swept, and nothing was wrong with it."
