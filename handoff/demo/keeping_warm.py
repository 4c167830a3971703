"""The demo's newest leads in nurture as they would stand had their track taken them on entering.

No mail leaves: what lies before `now` is written as done, and what comes next is due when the
waits are over, over the coming days.
"""

from datetime import datetime, timedelta
from typing import Final

from accounts.models import Workspace
from handoff import task_list
from handoff.models import NurtureStay, NurtureStep, NurtureTrack, StepDone
from handoff.nurture_mails import says
from handoff.nurture_steps import occasion
from handoff.nurture_tracks import steps_of, track_for
from leadqual.models import Lead

ON_TRACKS: Final = 25
Kind = NurtureStep.Kind


def put_on_tracks(workspace: Workspace, *, now: datetime) -> None:
    """The newest of those that a track is for; the others only sleep."""
    stays = NurtureStay.objects.of(workspace).filter(left_at=None).order_by("-entered_at", "-pk")
    related = ("lead__workspace", "lead__company", "lead__owner", "lead__first_source")
    taken = 0
    for stay in stays.select_related(*related).iterator(chunk_size=ON_TRACKS):
        track = track_for(stay.lead, named=None, at=now)
        if track is None:
            continue
        _live(stay, stay.lead, track, now=now)
        taken += 1
        if taken == ON_TRACKS:
            return


def _live(stay: NurtureStay, lead: Lead, track: NurtureTrack, *, now: datetime) -> None:
    """Step by step from its entering until a wait that is not over, or the end."""
    stay.track, stay.track_since = track, stay.entered_at
    at = stay.entered_at
    for step in steps_of(track):
        if at > now:
            break
        _give(step, stay, lead, at=at)
        stay.place = step.position
        at += timedelta(days=step.days or 0) if step.kind == Kind.WAIT else timedelta(0)
    if at > now:
        stay.next_at = at
    else:
        stay.ended_because, stay.ended_at = NurtureStay.Ended.THROUGH, at
    stay.save()


def _give(step: NurtureStep, stay: NurtureStay, lead: Lead, *, at: datetime) -> None:
    words = says(step, lead)
    StepDone.objects.create(
        lead=lead, step=step, track_id=step.track_id, stay=stay, kind=step.kind, words=words, at=at
    )
    if step.kind == Kind.TASK:
        key = f"{occasion(lead)}{step.pk}"
        task_list.give(lead=lead, person=lead.owner, key=key, text=words, at=at)
