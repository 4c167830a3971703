"""Nurture and tasks on the lead's page and the queue: shown, changed, ticked off."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role, User, Workspace
from handoff import nurture, task_list
from handoff.models import NurtureStay, RejectionReason, Task
from handoff.transitions import move
from leadqual.models import Event, EventKind, Lead
from leadqual.recording import EventFacts
from leadqual.stages import Stage
from tests.builders import make_lead, make_member, receive_event
from tests.handoff.tracks import MAIL, TASK, make_track, nurtured, run, stay_of, wait

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HX = {"HX-Request": "true"}


def page(client: Client, lead: Lead, what: str) -> str:
    answer = client.get(f"/w/northwind/leads/{lead.pk}/{what}/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_panel_shows_what_was_done_what_comes_next_and_what_wakes(
    workspace: Workspace, as_ben: Client
) -> None:
    then = make_track(workspace, TASK, name="Later", is_active=True)
    track = make_track(workspace, MAIL, wait(3), TASK, name="Churn", then=then)
    now = timezone.now()
    lead = nurtured(workspace, track, at=now - DAY, first_name="Lena")
    NurtureStay.objects.filter(lead=lead).update(wake_points=12)
    run(now - DAY)
    receive_event(
        workspace=workspace,
        facts=EventFacts(
            kind=EventKind.PAGE_VIEW,
            occurred_at=now - timedelta(hours=1),
            email=lead.email,
            url="https://northwind.example/pricing",
        ),
        now=now,
    )
    shown = page(as_ben, lead, "nurture")
    assert "On the track <strong>Churn</strong>" in shown
    assert "For Lena" in shown
    assert "<strong>Next</strong>" in shown
    assert "Then it goes on with Later." in shown
    assert "20 of 12 points of intent earned" in shown
    assert "Change track" not in shown  # a rep may not


def test_a_manager_stops_and_changes_the_track(workspace: Workspace, as_mara: Client) -> None:
    track, other = make_track(workspace, wait(3), name="One"), make_track(workspace, name="Two")
    lead = nurtured(workspace, track)
    url = f"/w/northwind/leads/{lead.pk}/nurture/track/"
    assert as_mara.post(url, {"track": ""}, headers=HX).status_code == 204
    assert "Nothing more is sent: a person stopped it, Mara Lindt on" in page(
        as_mara, lead, "nurture"
    )
    assert as_mara.post(url, {"track": other.pk}, headers=HX).status_code == 204
    assert stay_of(lead).track == other
    refused = as_mara.post(url, {"track": "999999"}, headers=HX)
    assert refused.status_code == 422
    assert "Choose a track that is in use in this workspace." in refused.content.decode()
    Lead.objects.filter(pk=lead.pk).update(stage=Stage.NEW)
    late = as_mara.post(url, {"track": ""}, headers=HX)
    assert (late.status_code, "in nurture no longer" in late.content.decode()) == (422, True)


def test_a_rep_may_not_change_a_track_nor_a_stranger_see_it(
    workspace: Workspace, as_ben: Client, as_cleo: Client
) -> None:
    lead = nurtured(workspace, make_track(workspace, wait(3)))
    assert as_ben.post(f"/w/northwind/leads/{lead.pk}/nurture/track/").status_code == 403
    assert as_cleo.get(f"/w/northwind/leads/{lead.pk}/nurture/").status_code == 404
    assert as_cleo.post(f"/w/northwind/leads/{lead.pk}/replied/").status_code == 404


def test_a_reply_is_an_event_that_ends_the_track_and_counts_once(
    workspace: Workspace, as_ben: Client, ben: User
) -> None:
    lead = nurtured(workspace, make_track(workspace, wait(3)), at=timezone.now() - DAY)
    url = f"/w/northwind/leads/{lead.pk}/replied/"
    for _ in range(2):
        assert as_ben.post(url, {"moment": ""}, headers=HX).status_code == 204
    event = Event.objects.get(lead=lead)
    assert (event.kind, event.properties) == ("email_reply", {"said_by": "Ben Okoye"})
    assert stay_of(lead).ended_because == "replied"
    early = as_ben.post(url, {"moment": "2099-01-01T10:00"}, headers=HX)
    assert (early.status_code, "lies in the future" in early.content.decode()) == (422, True)
    nameless = make_lead(workspace, email="")
    refused = as_ben.post(f"/w/northwind/leads/{nameless.pk}/replied/", headers=HX)
    assert (refused.status_code, "e-mail address first" in refused.content.decode()) == (422, True)


def test_a_lead_that_comes_back_shows_its_earlier_stays_and_a_higher_cycle(
    workspace: Workspace, as_ben: Client
) -> None:
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    now = timezone.now()
    lead = make_lead(workspace, captured_at=now - 9 * DAY)
    move(lead, Stage.MQL, rule="mql_definition", at=now - 8 * DAY)
    nurture.enter(
        lead,
        rule="recycled",
        at=now - 7 * DAY,
        reason=reason,
        track=make_track(workspace, MAIL, name="Budget"),
    )
    run(now - 7 * DAY)
    nurture.leave(lead, at=now - 2 * DAY)
    move(lead, Stage.MQL, rule="woken", at=now - 2 * DAY)
    shown = page(as_ben, lead, "nurture")
    assert "Earlier in nurture" in shown
    assert "No budget" in shown
    assert "Budget, 1 step done" in shown
    assert lead.cycle == 2
    story = page(as_ben, lead, "panels/timeline")
    assert "Nurture mail of the track Budget" in story
    assert "recycled" in story


def test_my_tasks_are_ticked_off_and_undone(
    workspace: Workspace, as_ben: Client, ben: User
) -> None:
    lead = make_lead(workspace, first_name="Lena", last_name="Fischer")
    now = timezone.now()
    task = task_list.give(lead=lead, person=ben, key="k", text="Call Lena", at=now)
    assert task_list.give(lead=lead, person=ben, key="k", text="Again", at=now) == task
    shown = as_ben.get("/w/northwind/queue/tasks/").content.decode()
    assert ("My tasks" in shown, "Call Lena" in shown, "Lena Fischer" in shown) == (True,) * 3
    done = as_ben.post(f"/w/northwind/tasks/{task.pk}/done/", headers=HX)
    assert (done.status_code, "Undo" in done.content.decode()) == (200, True)
    assert Task.objects.get().done_by == ben
    again = as_ben.post(f"/w/northwind/tasks/{task.pk}/done/", headers=HX)
    assert (again.status_code, "You have done this task already" in again.content.decode()) == (
        409,
        True,
    )
    undone = as_ben.post(f"/w/northwind/tasks/{task.pk}/undo/", headers=HX)
    assert (undone.status_code, Task.objects.get().done_at) == (200, None)
    assert as_ben.post(f"/w/northwind/tasks/{task.pk}/undo/", headers=HX).status_code == 200


def test_what_nobody_has_is_shown_to_managers(
    workspace: Workspace, as_ben: Client, as_mara: Client, ben: User, as_cleo: Client
) -> None:
    lead = make_lead(workspace)
    task = task_list.give(lead=lead, person=None, key="k", text="Look at it", at=timezone.now())
    assert as_ben.get("/w/northwind/queue/everyone/tasks/").status_code == 403
    assert "Look at it" in as_mara.get("/w/northwind/queue/everyone/tasks/").content.decode()
    assert as_ben.post(f"/w/northwind/tasks/{task.pk}/done/").status_code == 403
    assert as_cleo.post(f"/w/northwind/tasks/{task.pk}/done/").status_code == 404
    assert "Look at it" in page(as_ben, lead, "tasks")
    assert as_mara.post(f"/w/northwind/tasks/{task.pk}/done/").status_code == 302
    assert Task.objects.get().done_at is not None


def test_the_tasks_of_who_left_come_to_the_managers(workspace: Workspace, ben: User) -> None:
    other = make_member(workspace, name="Dan Gone", role=Role.REP)
    task_list.give(lead=make_lead(workspace), person=other, key="k", text="Call", at=timezone.now())
    assert task_list.of_nobody(workspace).count() == 0
    other.memberships.update(ended_at=timezone.now())
    assert task_list.of_nobody(workspace).count() == 1


def test_lists_take_the_same_number_of_queries_with_one_task_and_with_three(
    workspace: Workspace, as_ben: Client, ben: User
) -> None:
    counts = []
    for number in range(3):
        lead = make_lead(workspace)
        task_list.give(lead=lead, person=ben, key=f"k{number}", text="Call", at=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            as_ben.get("/w/northwind/queue/tasks/")
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
