"""How long the system itself takes in the simulated year: seconds, but for a few bad hours."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

OUTAGES: Final = ((211, 8, 160), (94, 12, 95), (38, 10, 150))
"""Days ago (or the Friday before), the hour (UTC) at which no worker was there any more, for how
many minutes."""
BACKLOG: Final = timedelta(minutes=45)
"""So long after it offers take their time."""


class Machine:
    """A stream of its own: how fast it works leaves everything else in the year as it is."""

    def __init__(self, seed: int, *, now: datetime) -> None:
        self.random = Random(seed)
        self.outages = [_outage(*outage, now=now) for outage in OUTAGES]

    def reads_at(self, moment: datetime) -> datetime:
        """When what happened then has been scored."""
        moment = moment.astimezone(UTC)
        for since, until in self.outages:
            if since <= moment < until:
                return until + timedelta(seconds=self.random.uniform(20, 300))
        return moment + timedelta(seconds=min(90.0, self.random.lognormvariate(1.8, 0.7)))

    def offers_at(self, ready_at: datetime) -> datetime:
        """When a lead found ready is offered."""
        if any(until <= ready_at < until + BACKLOG for _, until in self.outages):
            return ready_at + timedelta(minutes=self.random.uniform(4, 35))
        return ready_at + timedelta(seconds=self.random.uniform(0.4, 3))


def _outage(days_ago: int, hour: int, minutes: int, *, now: datetime) -> tuple[datetime, datetime]:
    day = now - timedelta(days=days_ago)
    day -= timedelta(days=max(0, day.weekday() - 4))
    since = day.replace(hour=hour, minute=20, second=0, microsecond=0)
    return since, since + timedelta(minutes=minutes)
