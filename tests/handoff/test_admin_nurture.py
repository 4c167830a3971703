"""Nurture tracks in the admin: steps in order, conditions, and leads that keep their place."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from handoff.models import NurtureStay, NurtureStep, NurtureTrack, RejectionReason, StepDone
from handoff.starter_tracks import NAME as STARTER
from leadqual.models import Lead
from tests.admin_pages import errors_of, fields_of, messages_of
from tests.builders import MONDAY_NOON
from tests.handoff.tracks import MAIL, TASK, make_track, nurtured, run, stay_of, wait

pytestmark = pytest.mark.django_db

TRACKS = "/admin/handoff/nurturetrack/"
FORM = "nurturetrack_form"


def page_of(track: NurtureTrack, action: str = "change") -> str:
    return reverse(f"admin:handoff_nurturetrack_{action}", args=[track.pk])


def fields(client: Client, track: NurtureTrack) -> dict[str, Any]:
    return fields_of(client.get(page_of(track)), FORM)


def typed(*steps: dict[str, str]) -> dict[str, str]:
    """The rows of new steps, as a browser sends them."""
    said = {"steps-TOTAL_FORMS": str(len(steps))}
    for number, step in enumerate(steps):
        blank = {"kind": "", "days": "", "subject": "", "body": "", "url": "", "position": ""}
        said |= {f"steps-{number}-{name}": value for name, value in {**blank, **step}.items()}
    return said


def test_a_new_track_has_its_steps_in_the_order_typed(as_ana: Client, workspace: Workspace) -> None:
    make_track(workspace)
    said = fields_of(as_ana.get(f"{TRACKS}add/"), FORM)
    said |= {"name": "Churn", "pain_words": "churn, cancel", "countries": "Germany, AT"}
    said |= typed(
        {
            "kind": "mail",
            "subject": "Hello",
            "body": "Hello $first_name",
            "url": "https://x.example",
        },
        {"kind": "wait", "days": "3"},
        {"kind": "task", "subject": "Call $first_name", "days": "2"},
    )
    assert as_ana.post(f"{TRACKS}add/", said).status_code == 302
    track = NurtureTrack.objects.get(name="Churn")
    assert (track.pain_words, track.countries) == (["churn", "cancel"], ["DE", "AT"])
    assert (track.workspace, track.position) == (workspace, 2)
    steps = track.steps.values_list("position", "kind", "days", "subject", "url")
    assert list(steps) == [
        (0, "mail", None, "Hello", ""),
        (1, "wait", 3, "", ""),
        (2, "task", 2, "Call $first_name", ""),
    ]


@pytest.mark.parametrize(
    ("step", "field", "told"),
    [
        ({"kind": "mail", "subject": "Hi"}, "body", "Write the mail."),
        ({"kind": "wait"}, "days", "Write how many days to wait."),
        ({"kind": "task"}, "subject", "Write the subject of the mail, or what is to be done."),
        ({"kind": "webhook"}, "url", "Write the address that is called."),
        (
            {"kind": "webhook", "url": "http://169.254.169.254/latest"},
            "url",
            "“169.254.169.254” is an address inside the server’s own network. Webhooks go outside "
            "only; whoever runs leadqual can allow others with LEADQUAL_INTERNAL_WEBHOOKS.",
        ),
        (
            {"kind": "task", "subject": "Call $firstname"},
            "subject",
            "“firstname” is not a fact. It may name $first_name, $last_name, $company, $job_title, "
            "$challenge, $rep, $workspace.",
        ),
    ],
)
def test_a_step_is_refused_where_it_was_typed(
    as_ana: Client, workspace: Workspace, step: dict[str, str], field: str, told: str
) -> None:
    said = fields_of(as_ana.get(f"{TRACKS}add/"), FORM) | {"name": "New"} | typed(step)
    answer = as_ana.post(f"{TRACKS}add/", said)
    assert answer.status_code == 200
    [formset] = answer.context["inline_admin_formsets"]
    assert formset.formset.errors[0] == {field: [told]}


def test_a_track_that_leads_back_to_itself_is_refused(as_ana: Client, workspace: Workspace) -> None:
    first = make_track(workspace, name="First")
    second = make_track(workspace, name="Second", then=first)
    said = fields(as_ana, first) | {"then": str(second.pk)}
    told = "That leads back to this track: First → Second → First. Choose another."
    assert errors_of(as_ana.post(page_of(first), said)) == {"then": [told]}
    itself = fields(as_ana, first) | {"then": str(first.pk)}
    assert "then" in errors_of(as_ana.post(page_of(first), itself))


def test_running_leads_keep_their_place_when_steps_change(
    as_ana: Client, workspace: Workspace
) -> None:
    track = make_track(workspace, MAIL, wait(3), TASK)
    lead = nurtured(workspace, track)
    run(MONDAY_NOON)
    said = fields(as_ana, track)
    assert "1 lead is before it" in as_ana.get(page_of(track)).content.decode()
    # One more mail comes first, another behind the wait.
    said |= {"steps-0-position": "1", "steps-1-position": "2", "steps-2-position": "4"}
    said |= {"steps-TOTAL_FORMS": "5"}
    for number, position in ((3, 0), (4, 3)):
        said |= {
            f"steps-{number}-kind": "mail",
            f"steps-{number}-subject": f"New {position}",
            f"steps-{number}-body": "Hello",
            f"steps-{number}-position": str(position),
        }
    assert as_ana.post(page_of(track), said).status_code == 302
    assert (stay_of(lead).place, stay_of(lead).next_at) == (2, MONDAY_NOON + timedelta(days=3))
    run(MONDAY_NOON + timedelta(days=3))
    given = StepDone.objects.filter(lead=lead).values_list("words", flat=True)
    assert list(given) == ["For you", "3 days", "New 3", "Call there of your company"]


def test_a_removed_step_leaves_its_leads_with_the_next(
    as_ana: Client, workspace: Workspace
) -> None:
    track = make_track(workspace, MAIL, wait(3), TASK)
    lead = nurtured(workspace, track)
    run(MONDAY_NOON)
    said = fields(as_ana, track) | {"steps-1-DELETE": "on"}
    assert as_ana.post(page_of(track), said).status_code == 302
    assert list(track.steps.values_list("position", flat=True)) == [0, 1]
    assert stay_of(lead).place == 0
    run(MONDAY_NOON + timedelta(days=3))
    assert StepDone.objects.filter(lead=lead).count() == 3  # what was done stays
    assert stay_of(lead).ended_because == "through"


def test_who_takes_a_track_out_of_use_is_told_how_many_leads_are_on_it(
    as_ana: Client, workspace: Workspace, ana: User
) -> None:
    track = make_track(workspace, wait(3))
    lead = nurtured(workspace, track)
    said = fields(as_ana, track)
    said.pop("is_active")
    told = (
        "1 lead is on it now, and would get nothing more of it. To take it out of use all the "
        "same, tick “Stop it for the leads that are on it”."
    )
    assert errors_of(as_ana.post(page_of(track), said)) == {"is_active": [told]}
    assert stay_of(lead).next_at is not None
    answer = as_ana.post(page_of(track), said | {"stop": "on"}, follow=True)
    assert "1 lead will get nothing more of this track." in messages_of(answer)
    stay = stay_of(lead)
    assert (stay.next_at, stay.ended_because, stay.ended_by) == (None, "stopped", ana)


def test_a_track_in_use_is_not_deleted(as_ana: Client, workspace: Workspace) -> None:
    used, named, free = (make_track(workspace) for _ in range(3))
    nurtured(workspace, used)
    RejectionReason.objects.of(workspace).filter(code="no-budget").update(track=named)
    for track, why in (
        (used, "stays in the history of its leads."),
        (named, "stays: the rejection reason “No budget” leads to it. Change that first."),
    ):
        answer = as_ana.post(page_of(track, "delete"), {"post": "yes"}, follow=True)
        assert any(why in text for text in messages_of(answer))
    as_ana.post(page_of(free, "delete"), {"post": "yes"})
    assert set(NurtureTrack.objects.exclude(name=STARTER)) == {used, named}


def test_the_preview_reads_with_a_real_leads_facts(as_ana: Client, workspace: Workspace) -> None:
    lead = nurtured(workspace, first_name="Lena")
    url = reverse("admin:handoff_nurturetrack_preview", args=[workspace.slug])
    said = typed(
        {"kind": "mail", "subject": "For $first_name", "body": "Hello $first_name"},
        {"kind": "task", "subject": "Call $nobody"},
    )
    shown = as_ana.post(url, said | {"preview_lead": str(lead.pk)}).content.decode()
    assert "For Lena" in shown
    assert "“nobody” is not a fact." in shown
    Lead.objects.filter(pk=lead.pk).update(erased_at=MONDAY_NOON)
    assert "For Hanna" in as_ana.post(url, said).content.decode()


def test_only_who_configures_hand_offs_sees_tracks(
    as_ben: Client, as_cleo: Client, workspace: Workspace
) -> None:
    track = make_track(workspace, MAIL)
    for client in (as_ben, as_cleo):
        assert client.get(page_of(track)).status_code in (302, 403, 404)
    url = reverse("admin:handoff_nurturetrack_preview", args=[workspace.slug])
    assert as_cleo.post(url, {}).status_code == 404


def test_the_list_counts_steps_and_leads(as_ana: Client, workspace: Workspace) -> None:
    track = make_track(workspace, MAIL, wait(3), TASK, pain_words=["churn"])
    for _ in range(2):
        nurtured(workspace, track)
    run(MONDAY_NOON)
    starter, row = as_ana.get(TRACKS).context["cl"].result_list
    assert (starter.name, starter.step_count, starter.leads_now) == (STARTER, 6, 0)
    assert (row.step_count, row.leads_now) == (3, 2)
    assert NurtureStay.objects.count() == 2
    assert NurtureStep.objects.filter(track=track).count() == 3


def test_the_later_of_two_who_edit_a_track_is_told_before_anything_is_lost(
    as_ana: Client, workspace: Workspace
) -> None:
    track = make_track(workspace, MAIL, wait(3))
    mine, theirs = fields(as_ana, track), fields(as_ana, track)
    assert as_ana.post(page_of(track), theirs | {"steps-1-days": "5"}).status_code == 302
    answer = as_ana.post(page_of(track), mine | {"name": "Mine", "steps-0-subject": "Hi"})
    [told] = errors_of(answer)["__all__"]
    assert told.startswith("Nothing of yours was saved: somebody saved this track while you were")
    assert list(track.steps.values_list("subject", "days")) == [(MAIL["subject"], None), ("", 5)]
    again = fields_of(answer, FORM)
    assert (again["name"], again["steps-0-subject"], again["steps-1-days"]) == ("Mine", "Hi", "3")
    assert as_ana.post(page_of(track), again).status_code == 302
    assert list(track.steps.values_list("subject", "days")) == [("Hi", None), ("", 3)]


def test_moving_tracks_on_the_list_is_nobodys_edit_of_one(
    as_ana: Client, workspace: Workspace
) -> None:
    track = make_track(workspace, MAIL)
    mine = fields(as_ana, track)
    NurtureTrack.objects.filter(pk=track.pk).update(position=7)
    assert as_ana.post(page_of(track), mine | {"name": "Mine"}).status_code == 302


def test_a_new_workspace_has_a_track_to_look_at_and_nobody_comes_onto_it(
    as_ana: Client, workspace: Workspace
) -> None:
    [starter] = NurtureTrack.objects.of(workspace)
    assert (starter.name, starter.is_active) == (STARTER, False)
    lead = nurtured(workspace)
    assert stay_of(lead).track is None
    page = as_ana.get(TRACKS).content.decode()
    assert "No nurture track of Northwind is in use: its leads in nurture are sent nothing." in page
    assert f'href="{page_of(starter)}"' in page
    said = fields(as_ana, starter) | {"is_active": "on"}
    assert as_ana.post(page_of(starter), said).status_code == 302  # its texts are taken as they are
    assert stay_of(nurtured(workspace)).track == starter
    assert "No nurture track" not in as_ana.get(TRACKS).content.decode()


def test_a_workspace_without_tracks_begins_with_the_starter_track_once(
    as_ana: Client, as_cleo: Client, workspace: Workspace
) -> None:
    NurtureTrack.objects.of(workspace).delete()
    url = reverse("admin:handoff_nurturetrack_starter", args=[workspace.slug])
    assert url in as_ana.get(TRACKS).content.decode()
    assert as_cleo.post(url).status_code == 404
    assert as_ana.get(url).status_code == 405
    answer = as_ana.post(url)
    starter = NurtureTrack.objects.of(workspace).get()
    assert answer["Location"] == page_of(starter)
    assert as_ana.post(url)["Location"] == TRACKS
    assert NurtureTrack.objects.of(workspace).count() == 1


def test_a_track_behind_one_that_takes_everybody_is_warned_about(
    as_ana: Client, workspace: Workspace
) -> None:
    make_track(workspace, name="Everybody")
    behind = make_track(workspace, pain_words=["churn"])
    told = messages_of(as_ana.post(page_of(behind), fields(as_ana, behind), follow=True))
    assert (
        "No lead comes onto this track by itself: “Everybody” comes first and takes every lead. "
        "Move this one above it on the list."
    ) in told
    free = make_track(workspace, pain_words=["churn"], position=0)
    told = messages_of(as_ana.post(page_of(free), fields(as_ana, free), follow=True))
    assert not any("No lead comes" in each for each in told)


def test_the_order_of_tracks_tiers_and_reasons_is_also_changed_by_keyboard(
    as_ana: Client, workspace: Workspace
) -> None:
    for page in ("nurturetrack", "tier", "rejectionreason"):
        shown = as_ana.get(f"/admin/handoff/{page}/").content.decode()
        assert 'data-ordering-field="position"' in shown
        assert "js/admin-rows" in shown
