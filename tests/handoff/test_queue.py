"""The rep's queue: offers by deadline, decided in place, refreshed without a reload."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User, Workspace
from handoff import handoffs
from handoff.models import Handoff, RejectionReason
from handoff.workspaces import join_pool
from leadqual.models import Lead
from leadqual.stages import Stage
from sla.models import Clock
from tests.builders import make_member, receive_hot_lead

QUEUE = "/w/northwind/queue/"
OFFERS = "/w/northwind/queue/offers/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def offer_to_ben(workspace: Workspace, ben_takes_turns: User) -> Callable[[], Handoff]:
    """Makes a hot lead, which is offered to ben now."""

    def make() -> Handoff:
        lead = receive_hot_lead(workspace, at=timezone.now())
        return lead.handoffs.get()

    return make


def url(offer: Handoff, what: str) -> str:
    return f"/w/northwind/offers/{offer.pk}/{what}/"


def state_in(page: bytes) -> str:
    found = re.search(r'name="state" value="([0-9a-f]*)"', page.decode())
    assert found
    return found[1]


def test_an_empty_queue_teaches_what_it_is_for(as_ben: Client) -> None:
    page = as_ben.get(QUEUE).content.decode()
    assert "Nothing waits for you" in page
    assert "When it is your turn, it appears here by itself" in page


def test_the_queue_shows_why_to_talk_to_the_lead_now_and_until_when(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    page = as_ben.get(QUEUE).content.decode()
    assert offer.due_at is not None
    due = offer.due_at.astimezone(offer.workspace.zone)
    assert offer.why_now in page
    assert f"by {due:%a %-d %b, %H:%M}" in page


def test_offers_stand_by_deadline_and_those_without_one_last(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    late, none, early = offer_to_ben(), offer_to_ben(), offer_to_ben()
    Handoff.objects.filter(pk=late.pk).update(due_at=timezone.now() + timedelta(days=9))
    Handoff.objects.filter(pk=none.pk).update(due_at=None)
    Handoff.objects.filter(pk=early.pk).update(due_at=timezone.now())
    page = as_ben.get(QUEUE).content.decode()
    assert re.findall(r'<article id="offer-(\d+)"', page) == [
        str(offer.pk) for offer in (early, late, none)
    ]


def viewed_at(offer: Handoff) -> datetime | None:
    return Handoff.objects.get(pk=offer.pk).viewed_at


def test_opening_the_queue_is_the_first_view_of_each_offer_and_the_second_changes_nothing(
    as_ben: Client, as_mara: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    as_mara.get("/w/northwind/queue/everyone/")
    assert viewed_at(offer) is None
    as_ben.get(QUEUE)
    first = viewed_at(offer)
    as_ben.get(QUEUE)
    assert first is not None
    assert viewed_at(offer) == first


def test_a_refresh_counts_as_a_view_only_when_somebody_is_there(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    as_ben.get(OFFERS, headers=HTMX)
    assert viewed_at(offer) is None
    as_ben.get(f"{OFFERS}?here=1", headers=HTMX)
    assert viewed_at(offer) is not None


def test_a_refresh_without_news_is_empty_and_costs_few_queries(
    as_ben: Client,
    offer_to_ben: Callable[[], Handoff],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    offer_to_ben()
    state = state_in(as_ben.get(QUEUE).content)
    with django_assert_num_queries(4):  # session, user, membership, the offers' states
        answer = as_ben.get(f"{OFFERS}?state={state}", headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
    offer_to_ben()
    assert as_ben.get(f"{OFFERS}?state={state}", headers=HTMX).status_code == 200


def test_accepting_answers_in_the_row_with_the_business_time_it_took(
    as_ben: Client, ben: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    answer = as_ben.post(url(offer, "accept"), headers=HTMX)
    text = answer.content.decode()
    offer.refresh_from_db()
    assert (answer.status_code, offer.status, offer.decided_by) == (200, "accepted", ben)
    assert "Accepted</strong> by Ben Okoye" in text
    assert re.search(r"Decided in (\d+ min|less than a minute) of business time", text)
    assert Lead.objects.get(pk=offer.lead_id).owner == ben
    assert "offers-changed" in answer["HX-Trigger"]


def test_an_accepted_lead_moves_to_my_leads_with_its_first_touch_running(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    as_ben.post(url(offer, "accept"), headers=HTMX)
    page = as_ben.get("/w/northwind/queue/leads/").content.decode()
    clock = Clock.objects.get(commitment__code="first_touch")
    due = clock.due_at.astimezone(offer.workspace.zone)
    assert "Hanna Weiss" in page
    assert f"by {due:%a %-d %b, %H:%M}" in page


def test_rejecting_offers_the_workspaces_reasons_and_then_says_what_was_chosen(
    as_ben: Client, workspace: Workspace, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    form = as_ben.get(url(offer, "reject"), headers=HTMX).content.decode()
    names = RejectionReason.objects.of(workspace).active().values_list("name", flat=True)
    assert [name for name in names if name not in form] == []
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    answer = as_ben.post(
        url(offer, "reject"), {"reason": reason.pk, "note": "Next year"}, headers=HTMX
    )
    offer.refresh_from_db()
    assert (offer.status, offer.reason, offer.note) == ("rejected", reason, "Next year")
    assert "No budget" in answer.content.decode()
    assert Lead.objects.get(pk=offer.lead_id).stage == Stage.NURTURE


def test_a_rejection_without_a_reason_is_asked_for_again_where_it_was_filled_in(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    answer = as_ben.post(url(offer, "reject"), {"note": "hm"}, headers=HTMX)
    offer.refresh_from_db()
    assert (answer.status_code, offer.status) == (422, "open")
    assert answer["HX-Retarget"] == f"#answer-{offer.pk}"
    assert "Choose a reason" in answer.content.decode()
    assert 'value="hm"' in answer.content.decode()


def test_a_reason_of_another_workspace_is_no_reason(
    as_ben: Client, cleo: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    other = cleo.memberships.get().workspace
    foreign = RejectionReason.objects.create(workspace=other, code="x", name="Foreign")
    offer = offer_to_ben()
    answer = as_ben.post(url(offer, "reject"), {"reason": foreign.pk}, headers=HTMX)
    offer.refresh_from_db()
    assert (answer.status_code, offer.status) == (422, "open")


def test_not_mine_goes_to_the_next_rep(
    as_ben: Client, workspace: Workspace, offer_to_ben: Callable[[], Handoff]
) -> None:
    tom = make_member(workspace, name="Tom Hale")
    offer = offer_to_ben()
    join_pool(workspace, tom)
    answer = as_ben.post(url(offer, "not-mine"), headers=HTMX)
    assert "Not mine" in answer.content.decode()
    assert Handoff.objects.open().get(lead=offer.lead).rep == tom


def test_who_comes_second_is_told_who_was_faster_and_when(
    as_ben: Client, mara: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    at = timezone.now()
    handoffs.accept(offer, by=mara, at=at)
    answer = as_ben.post(url(offer, "accept"), headers=HTMX)
    text = answer.content.decode()
    local = at.astimezone(offer.workspace.zone)
    assert answer.status_code == 409
    assert f"Mara Lindt was faster on {local:%a %-d %b %Y} at {local:%H:%M}" in text
    assert "this offer is accepted already" in text


def test_an_offer_answered_by_another_keeps_its_row_while_a_form_is_half_filled(
    as_ben: Client, mara: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    handoffs.accept(offer, by=mara, at=timezone.now())
    without = as_ben.get(OFFERS, headers=HTMX).content.decode()
    kept = as_ben.get(f"{OFFERS}?keep={offer.pk}", headers=HTMX).content.decode()
    assert f'id="offer-{offer.pk}"' not in without
    assert "Accepted</strong> by Mara Lindt" in kept
    assert f'<div id="answer-{offer.pk}" class="lq-answer" hx-preserve="true">' in kept


def test_a_rep_cannot_decide_a_colleagues_offer_but_a_manager_can(
    workspace: Workspace,
    as_ben: Client,
    as_mara: Client,
    as_ana: Client,
    mara: User,
    offer_to_ben: Callable[[], Handoff],
) -> None:
    tom = make_member(workspace, name="Tom Hale")
    offer = offer_to_ben()
    Handoff.objects.filter(pk=offer.pk).update(rep=tom)
    assert as_ben.post(url(offer, "accept"), headers=HTMX).status_code == 403
    assert as_ana.post(url(offer, "accept"), headers=HTMX).status_code == 403
    assert as_mara.post(url(offer, "accept"), headers=HTMX).status_code == 200
    offer.refresh_from_db()
    assert (offer.decided_by, Lead.objects.get(pk=offer.lead_id).owner) == (mara, tom)


@pytest.mark.parametrize("what", ["accept", "reject", "not-mine", "withdraw", "reoffer"])
def test_a_stranger_finds_no_offer(
    as_cleo: Client, offer_to_ben: Callable[[], Handoff], what: str
) -> None:
    offer = offer_to_ben()
    assert as_cleo.post(url(offer, what)).status_code == 404
    foreign = url(offer, what).replace("northwind", "elsewhere")
    assert as_cleo.post(foreign).status_code == 404


def test_leadership_has_no_queue(workspace: Workspace, client: Client) -> None:
    client.force_login(make_member(workspace, name="Lea Falk", role=Role.LEADERSHIP))
    assert client.get(QUEUE).status_code == 403
    assert client.get("/w/northwind/queue/everyone/").status_code == 403


def test_without_htmx_a_decision_leads_back_to_the_queue(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    answer = as_ben.post(url(offer, "accept"))
    assert (answer.status_code, answer["Location"]) == (302, QUEUE)


@pytest.mark.parametrize("offers", [1, 3])
def test_the_queue_costs_the_same_whatever_its_length(
    as_ben: Client,
    offer_to_ben: Callable[[], Handoff],
    offers: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(offers):
        accepted = offer_to_ben()
        handoffs.accept(accepted, by=accepted.rep, at=timezone.now())
        offer_to_ben()
    with django_assert_num_queries(9):
        assert as_ben.get(QUEUE).status_code == 200


def test_a_long_queue_is_paged_by_deadline_without_loss(
    as_ben: Client, monkeypatch: pytest.MonkeyPatch, offer_to_ben: Callable[[], Handoff]
) -> None:
    monkeypatch.setattr("handoff.queues.PAGE", 2)
    made = [offer_to_ben() for _ in range(5)]
    Handoff.objects.filter(pk=made[4].pk).update(due_at=None)
    seen: list[str] = []
    address = QUEUE
    for _ in range(3):
        page = as_ben.get(address).content.decode()
        seen += re.findall(r'<article id="offer-(\d+)"', page)
        more = re.search(r'href="\?(after=[^"]*)">Later', page)
        address = f"{QUEUE}?{more[1]}" if more else ""
    assert seen == [str(offer.pk) for offer in made]
    assert address == ""
