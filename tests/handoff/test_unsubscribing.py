"""The way out of nurture's mails: one click, for good, saying nothing about anybody."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User, Workspace
from handoff import nurture_steps
from handoff.erasure import erase
from handoff.merging import merge
from handoff.models import StepDone, Task
from handoff.unmerging import undo
from handoff.unsubscribe_links import link_of
from handoff.unsubscribing import unsubscribe
from leadqual import outbox
from leadqual.models import Lead, OutboxMessage
from tests.builders import MONDAY_NOON
from tests.handoff.test_erasure_reaches import rows_with
from tests.handoff.tracks import MAIL, TASK, make_track, nurtured, run, stay_of, wait

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(minutes=5)


def fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def test_the_page_asks_once_and_confirms(workspace: Workspace, client: Client) -> None:
    lead = nurtured(workspace, make_track(workspace, MAIL), first_name="Lena")
    page = client.get(link_of(lead)).content.decode()
    assert "No more mails?" in page
    assert ("Northwind" in page, "Lena" in page, lead.email in page) == (True, False, False)
    assert fresh(lead).unsubscribed_at is None
    assert "You get no more mails" in client.post(link_of(lead)).content.decode()
    assert fresh(lead).unsubscribed_at is not None
    assert "You get no more mails" in client.get(link_of(lead)).content.decode()


def test_a_mail_program_unsubscribes_in_one_click_without_a_cookie(workspace: Workspace) -> None:
    lead = nurtured(workspace)
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(link_of(lead), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    first = fresh(lead).unsubscribed_at
    assert strict.post(link_of(lead), {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert fresh(lead).unsubscribed_at == first


def test_a_link_that_nobody_made_is_not_found(workspace: Workspace, client: Client) -> None:
    lead = nurtured(workspace)
    for link in (f"/unsubscribe/{lead.pk}/", f"/unsubscribe/{lead.pk}.invented/"):
        assert client.post(link).status_code == 404
    assert "not complete" in client.get(link_of(lead)[:-4] + "/").content.decode()
    assert fresh(lead).unsubscribed_at is None


def test_it_stops_the_stay_and_takes_back_what_waits(workspace: Workspace) -> None:
    lead = nurtured(workspace, make_track(workspace, MAIL, wait(1), MAIL))
    other = nurtured(workspace, make_track(workspace, MAIL))
    run(LATER)
    unsubscribe(lead, at=LATER)
    stay = stay_of(lead)
    assert (stay.next_at, stay.ended_because, stay.ended_at) == (None, "unsubscribed", LATER)
    run(LATER + timedelta(days=1))
    given_up = OutboxMessage.objects.filter(given_up_at=LATER)
    assert [message.to for message in given_up] == [lead.email]
    assert OutboxMessage.objects.get(given_up_at=None).to == other.email


def test_for_a_merged_lead_the_survivor_unsubscribes(
    workspace: Workspace, mara: User, client: Client
) -> None:
    survivor = nurtured(workspace)
    absorbed = nurtured(workspace, make_track(workspace, MAIL))
    run(LATER)
    link = link_of(absorbed)
    merge(survivor, absorbed, by=mara, at=LATER)
    assert client.post(link).status_code == 200
    assert fresh(survivor).unsubscribed_at is not None
    assert OutboxMessage.objects.get().given_up_at is not None


def test_of_an_erased_person_the_page_says_nothing(
    workspace: Workspace, mara: User, client: Client
) -> None:
    lead = nurtured(workspace, first_name="Lena")
    erase(lead, by=mara, at=LATER)
    for answer in (client.get(link_of(lead)), client.post(link_of(lead))):
        page = answer.content.decode()
        assert ("You get no more mails" in page, "Northwind" in page) == (True, False)
    assert fresh(lead).unsubscribed_at is None


def test_an_erasure_reaches_nurture(workspace: Workspace, mara: User, ben: User) -> None:
    track = make_track(workspace, MAIL, TASK, wait(1), MAIL | {"subject": "Two"})
    lead = nurtured(workspace, track, first_name="Xanthippe", email="xan@quandt.example", owner=ben)
    run(LATER)
    outbox.deliver(now=OutboxMessage.objects.get().next_attempt_at)
    assert OutboxMessage.objects.get().sent_at is not None
    assert len(rows_with("xanthippe", "xan@quandt")) > 3
    erase(lead, by=mara, at=LATER)
    assert rows_with("xanthippe", "xan@quandt") == []
    assert (StepDone.objects.count(), Task.objects.count()) == (3, 0)
    run(LATER + timedelta(days=1))
    assert StepDone.objects.count() == 3


def test_a_merge_unites_steps_and_tasks_and_its_undoing_parts_them(
    workspace: Workspace, mara: User
) -> None:
    survivor, track = nurtured(workspace), make_track(workspace, MAIL, TASK)
    absorbed = nurtured(workspace, track)
    both = nurtured(workspace, track)
    run(LATER)
    merge(survivor, absorbed, by=mara, at=LATER)
    done = merge(fresh(survivor), both, by=mara, at=LATER)
    assert StepDone.objects.filter(lead=survivor).count() == 2
    assert StepDone.objects.filter(lead=both).count() == 2  # the same ones: none is counted twice
    assert Task.objects.filter(lead=survivor).count() == 2
    assert nurture_steps.occasion(both) not in nurture_steps.occasion(survivor)
    undo(done, by=mara, at=LATER)
    assert Task.objects.filter(lead=both).count() == 1
    assert Task.objects.filter(lead=survivor).count() == 1


def test_who_unsubscribed_while_merged_stays_so_in_both_leads(
    workspace: Workspace, mara: User, client: Client
) -> None:
    """Nobody can tell which of the two said it, and a mail too many is the worse mistake."""
    survivor = nurtured(workspace)
    absorbed = nurtured(workspace, make_track(workspace, MAIL, wait(1), MAIL))
    run(LATER)
    merged = merge(survivor, absorbed, by=mara, at=LATER)
    client.post(link_of(absorbed))
    undo(merged, by=mara, at=LATER)
    run(LATER + timedelta(days=2))
    assert fresh(absorbed).unsubscribed_at is not None
    assert fresh(survivor).unsubscribed_at is not None
    assert OutboxMessage.objects.filter(given_up_at=None).count() == 0


def test_mails_of_a_lead_merged_twice_are_taken_back(workspace: Workspace, mara: User) -> None:
    first = nurtured(workspace, make_track(workspace, MAIL))
    run(LATER)
    second, last = nurtured(workspace), nurtured(workspace)
    merge(second, first, by=mara, at=LATER)
    merge(last, second, by=mara, at=LATER)
    unsubscribe(fresh(last), at=LATER)
    assert OutboxMessage.objects.get(to=first.email).given_up_at is not None
