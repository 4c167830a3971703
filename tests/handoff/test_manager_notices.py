"""What the managers hear of leads that are offered to nobody: once an occasion, in words."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User, Workspace
from handoff import fallback
from handoff.models import FallbackEntry, MessageTemplate
from leadqual.models import Lead, Notice, OutboxMessage
from leadqual.stages import Stage
from tests.builders import MONDAY_NOON, make_company, make_lead

NOW = MONDAY_NOON
Why = FallbackEntry.Why
TRACE: dict[str, Any] = {
    "people": [
        {"person": "Ben Okoye", "skipped": "let the offer run out before"},
        {"person": "Nia Ray", "skipped": "is away"},
        {"person": "Ben Okoye", "skipped": "let the offer run out before"},  # in two pools
    ]
}


@pytest.fixture
def lead(workspace: Workspace) -> Lead:
    company = make_company(workspace, name="Acme")
    names = {"first_name": "Hanna", "last_name": "Weiss"}
    return make_lead(workspace, stage=Stage.MQL, cycle=1, company=company, **names)


def told(person: User) -> list[str]:
    notices = Notice.objects.filter(user=person).order_by("pk")
    return list(notices.values_list("text", flat=True))


@pytest.mark.parametrize(
    ("why", "because"),
    [
        (Why.SILENCE, "Two offers ran out without a decision."),
        (Why.CYCLES, "It has come back more often than leads are offered by themselves."),
        (Why.FAILED, "It could not be offered: something went wrong."),
    ],
)
def test_what_waits_for_a_manager_is_mailed_with_why_and_who_was_considered(
    lead: Lead, mara: User, ben: User, why: Why, because: str
) -> None:
    fallback.enter(lead, why=why, trace=TRACE, at=NOW)
    mail = OutboxMessage.objects.get(to=mara.email)
    assert mail.subject == "Hanna Weiss of Acme is offered to nobody"
    assert mail.body.startswith(
        f"{because}\n\nBen Okoye let the offer run out before; Nia Ray is away\n"
    )
    assert f"/leads/{lead.pk}/" in mail.body
    assert told(mara) == [mail.subject]
    assert told(ben) == []


def test_that_nobody_is_available_rings_and_is_not_mailed(lead: Lead, mara: User) -> None:
    fallback.enter(lead, why=Why.NOBODY, trace=TRACE, at=NOW, next_try_at=NOW)
    assert told(mara) == [
        "Nobody can take Hanna Weiss: Ben Okoye let the offer run out before; Nia Ray is away."
    ]
    assert OutboxMessage.objects.count() == 0


def test_an_offer_that_a_manager_took_back_is_no_news(lead: Lead, mara: User) -> None:
    fallback.enter(lead, why=Why.TAKEN_BACK, at=NOW)
    assert (told(mara), OutboxMessage.objects.count()) == ([], 0)


def test_the_same_occasion_is_told_once_a_cycle(lead: Lead, mara: User) -> None:
    for hour in range(3):
        at = NOW + timedelta(hours=hour)
        fallback.enter(lead, why=Why.NOBODY, trace=TRACE, at=at, next_try_at=at)
        fallback.leave(lead, how="offered", at=at)
    assert len(told(mara)) == 1
    Lead.objects.filter(pk=lead.pk).update(cycle=2)
    lead.refresh_from_db()
    fallback.enter(lead, why=Why.NOBODY, trace=TRACE, at=NOW, next_try_at=NOW)
    assert len(told(mara)) == 2


def test_the_workspaces_own_words_may_name_why_and_whom(lead: Lead, mara: User) -> None:
    MessageTemplate.objects.create(
        workspace=lead.workspace, code="fallback", subject="$lead: $why", body="$people"
    )
    fallback.enter(lead, why=Why.SILENCE, trace={}, at=NOW)
    mail = OutboxMessage.objects.get(to=mara.email)
    assert (mail.subject, mail.body) == (
        "Hanna Weiss: Two offers ran out without a decision.",
        "",
    )
