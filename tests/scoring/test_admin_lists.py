"""Lists, title table, personas and groups of a draft, and the rules that name them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from scoring.models import ModelVersion
from scoring.publishing import open_draft
from tests.admin_pages import Fields, add_row, errors_of, fields_of, row_number
from tests.builders import MONDAY_NOON, make_custom_field
from tests.scoring.builders import make_model

LIST = {"name": "DACH", "kind": "countries", "entries_text": "Germany, AT\nch"}
PERSONA = {"persona": "Buyer", "field": "job_title", "operator": "contains", "value_text": "buyer"}


@pytest.fixture
def draft(workspace: Workspace, ana: User) -> ModelVersion:
    make_model(workspace, by=ana)
    return open_draft(workspace=workspace, by=ana, now=MONDAY_NOON)


@pytest.fixture
def path(draft: ModelVersion) -> str:
    return reverse("admin:scoring_modelversion_change", args=[draft.pk])


@pytest.fixture
def fields(as_ana: Client, path: str) -> Fields:
    return fields_of(as_ana.get(path), "modelversion_form")


def with_rule(fields: Fields, **values: Any) -> Fields:
    rule = {"name": "New", "field": "job_title", "operator": "contains", "value_text": "x"}
    return add_row(fields, "attributerules", **{**rule, "points": "5", "axis": "fit", **values})


def told(client: Client, path: str, fields: Fields, part: str, field: str) -> list[str]:
    """What is said at that field of the part's last row."""
    last = int(fields[f"{part}-TOTAL_FORMS"]) - 1
    return errors_of(client.post(path, fields)).get(f"{part}-{last}-{field}", [])


def test_a_list_is_typed_with_commas_or_lines_and_read_back(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    assert as_ana.post(path, add_row(fields, "namedlists", **LIST)).status_code == 302
    assert draft.namedlists.get().entries == ["DE", "AT", "CH"]
    page = as_ana.get(path)
    assert "“DACH” holds countries: Germany, Austria, Switzerland" in page.content.decode()
    again = fields_of(page, "modelversion_form")
    assert again["namedlists-0-entries_text"] == "DE, AT, CH"


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        (
            {"entries_text": "DE, Korea"},
            "entries_text",
            "“Korea” may be North Korea or South Korea: write which.",
        ),
        (
            {"entries_text": "Europe"},
            "entries_text",
            "“Europe” is no country that we know: write its name or its code, as Germany or DE.",
        ),
        (
            {"kind": "domains", "entries_text": "acme"},
            "entries_text",
            "“acme” is not a mail domain: write what follows the @, as acme.com.",
        ),
        (
            {"entries_text": ";;"},
            "entries_text",
            "Write the entries, one a line or with commas between them.",
        ),
        (
            {"name": "One, two"},
            "name",
            "Leave commas out: rules name several lists with them.",
        ),
    ],
)
def test_a_list_is_refused_where_it_was_typed(
    as_ana: Client, path: str, fields: Fields, values: dict[str, str], field: str, sentence: str
) -> None:
    sent = add_row(fields, "namedlists", **{**LIST, **values})
    assert told(as_ana, path, sent, "namedlists", field) == [sentence]


def test_domains_may_be_pasted_as_addresses(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    pasted = {"kind": "domains", "entries_text": "ann@Acme.COM; www.rival.io\nacme.com"}
    assert as_ana.post(path, add_row(fields, "namedlists", **{**LIST, **pasted})).status_code == 302
    assert draft.namedlists.get().entries == ["acme.com", "rival.io"]


def test_a_rule_names_a_list_of_the_same_save(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    rule = {"field": "country", "operator": "on_list", "value_text": "DACH"}
    sent = with_rule(add_row(fields, "namedlists", **LIST), **rule)
    assert as_ana.post(path, sent).status_code == 302
    assert draft.attributerules.get(name="New").value == ["DACH"]
    assert "5 points when country is on the list “DACH”" in as_ana.get(path).content.decode()


def test_an_unknown_list_and_one_that_never_fits_are_refused(
    as_ana: Client, path: str, fields: Fields
) -> None:
    unknown = with_rule(fields, field="country", operator="on_list", value_text="EMEA")
    assert told(as_ana, path, unknown, "attributerules", "value_text") == [
        "This model has no list “EMEA”. There is none yet: add it under “Lists”."
    ]
    there = add_row(fields, "namedlists", **LIST)
    unknown = with_rule(there, field="country", operator="on_list", value_text="EMEA")
    assert told(as_ana, path, unknown, "attributerules", "value_text") == [
        "This model has no list “EMEA”. There are “DACH”."
    ]
    strange = with_rule(there, field="job_title", operator="on_list", value_text="DACH")
    assert told(as_ana, path, strange, "attributerules", "value_text") == [
        "“DACH” holds countries; job title is never one of them."
    ]


def test_title_lines_keep_their_order_and_new_ones_go_last(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    line = {"words_text": "vp, vice president", "seniority": "VP", "function": ""}
    fields = add_row(fields, "titlelines", **line, position="7")
    later = {"words_text": "sales", "seniority": "", "function": "Sales"}
    fields = add_row(fields, "titlelines", **later, position="")
    fields = add_row(fields, "titlelines", **{**later, "words_text": "cto"}, position="2")
    assert as_ana.post(path, fields).status_code == 302
    lines = list(draft.titlelines.values_list("position", "words"))
    assert lines == [(2, ["cto"]), (7, ["vp", "vice president"]), (8, ["sales"])]
    assert (
        "“vp” or “vice president” in the job title means: seniority VP"
        in as_ana.get(path).content.decode()
    )


def test_a_title_line_says_something(as_ana: Client, path: str, fields: Fields) -> None:
    line = {"words_text": "vp", "seniority": "", "function": "", "position": ""}
    sent = add_row(fields, "titlelines", **line)
    assert told(as_ana, path, sent, "titlelines", "seniority") == [
        "Say which seniority or which function this means."
    ]
    sent = add_row(fields, "titlelines", **{**line, "seniority": "VP", "words_text": ","})
    assert told(as_ana, path, sent, "titlelines", "words_text") == [
        "Write the words, with commas between them: vp, vice president."
    ]


def test_a_rule_counts_for_a_persona_and_in_a_group_of_the_same_save(
    as_ana: Client, path: str, fields: Fields
) -> None:
    fields = add_row(fields, "personalines", **PERSONA)
    fields = add_row(fields, "pointsgroups", name="Role", axis="fit", cap="20")
    assert as_ana.post(path, with_rule(fields, persona="Buyer", group="Role")).status_code == 302
    page = as_ana.get(path).content.decode()
    assert (
        "5 points when job title contains x, only for the persona “Buyer”, in the group “Role”"
    ) in page
    assert "Is “Buyer” when job title contains buyer" in page
    assert "All rules of “Role” together count at most 20 fit points" in page


def test_what_a_rule_names_has_to_be_there(as_ana: Client, path: str, fields: Fields) -> None:
    sent = with_rule(fields, persona="Buyr")
    assert told(as_ana, path, sent, "attributerules", "persona") == [
        "This model has no persona “Buyr”. There is none yet: add it under “Personas”."
    ]
    sent = with_rule(add_row(fields, "personalines", **PERSONA), persona="Buyr")
    assert told(as_ana, path, sent, "attributerules", "persona") == [
        "This model has no persona “Buyr”. There are “Buyer”."
    ]
    sent = with_rule(fields, group="Role")
    assert told(as_ana, path, sent, "attributerules", "group") == [
        "This model has no group “Role”. There is none yet: add it under “Groups”."
    ]
    sent = add_row(fields, "pointsgroups", name="Web", axis="intent", cap="20")
    assert told(as_ana, path, with_rule(sent, group="Web"), "attributerules", "group") == [
        "“Web” holds back intent points only."
    ]


def test_a_group_that_caps_below_its_smallest_rule_is_refused(
    as_ana: Client, path: str, fields: Fields
) -> None:
    fields = add_row(fields, "pointsgroups", name="Role", axis="fit", cap="4")
    assert told(as_ana, path, with_rule(fields, group="Role"), "pointsgroups", "cap") == [
        "Even the smallest rule of the group gives 5 points at once: raise it."
    ]


def test_rules_follow_when_what_they_name_is_renamed(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    fields = add_row(fields, "namedlists", **LIST)
    fields = add_row(fields, "personalines", **PERSONA)
    fields = add_row(fields, "pointsgroups", name="Role", axis="fit", cap="20")
    rule = {"field": "country", "operator": "on_list", "value_text": "DACH"}
    way = {"purpose": "handoff", "fit_band": "Low", "intent_band": "High"}
    fields = add_row(fields, "qualificationrules", **way)
    sent = with_rule(fields, persona="Buyer", group="Role", **rule)
    assert as_ana.post(path, sent).status_code == 302
    fields = fields_of(as_ana.get(path), "modelversion_form")
    high = row_number(fields, "bands", "axis", "intent")
    high += fields[f"bands-{high}-name"] != "High"
    renamed = {
        "namedlists-0-name": "Home",
        "personalines-0-persona": "Customer",
        "pointsgroups-0-name": "Job",
        f"bands-{high}-name": "Hot",
    }
    assert as_ana.post(path, {**fields, **renamed}).status_code == 302
    kept = draft.attributerules.get(name="New")
    assert (kept.value, kept.persona, kept.group) == (["Home"], "Customer", "Job")
    assert draft.qualificationrules.get(purpose="handoff").intent_band == "Hot"
    assert draft.gradecells.filter(intent_band="Hot").count() == 2
    assert not draft.gradecells.filter(intent_band="High").exists()


def test_typed_facts_are_asked_as_their_kind(
    as_ana: Client, path: str, fields: Fields, workspace: Workspace, draft: ModelVersion
) -> None:
    make_custom_field(workspace, key="budget", kind="number")
    make_custom_field(workspace, key="plan", kind="choice", choices=["Free", "Pro"])
    words = with_rule(fields, field="attributes.budget", operator="contains", value_text="5")
    number = int(words["attributerules-TOTAL_FORMS"]) - 1
    assert list(errors_of(as_ana.post(path, words))) == [f"attributerules-{number}-operator"]
    plan = with_rule(fields, field="attributes.plan", operator="equals", value_text="gold")
    [sentence] = told(as_ana, path, plan, "attributerules", "value_text")
    assert sentence.startswith("“gold” is not an answer to ")
    plan = with_rule(fields, field="attributes.plan", operator="in", value_text="pro, FREE")
    assert as_ana.post(path, plan).status_code == 302
    assert draft.attributerules.get(name="New").value == ["Pro", "Free"]
    amount = with_rule(
        fields_of(as_ana.get(path), "modelversion_form"),
        name="Rich",
        field="attributes.budget",
        operator="in",
        value_text="5, 7.5",
    )
    assert as_ana.post(path, amount).status_code == 302
    assert draft.attributerules.get(name="Rich").value == [5, 7.5]


def test_names_are_found_in_whatever_case_they_are_typed(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    fields = add_row(fields, "namedlists", **LIST)
    fields = add_row(fields, "pointsgroups", name="Web", axis="fit", cap="10")
    fields = add_row(fields, "personalines", **PERSONA)
    line = {"field": "country", "operator": "on_list", "value_text": "dach"}
    fields = add_row(fields, "personalines", **line, persona="BUYER")
    asked = {"field": "country", "operator": "on_list", "value_text": "Dach"}
    fields = with_rule(fields, **asked, persona="buyer", group="WEB")
    assert as_ana.post(path, fields).status_code == 302
    rule = draft.attributerules.get(name="New")
    assert (rule.value, rule.persona, rule.group) == (["DACH"], "Buyer", "Web")
    lines = draft.personalines.values_list("persona", "value")
    assert sorted(lines) == [("Buyer", ["DACH"]), ("Buyer", ["buyer"])]


def test_two_lists_may_not_differ_by_case_alone(as_ana: Client, path: str, fields: Fields) -> None:
    fields = add_row(fields, "namedlists", **LIST)
    fields = add_row(fields, "namedlists", **{**LIST, "name": "dach"})
    assert told(as_ana, path, fields, "namedlists", "name") == [
        "There is already another named list with this name."
    ]


def test_the_page_names_the_tabs_in_which_something_is_wrong(
    as_ana: Client, path: str, fields: Fields
) -> None:
    page = as_ana.post(path, add_row(fields, "namedlists", **{**LIST, "entries_text": "Elbonia"}))
    assert page.context["errors_in"] == [("Lists", "namedlists")]
    assert 'href="#namedlists"' in page.content.decode()
    page = as_ana.post(path, {**with_rule(fields, points="0"), "demote_margin": "x"})
    assert page.context["errors_in"] == [
        ("General", "general"),
        ("Who they are", "attributerules"),
    ]
    assert as_ana.get(path).context["errors_in"] == []
