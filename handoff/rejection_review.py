"""The review of rejections: managers of both sides look at packet, reason and note together.

A rejection that was right gives the rep the turn back. The URL takes `reason` and `rep` (ids),
`questions`, `state` (to review, or what was said) and pages by keyset, newest first.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User, Workspace
from handoff import promises
from handoff.cursors import Cursor
from handoff.models import Handoff, RejectionReason
from handoff.transitions import MoveNotAllowed
from handoff.turn_back import give_turn_back
from leadqual import outbox

PAGE: Final = 20
STATES: Final = {
    "": "To be reviewed",
    "right": "Right rejects",
    "wrong": "Wrong rejects",
    "all": "All",
}


class Rejections:
    """A page of the rejections of a workspace, the latest first."""

    def __init__(self, workspace: Workspace, asked: Mapping[str, str]) -> None:
        self.workspace = workspace
        self.state = asked.get("state", "") if asked.get("state") in STATES else ""
        self.questions = asked.get("questions", "")
        self.reason, self.rep = _number(asked.get("reason", "")), _number(asked.get("rep", ""))
        self.before = asked.get("before", "")

    states = STATES
    kinds = RejectionReason.Questions.choices

    @property
    def is_narrowed(self) -> bool:
        return bool(self.state or self.questions or self.reason or self.rep)

    @cached_property
    def _all(self) -> QuerySet[Handoff]:
        return Handoff.objects.of(self.workspace).filter(status=Handoff.Status.REJECTED)

    @cached_property
    def _found(self) -> list[Handoff]:
        rows = self._all.filter(lead__erased_at=None)
        if self.state != "all":
            rows = rows.filter(upheld={"": None, "right": True, "wrong": False}[self.state])
        if self.reason:
            rows = rows.filter(reason=self.reason)
        if self.questions in RejectionReason.Questions.values:
            rows = rows.filter(reason__questions=self.questions)
        if self.rep:
            rows = rows.filter(rep=self.rep)
        if cursor := Cursor.parse(self.before):
            rows = rows.filter(cursor.behind("decided_at", cursor.moment, descending=True))
        rows = rows.select_related(
            "lead__company", "lead__workspace", "rep", "decided_by", "reason", "reviewed_by"
        )
        return list(rows.order_by("-decided_at", "-pk")[: PAGE + 1])

    @property
    def rows(self) -> list[Handoff]:
        return self._found[:PAGE]

    @property
    def older(self) -> str:
        """The cursor of the next page; blank on the last one."""
        if len(self._found) <= PAGE:
            return ""
        last = self._found[PAGE - 1]
        return str(Cursor(last.decided_at.isoformat() if last.decided_at else "", last.pk))

    @cached_property
    def reasons(self) -> list[RejectionReason]:
        return list(RejectionReason.objects.of(self.workspace))

    @cached_property
    def reps(self) -> list[User]:
        return list(User.objects.filter(pk__in=self._all.values("rep")).order_by("name", "pk"))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


@transaction.atomic
def review(handoff: Handoff, *, upheld: bool, by: User, at: datetime) -> Handoff:
    """The rejection was right, or it was not; may be changed, the last word counts.

    The rep hears of it; a right one gives the turn back, once. Raises MoveNotAllowed for what is no
    rejection.
    """
    locked = Handoff.objects.select_for_update().get(pk=handoff.pk)
    if locked.status != Handoff.Status.REJECTED:
        raise MoveNotAllowed("Only a rejection is reviewed.")
    changed = locked.upheld != upheld
    locked.upheld, locked.reviewed_at, locked.reviewed_by = upheld, at, by
    locked.save(update_fields=["upheld", "reviewed_at", "reviewed_by"])
    promises.reviewed(locked, at=at)
    given_back = upheld and give_turn_back(locked, at=at)
    if changed:
        _tell(locked, by=by, at=at, given_back=given_back)
    return locked


def _tell(handoff: Handoff, *, by: User, at: datetime, given_back: bool) -> None:
    lead = handoff.lead
    word = "was right" if handoff.upheld else "was not right"
    turn = " You get the turn back." if given_back else ""
    outbox.notify(
        workspace=handoff.workspace,
        user=handoff.rep,
        key=f"reviewed:{handoff.pk}:{at.isoformat()}",
        text=f"{by}: rejecting {lead.display_name} ({handoff.reason}) {word}.{turn}",
        url=reverse("lead", args=[handoff.workspace.slug, lead.pk]),
    )
