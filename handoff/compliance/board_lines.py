"""A clock as a line of the board: its words, who is held to it, and where to read on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.models import Workspace
from handoff.agreement.links import agreement_url
from sla.business_time import CalendarError
from sla.models import Clock, Commitment
from sla.queries import ClockLine, State, clock_lines, state_of
from sla.remaining import named


@dataclass(frozen=True)
class Link:
    url: str
    label: str


@dataclass(frozen=True)
class Line:
    """`zone`: that of the clock's calendar, where it is not the workspace's."""

    said: ClockLine
    zone: str
    subject: Link | None
    clause: Link

    @property
    def clock(self) -> Clock:
        return self.said.clock

    @property
    def is_soon(self) -> bool:
        return self.said.state is State.SOON

    @property
    def state_label(self) -> str:
        """“In time” says more than that it runs."""
        return "In time" if self.said.state is State.RUNNING else self.said.state.value.capitalize()

    @property
    def noticed_after(self) -> timedelta | None:
        """How long after its true moment the breach was found, where that is worth a mark."""
        clock = self.clock
        if not (clock.noticed_late and clock.noticed_at and clock.breached_at):
            return None
        return clock.noticed_at - clock.breached_at


def lines_of(workspace: Workspace, clocks: Iterable[Clock], *, now: datetime) -> list[Line]:
    """In order, in four queries where every calendar can be computed with. The clocks come with
    lead, person and commitment__agreement."""
    clocks = list(clocks)
    return [
        Line(
            said,
            zone=said.zone if said.zone != workspace.timezone else "",
            subject=_subject(workspace, said.clock),
            clause=_clause(workspace, said.clock),
        )
        for said in _said(workspace, clocks, now=now)
    ]


def _said(workspace: Workspace, clocks: Sequence[Clock], *, now: datetime) -> list[ClockLine]:
    """A calendar made unusable keeps only its own clocks wordless."""
    try:
        return clock_lines(clocks, now=now)
    except CalendarError as error:
        if len(clocks) == 1:
            when = named(clocks[0].due_at, now=now, zone=workspace.timezone)
            words = f"due {when}; its calendar cannot be used: {error}"
            return [ClockLine(clocks[0], workspace.timezone, state_of(clocks[0], now=now), words)]
    return [line for clock in clocks for line in _said(workspace, [clock], now=now)]


def _subject(workspace: Workspace, clock: Clock) -> Link | None:
    """Where what is promised is done; None: on the lead's page, which every line links to."""
    slug, (kind, _, key) = workspace.slug, clock.subject_key.partition(":")
    if clock.code == Commitment.Code.REVIEW_REJECTION:
        return Link(f"{reverse('rejections', args=[slug])}#rejection-{key}", "the rejection")
    if kind == "fallback":
        return Link(reverse("queue_everyone", args=[slug]), "the fallback queue")
    if kind == "handoff":
        return Link(f"{reverse('lead', args=[slug, clock.lead_id])}#panel-offer", "the hand-off")
    return None


def _clause(workspace: Workspace, clock: Clock) -> Link:
    """The sentence of the agreement that the clock was started by: that version's, for ever."""
    promise = clock.commitment
    if promise.agreement is None:
        return Link(agreement_url(workspace, promise.anchor), "Defaults, unsigned")
    number = promise.agreement.number
    url = reverse("agreement_version", args=[workspace.slug, number])
    return Link(f"{url}#{promise.anchor}", f"Agreement {number}")
