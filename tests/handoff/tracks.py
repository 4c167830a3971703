"""Builders of nurture tracks and of leads in nurture."""

from datetime import datetime, timedelta
from typing import Any

from accounts.models import Workspace
from handoff import nurture, nurture_steps
from handoff.models import NurtureStay, NurtureStep, NurtureTrack
from handoff.starter_tracks import NAME as STARTER
from leadqual.models import Lead
from tests.builders import MONDAY_NOON, make_lead

MAIL: dict[str, Any] = {
    "kind": "mail",
    "subject": "For ${first_name|you}",
    "body": "Hello $first_name, how is $challenge going?",
}
TASK: dict[str, Any] = {"kind": "task", "subject": "Call $first_name of $company"}


def wait(days: int) -> dict[str, Any]:
    return {"kind": "wait", "days": days}


def webhook(url: str) -> dict[str, Any]:
    return {"kind": "webhook", "subject": "Postcard", "url": url}


def make_track(workspace: Workspace, *steps: dict[str, Any], **fields: Any) -> NurtureTrack:
    """A track in use with these steps, in this order, behind the starter track."""
    number = NurtureTrack.objects.of(workspace).exclude(name=STARTER).count()
    fields = {"name": f"Track {number}", "position": number + 1, **fields}
    track = NurtureTrack.objects.create(workspace=workspace, **fields)
    for position, step in enumerate(steps):
        NurtureStep.objects.create(track=track, position=position, **step)
    return track


def nurtured(
    workspace: Workspace,
    track: NurtureTrack | None = None,
    *,
    at: datetime = MONDAY_NOON,
    **facts: Any,
) -> Lead:
    """A lead put into nurture, onto that track or the first that fits."""
    facts.setdefault("captured_at", at - timedelta(days=1))
    lead = make_lead(workspace, **facts)
    nurture.enter(lead, rule="not_ready", at=at, track=track)
    return lead


def stay_of(lead: Lead) -> NurtureStay:
    return NurtureStay.objects.get(lead=lead, left_at=None)


def run(now: datetime) -> None:
    """As beat's task does: until nothing is due."""
    while nurture_steps.run_due(now=now):
        pass
