"""What is decided in a review: in words, with an owner and a day, done or still open.

A decision goes on after its review is closed: it may be handed on, done and undone, and what is
not done stands on the agenda of the next review of any kind.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Membership, User, Workspace
from handoff import review_items
from handoff.models import AgendaItem, Decision, Review
from handoff.reviews.addresses import review_path
from handoff.reviews.held import held
from handoff.reviews.taking_part import come_in
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from leadqual import outbox

NO_OWNER: Final = "The owner must be a member of this workspace."


def decide(
    review: Review,
    *,
    text: str,
    owner: User,
    due: date,
    by: User,
    at: datetime,
    effect: str = "",
    item: AgendaItem | None = None,
) -> Decision:
    """Write down what is decided, perhaps about an item of the agenda; sent twice, it is one.

    An item that waited for a decision (`ReviewItem`) is decided by it. Raises SomeoneWasFaster
    where the review is closed, MoveNotAllowed without words, for an owner who is no member, and for
    an item of another review. ValueError for an effect that there is not.
    """
    if effect not in Decision.Effect.values:
        raise ValueError(f"{effect!r} is no effect of a decision.")
    if not (text := text.strip()):
        raise MoveNotAllowed("Write down what was decided.")
    if item and item.review_id != review.pk:
        raise MoveNotAllowed("This stands on the agenda of another review.")
    with held(review.pk) as locked:
        come_in(locked, by=by, at=at)
        _is_member(locked.workspace, owner)
        decision, is_new = Decision.objects.get_or_create(
            workspace=locked.workspace,
            review=locked,
            item=item,
            text=text,
            owner=owner,
            due=due,
            effect=effect,
            defaults={"made_at": at, "made_by": by, "step": locked.step},
        )
        if is_new:
            _settle(item, text=text, by=by, at=at)
            _tell_owner(decision, by=by)
    return decision


def _settle(item: AgendaItem | None, *, text: str, by: User, at: datetime) -> None:
    """What waited for a decision, if the item is one; decided on its own page meanwhile, that
    stands."""
    if item is None or item.review_item is None:
        return
    with suppress(SomeoneWasFaster):
        review_items.decide(item.review_item, by=by, at=at, decision=text)


def _tell_owner(decision: Decision, *, by: User) -> None:
    """Once; by whoever it was given, themselves left out."""
    if decision.owner_id == by.pk:
        return
    words = " ".join(decision.text.split())
    outbox.notify(
        workspace=decision.workspace,
        user=decision.owner,
        key=f"decision:{decision.pk}:{decision.owner_id}",
        text=f"{by} wrote down in a joint review that you do this: {words}",
        url=review_path(decision.review),
    )


def say(
    item: AgendaItem, *, words: str, by: User, at: datetime, was: str | None = None
) -> AgendaItem:
    """What was said about an item, in place of what was noted before; blank: nothing was.

    `was` is what one had before one's eyes. Raises SomeoneWasFaster where something else stands
    there by now, and where the review is closed.
    """
    with held(item.review_id) as review:
        come_in(review, by=by, at=at)
        rows = AgendaItem.objects.select_related("outcome_by").select_for_update(of=("self",))
        fresh = rows.get(pk=item.pk)
        if was is not None and _lines(was) != _lines(fresh.outcome):
            raise SomeoneWasFaster(
                who=fresh.outcome_by,
                when=fresh.outcome_at,
                what=f"the note says now “{fresh.outcome}”"
                if fresh.outcome
                else "the note is gone",
                done="noted something else",
            )
        fresh.outcome, fresh.step = words.strip(), review.step
        said = bool(fresh.outcome)
        fresh.outcome_by, fresh.outcome_at = (by, at) if said else (None, None)
        fresh.save(update_fields=["outcome", "outcome_by", "outcome_at", "step"])
    return fresh


def _lines(words: str) -> list[str]:
    """A form sends other ends of lines than it was given."""
    return words.strip().splitlines()


def hand_on(decision: Decision, *, owner: User, due: date, by: User) -> Decision:
    """Another owner, who hears of it, another day. Raises MoveNotAllowed for who is no member."""
    with stirred(decision) as fresh:
        _is_member(fresh.workspace, owner)
        fresh.owner, fresh.due = owner, due
        _tell_owner(fresh, by=by)
    return fresh


def done(decision: Decision, *, by: User, at: datetime) -> Decision:
    """It is done; safe to repeat, the first to say so is named."""
    with stirred(decision) as fresh:
        if fresh.done_at is None:
            fresh.done_at, fresh.done_by = at, by
    return fresh


def undone(decision: Decision) -> Decision:
    """It is not done after all."""
    with stirred(decision) as fresh:
        fresh.done_at = fresh.done_by = None
    return fresh


@contextmanager
def stirred(decision: Decision) -> Iterator[Decision]:
    """The decision, locked and then saved; whoever is in a review that shows it sees the change."""
    with transaction.atomic():
        steps = _steps(decision)
        rows = Decision.objects.select_related("workspace", "owner", "review__workspace")
        fresh = rows.select_for_update(of=("self",)).get(pk=decision.pk)
        yield fresh
        fresh.step = steps.get(fresh.review_id, fresh.step)
        fresh.save()
        for review_id, step in steps.items():
            AgendaItem.objects.filter(review=review_id, decision=fresh).update(step=step)


def _steps(decision: Decision) -> dict[int, int]:
    """The next step of each open review that shows the decision, by its id; they are locked."""
    shown = Q(pk=decision.review_id) | Q(items__decision=decision)
    pks = list(Review.objects.open().filter(shown).values_list("pk", flat=True))
    steps = {}
    for review in Review.objects.open().filter(pk__in=pks).select_for_update().order_by("pk"):
        review.step += 1
        review.save(update_fields=["step"])
        steps[review.pk] = review.step
    return steps


def open_decisions(workspace: Workspace) -> QuerySet[Decision]:
    """What is decided and not done, the earliest day first."""
    rows = Decision.objects.of(workspace).open().select_related("owner", "review")
    return rows.order_by("due", "pk")


def overdue_decisions(workspace: Workspace, *, today: date) -> QuerySet[Decision]:
    """Of those, the ones whose day has passed."""
    return open_decisions(workspace).filter(due__lt=today)


def _is_member(workspace: Workspace, person: User) -> None:
    if not Membership.objects.of(workspace).current().filter(user=person).exists():
        raise MoveNotAllowed(NO_OWNER)
