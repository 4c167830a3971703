"""Re-engagement: leads that slept for long, whose own track is through, come onto another one."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from handoff.models import NurtureStay, NurtureTrack, StepDone
from handoff.nurture_tracks import Choice, choice_of
from leadqual.models import Event, Lead
from leadqual.stages import Stage
from scoring.standing import standings

CHUNK: Final = 500


def re_engage(*, now: datetime) -> int:
    """Put stale leads onto the first track that takes them; returns how many.

    Once a lead and track: who has been on it before is left alone. Each chunk is a transaction of
    a constant number of queries, with its leads locked; who is busy elsewhere waits for the next
    time.
    """
    tracks = NurtureTrack.objects.filter(is_active=True, stale_days__isnull=False)
    taken = 0
    for track in tracks.select_related("workspace").order_by("workspace", "position", "pk"):
        choice = choice_of(track.workspace, stale=True)
        after = 0
        while found := _chunk(track, now=now, after=after):
            after = found[-1]
            taken += _take(track, choice, found, now=now)
    return taken


def _stale(track: NurtureTrack, *, now: datetime) -> QuerySet[NurtureStay]:
    """Stays in which nothing is left to happen, of leads that did nothing for so many days."""
    long_ago = now - timedelta(days=track.stale_days or 0)
    since = Event.objects.filter(lead=OuterRef("lead"), occurred_at__gt=long_ago)
    been = StepDone.objects.filter(lead=OuterRef("lead"), track=track)
    was_on = NurtureStay.objects.filter(lead=OuterRef("lead"), track=track)
    return NurtureStay.objects.filter(
        Q(track=None) | Q(ended_because=NurtureStay.Ended.THROUGH),
        ~Exists(since),
        ~Exists(been),
        ~Exists(was_on),
        workspace=track.workspace_id,
        left_at=None,
        entered_at__lte=long_ago,
        lead__stage=Stage.NURTURE,
        lead__merged_into=None,
        lead__erased_at=None,
        lead__unsubscribed_at=None,
    )


def _chunk(track: NurtureTrack, *, now: datetime, after: int) -> list[int]:
    stale = _stale(track, now=now).filter(lead__gt=after).order_by("lead")
    return list(stale.values_list("lead_id", flat=True)[:CHUNK])


@transaction.atomic
def _take(track: NurtureTrack, choice: Choice, found: Collection[int], *, now: datetime) -> int:
    leads = list(
        Lead.objects.filter(pk__in=found)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("workspace", "company", "first_source")
        .order_by("pk")
    )
    known = standings(leads, now=now)
    grades = {pk: standing.counting.grade for pk, standing in known.items()}
    fitting = [
        lead.pk for lead in leads if track in choice.fitting(lead, grade=grades.get(lead.pk, ""))
    ]
    return (
        _stale(track, now=now)
        .filter(lead__in=fitting)
        .update(
            track=track,
            track_since=now,
            place=-1,
            next_at=now,
            ended_because="",
            ended_at=None,
            ended_by=None,
        )
    )
