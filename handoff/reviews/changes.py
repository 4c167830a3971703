"""What has changed in a review since one looked: asked every few seconds by everybody in it."""

from dataclasses import dataclass

from handoff.models import AgendaItem, Decision, Mark, Participant, Review


@dataclass(frozen=True)
class Changes:
    """Everything newer than the step asked from; `step` is the one to ask from next time.

    `items` are those that changed themselves or of which a mark did, with all of their marks
    (prefetched, with people) and their decision; see `handoff.reviews.marking.said`.
    """

    step: int
    is_closed: bool
    participants: tuple[Participant, ...] = ()
    items: tuple[AgendaItem, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.participants or self.items or self.decisions)


def changes_since(review: Review, step: int) -> Changes:
    """One query where nothing has changed, six at most where something has.

    Steps are written one after another under the review's lock: nothing newer is missed; what is
    committed while this reads may be told twice.
    """
    now, closed_at = Review.objects.values_list("step", "closed_at").get(pk=review.pk)
    if now <= step:
        return Changes(now, closed_at is not None)
    newer = {"step__gt": step}
    marked = Mark.objects.filter(item__review=review, **newer).values("item")
    own = AgendaItem.objects.filter(review=review)
    items = own.filter(**newer) | own.filter(pk__in=marked)
    people = Participant.objects.filter(review=review, **newer).select_related("person")
    decisions = Decision.objects.filter(review=review, **newer).select_related("owner", "made_by")
    return Changes(
        step=now,
        is_closed=closed_at is not None,
        participants=tuple(people),
        items=tuple(
            items.select_related("lead", "handoff", "decision__owner").prefetch_related(
                "marks__person"
            )
        ),
        decisions=tuple(decisions),
    )
