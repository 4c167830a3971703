"""The rep's queue: offers by tier and deadline, seen, refreshed without a reload, paged."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User, Workspace
from handoff import handoffs, promotion
from handoff.models import Handoff, Tier
from tests.builders import make_member, receive_hot_lead
from tests.handoff.pages import (
    HTMX,
    OFFERS,
    QUEUE,
)


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


def shown(page: bytes) -> list[int]:
    return [int(pk) for pk in re.findall(r'<article id="offer-(\d+)"', page.decode())]


def in_tier(offer: Handoff, tier: Tier | None, **fields: Any) -> int:
    Handoff.objects.filter(pk=offer.pk).update(tier=tier, **fields)
    return offer.pk


def test_offers_stand_by_tier_then_deadline_then_worth_each_tier_with_its_playbook(
    as_ben: Client, workspace: Workspace, offer_to_ben: Callable[[], Handoff]
) -> None:
    Tier.objects.of(workspace).delete()
    make = Tier.objects.create
    calls = make(workspace=workspace, name="Calls", position=1, is_hot=True)
    mails = make(workspace=workspace, name="Mails", position=2, playbook="email_form")
    soon, later = timezone.now(), timezone.now() + timedelta(days=9)
    none = in_tier(offer_to_ben(), None, due_at=soon)
    mailed = in_tier(offer_to_ben(), mails, due_at=soon)
    last = in_tier(offer_to_ben(), calls, due_at=None)
    poor = in_tier(offer_to_ben(), calls, due_at=later, fit=20)
    rich = in_tier(offer_to_ben(), calls, due_at=later, fit=90)
    first = in_tier(offer_to_ben(), calls, due_at=soon)
    page = as_ben.get(QUEUE).content
    assert shown(page) == [first, rich, poor, last, mailed, none]
    headings = re.findall(r'<h3 class="lq-tier">(.*?)</h3>', page.decode(), re.DOTALL)
    words = [re.sub(r"<[^>]+>|\s+", " ", each).split() for each in headings]
    assert [" ".join(each) for each in words] == [
        "Calls Full call: a rep calls · hot",
        "Mails E-mail with the qualification form",
        "No tier Worked like a full call",
    ]


def test_without_tiers_there_are_no_headings(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    in_tier(offer_to_ben(), None)
    assert b"lq-tier" not in as_ben.get(QUEUE).content


def test_a_refresh_tells_of_another_deadline_and_of_an_offer_that_went(
    as_ben: Client, offer_to_ben: Callable[[], Handoff]
) -> None:
    offer = offer_to_ben()
    state = state_in(as_ben.get(QUEUE).content)
    Handoff.objects.filter(pk=offer.pk).update(due_at=timezone.now() + timedelta(days=3))
    answer = as_ben.get(f"{OFFERS}?state={state}", headers=HTMX)
    assert answer.status_code == 200
    state = state_in(answer.content)
    handoffs.withdraw(offer, at=timezone.now())
    assert as_ben.get(f"{OFFERS}?state={state}", headers=HTMX).status_code == 200


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


def test_leadership_has_no_queue(workspace: Workspace, client: Client) -> None:
    client.force_login(make_member(workspace, name="Lea Falk", role=Role.LEADERSHIP))
    assert client.get(QUEUE).status_code == 403
    assert client.get("/w/northwind/queue/everyone/").status_code == 403


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
    with django_assert_num_queries(19):
        assert as_ben.get(QUEUE).status_code == 200


def test_a_long_queue_is_paged_without_loss(
    as_ben: Client, monkeypatch: pytest.MonkeyPatch, offer_to_ben: Callable[[], Handoff]
) -> None:
    monkeypatch.setattr("handoff.queues.PAGE", 2)
    made = [offer_to_ben() for _ in range(5)]
    Handoff.objects.filter(pk=made[4].pk).update(tier=None)
    Handoff.objects.filter(pk=made[3].pk).update(due_at=None)
    Handoff.objects.filter(pk=made[1].pk).update(due_at=made[0].due_at)
    seen: list[str] = []
    address = QUEUE
    for _ in range(3):
        page = as_ben.get(address).content.decode()
        seen += re.findall(r'<article id="offer-(\d+)"', page)
        more = re.search(r'href="\?(after=[^"]*)">More offers', page)
        address = f"{QUEUE}?{more[1]}" if more else ""
    assert seen == [str(offer.pk) for offer in made]
    assert address == ""


def test_a_manager_sees_everyones_offers_or_those_of_one_rep(
    as_mara: Client, workspace: Workspace, ben: User, offer_to_ben: Callable[[], Handoff]
) -> None:
    tom = make_member(workspace, name="Tom Hale")
    bens, toms = offer_to_ben(), offer_to_ben()
    Handoff.objects.filter(pk=bens.pk).update(rep=ben)
    Handoff.objects.filter(pk=toms.pk).update(rep=tom)
    address = "/w/northwind/queue/everyone/"
    pages = [as_mara.get(f"{address}{query}").content for query in ("", f"?rep={tom.pk}")]
    shown = [re.findall(r'<article id="offer-(\d+)"', page.decode()) for page in pages]
    assert shown == [[str(bens.pk), str(toms.pk)], [str(toms.pk)]]
    assert as_mara.get(f"{address}?rep=99999").status_code == 403


@pytest.mark.parametrize("leads", [1, 3])
def test_everyones_queue_costs_the_same_whatever_waits(
    as_mara: Client,
    mara: User,
    workspace: Workspace,
    ben_takes_turns: User,
    leads: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(leads):
        receive_hot_lead(workspace, at=timezone.now())
    for _ in range(leads):
        offer = receive_hot_lead(workspace, at=timezone.now()).handoffs.get()
        promotion.take_back(offer, by=mara, at=timezone.now())
    with django_assert_num_queries(26):
        page = as_mara.get("/w/northwind/queue/everyone/").content.decode()
    shown = [len(re.findall(f'id="{what}-[0-9]', page)) for what in ("offer", "waiting")]
    assert shown == [leads, leads]
