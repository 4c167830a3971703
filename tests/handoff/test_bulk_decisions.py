"""A manager decides many offers at once; each is recorded singly."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.models import Handoff, RejectionReason
from leadqual.models import Lead, StageMove
from leadqual.stages import Stage
from tests.builders import join_pool, make_member
from tests.handoff.pages import HTMX

pytestmark = pytest.mark.django_db

DECIDE = "/w/northwind/queue/everyone/decide/"
EVERYONE = "/w/northwind/queue/everyone/"


@pytest.fixture
def offers(offer_to_ben: Callable[[], Handoff]) -> list[Handoff]:
    return [offer_to_ben() for _ in range(3)]


def decide(client: Client, offers: list[Handoff], **said: Any) -> Any:
    return client.post(DECIDE, {"offer": [offer.pk for offer in offers], **said}, headers=HTMX)


def statuses(offers: list[Handoff]) -> list[str]:
    return [Handoff.objects.get(pk=offer.pk).status for offer in offers]


def reason_of(workspace: Workspace, code: str) -> int:
    return RejectionReason.objects.of(workspace).get(code=code).pk


def test_all_are_accepted_for_their_reps_each_with_its_own_record(
    as_mara: Client, mara: User, ben: User, offers: list[Handoff]
) -> None:
    answer = decide(as_mara, offers, what="accept")
    assert (answer.status_code, statuses(offers)) == (200, ["accepted"] * 3)
    assert "<strong>3 accepted.</strong>" in answer.content.decode()
    assert set(Lead.objects.values_list("owner", flat=True)) == {ben.pk}
    records = StageMove.objects.filter(to_stage=Stage.SAL)
    assert [(record.by, record.rep) for record in records] == [(mara, ben)] * 3


def test_one_that_was_decided_a_moment_ago_is_named_and_the_others_are_decided(
    as_mara: Client, workspace: Workspace, ben: User, offers: list[Handoff]
) -> None:
    handoffs.accept(offers[1], by=ben, at=timezone.now())
    said = {"then": "reject", "reason": reason_of(workspace, "no-budget"), "note": "All of them"}
    text = decide(as_mara, offers, **said).content.decode()
    assert statuses(offers) == ["rejected", "accepted", "rejected"]
    assert "2 rejected; 1 decided by somebody else a moment ago." in text
    assert text.count("Ben Okoye was faster") == 1
    assert set(Handoff.objects.filter(status="rejected").values_list("note", flat=True)) == {
        "All of them"
    }


def test_rejecting_asks_for_the_reason_and_decides_nothing_until_it_is_given(
    as_mara: Client, offers: list[Handoff]
) -> None:
    asked = decide(as_mara, offers, what="reject").content.decode()
    assert "Why are these leads rejected?" in asked
    assert 'value="hanna' not in asked.lower()  # the facts of none of them
    again = decide(as_mara, offers, then="reject", note="hm").content.decode()
    assert "Choose a reason" in again
    assert 'value="hm"' in again
    assert statuses(offers) == ["open"] * 3


def test_what_a_reason_asks_is_asked_of_each_and_what_is_blank_stays_as_known(
    as_mara: Client, workspace: Workspace, offers: list[Handoff]
) -> None:
    said = {"then": "reject", "reason": reason_of(workspace, "too-small"), "employees": ""}
    decide(as_mara, offers[:1], **said)
    decide(as_mara, offers[1:2], **{**said, "employees": "7"})
    unreachable = {"then": "reject", "reason": reason_of(workspace, "unreachable")}
    told = decide(as_mara, offers[2:], **unreachable).content.decode()
    assert statuses(offers) == ["rejected", "rejected", "open"]
    kept = [Handoff.objects.get(pk=offer.pk).answers for offer in offers[:2]]
    assert kept == [
        {},
        {"employees": {"label": "Company size", "was": "200", "is": "7"}},
    ]
    assert "0 rejected; 1 not rejected." in told
    assert "3 more attempts" in told


def test_all_are_withdrawn_or_offered_to_somebody_else(
    as_mara: Client, workspace: Workspace, offers: list[Handoff]
) -> None:
    tom = make_member(workspace, name="Tom Hale")
    join_pool(workspace, tom)
    assert "Choose a rep" in decide(as_mara, offers[:2], what="reoffer").content.decode()
    decide(as_mara, offers[:2], then="reoffer", rep=tom.pk)
    decide(as_mara, offers[2:], what="withdraw")
    assert statuses(offers) == ["withdrawn"] * 3
    assert (
        Handoff.objects.open().filter(rep=tom, lead__in=[o.lead_id for o in offers[:2]]).count()
        == 2
    )
    assert not Handoff.objects.open().filter(lead=offers[2].lead).exists()


def test_only_who_decides_anybodys_offers_decides_many_and_nobody_those_of_others(
    as_ben: Client, as_ana: Client, as_cleo: Client, cleo: User, offers: list[Handoff]
) -> None:
    assert decide(as_ben, offers, what="accept").status_code == 403
    assert decide(as_ana, offers, what="accept").status_code == 403
    assert decide(as_cleo, offers, what="accept").status_code == 404
    theirs = DECIDE.replace("northwind", "elsewhere")
    said = {"offer": [offer.pk for offer in offers], "what": "accept"}
    assert as_cleo.post(theirs, said, headers=HTMX).status_code == 422
    assert statuses(offers) == ["open"] * 3


def test_the_boxes_are_in_everybodys_queue_and_not_in_ones_own(
    as_mara: Client, offers: list[Handoff], mara: User
) -> None:
    Handoff.objects.filter(pk=offers[0].pk).update(rep=mara)
    assert as_mara.get(EVERYONE).content.decode().count("data-pick ") == 3
    assert "data-pick " not in as_mara.get("/w/northwind/queue/").content.decode()
