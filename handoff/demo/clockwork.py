"""The clocks of the simulated year: started and stopped in memory, reckoned by the product's own
functions, written in bulk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from accounts.models import User, Workspace
from handoff.demo.terms import Terms
from handoff.models import Handoff, Tier
from leadqual.models import Lead
from sla.clocks import RAN_OUT, TAKEN_BACK
from sla.deadlines import deadlines
from sla.models import Clock, Commitment
from sla.reckoning import conclude

Code = Commitment.Code
SWEEP: Final = timedelta(seconds=9)
"""How long after a deadline the sweep comes by."""


@dataclass(eq=False)
class About:
    """What a clock is about: its key needs ids that are known once the rows are written."""

    kind: str
    row: Handoff | Lead
    more: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.row.pk}{self.more}"


class Clockwork:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.terms = workspace, Terms(workspace)
        self.hours = self.terms.hours
        self.clocks: list[tuple[About, Clock]] = []
        self.running: dict[tuple[int, Code], Clock] = {}

    def of_handoff(
        self, handoff: Handoff, code: Code, *, at: datetime, person: User | None
    ) -> Clock | None:
        """One that goes by the hand-off."""
        clock = self.start(
            handoff.lead,
            code,
            About("handoff", handoff),
            at=at,
            tier=handoff.tier,
            person=person,
        )
        if clock:
            self.running[id(handoff), code] = clock
        return clock

    def start(
        self,
        lead: Lead,
        code: Code,
        about: About,
        *,
        at: datetime,
        tier: Tier | None = None,
        person: User | None = None,
    ) -> Clock | None:
        """None where nothing is promised."""
        promise = self.terms.promise(code, tier, at=at)
        if promise is None:
            return None
        moments = deadlines(
            started_at=at,
            minutes=promise.minutes,
            days=promise.days,
            warn_percents=promise.warn_percents,
            calendar=self.terms.calendar(promise),
        )
        clock = Clock(
            workspace=self.workspace,
            lead=lead,
            commitment=promise,
            code=promise.code,
            tier_code=promise.tier_code,
            calendar=promise.calendar,
            person=person,
            minutes=promise.minutes,
            days=promise.days,
            warn_percents=sorted(promise.warn_percents),
            started_at=at,
            warn_ats=moments.warn_ats,
            due_at=moments.due_at,
        )
        self.clocks.append((about, clock))
        return clock

    def stop(
        self, clock: Clock, *, at: datetime, how: str, recorded_at: datetime | None = None
    ) -> None:
        clock.stopped_at, clock.stopped_by = max(at, clock.started_at), how
        clock.stop_recorded_at = max(clock.stopped_at, recorded_at or at)
        clock.noticed_at = clock.due_at + SWEEP
        conclude(clock, self.terms.calendar(clock.commitment), (), found=clock.due_at + SWEEP)
        clock.told, clock.answered_at = clock.warned, clock.noticed_at

    def stop_of(
        self,
        handoff: Handoff,
        codes: Iterable[Code],
        *,
        at: datetime,
        how: str,
        recorded_at: datetime | None = None,
    ) -> None:
        """Those of the hand-off that run."""
        for code in codes:
            if clock := self.running.pop((id(handoff), code), None):
                self.stop(clock, at=at, how=how, recorded_at=recorded_at)

    def write(self, *, now: datetime) -> list[Clock]:
        """After hand-offs and leads."""
        for about, clock in self.clocks:
            clock.subject_key = about.key
            if clock.stopped_at is None:
                notice(clock, now=now)
        written = [clock for _, clock in self.clocks]
        return Clock.objects.bulk_create(written, batch_size=1000)


def notice(clock: Clock, *, now: datetime) -> None:
    """What sweeps have found by `now` on a clock that runs, and told."""
    clock.warned = clock.told = sum(moment < now for moment in clock.warn_ats)
    clock.next_check_at = clock.next_moment
    if clock.due_at < now:
        clock.breached_at, clock.next_check_at = clock.due_at, None
        clock.noticed_at = clock.answered_at = max(clock.due_at, min(clock.due_at + SWEEP, now))


__all__ = ["RAN_OUT", "SWEEP", "TAKEN_BACK", "About", "Clockwork", "notice"]
