"""Leads go along their tracks: every step once, in order, and nothing after a reply."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import nurture, nurture_steps, nurture_tracks, task_list
from handoff.models import NurtureStep, NurtureTrack, RejectionReason, StepDone, Task
from handoff.transitions import MoveNotAllowed, move
from handoff.workspaces import create_workspace
from leadqual import outbox
from leadqual.models import EventKind, Lead, OutboxMessage, Touch
from leadqual.stages import Stage
from tests.at_once import at_once
from tests.builders import MONDAY_NOON, make_company, make_event, make_lead, make_user
from tests.handoff.api_client import Machine
from tests.handoff.tracks import MAIL, TASK, make_track, nurtured, run, stay_of, wait, webhook

DAY = timedelta(days=1)
LATER = MONDAY_NOON + timedelta(minutes=5)

pytestmark = pytest.mark.django_db


def told(lead: Lead) -> list[tuple[str, str]]:
    return list(StepDone.objects.filter(lead=lead).values_list("kind", "words"))


def test_steps_follow_each_other_until_a_wait(workspace: Workspace) -> None:
    track = make_track(workspace, MAIL, TASK, wait(3), webhook("https://x.example/hook"))
    company = make_company(workspace, name="Acme")
    lead = nurtured(workspace, track, first_name="Lena", company=company, challenge="churn")
    run(LATER)
    assert told(lead) == [("mail", "For Lena"), ("task", "Call Lena of Acme"), ("wait", "3 days")]
    assert stay_of(lead).next_at == LATER + 3 * DAY
    run(LATER + 3 * DAY - timedelta(seconds=1))
    assert len(told(lead)) == 3
    run(LATER + 3 * DAY)
    assert told(lead)[3:] == [("webhook", "Postcard")]
    stay = stay_of(lead)
    assert (stay.next_at, stay.ended_because, stay.ended_at) == (None, "through", LATER + 3 * DAY)
    mail, hook = OutboxMessage.objects.order_by("pk")
    assert (mail.to, mail.subject) == (lead.email, "For Lena")
    assert mail.body.startswith("Hello Lena, how is churn going?\n\n-- \n")
    assert hook.to == "https://x.example/hook"
    payload = json.loads(hook.body)
    assert (payload["track"], payload["step"], payload["lead"]["id"]) == (
        "Track 0",
        "Postcard",
        lead.pk,
    )


def test_a_mail_carries_the_way_out_in_text_and_headers(workspace: Workspace, ben: User) -> None:
    lead = nurtured(workspace, make_track(workspace, MAIL), owner=ben)
    run(LATER)
    outbox.deliver(now=OutboxMessage.objects.get().next_attempt_at)
    (sent,) = django_mail.outbox
    message = sent.message()
    link = message["List-Unsubscribe"]
    assert link.startswith("<http")
    assert f"{link[1:-1]}\n" in sent.body
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (message["Reply-To"], message["To"]) == (ben.email, lead.email)


def test_without_an_address_a_mail_is_skipped_with_a_note(workspace: Workspace) -> None:
    lead = nurtured(workspace, make_track(workspace, MAIL, TASK), email="", external_id="x1")
    run(LATER)
    assert told(lead)[0] == ("mail", "No mail, as no address is known: For you")
    assert [kind for kind, _ in told(lead)] == ["mail", "task"]
    assert OutboxMessage.objects.count() == 0


def test_a_step_is_given_once_in_all_stays_but_waits_come_again(workspace: Workspace) -> None:
    track = make_track(workspace, MAIL, wait(1), TASK)
    lead = nurtured(workspace, track)
    run(LATER)
    run(LATER + DAY)
    nurture.leave(lead, at=LATER + DAY)
    move(lead, Stage.MQL, rule="woken", at=LATER + DAY)
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    nurture.enter(lead, rule="recycled", at=LATER + 2 * DAY, reason=reason, track=track)
    run(LATER + 2 * DAY)
    assert [kind for kind, _ in told(lead)] == ["mail", "wait", "task", "wait"]
    run(LATER + 3 * DAY)
    assert stay_of(lead).ended_because == "through"
    assert (OutboxMessage.objects.count(), Task.objects.count()) == (1, 1)


@pytest.mark.parametrize("how", ["event", "touch"])
def test_a_reply_ends_it(workspace: Workspace, ben: User, how: str) -> None:
    lead = nurtured(workspace, make_track(workspace, MAIL, wait(1), MAIL | {"subject": "Two"}))
    run(LATER)
    if how == "event":
        make_event(lead, kind=EventKind.EMAIL_REPLY, occurred_at=LATER)
    else:
        Touch.objects.create(
            workspace=workspace,
            lead=lead,
            kind="email",
            outcome="replied",
            occurred_at=LATER,
            by=ben,
        )
    run(LATER + DAY)
    stay = stay_of(lead)
    assert (stay.ended_because, stay.next_at) == ("replied", None)
    assert OutboxMessage.objects.count() == 1


def test_a_reply_told_by_the_api_ends_it(workspace: Workspace, ana: User) -> None:
    now = timezone.now()
    track = make_track(workspace, MAIL, wait(1), MAIL | {"subject": "Two"})
    lead = nurtured(workspace, track, at=now - timedelta(hours=2))
    run(now - timedelta(hours=2))
    reply = {
        "external_id": "reply-1",
        "email": lead.email,
        "kind": "email_reply",
        "occurred_at": (now - timedelta(hours=1)).isoformat(),
    }
    assert Machine(workspace, ana).post("events", reply).status == 201
    run(now + DAY)
    stay = stay_of(lead)
    assert (stay.ended_because, stay.next_at) == ("replied", None)
    assert [kind for kind, _ in told(lead)] == ["mail", "wait"]


def test_a_reply_before_it_went_into_nurture_ends_nothing(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    make_event(lead, kind=EventKind.EMAIL_REPLY, occurred_at=MONDAY_NOON - DAY)
    nurture.enter(lead, rule="not_ready", at=MONDAY_NOON, track=make_track(workspace, MAIL))
    run(LATER)
    assert [kind for kind, _ in told(lead)] == ["mail"]


@pytest.mark.parametrize(
    "change",
    [
        {"stage": Stage.DISQUALIFIED},
        {"erased_at": MONDAY_NOON},
    ],
)
def test_a_lead_that_left_gets_nothing(workspace: Workspace, change: dict[str, Any]) -> None:
    lead = nurtured(workspace, make_track(workspace, MAIL))
    Lead.objects.filter(pk=lead.pk).update(**change)
    run(LATER)
    assert (told(lead), OutboxMessage.objects.count()) == ([], 0)


def test_unsubscribed_leads_get_tasks_until_a_mail_would_come(workspace: Workspace) -> None:
    track = make_track(workspace, TASK, MAIL)
    lead = nurtured(workspace, track, unsubscribed_at=MONDAY_NOON - DAY)
    run(LATER)
    assert [kind for kind, _ in told(lead)] == ["task"]
    assert stay_of(lead).ended_because == "unsubscribed"


def test_behind_its_last_step_a_track_goes_on_with_another(workspace: Workspace) -> None:
    second = make_track(workspace, MAIL | {"subject": "Two"}, name="Second")
    first = make_track(workspace, MAIL | {"subject": "One"}, name="First", then=second)
    lead = nurtured(workspace, first)
    run(LATER)
    assert [words for _, words in told(lead)] == ["One", "Two"]
    assert stay_of(lead).track == second


def test_tracks_that_go_round_come_to_an_end(workspace: Workspace) -> None:
    first = make_track(workspace, wait(1), name="First")
    second = make_track(workspace, wait(1), name="Second", then=first)
    NurtureTrack.objects.filter(pk=first.pk).update(then=second)
    lead = nurtured(workspace, first)
    for day in range(6):
        run(LATER + day * DAY)
    assert stay_of(lead).ended_because == "through"
    assert len(told(lead)) == 2


def test_a_failing_step_steps_aside_and_the_others_go_on(workspace: Workspace) -> None:
    broken = make_track(workspace, webhook("ftp://x.example"), MAIL)
    first, second = nurtured(workspace, broken), nurtured(workspace, make_track(workspace, MAIL))
    run(LATER)
    assert (told(first), len(told(second))) == ([], 1)
    assert stay_of(first).next_at == LATER + nurture_steps.ASIDE
    NurtureStep.objects.filter(kind="webhook").update(url="https://x.example/hook")
    run(LATER + nurture_steps.ASIDE)
    assert [kind for kind, _ in told(first)] == ["webhook", "mail"]


def test_the_first_track_that_fits_takes_a_lead(workspace: Workspace) -> None:
    make_track(workspace, MAIL, name="Off", is_active=False)
    make_track(workspace, MAIL, name="Stale", stale_days=90)
    make_track(workspace, MAIL, name="Churn", pain_words=["churn"])
    make_track(workspace, MAIL, name="Rest", pain_words=["reporting"])
    assert stay_of(nurtured(workspace, challenge="Much churn")).track.name == "Churn"  # type: ignore[union-attr]
    assert stay_of(nurtured(workspace, challenge="Slow reporting")).track.name == "Rest"  # type: ignore[union-attr]
    nobody = stay_of(nurtured(workspace, challenge="Prices"))
    assert (nobody.track, nobody.next_at) == (None, None)


def test_a_track_out_of_use_is_not_taken_by_name(workspace: Workspace) -> None:
    off = make_track(workspace, MAIL, is_active=False)
    used = make_track(workspace, MAIL)
    assert stay_of(nurtured(workspace, off)).track == used


def test_a_person_stops_a_track_and_puts_the_lead_onto_another(
    workspace: Workspace, mara: User
) -> None:
    track = make_track(workspace, MAIL, wait(1), MAIL | {"subject": "Two"})
    lead = nurtured(workspace, track)
    run(LATER)
    nurture.change_track(lead, track=None, by=mara, at=LATER)
    run(LATER + DAY)
    stay = stay_of(lead)
    assert (stay.ended_because, stay.ended_by, len(told(lead))) == ("stopped", mara, 2)
    nurture.change_track(lead, track=make_track(workspace, TASK), by=mara, at=LATER + DAY)
    run(LATER + DAY)
    assert [kind for kind, _ in told(lead)] == ["mail", "wait", "task"]
    assert stay_of(lead).ended_because == "through"
    with pytest.raises(MoveNotAllowed, match="in use in this workspace"):
        nurture.change_track(lead, track=make_track(workspace, is_active=False), by=mara, at=LATER)


def test_a_task_is_for_the_owner_or_for_the_managers(
    workspace: Workspace, ben: User, cleo: User
) -> None:
    track = make_track(workspace, TASK)
    owned, loose = nurtured(workspace, track, owner=ben), nurtured(workspace, track)
    gone = nurtured(workspace, track, owner=cleo)  # no member here
    run(LATER)
    assert [task.lead for task in task_list.of_person(workspace, ben)] == [owned]
    assert [task.lead for task in task_list.of_nobody(workspace)] == [loose, gone]


@pytest.mark.parametrize(
    ("before", "after", "place", "expected"),
    [
        ("ABCD", "ABCD", 1, 1),
        ("ABCD", "XABCD", 1, 2),  # put before its place: not given
        ("ABCD", "ABXCD", 1, 1),  # put behind its last step: given
        ("ABCD", "ACD", 1, 0),  # its last step removed: C follows
        ("ABCD", "ABD", 1, 1),  # its next step removed: D follows
        ("ABCD", "CABD", 1, -1),  # its next step moved to the front: given, then D
        ("ABCD", "ACDB", 1, 0),  # its last step moved to the end: C and D follow
        ("AB", "ABC", 1, 1),  # behind the last one, while it still waits: C follows
        ("AB", "C", 1, -1),
        ("AB", "", -1, -1),
    ],
)
def test_leads_keep_their_place_when_steps_change(
    before: str, after: str, place: int, expected: int
) -> None:
    positions = {ord(step): n for n, step in enumerate(after)}
    former = [ord(step) for step in before]
    assert nurture_tracks.places_after(former, positions, [place]) == {place: expected}


@pytest.mark.django_db(transaction=True)
def test_two_workers_give_each_step_once() -> None:
    workspace = create_workspace(name="Race", slug="race", by=make_user(name="Olga Root"))
    track = make_track(workspace, MAIL, TASK, MAIL | {"subject": "Two"})
    leads = [nurtured(workspace, track) for _ in range(12)]
    at_once(4, lambda _: run(LATER))
    run(LATER)
    for lead in leads:
        assert [kind for kind, _ in told(lead)] == ["mail", "task", "mail"]
        assert stay_of(lead).ended_because == "through"
    assert (OutboxMessage.objects.filter(channel="mail").count(), Task.objects.count()) == (24, 12)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_in_a_step_has_given_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = create_workspace(name="Race", slug="race", by=make_user(name="Olga Root"))
    lead = nurtured(workspace, make_track(workspace, MAIL))

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt  # as a kill does: not caught, rolled back

    with monkeypatch.context() as patched:
        patched.setattr(StepDone.objects, "create", die)
        with pytest.raises(KeyboardInterrupt):
            run(LATER)
    assert OutboxMessage.objects.count() == 0
    run(LATER)
    assert (OutboxMessage.objects.count(), len(told(lead))) == (1, 1)
