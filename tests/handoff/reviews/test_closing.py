"""Closing: minutes for ever, the next day due, and nothing changes afterwards."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User, Workspace
from handoff.erasure import erase
from handoff.merging import merge
from handoff.models import AgendaItem, Decision, Mark, Minutes, Participant, Review, ReviewCadence
from handoff.reviews.closing import close, discard
from handoff.reviews.deciding import decide, say
from handoff.reviews.marking import mark
from handoff.reviews.minutes import hash_of, is_unaltered
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from leadqual.models import Lead
from tests.at_once import at_once
from tests.builders import receive_hot_lead
from tests.handoff.reviews.conftest import Opening, Rejecting

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(rejected: AgendaItem, ana: User, mara: User, now: datetime) -> Minutes:
    """A review in which all of it happened, closed."""
    mark(rejected, verdict="right_reject", by=ana, at=now)
    mark(rejected, verdict="right_reject", by=mara, at=now)
    say(rejected, words="Hanna told us in March", by=mara, at=now)
    decide(
        rejected.review,
        text="Ask for the budget",
        owner=mara,
        due=now.date(),
        by=ana,
        at=now,
        item=rejected,
    )
    return close(rejected.review, by=ana, at=now + timedelta(hours=1))


def part_of(minutes: Minutes, code: str) -> dict[str, Any]:
    [found] = [part for part in minutes.document["parts"] if part["code"] == code]
    return found  # type: ignore[no-any-return]


def the_lead(item: AgendaItem) -> Lead:
    assert item.lead is not None
    return Lead.objects.get(pk=item.lead.pk)


def test_the_minutes_say_what_both_sides_marked_and_decided(held: Minutes) -> None:
    [item] = part_of(held, "reject")["items"]
    assert [(one["name"], one["side"], one["verdict"]) for one in item["marks"]] == [
        ("Ana Marques", "marketing", "right_reject"),
        ("Mara Lindt", "sales", "right_reject"),
    ]
    assert (item["agreed"], item["applied"], item["differ"]) == (
        "right_reject",
        "right_reject",
        False,
    )
    [decision] = held.document["decisions"]
    assert (decision["text"], decision["owner"]) == ("Ask for the budget", "Mara Lindt")
    assert item["decisions"] == [decision["id"]]
    there = {one["name"]: one["was_there"] for one in held.document["participants"]}
    assert there == {"Ana Marques": True, "Mara Lindt": True, "Olga Root": False}


def test_the_figures_of_opening_and_closing_stand_in_them(held: Minutes) -> None:
    opening, closing = held.document["opening"], held.document["closing"]
    assert (opening["rejected"], opening["accepted"], opening["acceptance"]) == (1, 0, 0.0)
    assert (opening["open_decisions"], closing["open_decisions"]) == (0, 1)


def test_they_name_a_lead_by_its_id_alone(held: Minutes, rejected: AgendaItem) -> None:
    text = json.dumps(held.document)
    lead = the_lead(rejected)
    assert part_of(held, "reject")["items"][0]["lead"] == lead.pk
    for said in (lead.first_name, lead.last_name, lead.email, "Acme", "Next year", "Hanna"):
        assert said not in text


def test_the_stored_text_is_what_was_frozen(held: Minutes) -> None:
    fresh = Minutes.objects.get()
    assert is_unaltered(fresh)
    assert fresh.document_hash == hash_of(held.document)


def test_nothing_of_it_changes_any_more(held: Minutes, ana: User, now: datetime) -> None:
    for rows, change in (
        (Minutes.objects.all(), {"at": now}),
        (Review.objects.all(), {"step": 99}),
        (Mark.objects.all(), {"verdict": ""}),
        (Participant.objects.all(), {"side": "sales"}),
        (AgendaItem.objects.all(), {"applied": ""}),
        (AgendaItem.objects.all(), {"outcome": "Something else"}),
        (Decision.objects.all(), {"text": "Nothing"}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
        with pytest.raises(IntegrityError), transaction.atomic():
            rows._raw_delete(using="default")
    review = Review.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Participant.objects.create(review=review, person=User.objects.get(name="Ben Okoye"))


def test_closed_twice_it_stays_as_it_was_closed_first(held: Minutes, mara: User) -> None:
    again = close(Review.objects.get(), by=mara, at=held.at + timedelta(days=1))
    assert (again, Review.objects.get().closed_at) == (held, held.at)


def test_an_erased_person_is_gone_from_the_agenda_and_the_minutes_stay_whole(
    held: Minutes, rejected: AgendaItem, ana: User, now: datetime
) -> None:
    erase(the_lead(rejected), by=ana, at=now + timedelta(days=1))
    item = AgendaItem.objects.get(part="reject")
    assert (item.personal, item.outcome) == ({}, "")
    assert item.facts["reason"] == "No budget"
    assert is_unaltered(Minutes.objects.get())
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(string_agg(t::text, ' '), '') FROM handoff_agendaitem t")
        [text] = cursor.fetchone()
    for said in ("Hanna", "Weiss", "acme", "Next year"):
        assert said not in text


def test_the_next_one_gets_its_day(workspace: Workspace, held: Minutes) -> None:
    today = held.at.astimezone(workspace.zone).date()
    due = ReviewCadence.objects.of(workspace).get(kind="metrics").next_due
    assert due > today
    assert (due.day, (due - today).days <= 31) == (1, True)


def test_of_two_leads_made_one_either_is_the_person(
    rejected: AgendaItem, workspace: Workspace, ana: User, now: datetime
) -> None:
    survivor = receive_hot_lead(workspace, at=now)
    merge(survivor, the_lead(rejected), by=ana, at=now)
    erase(Lead.objects.get(pk=survivor.pk), by=ana, at=now)
    item = AgendaItem.objects.get(part="reject")
    assert (item.personal, item.lead == survivor) == ({}, False)
    with pytest.raises(MoveNotAllowed, match="erased"):
        mark(item, verdict="right_reject", by=ana, at=now)


def test_one_opened_by_mistake_is_as_if_it_had_never_been(
    rejected: AgendaItem, ana: User, now: datetime
) -> None:
    review, before = rejected.review, ReviewCadence.objects.get(kind="metrics").next_due
    discard(review)
    assert [model.objects.count() for model in (Review, AgendaItem, Participant)] == [0, 0, 0]
    assert ReviewCadence.objects.get(kind="metrics").next_due == before
    with pytest.raises(SomeoneWasFaster, match="discarded"):
        mark(rejected, verdict="right_reject", by=ana, at=now)


def test_one_in_which_something_was_said_is_closed_instead(
    rejected: AgendaItem, ana: User, now: datetime
) -> None:
    mark(rejected, verdict="right_reject", by=ana, at=now)
    with pytest.raises(MoveNotAllowed, match="Close it"):
        discard(rejected.review)
    close(rejected.review, by=ana, at=now)
    with pytest.raises(SomeoneWasFaster, match="closed"):
        discard(rejected.review)
    assert Review.objects.count() == 1


def test_without_a_cadence_it_is_closed_all_the_same(
    reject: Rejecting, opened: Opening, ana: User, now: datetime
) -> None:
    review = opened()
    ReviewCadence.objects.all().delete()
    assert close(review, by=ana, at=now).review == review


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_it_at_once_one_does(
    opened: Opening, ana: User, mara: User, now: datetime
) -> None:
    review = opened()
    first, second = at_once(2, lambda n: close(review, by=[ana, mara][n], at=now))
    assert first == second
    assert Minutes.objects.count() == 1
