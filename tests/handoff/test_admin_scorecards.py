"""Scorecards and the hand-off policy in the admin: edited, and refused where it would break."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import scorecards
from handoff.marking import Value
from handoff.models import Framework, HandoffPolicy
from handoff.scorecards import Said
from leadqual.models import Lead
from tests.admin_pages import add_row, errors_of, fields_of, messages_of, row_number

LIST = "/admin/handoff/framework/"
QUESTIONS = "questions"
FORM = "framework_form"
NEW = {
    "name": "Next step",
    "ask": "Shall we meet on Tuesday?",
    "weight": "2",
    "needed": "1",
    "when_no": "No.",
    "when_partly": "Perhaps.",
    "when_confirmed": "In the calendar.",
    "is_active": "on",
}


def framework(workspace: Workspace, code: str) -> Framework:
    return Framework.objects.of(workspace).get(code=code)


def page_of(row: Framework, action: str = "change") -> str:
    return reverse(f"admin:handoff_framework_{action}", args=[row.pk])


def policy_page(workspace: Workspace) -> str:
    return reverse("admin:handoff_handoffpolicy_change", args=[workspace.pk])


def codes(row: Framework) -> list[str]:
    return [question.code for question in row.questions.all()]


def test_a_question_is_reworded_reweighted_and_the_change_recorded(
    as_ana: Client, workspace: Workspace
) -> None:
    bant = framework(workspace, "bant")
    fields = fields_of(as_ana.get(page_of(bant)), FORM)
    need = f"{QUESTIONS}-{row_number(fields, QUESTIONS, 'code', 'need')}"
    fields |= {f"{need}-ask": "What hurts?", f"{need}-weight": "5", "pass_mark": "70"}
    assert as_ana.post(page_of(bant), fields).status_code == 302
    question = bant.questions.get(code="need")
    bant.refresh_from_db()
    assert (question.ask, question.weight, bant.pass_mark) == ("What hurts?", 5, 70)
    said = LogEntry.objects.latest("action_time").get_change_message()
    assert ("from 65 to 70" in said, "weight from 3 to 5" in said) == (True, True)


def test_a_new_question_comes_last_and_its_code_is_made_of_its_name(
    as_ana: Client, workspace: Workspace
) -> None:
    bant = framework(workspace, "bant")
    fields = fields_of(as_ana.get(page_of(bant)), FORM)
    before = codes(bant)
    answer = as_ana.post(page_of(bant), add_row(fields, QUESTIONS, **NEW, position=""))
    assert answer.status_code == 302
    assert codes(bant) == [*before, "next-step"]


def test_questions_are_put_into_another_order(as_ana: Client, workspace: Workspace) -> None:
    bant = framework(workspace, "bant")
    fields = fields_of(as_ana.get(page_of(bant)), FORM)
    for place, code in enumerate(("budget", "need", "timeline", "authority")):
        row = row_number(fields, QUESTIONS, "code", code)
        fields[f"{QUESTIONS}-{row}-position"] = str(place)
    assert as_ana.post(page_of(bant), fields).status_code == 302
    assert codes(bant) == ["budget", "need", "timeline", "authority"]


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"code": "need"}, "code", "There is already another question with this code."),
        ({"name": "Need", "code": "n2"}, "name", "There is already another question with this name."),  # noqa: E501
        ({"weight": "11"}, "weight", "Write a whole number from 1 to 10."),
        ({"prefill": "shoe.size"}, "prefill", "Select a valid choice. shoe.size is not one of the available choices."),  # noqa: E501
    ],
)  # fmt: skip
def test_a_question_is_refused_where_it_was_typed(
    as_ana: Client, workspace: Workspace, values: dict[str, str], field: str, told: str
) -> None:
    bant = framework(workspace, "bant")
    fields = fields_of(as_ana.get(page_of(bant)), FORM)
    page = as_ana.post(page_of(bant), add_row(fields, QUESTIONS, **{**NEW, **values}))
    assert errors_of(page) == {f"{QUESTIONS}-4-{field}": [told]}


def test_a_pass_mark_that_cannot_be_reached_is_refused(
    as_ana: Client, workspace: Workspace
) -> None:
    bant = framework(workspace, "bant")
    fields = fields_of(as_ana.get(page_of(bant)), FORM)
    page = as_ana.post(page_of(bant), {**fields, "pass_mark": "101"})
    assert errors_of(page) == {"pass_mark": ["Write a whole number from 0 to 100."]}
    nothing = {name: value for name, value in fields.items() if not name.endswith("-is_active")}
    page = as_ana.post(page_of(bant), nothing)
    assert errors_of(page) == {
        QUESTIONS: [
            "A scorecard: without a question that is asked, nothing can reach the pass mark."
        ]
    }


def test_an_answered_question_stays_and_is_asked_no_more_instead(
    as_ana: Client, workspace: Workspace, accepted: Lead, ben: User
) -> None:
    bant_plus = framework(workspace, "bant_plus")
    for value in (Value.NO, Value.CONFIRMED):
        scorecards.answer(accepted, by=ben, at=timezone.now(), question="need", said=Said(value))
    fields = fields_of(as_ana.get(page_of(bant_plus)), FORM)
    need = f"{QUESTIONS}-{row_number(fields, QUESTIONS, 'code', 'need')}"
    page = as_ana.post(page_of(bant_plus), {**fields, f"{need}-DELETE": "on"})
    assert errors_of(page) == {
        QUESTIONS: [
            "“Need” was answered 2 times, and the answers stay. "
            "To ask it no longer, untick “asked” instead."
        ]
    }
    del fields[f"{need}-is_active"]
    assert as_ana.post(page_of(bant_plus), fields).status_code == 302
    assert bant_plus.questions.get(code="need").is_active is False


def test_a_question_that_nobody_answered_goes(as_ana: Client, workspace: Workspace) -> None:
    bant = framework(workspace, "bant")
    fields = fields_of(as_ana.get(page_of(bant)), FORM)
    row = row_number(fields, QUESTIONS, "code", "budget")
    as_ana.post(page_of(bant), {**fields, f"{QUESTIONS}-{row}-DELETE": "on"})
    assert codes(bant) == ["need", "timeline", "authority"]


def test_a_scorecard_that_is_asked_or_was_filled_in_stays(
    as_ana: Client, workspace: Workspace, accepted: Lead, ben: User
) -> None:
    bant_plus, champ = framework(workspace, "bant_plus"), framework(workspace, "champ")
    scorecards.answer(accepted, by=ben, at=timezone.now(), question="need", said=Said(Value.NO))
    page = as_ana.post(page_of(bant_plus, "delete"), {"post": "yes"}, follow=True)
    assert messages_of(page) == [
        "“BANT+” is the scorecard for discovery. Choose another one under Policy first."
    ]
    fields = fields_of(as_ana.get(page_of(bant_plus)), FORM)
    del fields["is_active"]
    assert errors_of(as_ana.post(page_of(bant_plus), fields)) == {
        "is_active": ["It is the scorecard for discovery. Choose another one under Policy first."]
    }
    HandoffPolicy.objects.filter(workspace=workspace).update(discovery=champ)
    page = as_ana.post(page_of(bant_plus, "delete"), {"post": "yes"}, follow=True)
    assert messages_of(page) == [
        "“BANT+” was filled in for one lead, and the answers stay. "
        "To ask it no longer, untick “in use”."
    ]
    assert as_ana.post(page_of(bant_plus), fields).status_code == 302
    assert framework(workspace, "bant_plus").is_active is False


def test_one_that_was_removed_is_added_from_the_library(
    as_ana: Client, workspace: Workspace
) -> None:
    as_ana.post(page_of(framework(workspace, "champ"), "delete"), {"post": "yes"})
    offered = as_ana.get(f"{LIST}add/").content.decode()
    assert ("Add CHAMP" in offered, "Add MEDDIC" in offered) == (True, False)
    page = as_ana.post(f"{LIST}add/", {"library": "champ"}, follow=True)
    assert messages_of(page) == ["CHAMP is here now. Make it your own below."]
    assert codes(framework(workspace, "champ"))[0] == "challenges"
    page = as_ana.post(f"{LIST}add/", {"library": "champ"}, follow=True)
    assert messages_of(page) == ["The library has no such scorecard, or it is here already."]


def test_one_writes_a_scorecard_of_ones_own(as_ana: Client, workspace: Workspace) -> None:
    address = f"{LIST}add/?own=1"
    fields: dict[str, Any] = fields_of(as_ana.get(address), FORM)
    fields |= {"name": "Ours", "code": "ours", "pass_mark": "50"}
    assert errors_of(as_ana.post(address, fields)) == {
        QUESTIONS: [
            "A scorecard: without a question that is asked, nothing can reach the pass mark."
        ]
    }
    assert errors_of(
        as_ana.post(address, add_row({**fields, "code": "bant"}, QUESTIONS, **NEW))
    ) == {"code": ["There is already another framework with this code."]}
    assert as_ana.post(address, add_row(fields, QUESTIONS, **NEW)).status_code == 302
    assert codes(framework(workspace, "ours")) == ["next-step"]


def test_the_policy_names_what_is_asked_when(as_ana: Client, workspace: Workspace) -> None:
    gpct, bant = framework(workspace, "gpct"), framework(workspace, "bant")
    fields = fields_of(as_ana.get(policy_page(workspace)), "handoffpolicy_form")
    fields |= {"discovery": str(gpct.pk), "final_word": str(bant.pk)}
    assert as_ana.post(policy_page(workspace), fields).status_code == 302
    policy = HandoffPolicy.objects.get(workspace=workspace)
    assert (policy.discovery, policy.final_word) == (gpct, bant)


def test_the_policy_refuses_what_asks_nothing_what_is_foreign_and_one_for_both(
    as_ana: Client, workspace: Workspace, cleo: User
) -> None:
    empty = Framework.objects.create(workspace=workspace, code="empty", name="Empty")
    foreign = Framework.objects.create(workspace=cleo.workspaces.get(), code="x", name="Theirs")
    gpct = framework(workspace, "gpct")
    address = policy_page(workspace)
    fields = fields_of(as_ana.get(address), "handoffpolicy_form")

    def told(**values: object) -> dict[str, list[str]]:
        return errors_of(as_ana.post(address, {**fields, **values}))

    assert told(discovery=empty.pk) == {
        "discovery": ["Empty asks nothing yet. Give it questions first."]
    }
    assert told(discovery="") == {"discovery": ["This field is required."]}
    assert told(discovery=gpct.pk, final_word=gpct.pk) == {
        "final_word": ["It is asked for discovery already. Choose another one, or none."]
    }
    wrong = "Select a valid choice. That choice is not one of the available choices."
    assert told(final_word=foreign.pk) == {"final_word": [wrong]}


def test_reps_and_strangers_do_not_edit_scorecards(
    as_ben: Client, as_cleo: Client, workspace: Workspace
) -> None:
    address = page_of(framework(workspace, "bant"))
    assert as_ben.get(address).status_code == 404
    assert as_cleo.get(address).status_code == 404
