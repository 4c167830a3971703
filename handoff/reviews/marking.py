"""Both sides mark a rejected lead: right reject, wrong reject, or wrong hand-off.

The last word of each person counts. A side says what all of its people say; where they differ
among themselves it has no word yet. What both sides say is carried out: the rejection is reviewed
(`handoff.rejection_review`), so that a right one gives the rep the turn back. A wrong hand-off was
rejected rightly. Marks that differ later take nothing back, until both sides agree again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from handoff import rejection_review
from handoff.models import AgendaItem, Handoff, Mark
from handoff.reviews.held import held
from handoff.reviews.taking_part import SIDES, speaker
from handoff.transitions import MoveNotAllowed
from sla.models import Side

Verdict = Mark.Verdict


@dataclass(frozen=True)
class Said:
    """What each side says of an item, a Verdict or blank; `split` are sides whose people differ."""

    marketing: str = ""
    sales: str = ""
    split: frozenset[str] = frozenset()

    @property
    def agreed(self) -> str:
        """The verdict of both sides; blank where they differ or one has none."""
        return self.marketing if self.marketing == self.sales else ""

    @property
    def differ(self) -> bool:
        """Whether somebody contradicts somebody: the sides each other, or a side itself."""
        return bool(self.split) or bool(
            self.marketing and self.sales and self.marketing != self.sales
        )


def said(marks: Iterable[Mark]) -> Said:
    """Of the marks of one item."""
    words: dict[str, set[str]] = {side: set() for side in SIDES}
    for mark in marks:
        if mark.verdict:
            words[mark.side].add(mark.verdict)
    one = {side: next(iter(theirs)) if len(theirs) == 1 else "" for side, theirs in words.items()}
    split = frozenset(str(side) for side, theirs in words.items() if len(theirs) > 1)
    return Said(one[Side.MARKETING], one[Side.SALES], split)


def upholds(verdict: str) -> bool:
    """Whether the rejection was right, by that verdict."""
    return verdict != Verdict.WRONG_REJECT


def mark(item: AgendaItem, *, verdict: str, by: User, at: datetime) -> Mark:
    """Say what one holds of a rejected lead; blank takes one's word back. Safe to repeat.

    Carried out where both sides agree by it. Raises SomeoneWasFaster where the review is closed,
    MoveNotAllowed for what is no rejected lead, or is about somebody who was erased, and for who
    speaks for no side yet. ValueError for another word.
    """
    if verdict and verdict not in Verdict.values:
        raise ValueError(f"{verdict!r} is no verdict.")
    with held(item.review_id) as review:
        theirs = speaker(review, by=by, at=at)
        found, handoff = _to_mark(item)
        mark, _ = Mark.objects.update_or_create(
            item=found,
            person=by,
            defaults={"side": theirs.side, "verdict": verdict, "at": at, "step": review.step},
        )
        agreed = said(found.marks.all()).agreed
        if agreed and agreed != found.applied:
            _carry_out(handoff, agreed, by=by, at=at)
            found.applied, found.step = agreed, review.step
            found.save(update_fields=["applied", "step"])
    return mark


def _to_mark(item: AgendaItem) -> tuple[AgendaItem, Handoff]:
    """The hand-off is locked before the item is written, as erasure does it."""
    found = AgendaItem.objects.get(pk=item.pk)
    if found.part != AgendaItem.Part.REJECT or found.handoff_id is None:
        raise MoveNotAllowed("Only rejected leads are marked.")
    rows = Handoff.objects.select_related("lead").select_for_update(of=("self",))
    handoff = rows.get(pk=found.handoff_id)
    if handoff.lead.erased_at:
        raise MoveNotAllowed("This person was erased since.")
    return found, handoff


def _carry_out(handoff: Handoff, agreed: str, *, by: User, at: datetime) -> None:
    if handoff.upheld is not upholds(agreed):
        rejection_review.review(handoff, upheld=upholds(agreed), by=by, at=at)
