"""What a decision changed: acceptance in the DAYS before its effect and in the DAYS after.

By whole local days; the day of the effect itself, on which both ruled, is in neither. While it is
younger than DAYS, what there is so far is told with how many days that is. The interval of the
difference is Newcombe's, of the two Wilson intervals at 95 %: where it holds 0, the two may as well
be the same. Something else may have changed at the same time: this measures, and proves nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Final

from handoff.metrics.acceptance import Endings, endings, interval
from handoff.metrics.counting import WHOLE
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from handoff.models import Decision
from handoff.reviews.effects import counts_since

DAYS: Final = 60


@dataclass(frozen=True)
class Measured:
    """`on` is the local day of the effect, `so_far` how many of DAYS have begun since."""

    on: date
    before: Endings
    after: Endings
    so_far: int

    @property
    def is_young(self) -> bool:
        return self.so_far < DAYS

    @property
    def difference(self) -> float | None:
        """Of the shares, after less before; None where either is of nothing."""
        if self.before.rate is None or self.after.rate is None:
            return None
        return self.after.rate - self.before.rate

    @property
    def interval(self) -> tuple[float, float] | None:
        return difference_interval(
            (self.before.accepted, self.before.decided), (self.after.accepted, self.after.decided)
        )

    @property
    def is_clear(self) -> bool:
        """Whether the difference is more than chance makes of so few."""
        found = self.interval
        return found is not None and (found[0] > 0 or found[1] < 0)

    @property
    def words(self) -> str:
        """“Acceptance 40 % (8 of 20) before, 55 % (11 of 20) in the first 12 of 60 days after.”"""
        when = f"the first {self.so_far} of {DAYS} days" if self.is_young else f"the {DAYS} days"
        return f"Acceptance {_told(self.before)} before, {_told(self.after)} in {when} after."


def measure(decision: Decision, *, now: datetime) -> Measured | None:
    """None while it has no effect yet. Four queries at most."""
    since = counts_since(decision)
    if since is None or since > now:
        return None
    workspace = decision.workspace
    zone = workspace.zone
    on, today = since.astimezone(zone).date(), now.astimezone(zone).date()
    one, many = timedelta(days=1), timedelta(days=DAYS)
    so_far = min(DAYS, (today - on).days)

    def ended(first: date, last: date) -> Endings:
        if last < first:
            return Endings()
        return endings(Scope(workspace, Period(first, last, zone))).get(WHOLE, Endings())

    before = ended(on - many, on - one)
    return Measured(on, before, ended(on + one, on + timedelta(days=so_far)), so_far)


def difference_interval(
    before: tuple[int, int], after: tuple[int, int]
) -> tuple[float, float] | None:
    """Newcombe's of two shares, each (hits, of): after less before. None of nothing."""
    was, now = interval(*before), interval(*after)
    if was is None or now is None:
        return None
    old, new = before[0] / before[1], after[0] / after[1]
    down = sqrt((new - now[0]) ** 2 + (was[1] - old) ** 2)
    up = sqrt((now[1] - new) ** 2 + (old - was[0]) ** 2)
    return max(-1.0, new - old - down), min(1.0, new - old + up)


def _told(ended: Endings) -> str:
    if ended.rate is None:
        return "of nothing"
    return f"{round(100 * ended.rate)} % ({ended.accepted} of {ended.decided})"
