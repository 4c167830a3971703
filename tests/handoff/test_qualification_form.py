"""The public form: what a lead answers lands on the lead, and a link tells nothing but its own."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.erasure import erase
from handoff.merging import merge
from handoff.models import Tier
from handoff.qualification_form import VALID, address_of
from leadqual.models import AttributeChange, Event, Lead, Notice
from leadqual.stages import Stage
from scoring.models import Score
from tests.builders import HOT, make_custom_field, make_lead, receive_hot_lead


@pytest.fixture
def tier(workspace: Workspace) -> Tier:
    tier = Tier.objects.of(workspace).get(name="Mid value")
    tier.form_asks = ["timeline", "challenge", "company.employees"]
    tier.save()
    return tier


def path_of(lead: Lead, tier: Tier, *, age: timedelta = timedelta()) -> str:
    return "/q/" + address_of(lead, tier, at=timezone.now() - age).partition("/q/")[2]


def test_the_page_shows_the_first_name_and_the_company_and_nothing_else_that_is_known(
    client: Client, workspace: Workspace, tier: Tier
) -> None:
    lead = receive_hot_lead(workspace)
    answer = client.get(path_of(lead, tier))
    page = answer.content.decode()
    assert "Hanna, a few questions about Acme" in page
    for secret in ("Weiss", lead.email, "Head of IT", "Too many tools", 'value="200"', "checked"):
        assert secret not in page
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "same-origin"  # else browsers post without an origin
    assert "no-store" in answer["Cache-Control"]


def test_answers_land_on_the_lead_and_its_company_dated_and_are_an_event(
    client: Client, workspace: Workspace, tier: Tier
) -> None:
    lead = receive_hot_lead(workspace, facts=replace(HOT, timeline="", challenge=""))
    said = {"timeline": "1-3 months", "challenge": "Two systems", "employees": "320"}
    page = client.post(path_of(lead, tier), said)
    assert "Thank you, Hanna" in page.content.decode()
    lead.refresh_from_db()
    assert lead.company
    assert (lead.timeline, lead.challenge) == ("1-3 months", "Two systems")
    assert (lead.company.employees, lead.company.industry) == (320, "software")
    assert (lead.last_name, lead.job_title) == ("Weiss", "Head of IT")
    recorded = AttributeChange.objects.filter(lead=lead, field__in=["timeline", "challenge"])
    assert sorted(recorded.values_list("field", "value")) == [
        ("challenge", "Two systems"),
        ("timeline", "1-3 months"),
    ]
    event = Event.objects.get(lead=lead, kind="form")
    assert event.properties == {
        "form": "qualification",
        "tier": "Mid value",
        "timeline": "1-3 months",
        "challenge": "Two systems",
        "company.employees": 320,
    }


def test_the_lead_is_scored_and_settled_in_the_same_step(
    client: Client, workspace: Workspace, tier: Tier, ben_takes_turns: User
) -> None:
    facts = replace(HOT, timeline="")
    lead = receive_hot_lead(workspace, facts=facts, pricing_page=False, at=timezone.now())
    assert (lead.stage, lead.score.total) == (Stage.NEW, 35)
    client.post(path_of(lead, tier), {"timeline": "immediate"})
    lead.refresh_from_db()
    assert (lead.stage, Score.objects.get(lead=lead).total) == (Stage.MQL, 35 + 25 + 20)
    assert lead.handoffs.get().rep == ben_takes_turns


def test_the_owner_hears_of_it(client: Client, tier: Tier, accepted: Lead, ben: User) -> None:
    client.post(path_of(accepted, tier), {"timeline": "immediate", "employees": "1200"})
    notice = Notice.objects.get(user=ben, key__startswith="answered:")
    assert notice.text == (
        "Hanna Weiss answered the qualification form: starts immediately; company size: 1200"
    )
    assert notice.url == f"/w/northwind/leads/{accepted.pk}/"


def test_facts_of_the_workspaces_own_are_asked_and_checked_by_their_type(
    client: Client, workspace: Workspace, tier: Tier
) -> None:
    make_custom_field(workspace, key="budget", label="Budget in EUR", kind="number")
    make_custom_field(workspace, key="plan", label="Plan", kind="choice", choices=["S", "L"])
    tier.form_asks = ["attributes.budget", "attributes.plan"]
    tier.save()
    lead = receive_hot_lead(workspace)
    refused: Any = client.post(path_of(lead, tier), {"attributes.budget": "a lot"})
    assert refused.status_code == 422
    assert refused.context["form"].errors == {
        "attributes.budget": ["“a lot” is no number: write digits only, such as 1250 or 12.5."]
    }
    said = {"attributes.budget": "5000", "attributes.plan": "L"}
    assert client.post(path_of(lead, tier), said).status_code == 200
    lead.refresh_from_db()
    assert lead.attributes == {"budget": 5000, "plan": "L"}


def test_what_is_left_open_leaves_what_is_known(
    client: Client, workspace: Workspace, tier: Tier
) -> None:
    lead = receive_hot_lead(workspace)
    assert client.post(path_of(lead, tier), {"challenge": "New"}).status_code == 200
    lead.refresh_from_db()
    assert (lead.timeline, lead.challenge) == ("immediate", "New")


def test_nothing_answered_is_no_answer(client: Client, workspace: Workspace, tier: Tier) -> None:
    lead = receive_hot_lead(workspace)
    page = client.post(path_of(lead, tier), {})
    assert page.status_code == 422
    assert "Please answer at least one question." in page.content.decode()
    assert not Event.objects.filter(lead=lead, kind="form").exists()


def test_it_may_be_answered_again_but_a_double_click_is_one_answer(
    client: Client, workspace: Workspace, tier: Tier
) -> None:
    lead = receive_hot_lead(workspace)
    for challenge in ("One", "One", "Two"):
        client.post(path_of(lead, tier), {"challenge": challenge})
    events = Event.objects.filter(lead=lead, kind="form").order_by("pk")
    assert [event.properties["challenge"] for event in events] == ["One", "Two"]


def test_who_has_no_company_says_which_it_is(
    client: Client, workspace: Workspace, tier: Tier
) -> None:
    lead = make_lead(workspace, first_name="Nia")
    path = path_of(lead, tier)
    refused: Any = client.post(path, {"employees": "40"})
    assert refused.context["form"].errors == {"company_name": ["Please say where you work."]}
    client.post(path, {"employees": "40", "company_name": "Oak Ltd"})
    lead.refresh_from_db()
    assert lead.company
    assert (lead.company.name, lead.company.employees) == ("Oak Ltd", 40)


def test_forged_old_and_pointless_links_look_the_same_and_reveal_nothing(
    client: Client, workspace: Workspace, tier: Tier, ana: User
) -> None:
    lead, gone = receive_hot_lead(workspace), receive_hot_lead(workspace)
    erased = path_of(gone, tier)
    erase(gone, by=ana, at=timezone.now())
    good = path_of(lead, tier)
    over = [
        good.replace("/q/", "/q/x"),
        "/q/nonsense/",
        path_of(lead, tier, age=VALID + timedelta(minutes=1)),
        erased,
    ]
    pages = [client.get(path) for path in over]
    assert [page.status_code for page in pages] == [410] * 4
    assert len({page.content for page in pages}) == 1
    for word in ("Northwind", "Hanna", "Acme"):
        assert word not in pages[0].content.decode()
    assert client.post(over[2], {"timeline": "immediate"}).status_code == 410
    assert client.get(path_of(lead, tier, age=VALID - timedelta(minutes=1))).status_code == 200


def test_a_link_of_a_tier_that_is_gone_or_asks_for_nothing_is_over(
    client: Client, workspace: Workspace, tier: Tier
) -> None:
    path = path_of(receive_hot_lead(workspace), tier)
    Tier.objects.filter(pk=tier.pk).update(form_asks=[])
    assert client.get(path).status_code == 410
    tier.delete()
    assert client.get(path).status_code == 410


def test_a_link_of_a_merged_lead_leads_to_the_survivor(
    client: Client, workspace: Workspace, tier: Tier, ana: User
) -> None:
    survivor, absorbed = receive_hot_lead(workspace), receive_hot_lead(workspace)
    path = path_of(absorbed, tier)
    merge(survivor, absorbed, by=ana, at=timezone.now())
    client.post(path, {"challenge": "Said by the other"})
    survivor.refresh_from_db()
    assert survivor.challenge == "Said by the other"


def test_too_many_answers_in_a_short_time_are_not_taken(
    client: Client, workspace: Workspace, tier: Tier
) -> None:
    path = path_of(receive_hot_lead(workspace), tier)
    codes = [client.post(path, {"challenge": str(n)}).status_code for n in range(12)]
    assert codes == [200] * 10 + [429] * 2
    assert client.get(path).status_code == 200


def test_erasing_reaches_what_was_answered_and_written(
    client: Client, workspace: Workspace, tier: Tier, accepted: Lead, ana: User
) -> None:
    client.post(path_of(accepted, tier), {"challenge": "A secret"})
    erase(accepted, by=ana, at=timezone.now())
    assert not Event.objects.filter(lead=accepted).exists()
    told = Notice.objects.get(key__startswith="answered:")
    assert "Hanna" not in told.text
