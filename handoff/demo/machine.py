"""How long the system itself takes in the simulated year: seconds, but for two bad hours."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

OUTAGES: Final = ((211, 21, 140), (38, 10, 75))
"""Days ago, the hour (UTC) at which no worker was there any more, for how many minutes."""


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
        return ready_at + timedelta(seconds=self.random.uniform(0.4, 3))


def _outage(days_ago: int, hour: int, minutes: int, *, now: datetime) -> tuple[datetime, datetime]:
    day = now - timedelta(days=days_ago)
    since = day.replace(hour=hour, minute=20, second=0, microsecond=0)
    return since, since + timedelta(minutes=minutes)
