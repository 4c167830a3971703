"""What waits for a decision: opened once, told once, decided in writing, read by everybody."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.models import ReviewItem
from handoff.review_items import decide, open_item, remind
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from leadqual.models import Notice, OutboxMessage
from tests.at_once import at_once
from tests.builders import MONDAY_NOON

pytestmark = pytest.mark.django_db
WORDS = "Decide an offer: 71 % kept (25 of 35); 90 % agreed."


def opened(workspace: Workspace, *, owner: User | None, words: str = WORDS) -> ReviewItem:
    return open_item(
        workspace,
        kind=ReviewItem.Kind.LEVEL,
        key="level:decide_offer:",
        words=words,
        facts={"kept": 25, "judged": 35},
        owner=owner,
        agreement=None,
        side="sales",
        at=MONDAY_NOON,
    )


def told(workspace: Workspace) -> list[tuple[str, str]]:
    mails = OutboxMessage.objects.of(workspace).order_by("pk")
    return [(mail.to, mail.subject) for mail in mails]


def test_the_same_thing_is_open_once_and_its_owner_hears_of_it_once(
    workspace: Workspace, mara: User
) -> None:
    first = opened(workspace, owner=mara)
    again = opened(workspace, owner=mara, words="Worse: 60 % kept (21 of 35); 90 % agreed.")
    assert again.pk == first.pk
    assert ReviewItem.objects.get().words == "Worse: 60 % kept (21 of 35); 90 % agreed."
    assert told(workspace) == [(mara.email, f"To decide: {WORDS}")]
    [notice] = Notice.objects.all()
    assert (notice.user, notice.url) == (mara, f"/w/northwind/decisions/#item-{first.pk}")


def test_without_an_owner_those_hear_who_may_sign_for_the_side(
    workspace: Workspace, ana: User, mara: User
) -> None:
    opened(workspace, owner=None)
    addresses = {to for to, _ in told(workspace)}
    assert mara.email in addresses
    assert ana.email not in addresses


def test_a_decision_is_written_down_once_and_settles_the_notice(
    workspace: Workspace, mara: User, ana: User
) -> None:
    item = opened(workspace, owner=mara)
    with pytest.raises(MoveNotAllowed):
        decide(item, by=mara, at=MONDAY_NOON, decision="  ")
    decide(item, by=mara, at=MONDAY_NOON, decision=" A second rep from May on. ")
    with pytest.raises(SomeoneWasFaster):
        decide(item, by=ana, at=MONDAY_NOON, decision="No")
    item.refresh_from_db()
    assert (item.decision, item.decided_by) == ("A second rep from May on.", mara)
    assert Notice.objects.get().read_at == MONDAY_NOON


def test_after_a_decision_the_same_thing_may_be_asked_again(
    workspace: Workspace, mara: User
) -> None:
    decide(opened(workspace, owner=mara), by=mara, at=MONDAY_NOON, decision="Wait a week")
    opened(workspace, owner=mara)
    assert [item.decided_at is None for item in ReviewItem.objects.order_by("pk")] == [False, True]


def test_an_open_item_is_brought_to_mind_once_a_week(workspace: Workspace, mara: User) -> None:
    item = opened(workspace, owner=mara)
    for hours in (1, 24 * 7 - 1, 24 * 7, 24 * 8, 24 * 14):
        remind(now=MONDAY_NOON + timedelta(hours=hours))
    assert [subject for _, subject in told(workspace)] == [
        f"To decide: {WORDS}",
        f"Still to decide, open for 1 week: {WORDS}",
        f"Still to decide, open for 2 weeks: {WORDS}",
    ]
    decide(item, by=mara, at=MONDAY_NOON + timedelta(days=15), decision="Done")
    assert remind(now=MONDAY_NOON + timedelta(days=30)) == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_open_one_item(workspace: Workspace, mara: User) -> None:
    results = at_once(4, lambda _: opened(workspace, owner=mara))
    assert len({item.pk for item in results}) == 1
    assert ReviewItem.objects.count() == 1
    assert len(told(workspace)) == 1


def test_the_owner_and_managers_decide_and_others_read(
    workspace: Workspace, ben: User, as_ben: Client, as_mara: Client, as_cleo: Client
) -> None:
    item = opened(workspace, owner=None)
    address = f"/w/northwind/decisions/{item.pk}/decide/"
    assert WORDS in as_ben.get("/w/northwind/decisions/").content.decode()
    assert as_ben.post(address, {"decision": "Mine"}).status_code == 403
    assert as_cleo.post(address, {"decision": "Mine"}).status_code == 404
    assert as_cleo.get("/w/northwind/decisions/").status_code == 404
    refused = as_mara.post(address, {"decision": " "})
    assert (refused.status_code, "Write down what was decided" in refused.content.decode()) == (
        422,
        True,
    )
    assert as_mara.post(address, {"decision": "A second rep"}).status_code == 302
    assert "A second rep" in as_ben.get("/w/northwind/decisions/").content.decode()
    late = as_mara.post(address, {"decision": "Another"})
    assert (late.status_code, "You have decided this already" in late.content.decode()) == (
        409,
        True,
    )


def test_a_character_that_no_text_has_is_left_out_of_a_decision(
    workspace: Workspace, as_mara: Client
) -> None:
    item = opened(workspace, owner=None)
    as_mara.post(f"/w/northwind/decisions/{item.pk}/decide/", {"decision": "A second\0 rep"})
    assert ReviewItem.objects.get().decision == "A second rep"


def test_a_rep_who_is_named_as_the_owner_decides(
    workspace: Workspace, ben: User, as_ben: Client
) -> None:
    item = opened(workspace, owner=ben)
    as_ben.post(f"/w/northwind/decisions/{item.pk}/decide/", {"decision": "Fewer leads"})
    assert ReviewItem.objects.get().decided_by == ben


def test_an_empty_page_says_when_something_opens(as_ben: Client, workspace: Workspace) -> None:
    text = as_ben.get("/w/northwind/decisions/").content.decode()
    assert "Nothing waits for a decision" in text


def test_the_page_asks_as_much_of_the_database_for_one_item_as_for_three(
    workspace: Workspace, mara: User, as_mara: Client
) -> None:
    counts = []
    for n in range(3):
        open_item(
            workspace,
            kind=ReviewItem.Kind.LEVEL,
            key=f"level:{n}",
            words=WORDS,
            facts={},
            owner=mara,
            agreement=None,
            at=timezone.now(),
        )
        with CaptureQueriesContext(connection) as queries:
            as_mara.get("/w/northwind/decisions/")
        counts.append(len(queries))
    assert counts[0] == counts[2]
