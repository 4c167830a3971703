"""Rejections are reviewed by managers of both sides; a right one gives the turn back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.models import Handoff, PoolMember, RejectionReason
from handoff.rejection_review import PAGE, Rejections, review
from handoff.transitions import MoveNotAllowed
from leadqual.models import Notice
from tests.at_once import at_once
from tests.builders import make_member
from tests.handoff.pages import HTMX

pytestmark = pytest.mark.django_db

PAGE_URL = "/w/northwind/rejections/"


def review_url(offer: Handoff) -> str:
    return f"{PAGE_URL}{offer.pk}/review/"


@pytest.fixture
def reject(offer_to_ben: Callable[[], Handoff], ben: User) -> Callable[..., Handoff]:
    def make(code: str = "no-budget", *, note: str = "Next year", minutes: int = 0) -> Handoff:
        offer = offer_to_ben()
        reason = RejectionReason.objects.of(offer.workspace).get(code=code)
        at = timezone.now() + timedelta(minutes=minutes)
        return handoffs.reject(offer, by=ben, at=at, reason=reason, note=note)

    return make


def test_packet_reason_and_note_stand_beside_each_other_and_the_latest_comes_first(
    as_mara: Client, as_ana: Client, reject: Callable[..., Handoff]
) -> None:
    older, newer = reject(), reject("not-a-decision-maker", note="Their CTO", minutes=1)
    for client in (as_mara, as_ana):
        text = client.get(PAGE_URL).content.decode()
        assert text.index(f'id="rejection-{newer.pk}"') < text.index(f'id="rejection-{older.pk}"')
        for shown in (newer.packet["key_behaviours"][0], "Not a decision maker", "“Their CTO”"):
            assert shown in text


def credit_of(user: User) -> float:
    return PoolMember.objects.get(rep__user=user).credit


def test_a_right_one_gives_the_turn_back_once_and_the_rep_hears_of_it(
    as_mara: Client, ben: User, mara: User, reject: Callable[..., Handoff]
) -> None:
    offer = reject()
    before = credit_of(ben)
    for said in ("right", "right", "wrong", "right"):
        answer = as_mara.post(review_url(offer), {"upheld": said}, headers=HTMX)
        offer.refresh_from_db()
        assert (answer.status_code, offer.upheld) == (200, said == "right")
        assert "Ben Okoye has the turn back." in answer.content.decode()
    assert credit_of(ben) == before + 1
    assert offer.reviewed_by == mara
    told = Notice.objects.filter(user=ben, key__startswith="reviewed:").order_by("pk")
    name = offer.lead.display_name
    assert [notice.text for notice in told] == [
        f"Mara Lindt: rejecting {name} (No budget) was right. You get the turn back.",
        f"Mara Lindt: rejecting {name} (No budget) was not right.",
        f"Mara Lindt: rejecting {name} (No budget) was right.",
    ]


def test_what_is_reviewed_leaves_the_list_and_is_found_by_what_was_said(
    as_mara: Client, reject: Callable[..., Handoff]
) -> None:
    offer = reject()
    as_mara.post(review_url(offer), {"upheld": "wrong"}, headers=HTMX)
    row = f'id="rejection-{offer.pk}"'
    shown = {
        state: row in as_mara.get(f"{PAGE_URL}?state={state}").content.decode()
        for state in ("", "right", "wrong", "all")
    }
    assert shown == {"": False, "right": False, "wrong": True, "all": True}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, 2),
        ({"questions": "timing"}, 0),
        ({"questions": "data"}, 1),
        ({"rep": "x"}, 2),
        ({"before": "nonsense~1"}, 2),
        ({"rep": "99999999"}, 0),
    ],
)
def test_it_is_narrowed_by_reason_rep_and_what_is_questioned(
    workspace: Workspace, reject: Callable[..., Handoff], asked: dict[str, str], found: int
) -> None:
    reject("no-budget")
    duplicate = reject("duplicate")
    assert len(Rejections(workspace, asked).rows) == found
    by_reason = Rejections(workspace, {"reason": str(duplicate.reason_id)})
    assert by_reason.rows == [duplicate]
    assert len(Rejections(workspace, {"rep": str(duplicate.rep_id)}).rows) == 2


def test_pages_lose_nothing_and_show_nothing_twice_at_the_same_number_of_queries(
    workspace: Workspace, reject: Callable[..., Handoff], django_assert_num_queries: Any
) -> None:
    rows = [reject()]
    same = Handoff.objects.get(pk=rows[0].pk)
    for _ in range(PAGE + 3):  # several share a moment
        same.pk = None
        same.save()
    seen: list[int] = []
    before, pages = "", 0
    while True:
        page = Rejections(workspace, {"before": before})
        with django_assert_num_queries(1):
            seen += [row.pk for row in page.rows]
        before, pages = page.older, pages + 1
        if not before:
            break
    assert (pages, len(seen), len(set(seen))) == (2, PAGE + 4, PAGE + 4)


def test_only_a_rejection_is_reviewed(mara: User, offer_to_ben: Callable[[], Handoff]) -> None:
    with pytest.raises(MoveNotAllowed):
        review(offer_to_ben(), upheld=True, by=mara, at=timezone.now())


def test_reps_do_not_review_and_strangers_find_nothing(
    as_ben: Client, as_cleo: Client, reject: Callable[..., Handoff]
) -> None:
    offer = reject()
    assert as_ben.get(PAGE_URL).status_code == 403
    assert as_ben.post(review_url(offer), {"upheld": "right"}).status_code == 403
    for url in (review_url(offer), review_url(offer).replace("northwind", "elsewhere")):
        assert as_cleo.post(url, {"upheld": "right"}).status_code == 404
    offer.refresh_from_db()
    assert offer.upheld is None


@pytest.mark.django_db(transaction=True)
def test_reviewed_twice_at_once_the_turn_is_given_back_once(
    mara: User, ben: User, workspace: Workspace, reject: Callable[..., Handoff]
) -> None:
    offer, nia = reject(), make_member(workspace, name="Nia Berg")
    before = credit_of(ben)
    at = timezone.now()
    people = (mara, nia)
    at_once(2, lambda n: review(offer, upheld=True, by=people[n], at=at + timedelta(seconds=n)))
    assert credit_of(ben) == before + 1
