"""Who is asked to a review, who has come in, and for which side they speak."""

from datetime import datetime
from typing import Final

from accounts.access import Permission, has_permission
from accounts.models import Membership, Role, User
from handoff.models import Mark, Participant, Review
from handoff.reviews.held import held
from handoff.transitions import MoveNotAllowed
from sla.models import Side

SIDE_OF: Final = {
    Role.REP: Side.SALES,
    Role.SALES_MANAGER: Side.SALES,
    Role.MARKETING_MANAGER: Side.MARKETING,
    Role.OPERATOR: Side.MARKETING,
}
"""Of whom the role says it; the others choose. Nobody speaks for both."""
SIDES: Final = (Side.MARKETING, Side.SALES)


def asked(review: Review) -> list[Participant]:
    """Whoever holds reviews in the workspace, to be saved with a new one; one query."""
    members = Membership.objects.of(review.workspace).current().select_related("user")
    return [
        Participant(review=review, person=member.user, side=SIDE_OF.get(Role(member.role), ""))
        for member in members.order_by("user__name", "user_id")
        if has_permission(member, Permission.HOLD_REVIEWS)
    ]


def join(review: Review, *, by: User, at: datetime, side: str = "") -> Participant:
    """Come in, and with `side` say for which one speaks (changed until one has marked for another).

    Safe to repeat. Raises SomeoneWasFaster where the review is closed, MoveNotAllowed where the
    person's role or marks speak for the other side, or where they are no member.
    """
    with held(review.pk) as locked:
        return come_in(locked, by=by, at=at, side=side)


def come_in(review: Review, *, by: User, at: datetime, side: str = "") -> Participant:
    """The same in a review that is held already."""
    if side and side not in SIDES:
        raise ValueError(f"{side!r} does not speak in a review.")
    theirs = Participant.objects.filter(review=review, person=by).first()
    if theirs is None:
        theirs = Participant(review=review, person=by, side=_side_of(review, by))
    if theirs.pk and theirs.joined_at and side in ("", theirs.side):
        return theirs
    if side and side != theirs.side:
        if _side_of(review, by) not in ("", side):
            raise MoveNotAllowed("Your role in the workspace says for which side you speak.")
        _has_not_spoken(review, by)
        theirs.side = side
    theirs.joined_at, theirs.step = theirs.joined_at or at, review.step
    theirs.save()
    return theirs


def speaker(review: Review, *, by: User, at: datetime) -> Participant:
    """Who marks, once they speak for a side. Raises MoveNotAllowed."""
    theirs = come_in(review, by=by, at=at)
    if not theirs.side:
        raise MoveNotAllowed("Say first for which side you speak: marketing or sales.")
    return theirs


def _side_of(review: Review, person: User) -> str:
    member = Membership.objects.of(review.workspace).current().filter(user=person).first()
    if member is None:
        raise MoveNotAllowed("Only members of the workspace take part in its reviews.")
    return SIDE_OF.get(Role(member.role), "")


def _has_not_spoken(review: Review, person: User) -> None:
    if Mark.objects.filter(item__review=review, person=person).exists():
        raise MoveNotAllowed("You have marked for the other side in this review already.")
