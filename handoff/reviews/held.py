"""Every write in a review holds its row, and carries the next step of it.

So the writes of a review come one after another, whoever writes: nobody marks what is being
closed, and who has read up to a step misses nothing that is committed later.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from handoff.models import Review
from handoff.transitions import SomeoneWasFaster


@contextmanager
def held(review_id: int) -> Iterator[Review]:
    """The open review, locked, `step` being that of this write; saved when it ends well.

    Raises SomeoneWasFaster where it is closed, or was discarded.
    """
    with transaction.atomic():
        rows = Review.objects.select_related("workspace").select_for_update(of=("self",))
        review = rows.filter(pk=review_id).first()
        if review is None:
            gone = "this review was opened by mistake, and is discarded"
            raise SomeoneWasFaster(who=None, when=None, what=gone, done="discarded this review")
        if review.closed_at is not None:
            raise SomeoneWasFaster(
                who=review.closed_by,
                when=review.closed_at,
                what="this review is closed",
                done="closed this review",
            )
        review.step += 1
        yield review
        review.save()
