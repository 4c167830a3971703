"""A new lead by hand: checked for people already known, then through the same door as any."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User, Workspace
from handoff.models import Handoff
from leadqual.models import Lead
from leadqual.stages import Stage
from tests.builders import make_company, make_lead, make_member, make_source

NEW = "/w/northwind/leads/new/"
KNOWN = "/w/northwind/leads/new/known/"
HANNA = {
    "first_name": "Hanna",
    "last_name": "Weiss",
    "email": "hanna@acme.example",
    "job_title": "Head of IT",
    "company_name": "Acme",
    "domain": "www.acme.example",
    "industry": "software",
    "company_country": "de",
    "employees": "200",
    "timeline": "immediate",
    "challenge": "Too many tools",
}


def test_a_lead_entered_by_hand_is_scored_and_moved_at_once(
    as_ben: Client, ben: User, workspace: Workspace
) -> None:
    answer = as_ben.post(NEW, HANNA)
    lead = Lead.objects.select_related("company", "first_source", "score").get()
    assert answer["Location"] == f"/w/northwind/leads/{lead.pk}/"
    assert lead.company is not None
    assert lead.first_source is not None
    assert (lead.stage, lead.score.fit, lead.score.intent) == (Stage.MQL, 35, 25)
    assert (lead.company.domain, lead.company.country, lead.company.employees) == (
        *("acme.example", "DE", 200),
    )
    assert lead.first_source.name == "Entered by hand"
    assert lead.moves.get(rule="captured").by == ben


def test_a_known_source_can_be_chosen(as_ben: Client, workspace: Workspace) -> None:
    fair = make_source(workspace, code="fair", name="Trade fair")
    as_ben.post(NEW, {**HANNA, "source": fair.pk})
    assert Lead.objects.get().first_source == fair


def test_a_source_of_another_workspace_cannot(
    as_ben: Client, workspace: Workspace, cleo: User
) -> None:
    foreign = make_source(cleo.memberships.get().workspace, code="fair")
    assert as_ben.post(NEW, {**HANNA, "source": foreign.pk}).status_code == 422


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"email": "hanna@"}, "That is no e-mail address."),
        ({"domain": "no domain"}, "That is no domain."),
        ({"employees": "0"}, "Write a whole number of people, such as 250."),
        ({"employees": "20.000"}, "Write a whole number of people, such as 250."),
        ({"country": "Europe"}, "“Europe” is no country that we know: write its name or its code"),
        ({"company_country": "XX"}, "“XX” is no country that we know"),
        ({"timeline": "someday"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_in_words_and_what_was_typed_stays(
    as_ben: Client, workspace: Workspace, said: dict[str, str], why: str
) -> None:
    answer = as_ben.post(NEW, {**HANNA, **said})
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert 'value="Too many tools"' in answer.content.decode()
    assert not Lead.objects.exists()


def test_no_browser_cuts_a_country_to_the_code_of_another(
    as_ben: Client, workspace: Workspace
) -> None:
    page = as_ben.get(NEW).content.decode()
    fields = re.findall(r'<input[^>]*name="(?:company_)?country"[^>]*>', page)
    assert len(fields) == 2
    assert not any("maxlength" in field for field in fields)


def test_a_lead_needs_an_address_or_a_name(as_ben: Client, workspace: Workspace) -> None:
    answer = as_ben.post(NEW, {"company_name": "Acme"})
    assert answer.status_code == 422
    assert "Write at least an e-mail address or a name." in answer.content.decode()


def test_an_address_that_is_known_leads_to_its_lead_and_changes_nothing(
    as_ben: Client, workspace: Workspace
) -> None:
    known = make_lead(workspace, email="Hanna@Acme.example", first_name="Johanna")
    answer = as_ben.post(NEW, HANNA)
    known.refresh_from_db()
    assert answer.status_code == 422
    assert "Johanna is known under this address." in answer.content.decode()
    assert f"/w/northwind/leads/{known.pk}/" in answer.content.decode()
    assert (known.first_name, known.last_name, Lead.objects.count()) == ("Johanna", "", 1)


def test_while_typing_the_same_address_is_found_first(as_ben: Client, workspace: Workspace) -> None:
    make_lead(workspace, first_name="Hanna", last_name="Weiss")
    make_lead(workspace, email="hanna@acme.example", first_name="Other")
    page = as_ben.get(KNOWN, {**HANNA, "email": "HANNA@acme.example"})
    text = page.content.decode()
    assert "<strong>has this e-mail address</strong>" in text
    assert re.findall(r'<a href="[^"]*">([^<]*)</a>', text) == ["Other", "Hanna Weiss"]


@pytest.mark.parametrize(
    ("first_name", "last_name", "is_found"),
    [
        ("Hanna", "Weiss", True),
        ("hanna", "weis", True),
        ("Hannah", "Weiss", True),
        ("Hans", "Weber", False),
        ("Otto", "Weiss", False),
    ],
)
def test_similar_names_are_found_while_typing(
    as_ben: Client, workspace: Workspace, first_name: str, last_name: str, is_found: bool
) -> None:
    make_lead(workspace, first_name="Hanna", last_name="Weiss")
    page = as_ben.get(KNOWN, {"first_name": first_name, "last_name": last_name})
    assert ("has a similar name" in page.content.decode()) == is_found


def test_the_same_name_at_another_company_is_less_alike(
    as_ben: Client, workspace: Workspace
) -> None:
    make_lead(
        workspace,
        first_name="Hanna",
        last_name="Weiss",
        company=make_company(workspace, name="Acme"),
    )
    typed = {"first_name": "Hana", "last_name": "Weis"}
    same = as_ben.get(KNOWN, {**typed, "company_name": "Acme"}).content.decode()
    other = as_ben.get(KNOWN, {**typed, "company_name": "Quokka"}).content.decode()
    assert ("similar name" in same, "similar name" in other) == (True, False)


def test_people_at_the_same_domain_are_found_but_not_at_a_free_mailbox(
    as_ben: Client, workspace: Workspace
) -> None:
    make_lead(workspace, email="ida@acme.example", first_name="Ida")
    make_lead(workspace, email="otto@gmail.com", first_name="Otto")
    acme = as_ben.get(KNOWN, {"email": "new@acme.example"}).content.decode()
    gmail = as_ben.get(KNOWN, {"email": "new@gmail.com"}).content.decode()
    assert "is at acme.example, too" in acme
    assert "Otto" not in gmail


def test_people_of_other_workspaces_are_never_shown(
    as_ben: Client, workspace: Workspace, cleo: User
) -> None:
    make_lead(cleo.memberships.get().workspace, email="hanna@acme.example", first_name="Hanna")
    page = as_ben.get(KNOWN, {"email": "hanna@acme.example", "first_name": "Hanna"})
    assert page.content.decode().strip() == ""


@pytest.mark.parametrize("known", [1, 3])
def test_looking_for_known_people_costs_the_same_however_many_there_are(
    as_ben: Client,
    workspace: Workspace,
    known: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    acme = make_company(workspace, name="Acme", domain="acme.example")
    for _ in range(known):
        make_lead(workspace, first_name="Hanna", last_name="Weiss", company=acme)
    with django_assert_num_queries(6):
        as_ben.get(KNOWN, HANNA)


def test_strangers_and_leadership_enter_nothing(
    as_cleo: Client, workspace: Workspace, client: Client
) -> None:
    client.force_login(make_member(workspace, name="Lea Falk", role=Role.LEADERSHIP))
    for address in (NEW, KNOWN):
        assert as_cleo.get(address).status_code == 404
        assert client.get(address).status_code == 403
    assert as_cleo.post(NEW, HANNA).status_code == 404
    assert (Lead.objects.count(), Handoff.objects.count()) == (0, 0)
