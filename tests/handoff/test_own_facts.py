"""Typed facts of the workspace's own on the forms of a lead: asked, checked, kept, withdrawn."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Workspace
from leadqual.custom_fields import Kind
from leadqual.models import AttributeChange, Company, Lead
from tests.admin_pages import fields_of
from tests.builders import make_company, make_custom_field, make_lead
from tests.handoff.pages import lead_url

NEW = "/w/northwind/leads/new/"
HANNA = {"first_name": "Hanna", "email": "hanna@acme.example", "company_name": "Acme"}
BUDGET, PLAN, FLEET = "attributes.budget", "attributes.plan", "company.attributes.fleet"


@pytest.fixture
def fields(workspace: Workspace) -> None:
    make_custom_field(workspace, key="budget", label="Budget in EUR", kind=Kind.NUMBER)
    make_custom_field(
        workspace, key="plan", label="Plan", kind=Kind.CHOICE, choices=["Free", "Team"]
    )
    make_custom_field(workspace, key="fleet", label="Own fleet", kind=Kind.BOOL, of="company")


def edit(client: Client, lead: Lead, **said: Any) -> Any:
    """The edit form as the page has it, with some fields changed."""
    path = lead_url(lead, "edit/")
    return client.post(path, {**fields_of(client.get(path), "lead_form"), **said})


@pytest.mark.usefixtures("fields")
def test_a_new_lead_is_asked_for_them_in_their_groups(as_ben: Client, workspace: Workspace) -> None:
    form = as_ben.get(NEW).context["form"]
    assert [field.label for field in form.company()][-1] == "Own fleet"
    assert [field.label for field in form.qualification()] == [
        *("When do they want to start?", "Main challenge", "Budget in EUR", "Plan", "Source"),
    ]
    as_ben.post(NEW, {**HANNA, BUDGET: "12500", PLAN: "team", FLEET: "no"})
    lead = Lead.objects.select_related("company").get()
    assert lead.company is not None
    assert lead.attributes == {"budget": 12500, "plan": "Team"}
    assert lead.company.attributes == {"fleet": False}


def test_a_date_is_typed_into_a_native_field(as_ben: Client, workspace: Workspace) -> None:
    make_custom_field(workspace, key="ends", label="Contract ends", kind=Kind.DATE)
    as_ben.post(NEW, {**HANNA, "attributes.ends": "2026-12-31"})
    lead = Lead.objects.get()
    assert lead.attributes == {"ends": "2026-12-31"}
    page = as_ben.get(lead_url(lead, "edit/")).content.decode()
    assert '<input type="date" name="attributes.ends" value="2026-12-31"' in page
    assert "31 Dec 2026" in as_ben.get(lead_url(lead)).content.decode()
    Lead.objects.update(attributes={"ends": "next year"})
    page = as_ben.get(lead_url(lead, "edit/")).content.decode()
    assert '<input type="text" name="attributes.ends" value="next year"' in page
    assert edit(as_ben, lead).status_code == 302
    lead.refresh_from_db()
    assert lead.attributes == {"ends": "next year"}


@pytest.mark.usefixtures("fields")
def test_what_does_not_fit_is_refused_where_it_is_typed(
    as_ben: Client, workspace: Workspace
) -> None:
    page = as_ben.post(NEW, {**HANNA, BUDGET: "a lot", PLAN: "Pro", FLEET: "perhaps"})
    assert page.status_code == 422
    assert page.context["form"].errors == {
        BUDGET: ["“a lot” is no number: write digits only, such as 1250 or 12.5."],
        PLAN: ["“Pro” is none of the choices: Free, Team."],
        FLEET: ["“perhaps” is neither yes nor no."],
    }
    assert 'href="#id_attributes.budget"' in page.content.decode()
    assert not Lead.objects.exists()


@pytest.mark.usefixtures("fields")
def test_an_unchanged_form_changes_nothing(as_ben: Client, workspace: Workspace) -> None:
    company = make_company(workspace, attributes={"fleet": True, "loose": "kept"})
    attributes = {"budget": 12.5, "plan": "Free", "loose": ["kept"]}
    lead = make_lead(workspace, company=company, attributes=attributes)
    recorded = AttributeChange.objects.count()
    assert edit(as_ben, lead).status_code == 302
    lead.refresh_from_db()
    company.refresh_from_db()
    assert (lead.attributes, company.attributes) == (attributes, {"fleet": True, "loose": "kept"})
    assert AttributeChange.objects.count() == recorded


@pytest.mark.usefixtures("fields")
def test_an_emptied_fact_is_withdrawn(as_ben: Client, workspace: Workspace) -> None:
    company = make_company(workspace, attributes={"fleet": True, "loose": "kept"})
    lead = make_lead(workspace, company=company, attributes={"budget": 5, "plan": "Free"})
    edit(as_ben, lead, **{BUDGET: "", FLEET: ""})
    lead.refresh_from_db()
    company.refresh_from_db()
    assert (lead.attributes, company.attributes) == ({"plan": "Free"}, {"loose": "kept"})
    change = AttributeChange.objects.filter(lead=lead, field=BUDGET).order_by("-pk").first()
    assert change is not None
    assert change.value is None


@pytest.mark.usefixtures("fields")
def test_what_does_not_fit_stays_until_it_is_corrected(
    as_ben: Client, workspace: Workspace
) -> None:
    company = make_company(workspace, attributes={"fleet": 1})
    was = {"budget": "12k", "plan": "Pro"}
    lead = make_lead(workspace, company=company, attributes=was)
    page = as_ben.get(lead_url(lead, "edit/")).content.decode()
    assert "“12k” does not fit: correct it, or leave it as it is." in page
    assert "Pro (does not fit)" in page
    edit(as_ben, lead, first_name="Hanna")
    lead.refresh_from_db()
    assert (lead.first_name, lead.attributes) == ("Hanna", was)
    edit(as_ben, lead, **{BUDGET: "12000", PLAN: "Team", FLEET: "yes"})
    lead.refresh_from_db()
    company.refresh_from_db()
    assert lead.attributes == {"budget": 12000, "plan": "Team"}
    assert company.attributes["fleet"] is True


@pytest.mark.usefixtures("fields")
def test_a_page_opened_before_a_field_was_there_withdraws_nothing(
    as_ben: Client, workspace: Workspace
) -> None:
    lead = make_lead(workspace, attributes={"budget": "12k"})
    path = lead_url(lead, "edit/")
    page = fields_of(as_ben.get(path), "lead_form")
    said = {name: value for name, value in page.items() if "attributes." not in name}
    as_ben.post(path, {**said, "first_name": "Hanna"})
    lead.refresh_from_db()
    assert (lead.first_name, lead.attributes) == ("Hanna", {"budget": "12k"})


def test_labels_and_hints_are_texts_not_markup(as_ben: Client, workspace: Workspace) -> None:
    make_custom_field(workspace, label="<b>Label</b>", help_text="<script>hint</script>")
    page = as_ben.get(NEW).content.decode()
    assert "<b>Label</b>" not in page
    assert "<script>hint" not in page
    assert "&lt;script&gt;hint&lt;/script&gt;" in page


@pytest.mark.usefixtures("fields")
def test_fields_of_another_workspace_are_not_asked_for(as_cleo: Client) -> None:
    form = as_cleo.get("/w/elsewhere/leads/new/").context["form"]
    assert not any("attributes." in name for name in form.fields)


@pytest.mark.usefixtures("fields")
def test_the_corrected_facts_of_a_company_count_for_a_new_one_alone(
    as_ben: Client, workspace: Workspace
) -> None:
    """Naming another company that is known leaves that one's own facts as they are."""
    other = make_company(workspace, domain="other.example", attributes={"fleet": True})
    lead = make_lead(workspace, company=make_company(workspace), attributes={})
    edit(as_ben, lead, company_name="Other", domain="other.example", **{FLEET: "no"})
    lead.refresh_from_db()
    assert lead.company == other
    assert Company.objects.get(pk=other.pk).attributes == {"fleet": True}
