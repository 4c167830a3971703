"""A clock that the sweep had to step over, tried again at once by hand."""

from datetime import datetime

from sla.breaches import sweep_again
from sla.models import Clock


def try_again(clock: Clock, *, now: datetime) -> str:
    """Sweep that clock now, and say in a sentence what came of it."""
    if not sweep_again(clock, now=now):
        return "It has been swept meanwhile: nothing is wrong with it any more."
    if clock.error:
        return f"It was refused again: {clock.error}"
    return "It was swept, and nothing was wrong with it."
