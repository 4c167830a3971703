"""The line of the leads that a publication made ready, and that wait for the reps to have room.

Who joins it, who passes it, who leaves it, and who comes back: by an offer that a rep gave back
while the others' day is full, or by the end of an override that had kept it from being ready.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from handoff.models import Release
from leadqual.models import Event, Lead
from scoring.explanations import intent_since
from scoring.models import ModelVersion, Rescore, ScoreOverride
from scoring.standing import Standing, published_version, standings
from scoring.writing import lock_leads


def waits(lead: Lead, *, published: bool, now: datetime) -> bool:
    """Whether the ready MQL's offer has to wait; `published`: a publication made it ready.

    Call it with the lead locked. A lead that has done something since never waits. One that an
    override had held back waits again when it is ready without it.
    """
    places = Release.objects.filter(lead=lead)
    if place := (places.waiting() | places.held_back()).first():
        if _passes(lead, since=place.queued_at, now=now):
            return False
        if place.held:
            place.held, place.queued_at = False, max(place.queued_at, lead.stage_since)
            place.save(update_fields=["held", "queued_at"])
        return True
    version = published_version(lead.workspace) if published else None
    if version is None or lead.handoffs.open().exists():
        return False
    if _passes(lead, since=_changed_at(version), now=now):
        return False
    Release.objects.update_or_create(
        lead=lead,
        released_at=None,
        defaults={
            "workspace": lead.workspace,
            "version": version.number,
            "queued_at": now,
            "held": False,
        },
    )
    return True


def _changed_at(version: ModelVersion) -> datetime:
    """When it was published, or what its rules look at was last defined anew."""
    demands = Rescore.objects.of(version.workspace).filter(reason__in=Rescore.REDEFINED)
    redefined: datetime | None = demands.aggregate(at=Max("requested_at"))["at"]
    return max(moment for moment in (version.published_at, redefined) if moment)


def _passes(lead: Lead, *, since: datetime, now: datetime) -> bool:
    """A person has put a number beside its own since, or it has done something by itself."""
    overrides = ScoreOverride.objects.valid(at=now).filter(lead=lead, at__gt=since)
    return overrides.exists() or _has_new_intent(lead, since=since, now=now)


def _has_new_intent(lead: Lead, *, since: datetime, now: datetime) -> bool:
    """It came in since, or has earned points by what it did, as what wakes a nurtured lead."""
    if lead.captured_at > since:
        return True
    events = Event.objects.filter(lead=lead, occurred_at__gt=since, occurred_at__lte=now)
    return events.exists() and intent_since(lead, since=since, at=now) > 0


def left_line(lead: Lead, *, now: datetime) -> Release | None:
    """The place by which it came, or comes, to sales since it became an MQL; None where it never
    waited, or has earned its offer by itself since."""
    places = Release.objects.filter(lead=lead, held=False, queued_at__gte=lead.stage_since)
    place = places.order_by("-queued_at", "-pk").first()
    if place is None or _passes(lead, since=place.queued_at, now=now):
        return None
    return place


def wait_on(lead: Lead, *, until: datetime) -> None:
    """Back into the line, to its head as it has been offered already: everybody who could take it
    has had the offers of a day. Who stands in the line stays. It is not tried again before `until`:
    else the best leads of a full pool would keep those of the others from their turn."""
    places = Release.objects.filter(lead=lead, queued_at__gte=lead.stage_since)
    if place := places.order_by("-queued_at", "-pk").first():
        place.released_at, place.next_try_at = None, until
        place.save(update_fields=["released_at", "next_try_at"])


def leave(unready: Mapping[int, Standing | None]) -> None:
    """These, by lead id, are not ready any more, and locked. A place is kept for those whom only
    a person's override may keep from being ready."""
    places = Release.objects.filter(lead__in=unready, released_at=None)
    overridden = [pk for pk, standing in unready.items() if standing and standing.override]
    places.exclude(lead__in=overridden).delete()
    if overridden:
        places.filter(lead__in=overridden).waiting().update(held=True)


@transaction.atomic
def clear(lead_ids: Collection[int], *, now: datetime) -> set[int]:
    """Of these, those not ready any more leave the line, in a few statements for all.

    Locked like who settles them: nobody is dropped who has just become ready again. No lock is
    waited for; returns those that somebody else holds, to be asked about again.
    """
    places = Release.objects.filter(lead__in=lead_ids, released_at=None)
    unready = _unready(set(places.values_list("lead", flat=True)), now=now)
    if not unready:
        return set()
    locked = lock_leads(sorted(unready), skip_locked=True)
    leave(_unready(locked, now=now))
    return unready.keys() - set(locked)


def _unready(lead_ids: Collection[int], *, now: datetime) -> dict[int, Standing | None]:
    if not lead_ids:
        return {}
    known = standings(Lead.objects.filter(pk__in=lead_ids), now=now)
    each = {pk: known.get(pk) for pk in lead_ids}
    return {pk: standing for pk, standing in each.items() if not standing or not standing.is_ready}
