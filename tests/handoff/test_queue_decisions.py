"""Deciding an offer where it stands: the row answers with what happened."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.models import Handoff, RejectionReason
from leadqual.models import Lead, Notice
from leadqual.stages import Stage
from sla.models import Clock
from tests.builders import join_pool, make_member
from tests.handoff.pages import (
    HTMX,
    OFFERS,
    QUEUE,
    lead_url,
    offer_url,
)


def test_accepting_answers_in_the_row_with_the_business_time_it_took(
    as_ben: Client, ben: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    answer = as_ben.post(offer_url(offer, "accept"), headers=HTMX)
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
    as_ben.post(offer_url(offer, "accept"), headers=HTMX)
    page = as_ben.get("/w/northwind/queue/leads/").content.decode()
    clock = Clock.objects.get(code="first_touch")
    due = clock.due_at.astimezone(offer.workspace.zone)
    assert "Hanna Weiss" in page
    assert f"by {due:%a %-d %b, %H:%M}" in page


def test_rejecting_offers_the_workspaces_reasons_and_then_says_what_was_chosen(
    as_ben: Client, workspace: Workspace, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    form = as_ben.get(offer_url(offer, "reject"), headers=HTMX).content.decode()
    names = RejectionReason.objects.of(workspace).active().values_list("name", flat=True)
    assert [name for name in names if name not in form] == []
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    answer = as_ben.post(
        offer_url(offer, "reject"), {"reason": reason.pk, "note": "Next year"}, headers=HTMX
    )
    offer.refresh_from_db()
    assert (offer.status, offer.reason, offer.note) == ("rejected", reason, "Next year")
    assert "No budget" in answer.content.decode()
    assert Lead.objects.get(pk=offer.lead_id).stage == Stage.NURTURE


def test_a_rejection_without_a_reason_is_asked_for_again_where_it_was_filled_in(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    answer = as_ben.post(offer_url(offer, "reject"), {"note": "hm"}, headers=HTMX)
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
    answer = as_ben.post(offer_url(offer, "reject"), {"reason": foreign.pk}, headers=HTMX)
    offer.refresh_from_db()
    assert (answer.status_code, offer.status) == (422, "open")


def test_not_mine_goes_to_the_next_rep(
    as_ben: Client, workspace: Workspace, offer_to_ben: Callable[[], Handoff]
) -> None:
    tom = make_member(workspace, name="Tom Hale")
    offer = offer_to_ben()
    join_pool(workspace, tom)
    answer = as_ben.post(offer_url(offer, "not-mine"), headers=HTMX)
    assert "Not mine" in answer.content.decode()
    assert Handoff.objects.open().get(lead=offer.lead).rep == tom


def test_who_comes_second_is_told_who_was_faster_and_when(
    as_ben: Client, mara: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    at = timezone.now()
    handoffs.accept(offer, by=mara, at=at)
    answer = as_ben.post(offer_url(offer, "accept"), headers=HTMX)
    text = answer.content.decode()
    local = at.astimezone(offer.workspace.zone)
    assert answer.status_code == 409
    assert f"Mara Lindt was faster on {local:%a %-d %b %Y} at {local:%H:%M}" in text
    assert "this offer is accepted already" in text


def test_who_has_answered_in_another_tab_is_told_so(
    as_ben: Client, ben: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    at = timezone.now()
    handoffs.accept(offer, by=ben, at=at)
    answer = as_ben.post(offer_url(offer, "reject"), {"reason": _a_reason(offer)}, headers=HTMX)
    local = at.astimezone(offer.workspace.zone)
    told = f"You have accepted it already, on {local:%a %-d %b %Y} at {local:%H:%M}."
    assert (answer.status_code, told in answer.content.decode()) == (409, True)
    assert "was faster" not in answer.content.decode()


def _a_reason(offer: Handoff) -> int:
    return RejectionReason.objects.of(offer.workspace).active()[0].pk


@pytest.mark.parametrize("how", ["accepted", "expired", "withdrawn"])
def test_the_notice_of_an_offer_is_read_once_there_is_nothing_to_decide(
    ben: User, offer_to_ben: Callable[[], Handoff], how: str
) -> None:
    offer, other = offer_to_ben(), offer_to_ben()
    unread = Notice.objects.filter(user=ben, read_at=None, key__startswith="offered:")
    assert unread.count() == 2
    if how == "accepted":
        handoffs.accept(offer, by=ben, at=timezone.now())
    elif how == "expired":
        handoffs.expire(offer, at=timezone.now())
    else:
        handoffs.withdraw(offer, at=timezone.now())
    assert [notice.key for notice in unread] == [f"offered:{other.pk}"]


def test_the_grade_of_an_offer_is_that_of_its_moment_and_the_leads_page_says_todays(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    page = as_ben.get(lead_url(offer.lead)).content.decode()
    assert page.count(f"Grade {offer.grade} when offered.") == 2
    Handoff.objects.filter(pk=offer.pk).update(grade="D")
    page = as_ben.get(lead_url(offer.lead)).content.decode()
    assert f"Grade D when offered, {offer.grade} now." in page
    assert "grade D when offered" in as_ben.get(QUEUE).content.decode()


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
    assert as_ben.post(offer_url(offer, "accept"), headers=HTMX).status_code == 403
    assert as_ana.post(offer_url(offer, "accept"), headers=HTMX).status_code == 403
    assert as_mara.post(offer_url(offer, "accept"), headers=HTMX).status_code == 200
    offer.refresh_from_db()
    assert (offer.decided_by, Lead.objects.get(pk=offer.lead_id).owner) == (mara, tom)


@pytest.mark.parametrize("what", ["accept", "reject", "not-mine", "withdraw", "reoffer"])
def test_a_stranger_finds_no_offer(
    as_cleo: Client, offer_to_ben: Callable[[], Handoff], what: str
) -> None:
    offer = offer_to_ben()
    assert as_cleo.post(offer_url(offer, what)).status_code == 404
    foreign = offer_url(offer, what).replace("northwind", "elsewhere")
    assert as_cleo.post(foreign).status_code == 404


def test_without_htmx_a_decision_leads_back_to_the_queue(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    answer = as_ben.post(offer_url(offer, "accept"))
    assert (answer.status_code, answer["Location"]) == (302, QUEUE)
