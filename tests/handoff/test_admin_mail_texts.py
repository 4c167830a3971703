"""Mail texts in the admin: the built-in one to begin with, known variables only, a preview."""

import pytest
from django.test import Client

from accounts.models import User, Workspace
from handoff.message_texts import BUILT_IN, render
from handoff.models import Handoff, MessageTemplate
from tests.admin_pages import errors_of, fields_of
from tests.builders import receive_hot_lead

LIST = "/admin/handoff/messagetemplate/"
ADD = f"{LIST}add/?code=offered"
FORM = "messagetemplate_form"
CODE = MessageTemplate.Code.OFFERED


def test_the_occasion_is_chosen_first_among_those_without_a_text(
    as_ana: Client, workspace: Workspace
) -> None:
    MessageTemplate.objects.create(workspace=workspace, code="expired", subject="x", body="y")
    page = as_ana.get(f"{LIST}add/").content.decode()
    assert "code=offered" in page
    assert "code=expired" not in page


def test_a_new_text_begins_with_the_built_in_one(as_ana: Client, workspace: Workspace) -> None:
    fields = fields_of(as_ana.get(ADD), FORM)
    subject, body = BUILT_IN[CODE]
    assert (fields["subject"], fields["body"]) == (subject, body)
    assert as_ana.post(ADD, {**fields, "subject": "For $rep: $lead"}).status_code == 302
    own = MessageTemplate.objects.get(workspace=workspace)
    assert (own.code, own.subject) == (CODE, "For $rep: $lead")
    assert render(workspace, CODE, {"rep": "Ben", "lead": "Hanna"})[0] == "For Ben: Hanna"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (
            "Hello $boss",
            "“$boss” is not a variable. The variables are $lead, $company, $rep, $why_now, "
            "$grade, $due, $promise, $link.",
        ),
        (
            "It costs $ 5",
            "A dollar sign begins a variable; to write one as such, write it twice: $$.",
        ),
    ],
)
@pytest.mark.parametrize("field", ["subject", "body"])
def test_what_no_mail_knows_is_refused_where_it_was_typed(
    as_ana: Client, workspace: Workspace, field: str, typed: str, told: str
) -> None:
    fields = fields_of(as_ana.get(ADD), FORM)
    assert errors_of(as_ana.post(ADD, {**fields, field: typed})) == {field: [told]}


def test_a_second_text_for_the_same_occasion_is_refused(
    as_ana: Client, workspace: Workspace
) -> None:
    fields = fields_of(as_ana.get(ADD), FORM)
    assert as_ana.post(ADD, fields).status_code == 302
    page = as_ana.post(ADD, fields)
    assert page.status_code == 200
    assert MessageTemplate.objects.count() == 1


def test_the_page_says_what_may_be_named_and_shows_how_it_reads(
    as_ana: Client, workspace: Workspace
) -> None:
    page = as_ana.get(ADD).content.decode()
    assert "$why_now is why to talk to this lead now" in page
    assert "Hanna Weiss of Acme is yours to decide (grade A)" in page


def test_the_preview_takes_the_newest_offer_of_the_workspace(
    as_ana: Client, workspace: Workspace, ben_takes_turns: User
) -> None:
    receive_hot_lead(workspace)
    typed = {"subject": "$lead for $rep, grade $grade", "body": "$why_now $boss"}
    page = as_ana.post(f"{LIST}preview/northwind/", typed).content.decode()
    offer = Handoff.objects.get()
    assert f"Hanna Weiss for Ben, grade {offer.grade}" in page
    assert "$boss" in page


def test_the_preview_of_another_workspace_does_not_exist(
    as_cleo: Client, workspace: Workspace
) -> None:
    assert as_cleo.post(f"{LIST}preview/northwind/", {}).status_code == 404
    assert as_cleo.get(f"{LIST}preview/elsewhere/").status_code == 405


def test_a_preview_never_runs_what_is_typed(as_ana: Client, workspace: Workspace) -> None:
    typed = {"subject": "<script>alert(1)</script>", "body": "<b>x</b>"}
    page = as_ana.post(f"{LIST}preview/northwind/", typed).content.decode()
    assert "<script>" not in page
    assert "&lt;b&gt;x" in page


def test_without_its_own_text_the_built_in_one_is_back(
    as_ana: Client, workspace: Workspace
) -> None:
    own = MessageTemplate.objects.create(workspace=workspace, code=CODE, subject="x", body="y")
    as_ana.post(f"{LIST}{own.pk}/delete/", {"post": "yes"})
    assert render(workspace, CODE, {"lead": "H", "company": "A", "grade": "B"})[0] == (
        "H of A is yours to decide (grade B)"
    )


@pytest.mark.parametrize("code", MessageTemplate.Code.values)
def test_every_occasion_has_a_text_to_begin_with_that_names_only_what_its_mail_knows(
    as_ana: Client, workspace: Workspace, code: str
) -> None:
    add = f"{LIST}add/?code={code}"
    fields = fields_of(as_ana.get(add), FORM)
    sent = as_ana.post(f"{LIST}preview/northwind/", fields).content.decode()
    assert "$" not in sent
    assert as_ana.post(add, fields).status_code == 302
    assert MessageTemplate.objects.get(workspace=workspace).code == code


def test_a_digest_names_the_leads_and_no_single_one(as_ana: Client, workspace: Workspace) -> None:
    add = f"{LIST}add/?code=digest"
    fields = fields_of(as_ana.get(add), FORM)
    assert "1. Hanna Weiss of Acme, grade A" in as_ana.get(add).content.decode()
    assert errors_of(as_ana.post(add, {**fields, "body": "Look at $link"})) == {
        "body": ["Without $offers nobody would read which leads they are to decide."]
    }
    assert errors_of(as_ana.post(add, {**fields, "subject": "$lead"})) == {
        "subject": ["“$lead” is not a variable. The variables are $rep, $count, $offers, $link."]
    }
