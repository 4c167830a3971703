"""What the page of a review shows while it is held, and which of its pieces have changed."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from django.utils import timezone

from accounts.access import Permission, WorkspaceRequest
from handoff.forms.joint_reviews import DecisionForm, owners_of
from handoff.models import AgendaItem, Decision, Mark, Participant, Review
from handoff.reviews.agenda.making import PARTS
from handoff.reviews.changes import Changes
from handoff.reviews.marking import Said, said
from handoff.reviews.minutes import items_of
from sla.models import Side

Part = AgendaItem.Part
USUALLY: Final = timedelta(days=14)
"""From today on, for a new decision."""
KEYS: Final = tuple(zip("123", Mark.Verdict.choices, strict=True))
"""The key of each verdict."""


@dataclass(frozen=True)
class Progress:
    """Of one part of the agenda: items shown, and those that are settled.

    A rejected lead is when both sides have marked it, an open decision when it is done, what waits
    for a decision when it is decided; anything else when something was noted or decided about it.
    """

    part: Part
    total: int
    shown: int
    settled: int

    @property
    def title(self) -> str:
        return str(self.part.label)

    @property
    def words(self) -> str:
        if not self.shown:
            return "nothing"
        return f"{self.settled} of {self.shown} {_SETTLED.get(self.part, 'talked over')}"


_SETTLED: Final = {
    Part.REJECT: "marked by both sides",
    Part.DECISION: "done",
    Part.TO_DECIDE: "decided",
}


@dataclass
class Shown:
    """An item of the agenda with what is said of it; `mine`: the verdict of who looks."""

    item: AgendaItem
    said: Said
    marks: list[Mark]
    mine: str
    decisions: list[Decision]


class Meeting:
    """A constant number of queries, whatever the agenda has."""

    def __init__(self, review: Review, request: WorkspaceRequest, *, part: str) -> None:
        self.review, self.request = review, request
        self.parts = PARTS[review.kind]
        self._asked = part

    @cached_property
    def part(self) -> Part:
        """The one asked for, else the first that has something."""
        if self._asked in self.parts:
            return Part(self._asked)
        return next((one.part for one in self.progress if one.shown), self.parts[0])

    @cached_property
    def progress(self) -> list[Progress]:
        marks: dict[int, set[str]] = {}
        rows = Mark.objects.filter(item__review=self.review).exclude(verdict="")
        for item, side in rows.values_list("item", "side"):
            marks.setdefault(item, set()).add(side)
        settled = dict.fromkeys(self.parts, 0)
        for part, is_settled in self._settled(marks):
            settled[part] += is_settled
        told = self.review.parts
        return [
            Progress(
                part,
                total=told.get(part.value, {}).get("total", 0),
                shown=told.get(part.value, {}).get("shown", 0),
                settled=settled[part],
            )
            for part in self.parts
        ]

    def _settled(self, marks: dict[int, set[str]]) -> list[tuple[Part, bool]]:
        decided_about = {one.item_id for one in self.decisions}
        rows = self.review.items.values_list(
            "pk", "part", "outcome", "decision__done_at", "review_item__decided_at"
        )
        found = []
        for pk, part, outcome, done_at, decided_at in rows:
            if part == Part.REJECT:
                is_settled = len(marks.get(pk, ())) == len(Side.values[:2])
            elif part == Part.DECISION:
                is_settled = done_at is not None
            elif part == Part.TO_DECIDE:
                is_settled = decided_at is not None
            else:
                is_settled = bool(outcome) or pk in decided_about
            found.append((Part(part), is_settled))
        return found

    @property
    def to_mark(self) -> tuple[int, int]:
        """Rejected leads that both sides have marked, of how many."""
        rejects = next((one for one in self.progress if one.part == Part.REJECT), None)
        return (rejects.settled, rejects.shown) if rejects else (0, 0)

    @property
    def has_words(self) -> bool:
        """Whether somebody has said something already, as far as this page knows."""
        return bool(self.decisions) or any(one.settled for one in self.progress)

    @cached_property
    def decisions(self) -> list[Decision]:
        joined = ("owner", "made_by", "done_by", "model_version", "reason", "plan", "agreement")
        return list(self.review.decisions.select_related("workspace", *joined))

    @cached_property
    def items(self) -> list[Shown]:
        """Of the part that is shown."""
        rows = items_of(self.review).filter(part=self.part)
        return [self._shown(item) for item in rows.order_by("position")]

    def _shown(self, item: AgendaItem) -> Shown:
        marks = [mark for mark in item.marks.all() if mark.verdict]
        mine = next((one.verdict for one in marks if one.person_id == self.request.user.pk), "")
        about = [one for one in self.decisions if one.item_id == item.pk]
        return Shown(item, said(marks), marks, mine, about)

    @cached_property
    def people(self) -> list[Participant]:
        return list(self.review.participants.select_related("person"))

    @property
    def me(self) -> Participant | None:
        return next((one for one in self.people if one.person_id == self.request.user.pk), None)

    @property
    def around(self) -> tuple[Progress | None, Progress | None]:
        """The parts before and after the one that is shown."""
        at = [one.part for one in self.progress].index(self.part)
        before = self.progress[at - 1] if at else None
        return before, self.progress[at + 1] if at + 1 < len(self.progress) else None

    @cached_property
    def today(self) -> date:
        return timezone.now().astimezone(self.review.workspace.zone).date()

    @cached_property
    def owners(self) -> list[tuple[int, str]]:
        return owners_of(self.review.workspace)

    def decision_form(self, about: str = "") -> DecisionForm:
        """An empty one; `about`: the id of an item."""
        initial = {"due": self.today + USUALLY, "owner": self.request.user.pk, "about": about}
        return DecisionForm(review=self.review, owners=self.owners, initial=initial)

    @property
    def context(self) -> dict[str, Any]:
        return {
            "meeting": self,
            "review": self.review,
            "figures": self.review.parts.get(self.part.value, {}),
            "may_hold": self.request.may(Permission.HOLD_REVIEWS),
            "keys": KEYS,
            "sides": Side.choices[:2],
            "owners": lambda: self.owners,  # asked of the database where a decision is shown
            "today": self.today,
        }

    def changed(self, changes: Changes) -> dict[str, Any]:
        """What the pieces that have changed are drawn from; empty where none has."""
        if not (changes.any or changes.is_closed):
            return {}
        self.review.step = changes.step
        decided = {one.pk for one in changes.decisions}
        pks = {item.pk for item in changes.items} | {one.item_id for one in changes.decisions}
        return self.context | {
            "closed": changes.is_closed,
            "people_changed": bool(changes.participants),
            "agenda_changed": bool(pks or decided),
            "changed_items": [one for one in self.items if one.item.pk in pks] if pks else [],
            "changed_decisions": [one for one in self.decisions if one.pk in decided],
        }
