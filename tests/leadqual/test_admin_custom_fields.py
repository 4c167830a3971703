"""Custom fields in the admin: defined once, never destroying what is known."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User, Workspace
from leadqual.custom_fields import Kind
from leadqual.models import Company, CustomField, Lead
from tests.admin_pages import errors_of, fields_of, messages_of
from tests.builders import make_custom_field, make_lead

PATH = "/admin/leadqual/customfield/"


def add(client: Client, **values: Any) -> Any:
    fields = fields_of(client.get(f"{PATH}add/"), "customfield_form")
    return client.post(f"{PATH}add/", {**fields, **values}, follow=True)


def change(client: Client, field: CustomField, **values: Any) -> Any:
    path = f"{PATH}{field.pk}/change/"
    fields = fields_of(client.get(path), "customfield_form")
    return client.post(path, {**fields, **values}, follow=True)


def test_a_field_takes_its_key_from_its_label(as_ana: Client, workspace: Workspace) -> None:
    add(as_ana, label="Budget (EUR)", kind=Kind.NUMBER)
    field = CustomField.objects.of(workspace).get()
    assert (field.key, field.kind, field.of, field.choices) == ("budget_eur", "number", "lead", [])


def test_choices_are_written_one_per_line(as_ana: Client, workspace: Workspace) -> None:
    add(as_ana, label="Plan", of="company", kind=Kind.CHOICE, choices="Free\r\n\r\n Team \r\nPro")
    assert CustomField.objects.of(workspace).get().choices == ["Free", "Team", "Pro"]


def test_fields_stand_in_the_order_in_which_they_were_made(
    as_ana: Client, workspace: Workspace
) -> None:
    for label in ("Zebra", "Apple"):
        add(as_ana, label=label)
    assert [field.label for field in CustomField.objects.of(workspace)] == ["Zebra", "Apple"]


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"kind": "choice"}, {"choices": ["Write what there is to choose from, one per line."]}),
        (
            {"kind": "choice", "choices": "Free\nFREE"},
            {"choices": ["One of the choices is there twice."]},
        ),
        (
            {"kind": "choice", "choices": "x" * 81},
            {"choices": [f"“{'x' * 30}…” is longer than 80 characters."]},
        ),
        (
            {"kind": "choice", "choices": "\n".join(map(str, range(201)))},
            {"choices": ["201 choices are too many; 200 fit."]},
        ),
        (
            {"key": "plan tier"},
            {"key": ["Begin with a letter from a to z; write such letters, digits, _ and - only."]},
        ),
        ({"label": "予算"}, {"key": ["Write a key: none can be made from this label."]}),
        (
            {"label": "Known", "key": "x"},
            {"label": ["There is already another custom field with this label."]},
        ),
        ({"key": "known"}, {"key": ["There is already another custom field with this key."]}),
    ],
)
def test_nonsense_is_refused_in_words(
    as_ana: Client, workspace: Workspace, values: dict[str, str], errors: dict[str, list[str]]
) -> None:
    make_custom_field(workspace, key="known", label="Known")
    assert errors_of(add(as_ana, **{"label": "Plan", **values})) == errors
    assert CustomField.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"label": "Email"}, "email"),
        ({"label": "x", "key": "First-Name"}, "First-Name"),
        ({"label": "x", "key": "website", "of": "company"}, "website"),
        ({"label": "Size", "of": "company"}, "size"),  # files call it company_size
    ],
)
def test_a_fact_that_is_there_already_is_no_custom_field(
    as_ana: Client, workspace: Workspace, values: dict[str, str], key: str
) -> None:
    why = (
        f"“{key}” is how files call a fact that leadqual knows by itself, and it would be taken "
        f"for that one: write another key, such as own_{key}."
    )
    assert errors_of(add(as_ana, **values)) == {"key": [why]}
    assert not CustomField.objects.exists()


def test_a_key_is_free_again_for_what_is_about_companies(
    as_ana: Client, workspace: Workspace
) -> None:
    make_custom_field(workspace, key="plan", label="Plan")
    add(as_ana, label="Plan", of="company")
    names = {field.name for field in CustomField.objects.of(workspace)}
    assert names == {"attributes.plan", "company.attributes.plan"}


def test_what_is_known_and_does_not_fit_is_told_and_kept(
    as_ana: Client, workspace: Workspace
) -> None:
    for value in ("12k", "12k", 500):
        make_lead(workspace, attributes={"budget": value})
    page = add(as_ana, label="Budget", kind=Kind.NUMBER)
    words = (
        "Known of 3 leads; 2 of them say what does not fit: “12k”. That stays as it is, marked "
        "“does not fit”, until somebody corrects it. Rules compare what is stored."
    )
    assert f"Budget: {words}" in messages_of(page)
    field = CustomField.objects.of(workspace).get()
    assert words in as_ana.get(f"{PATH}{field.pk}/change/").content.decode()
    known = [lead.attributes for lead in Lead.objects.order_by("pk")]
    assert known == [{"budget": "12k"}, {"budget": "12k"}, {"budget": 500}]


def test_key_and_owner_never_change_the_type_may(as_ana: Client, workspace: Workspace) -> None:
    field = make_custom_field(workspace, key="budget", label="Budget", kind=Kind.TEXT)
    make_lead(workspace, attributes={"budget": "12k"})
    page = change(as_ana, field, kind=Kind.NUMBER, key="other", of="company", label="Money")
    field.refresh_from_db()
    assert (field.key, field.of, field.kind, field.label) == ("budget", "lead", "number", "Money")
    assert any("; it says what does not fit: “12k”." in message for message in messages_of(page))


def test_an_unchanged_list_of_choices_is_no_change(as_ana: Client, workspace: Workspace) -> None:
    field = make_custom_field(workspace, key="plan", kind=Kind.CHOICE, choices=["Free", "Team"])
    change(as_ana, field, label="The plan")
    page = as_ana.get(f"{PATH}{field.pk}/history/").content.decode()
    assert "Label from “Plan” to “The plan”." in page
    assert "hoices" not in page


def test_deleting_a_field_leaves_what_is_known(as_ana: Client, workspace: Workspace) -> None:
    field = make_custom_field(workspace, key="fleet", of="company")
    company = Company.objects.create(workspace=workspace, name="C", attributes={"fleet": "12"})
    asked = as_ana.get(f"{PATH}{field.pk}/delete/")
    assert messages_of(asked) == ["What is known under “fleet” stays, without this label and type."]
    as_ana.post(f"{PATH}{field.pk}/delete/", {"post": "yes"})
    assert not CustomField.objects.exists()
    company.refresh_from_db()
    assert company.attributes == {"fleet": "12"}


def test_an_empty_list_says_what_custom_fields_are_for(
    as_ana: Client, workspace: Workspace
) -> None:
    teaching = "No facts of your own have a type yet."
    assert teaching in as_ana.get(PATH).content.decode()
    make_custom_field(workspace)
    assert teaching not in as_ana.get(PATH).content.decode()
    assert teaching not in as_ana.get(f"{PATH}?q=nothing-like-it").content.decode()


def test_who_does_not_configure_scoring_finds_no_such_page(
    as_mara: Client, as_ben: Client, workspace: Workspace
) -> None:
    field = make_custom_field(workspace)
    for path in (PATH, f"{PATH}add/", f"{PATH}{field.pk}/change/", f"{PATH}{field.pk}/delete/"):
        assert as_ben.get(path).status_code == 404
        assert as_mara.get(path).status_code == 403


def test_the_fields_of_another_workspace_are_out_of_reach(
    as_cleo: Client, cleo: User, workspace: Workspace
) -> None:
    field = make_custom_field(workspace, label="Secret budget")
    assert "Secret budget" not in as_cleo.get(PATH).content.decode()
    page = as_cleo.post(f"{PATH}{field.pk}/delete/", {"post": "yes"})
    assert page.status_code == 404
    assert CustomField.objects.filter(pk=field.pk).exists()
