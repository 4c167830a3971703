"""The shadow's page: grades and MQLs side by side, and what became of the offers since."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.models import Handoff, Opportunity, RejectionReason
from handoff.shadow_offers import Line, offers_since
from handoff.views import shadow as views
from leadqual.models import Lead
from scoring import shadows
from scoring.drafts import open_draft
from scoring.models import AttributeRule, ModelVersion
from scoring.rescoring import rescore_next
from scoring.shadow_comparison import flips, opinions
from scoring.versions import published_version
from tests.builders import HOT, MONDAY_NOON, receive_hot_lead, visit_pricing_page

pytestmark = pytest.mark.django_db

STUDENT = replace(HOT, job_title="Working student", timeline="")
HOUR = timedelta(hours=1)
PAGE = "/w/northwind/shadow/"


def rescored() -> None:
    while rescore_next(now=MONDAY_NOON):
        pass


@pytest.fixture
def shadow(workspace: Workspace) -> ModelVersion:
    """The starter model, but what somebody says of their timeline counts nothing (25 before)."""
    draft = open_draft(workspace=workspace, by=None, now=MONDAY_NOON)
    assert AttributeRule.objects.filter(version=draft, field="timeline").delete()[0]
    return shadows.start(draft, by=None, now=MONDAY_NOON)


def in_force(workspace: Workspace) -> ModelVersion:
    version = published_version(workspace)
    assert version is not None
    return version


def test_leads_are_counted_by_both_grades_and_flips_are_listed(
    workspace: Workspace, shadow: ModelVersion
) -> None:
    flipping = receive_hot_lead(workspace, pricing_page=False)  # 60, and 35 by the shadow
    staying = receive_hot_lead(workspace)  # 80, and 55
    receive_hot_lead(workspace, facts=STUDENT, pricing_page=False)
    rescored()
    found = opinions(in_force(workspace), shadow)
    assert found.leads == 3
    assert (found.mql_by_both, found.mql_by_published_only, found.mql_by_shadow_only) == (1, 1, 0)
    [flip] = flips(in_force(workspace), shadow, by_shadow=False)
    assert (flip.lead_id, flip.published_total, flip.shadow_total) == (flipping.pk, 60, 35)
    assert flips(in_force(workspace), shadow, by_shadow=True) == []
    assert Lead.objects.get(pk=flipping.pk).stage == "mql"  # nothing follows from the shadow
    assert staying.pk != flip.lead_id


def test_offers_since_are_held_against_what_was_known_at_the_offer(
    workspace: Workspace, ben_takes_turns: User, shadow: ModelVersion
) -> None:
    kept = receive_hot_lead(workspace, at=MONDAY_NOON + HOUR)  # 80: offered; 55 by the shadow
    over = receive_hot_lead(workspace, pricing_page=False, at=MONDAY_NOON + HOUR)
    for _ in range(2):  # 60, 80: offered here; the second visit comes after
        visit_pricing_page(over, at=MONDAY_NOON + HOUR)
    reason = RejectionReason.objects.get(workspace=workspace, code="no-budget")
    handoffs.accept(kept.handoffs.get(), by=ben_takes_turns, at=MONDAY_NOON + HOUR)
    handoffs.reject(
        over.handoffs.get(), by=ben_takes_turns, at=MONDAY_NOON + 2 * HOUR, reason=reason
    )
    found = offers_since(shadow)
    assert found is not None
    assert found.total == Line("All", offers=2, accepted=1, rejected=1)
    assert [(line.label, line.offers, line.acceptance) for line in found.by_opinion] == [
        ("Would hand it over, too", 0, None),
        ("Would call it an MQL, but keep it", 2, 0.5),
        ("Would not call it an MQL", 0, None),
    ]
    assert sum(line.offers for line in found.by_shadow) == 2
    assert sum(line.offers for line in found.by_published) == 2


def test_a_deal_is_won_by_the_accepted_offer_of_its_cycle_alone(
    workspace: Workspace, ben_takes_turns: User, shadow: ModelVersion
) -> None:
    lead = receive_hot_lead(workspace, at=MONDAY_NOON + HOUR)
    Handoff.objects.update(status=Handoff.Status.EXPIRED, expired_at=MONDAY_NOON + 2 * HOUR)
    again = lead.handoffs.get()
    again.pk, again.status, again.expired_at = None, Handoff.Status.OPEN, None
    again.offered_at = MONDAY_NOON + 3 * HOUR
    again.save()
    handoffs.accept(again, by=ben_takes_turns, at=MONDAY_NOON + 4 * HOUR)
    Opportunity.objects.create(
        workspace=workspace,
        lead=lead,
        cycle=again.cycle,
        amount=1000,
        currency="EUR",
        opened_at=MONDAY_NOON + 5 * HOUR,
        closed_at=MONDAY_NOON + 6 * HOUR,
        won=True,
    )
    found = offers_since(shadow)
    assert found is not None
    assert found.total == Line("All", offers=2, accepted=1, won=1)


def test_offers_made_before_and_leads_erased_since_are_not_counted(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    receive_hot_lead(workspace, at=MONDAY_NOON - HOUR)
    draft = open_draft(workspace=workspace, by=None, now=MONDAY_NOON)
    shadow = shadows.start(draft, by=None, now=MONDAY_NOON)
    assert offers_since(shadow) is None
    gone = receive_hot_lead(workspace, at=MONDAY_NOON + HOUR)
    receive_hot_lead(workspace, at=MONDAY_NOON + HOUR)
    Lead.objects.filter(pk=gone.pk).update(erased_at=MONDAY_NOON + HOUR)
    found = offers_since(shadow)
    assert found is not None
    assert (found.total.offers, found.gone) == (1, 1)


def test_the_page_says_what_the_shadow_changes_and_where_they_differ(
    workspace: Workspace, ana: User, as_ana: Client, as_ben: Client, shadow: ModelVersion
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False)
    rescored()
    page = as_ana.get(PAGE).content.decode()
    assert "Version 2 runs as a shadow" in page
    assert f"/admin/scoring/modelversion/{shadow.pk}/publish/" in page
    assert "/publish/" not in as_ben.get(PAGE).content.decode()  # he reads it, she decides
    grades = as_ana.get(f"{PAGE}grades/").content.decode()
    assert "1 of 1 lead is scored by both versions" in " ".join(grades.split())
    mqls = " ".join(as_ana.get(f"{PAGE}mqls/").content.decode().split())
    assert f'<a href="/w/northwind/leads/{lead.pk}/">Hanna Weiss</a>' in mqls
    assert "0 in the shadow alone, 1 in the published version alone; of 1 scored by both" in mqls
    offers = as_ana.get(f"{PAGE}offers/").content.decode()
    assert "No offer was made since the shadow began" in offers
    assert as_ana.get(f"{PAGE}nonsense/").status_code == 404


def test_too_many_leads_to_count_are_said_in_words(
    workspace: Workspace, shadow: ModelVersion, as_ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*versions: ModelVersion) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setitem(views.PANELS, "grades", slowly)
    monkeypatch.setattr(views, "SECONDS", 0.05)
    panel = as_ana.get(f"{PAGE}grades/")
    said = "There are too many leads to count at once." in panel.content.decode()
    assert (panel.status_code, said) == (200, True)


def test_without_a_shadow_the_page_says_what_one_is_for(
    workspace: Workspace, as_ana: Client
) -> None:
    assert "No version runs as a shadow" in as_ana.get(PAGE).content.decode()
    panel = as_ana.get(f"{PAGE}grades/")
    assert (panel.status_code, "any more" in panel.content.decode()) == (200, True)


def test_it_is_in_the_navigation_of_who_may_start_one_and_of_all_while_it_runs(
    workspace: Workspace, as_ana: Client, as_ben: Client
) -> None:
    link = f'href="{PAGE}"'
    assert link in as_ana.get("/w/northwind/leads/").content.decode()
    assert link not in as_ben.get("/w/northwind/leads/").content.decode()
    shadows.start(open_draft(workspace=workspace, by=None), by=None, now=MONDAY_NOON)
    assert link in as_ben.get("/w/northwind/leads/").content.decode()


def test_strangers_see_no_shadow(workspace: Workspace, as_cleo: Client) -> None:
    assert as_cleo.get(PAGE).status_code == 404
    assert as_cleo.get(f"{PAGE}mqls/").status_code == 404


def test_the_leads_page_has_one_line_of_it(
    workspace: Workspace, as_ben: Client, shadow: ModelVersion
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False)
    said = " ".join(as_ben.get(f"/w/northwind/leads/{lead.pk}/").content.decode().split())
    assert f'href="{PAGE}">Shadow version 2</a> says 35, ' in said
    shadows.end(shadow, by=None, now=MONDAY_NOON)
    assert "Shadow version" not in as_ben.get(f"/w/northwind/leads/{lead.pk}/").content.decode()


def test_a_draft_is_started_ended_and_published_from_the_admin(
    workspace: Workspace, ana: User, as_ana: Client, as_cleo: Client
) -> None:
    draft = open_draft(workspace=workspace, by=ana)
    address = f"/admin/scoring/modelversion/{draft.pk}"
    assert f"{address}/shadow/" in as_ana.get(f"{address}/change/").content.decode()
    assert "Run version 2 as a shadow" in as_ana.get(f"{address}/shadow/").content.decode()
    assert as_cleo.post(f"{address}/shadow/").status_code == 404
    as_ana.post(f"{address}/shadow/")
    draft.refresh_from_db()
    assert draft.status == "shadow"
    second = as_ana.post(f"{address}/shadow/", follow=True).content.decode()
    assert "Version 2 is no draft any more." in second
    shown = as_ana.get(f"{address}/change/").content.decode()
    assert f"{address}/shadow/end/" in shown
    assert f"{address}/publish/" in shown
    assert "Started as a shadow." in as_ana.get(f"{address}/history/").content.decode()
    as_ana.post(f"{address}/shadow/end/")
    draft.refresh_from_db()
    assert draft.status == "ended"
    assert as_ana.get("/admin/scoring/modelversion/").status_code == 200
