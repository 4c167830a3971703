"""How long ago the sweep came by: without it nobody is warned and no breach is noticed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from leadqual.health import CLOCK_SWEEP, SWEEP_PATIENCE
from leadqual.models import Heartbeat


@dataclass(frozen=True)
class SweepAge:
    """`at` is the last sweep's moment; None where none was ever seen."""

    at: datetime | None
    now: datetime

    @property
    def is_old(self) -> bool:
        return self.at is None or self.now - self.at > SWEEP_PATIENCE

    @property
    def words(self) -> str:
        if self.at is None:
            return (
                "No sweep has come by yet: deadlines are not being watched. Breaches will be"
                " dated at their true moment when the first one does."
            )
        ago = f"The last sweep was {ago_words(self.now - self.at)} ago"
        if not self.is_old:
            return f"{ago}."
        return (
            f"{ago}: deadlines are not being watched. Breaches will be dated at their true moment"
            " when it comes back."
        )


def sweep_age(*, now: datetime) -> SweepAge:
    sign = Heartbeat.objects.filter(name=CLOCK_SWEEP).first()
    return SweepAge(sign.at if sign else None, now)


def ago_words(span: timedelta) -> str:
    """Roughly, as people say it: 8 seconds, 14 minutes, 3 hours, 2 days."""
    seconds = max(int(span.total_seconds()), 0)
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
