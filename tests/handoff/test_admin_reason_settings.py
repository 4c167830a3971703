"""What a reason asks and what follows from it, edited in the admin."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Workspace
from handoff.models import NurtureTrack, RejectionReason
from handoff.starter_reasons import STARTER_REASONS
from tests.admin_pages import errors_of, fields_of
from tests.builders import make_custom_field
from tests.handoff.test_admin_reasons import FORM, page_of

pytestmark = pytest.mark.django_db


def change(client: Client, reason: RejectionReason, **values: Any) -> Any:
    fields = fields_of(client.get(page_of(reason)), FORM)
    return client.post(page_of(reason), {**fields, **values})


def test_all_that_a_reason_asks_and_leads_to_is_edited(
    as_ana: Client, workspace: Workspace
) -> None:
    own = make_custom_field(workspace, key="budget")
    track = NurtureTrack.objects.create(workspace=workspace, name="Budget")
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    said: dict[str, Any] = {
        "track": track.pk,
        "wake_points": "30",
        "note_asks": "How much?",
        "note_needed": "on",
        "asks_date": "on",
        "asks": ["phone", own.name],
        "attempts": "2",
        "questions": "timing",
    }
    assert change(as_ana, reason, **said).status_code == 302
    reason.refresh_from_db()
    assert (reason.track, reason.wake_points, reason.note_asks) == (track, 30, "How much?")
    assert (reason.note_needed, reason.asks_date, reason.attempts) == (True, True, 2)
    assert (reason.asks, reason.questions) == (["phone", own.name], "timing")


@pytest.mark.parametrize("outcome", ["disqualified", "correct", "reroute"])
def test_only_nurture_has_a_track_and_wakes(
    as_ana: Client, workspace: Workspace, outcome: str
) -> None:
    track = NurtureTrack.objects.create(workspace=workspace, name="Budget")
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    said = {"outcome": outcome, "track": track.pk, "wake_points": "30", "asks_date": "on"}
    refused = errors_of(change(as_ana, reason, asks="phone", **said))
    assert set(refused) == {"track", "recycle_days", "wake_points", "asks_date"}
    reason.refresh_from_db()
    assert reason.outcome == "nurture"


def test_to_correct_something_takes_a_fact(as_ana: Client, workspace: Workspace) -> None:
    reason = RejectionReason.objects.of(workspace).get(code="bad-data")
    assert errors_of(change(as_ana, reason, asks=[])) == {
        "asks": ["Choose what is corrected; otherwise nothing would change."]
    }


def test_a_fact_that_is_gone_and_a_track_out_of_use_are_refused_by_name(
    as_ana: Client, workspace: Workspace
) -> None:
    track = NurtureTrack.objects.create(workspace=workspace, name="Old", is_active=False)
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    RejectionReason.objects.filter(pk=reason.pk).update(asks=["attributes.gone"])
    assert errors_of(change(as_ana, reason, track=track.pk)) == {
        "asks": ["Nobody can be asked any more for attributes.gone."],
        "track": ["“Old” is not in use. Choose another one."],
    }


def test_a_new_workspace_starts_with_ten_reasons_that_its_own_form_would_take(
    as_ana: Client, workspace: Workspace
) -> None:
    reasons = list(RejectionReason.objects.of(workspace))
    assert [reason.name for reason in reasons] == [row["name"] for row in STARTER_REASONS]
    assert len(reasons) == 10
    for reason in reasons:
        assert change(as_ana, reason).status_code == 302, reason
