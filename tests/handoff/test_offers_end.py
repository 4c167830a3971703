"""An offer ends undecided: what becomes of a lead that is no MQL, or not ready, any more."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import handoffs, score_overrides
from handoff.escalation import answer_breaches
from handoff.promotion import settle_due, take_back
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.models import QualificationDue
from scoring.overrides import sweep_expired_overrides
from sla import clocks
from sla.models import Clock
from tests.builders import HOT, join_pool, make_member, receive_hot_lead
from tests.handoff.pages import HTMX

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("how", ["not mine", "expired", "taken back"])
def test_an_offer_that_ends_after_its_override_leads_to_no_other(
    workspace: Workspace, ben: User, ben_takes_turns: User, mara: User, how: str
) -> None:
    now = timezone.now()
    facts = replace(HOT, timeline="", job_title="")  # 15 points: no MQL by itself
    lead = receive_hot_lead(workspace, facts=facts, pricing_page=False, at=now)
    score_overrides.put(
        lead,
        by=mara,
        fit=90,
        intent=80,
        reason="Met at the fair",
        expires_at=now + timedelta(minutes=5),
        now=now,
    )
    first = lead.handoffs.get()
    join_pool(workspace, make_member(workspace, name="Nia Berg"))
    assert first.due_at is not None
    ended = first.due_at + timedelta(minutes=1)
    sweep_expired_overrides(now=ended)
    settle_due(now=ended)
    lead.refresh_from_db()
    assert (lead.stage, first.status) == (Stage.MQL, "open")
    if how == "not mine":
        assert handoffs.not_mine(first, by=ben, at=ended) is None
    elif how == "expired":
        clocks.sweep(now=ended)
        answer_breaches(now=ended)
    else:
        take_back(first, by=mara, at=ended)
    settle_due(now=ended)
    lead.refresh_from_db()
    assert (lead.stage, lead.handoffs.get()) == (Stage.NEW, first)
    assert lead.moves.latest("pk").rule == "demoted"
    assert not Clock.objects.filter(lead=lead, stopped_at=None).exists()
    assert not QualificationDue.objects.exists()


def test_an_offer_taken_back_is_not_made_again_of_an_mql_that_stays_one(
    as_mara: Client, offered: Lead
) -> None:
    offer = offered.handoffs.get()
    address = f"/w/northwind/offers/{offer.pk}/withdraw/"
    assert as_mara.post(address, headers=HTMX).status_code == 200
    settle_due(now=timezone.now())
    offered.refresh_from_db()
    assert (offered.stage, offered.handoffs.get().status) == (Stage.MQL, "withdrawn")
