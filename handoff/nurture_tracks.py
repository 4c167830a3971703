"""Which track a lead comes onto, which step is its next, and where a track goes on."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Workspace
from handoff.lead_conditions import Conditions, conditions_of, facts_of, unmet
from handoff.models import NurtureStay, NurtureStep, NurtureTrack, StepDone, Tier
from handoff.tiers import tier_of, tiers_of
from leadqual.models import Lead
from scoring.standing import standing_of


@dataclass(frozen=True)
class Choice:
    """Tracks in their order with their conditions, read once for however many leads."""

    tracks: Sequence[tuple[NurtureTrack, Conditions]]
    tiers: Sequence[Tier]

    def fitting(self, lead: Lead, *, grade: str) -> Iterator[NurtureTrack]:
        """Those whose conditions hold; `grade` is the one that counts, blank where unknown."""
        employees = lead.company.employees if lead.company else None
        tier = tier_of(self.tiers, grade=grade, employees=employees)
        asked = {conditions.fact for _, conditions in self.tracks}
        facts = facts_of(lead, grade=grade, tier=tier.pk if tier else None, asked=asked)
        return (track for track, conditions in self.tracks if not unmet(conditions, facts))


def choice_of(workspace: Workspace, *, stale: bool = False) -> Choice:
    """The tracks in use that take leads that come into nurture, or with `stale` those that take
    leads that did nothing for long."""
    tracks = NurtureTrack.objects.of(workspace).filter(is_active=True, stale_days__isnull=not stale)
    found = [(track, conditions_of(track)) for track in tracks.prefetch_related("tiers")]
    return Choice(found, tiers_of(workspace) if found else [])


def track_for(lead: Lead, *, named: NurtureTrack | None, at: datetime) -> NurtureTrack | None:
    """The named one, if it is in use, else the first that fits; None where none does."""
    if named is not None and named.is_active:
        return named
    choice = choice_of(lead.workspace)
    if not choice.tracks:
        return None
    standing = standing_of(lead, now=at)
    return next(choice.fitting(lead, grade=standing.counting.grade if standing else ""), None)


def comes_first(track: NurtureTrack) -> NurtureTrack | None:
    """The track in use that stands before this one and takes every lead; None where none does."""
    if not track.is_active or track.stale_days:
        return None
    place = (track.position, track.pk)
    for each, conditions in choice_of(track.workspace).tracks:
        if (each.position, each.pk) < place and not any(vars(conditions).values()):
            return each
    return None


def steps_of(track: NurtureTrack) -> list[NurtureStep]:
    return list(track.steps.order_by("position", "pk"))


def done_in(stay: NurtureStay) -> set[int]:
    """The steps that are not given again in this stay: a lead waits anew in a later one, but gets
    no mail, task or webhook a second time."""
    ever = StepDone.objects.filter(lead=stay.lead_id, step__isnull=False)
    given = ever.values_list("step_id", "stay_id", "kind")
    wait = NurtureStep.Kind.WAIT
    return {step for step, of_stay, kind in given if of_stay == stay.pk or kind != wait}


def next_step(
    steps: Sequence[NurtureStep], *, place: int, done: Collection[int]
) -> NurtureStep | None:
    """The first one, from the lead's place on, that it was not given."""
    return next((s for s in steps if s.position >= place and s.pk not in done), None)


def goes_on_with(track: NurtureTrack, *, done: Collection[int]) -> NurtureTrack | None:
    """The track behind this one in which something is left to do; however they are linked, this
    ends: a track is looked at once."""
    seen = {track.pk}
    follower = track.then
    while follower is not None and follower.pk not in seen:
        seen.add(follower.pk)
        if follower.is_active and next_step(steps_of(follower), place=-1, done=done):
            return follower
        follower = follower.then
    return None


def places_after(
    before: Sequence[int], after: Mapping[int, int], places: Collection[int]
) -> dict[int, int]:
    """Where leads stand once the steps of their track were added, moved or removed.

    `before` are the steps' ids in the former order, whose index was their position; `after` the
    new positions by id. A lead goes on with the step that was to be its next, wherever that is now,
    and is given what was put between its last step and that one; what was put before its last step
    it is not given. Returns the new place for each former one.
    """
    return {place: _place_after(before, after, place) for place in places}


def _place_after(before: Sequence[int], after: Mapping[int, int], place: int) -> int:
    following = next((after[pk] for pk in before[place + 1 :] if pk in after), None)
    behind = [after[pk] for pk in reversed(before[: place + 1]) if pk in after]
    if following is None:
        return behind[0] if behind else -1
    return next((position for position in behind if position < following), -1)
