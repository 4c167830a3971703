"""Where the leads of a track stand: counted for the admin, and kept when its steps change."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Case, Count, QuerySet, Value, When

from accounts.models import User
from handoff.models import NurtureStay, NurtureStep, NurtureTrack
from handoff.nurture_tracks import places_after, steps_of


def running(track: NurtureTrack) -> QuerySet[NurtureStay]:
    """Those that still get something of it."""
    return NurtureStay.objects.filter(track=track, left_at=None, next_at__isnull=False)


def leads_on(track: NurtureTrack) -> int:
    return running(track).count()


def before_each(track: NurtureTrack) -> dict[int, int]:
    """How many leads stand before a step, by its id; steps that nobody waits for are left out."""
    steps = steps_of(track)
    counted: dict[int, int] = {}
    for place, count in _places(track):
        following = next((step for step in steps if step.position > place), None)
        if following:
            counted[following.pk] = counted.get(following.pk, 0) + count
    return counted


def _places(track: NurtureTrack) -> list[tuple[int, int]]:
    counted = running(track).order_by().values_list("place").annotate(leads=Count("pk"))
    return [(place, leads) for place, leads in counted]


def number_anew(track: NurtureTrack, *, before: Sequence[NurtureStep]) -> None:
    """Once the steps were saved: positions without gaps, and every lead where it belongs.

    `before` are the steps in their former order, with their former positions. Call it with the
    track's row locked, in the transaction of the save.
    """
    steps = steps_of(track)
    for position, step in enumerate(steps):
        if step.position != position:
            NurtureStep.objects.filter(pk=step.pk).update(position=position)
    after = {step.pk: position for position, step in enumerate(steps)}
    former = {
        place: sum(step.position <= place for step in before) - 1 for place, _ in _places(track)
    }
    moved = places_after([step.pk for step in before], after, set(former.values()))
    new = {place: moved[index] for place, index in former.items() if moved[index] != place}
    if new:
        cases = [When(place=place, then=Value(to)) for place, to in new.items()]
        running(track).filter(place__in=new).update(place=Case(*cases))


def stop_all(track: NurtureTrack, *, by: User, at: datetime) -> int:
    """The track goes out of use: its leads get nothing more of it. Returns how many there were."""
    return running(track).update(
        next_at=None, ended_because=NurtureStay.Ended.STOPPED, ended_at=at, ended_by=by
    )
