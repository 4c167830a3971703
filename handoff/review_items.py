"""What waits for a decision of people: opened once a key, told once, open until somebody decides.

A scoring model that goes on from what was signed, an agreement whose review is due, a level below
what was agreed. Nothing here closes by itself, not even when the figures recover: somebody says
in writing what follows.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Membership, User, Workspace
from handoff.agreement.signers import SIGN_FOR, signers
from handoff.models import ReviewItem
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from leadqual import outbox
from sla.models import Agreement

REMIND_EVERY: Final = timedelta(days=7)


def open_item(
    workspace: Workspace,
    *,
    kind: ReviewItem.Kind,
    key: str,
    words: str,
    facts: Mapping[str, Any],
    owner: User | None,
    agreement: Agreement | None,
    side: str = "",
    at: datetime,
) -> ReviewItem:
    """Ask for a decision; the owner hears of it once, in the bell and by mail.

    Safe to repeat: one item is open a key. Where one is, it takes the newer `words` and `facts`,
    so that who decides has seen the latest, and nobody is told again. Without an owner those are
    told who may sign for the side (or for either), as where the owner has left.
    """
    with transaction.atomic():
        if item := _newer(workspace, key, words, facts):
            return item
        try:
            with transaction.atomic():
                item = ReviewItem.objects.create(
                    workspace=workspace,
                    kind=kind,
                    key=key,
                    words=words,
                    facts=dict(facts),
                    owner=owner,
                    agreement=agreement,
                    side=side,
                    opened_at=at,
                )
        except IntegrityError:  # another worker has opened it at the same moment
            return ReviewItem.objects.of(workspace).open().get(key=key)
        _tell(item, key=_told(item), subject=f"To decide: {item.words}")
    return item


def _newer(
    workspace: Workspace, key: str, words: str, facts: Mapping[str, Any]
) -> ReviewItem | None:
    item = ReviewItem.objects.of(workspace).open().select_for_update().filter(key=key).first()
    if item and (item.words, item.facts) != (words, dict(facts)):
        item.words, item.facts = words, dict(facts)
        item.save(update_fields=["words", "facts"])
    return item


def may_decide(item: ReviewItem, *, person: User, answers_misses: bool) -> bool:
    """Whoever may answer misses, and the owner whom the agreement names, whatever their role."""
    return answers_misses or item.owner_id == person.pk


def decide(item: ReviewItem, *, by: User, at: datetime, decision: str) -> ReviewItem:
    """Close it with what was decided, in writing. Who may is `may_decide`.

    Raises MoveNotAllowed without words, SomeoneWasFaster where it is decided already.
    """
    decision = decision.strip()
    if not decision:
        raise MoveNotAllowed("Write down what was decided: the others will read it here.")
    with transaction.atomic():
        fresh = ReviewItem.objects.select_for_update().get(pk=item.pk)
        if fresh.decided_at is not None:
            raise SomeoneWasFaster(
                who=fresh.decided_by,
                when=fresh.decided_at,
                what="this is decided",
                done="decided this",
            )
        fresh.decided_at, fresh.decided_by, fresh.decision = at, by, decision
        fresh.save(update_fields=["decided_at", "decided_by", "decision"])
        outbox.mark_read(workspace=fresh.workspace, key=_told(fresh), at=at)
    return fresh


def remind(*, now: datetime) -> int:
    """Those who are asked hear again every week while an item is open; returns how many items.

    Safe to repeat: each week has a key of its own.
    """
    waiting = ReviewItem.objects.open().filter(opened_at__lte=now - REMIND_EVERY)
    items = list(waiting.select_related("workspace", "owner").order_by("pk"))
    for item in items:
        weeks = (now - item.opened_at) // REMIND_EVERY
        open_for = f"{weeks} week{'' if weeks == 1 else 's'}"
        subject = f"Still to decide, open for {open_for}: {item.words}"
        _tell(item, key=f"{_told(item)}:{weeks}", subject=subject)
    return len(items)


def address(item: ReviewItem) -> str:
    """The page of the items, at this one."""
    return f"{reverse('review_items', args=[item.workspace.slug])}#item-{item.pk}"


def asked(item: ReviewItem) -> list[User]:
    """The owner; where there is none, or they have left, who may sign for the side, or either."""
    members = Membership.objects.of(item.workspace).current()
    if item.owner and members.filter(user=item.owner).exists():
        return [item.owner]
    sides = [item.side] if item.side in SIGN_FOR else []
    return signers(item.workspace, *sides)


def _tell(item: ReviewItem, *, key: str, subject: str) -> None:
    outbox.tell(
        workspace=item.workspace,
        people=asked(item),
        key=key,
        subject=subject,
        body=f"{item.words}\n\nIt stays open until somebody decides and writes down what:",
        path=address(item),
    )


def _told(item: ReviewItem) -> str:
    return f"review-item:{item.pk}"
