"""The counts beside rules and signals in the admin: fetched later, live, and only for one's own."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User, Workspace
from leadqual.patience import TooManyToCount
from leadqual.stages import Stage
from scoring.editing import matching, matching_pages
from scoring.models import AttributeRule, ModelVersion
from scoring.publishing import open_draft
from scoring.scorers import score_dirty
from tests.admin_pages import Fields, add_row, fields_of
from tests.builders import MONDAY_NOON, make_lead
from tests.scoring.builders import make_model, make_signal

SIGNALS = "/admin/scoring/signal/matching/"


@pytest.fixture
def draft(workspace: Workspace, ana: User) -> ModelVersion:
    make_model(workspace, by=ana)
    make_lead(workspace, stage=Stage.WON, job_title="Buyer")
    make_lead(workspace, job_title="Clerk")
    return open_draft(workspace=workspace, by=ana, now=MONDAY_NOON)


def address(version: ModelVersion) -> str:
    return reverse("admin:scoring_modelversion_matching", args=[version.pk])


@pytest.fixture
def fields(as_ana: Client, draft: ModelVersion) -> Fields:
    page = as_ana.get(reverse("admin:scoring_modelversion_change", args=[draft.pk]))
    return fields_of(page, "modelversion_form")


def test_all_saved_rules_are_counted_in_one_answer(as_ana: Client, draft: ModelVersion) -> None:
    rule = draft.attributerules.get()
    told = as_ana.get(address(draft)).json()
    assert told[f"attributerules-{rule.pk}"] == (
        "Matches 1 of 2 leads now (50 %); 1 of the 1 won did when they were handed over (100 %)."
    )
    assert set(told) == {
        f"attributerules-{rule.pk}",
        f"intentrules-{draft.intentrules.get().pk}",
        f"qualificationrules-{draft.qualificationrules.get().pk}",
        *(f"gradecells-{cell.pk}" for cell in draft.gradecells.all()),
        "grades",
    }


def test_beside_each_grade_stands_how_many_leads_are_there(
    as_ana: Client, draft: ModelVersion
) -> None:
    score_dirty(now=MONDAY_NOON)
    told = as_ana.get(address(draft)).json()
    cells = {told[f"gradecells-{cell.pk}"]: cell for cell in draft.gradecells.all()}
    assert cells["2 leads"].intent_band == "Low"
    assert told["grades"] == matching_pages.BESIDE
    draft.attributerules.update(points=3)
    told = as_ana.get(address(draft)).json()
    assert told["grades"] == (
        f"{matching_pages.BESIDE} That is by the scores of version 1; "
        "the preview counts with these rules."
    )


def test_many_rules_are_counted_with_as_few_questions_as_one(
    as_ana: Client, draft: ModelVersion
) -> None:
    as_ana.get(address(draft))
    with CaptureQueriesContext(connection) as few:
        as_ana.get(address(draft))
    for number in range(5):
        AttributeRule.objects.create(
            version=draft, name=f"{number}", points=1, field="country", operator="known"
        )
    with CaptureQueriesContext(connection) as many:
        as_ana.get(address(draft))
    assert len(many) == len(few)


def test_a_published_version_is_counted_as_well(as_ana: Client, draft: ModelVersion) -> None:
    published = ModelVersion.objects.published().get()
    told = as_ana.get(address(published)).json()
    assert f"attributerules-{published.attributerules.get().pk}" in told
    assert as_ana.post(address(published), {"row": "attributerules-0"}).status_code == 404


def test_a_row_is_counted_as_it_is_typed_and_nothing_is_saved(
    as_ana: Client, draft: ModelVersion, fields: Fields
) -> None:
    row = {"name": "Clerks", "field": "job_title", "operator": "has_word", "value_text": "clerk"}
    typed = add_row(fields, "attributerules", **row, points="5", axis="fit")
    answer = as_ana.post(address(draft), {**typed, "row": "attributerules-1"})
    assert answer.json() == {
        "words": "5 points when job title has the word clerk",
        "matches": "Matches 1 of 2 leads now (50 %); "
        "0 of the 1 won did when they were handed over (0 %).",
    }
    changed = {**fields, "attributerules-0-value_text": "buyer, clerk"}
    answer = as_ana.post(address(draft), {**changed, "row": "attributerules-0"})
    assert answer.json()["matches"] == (
        "Matches 2 of 2 leads now (100 %); 1 of the 1 won did when they were handed over (100 %)."
    )
    assert draft.attributerules.get().value == ["buyer"]


def test_a_row_may_name_what_is_being_typed_beside_it(
    as_ana: Client, draft: ModelVersion, fields: Fields
) -> None:
    line = {"persona": "Clerk", "field": "job_title", "operator": "contains", "value_text": "clerk"}
    typed = add_row(fields, "personalines", **line) | {"attributerules-0-persona": "Clerk"}
    answer = as_ana.post(address(draft), {**typed, "row": "attributerules-0"})
    assert (
        answer.json()["matches"]
        == "Matches 0 of 2 leads now (0 %); 0 of the 1 won did when they were handed over (0 %)."
    )
    answer = as_ana.post(address(draft), {**typed, "row": "personalines-0"})
    assert (
        answer.json()["matches"]
        == "Matches 1 of 2 leads now (50 %); 0 of the 1 won did when they were handed over (0 %)."
    )


def test_a_disqualifier_that_blocks_everybody_says_so_in_its_row(
    as_ana: Client, draft: ModelVersion, fields: Fields
) -> None:
    row = {"name": "Known", "field": "job_title", "reason": "-"}
    typed = add_row(fields, "disqualifiers", **row, operator="known", value_text="")
    answer = as_ana.post(address(draft), {**typed, "row": "disqualifiers-0"})
    assert answer.json()["matches"] == (
        "Matches 2 of 2 leads now (100 %); 1 of the 1 won did when they were handed over (100 %). "
        "This disqualifier would have blocked the only lead that was won and blocks all 2 leads "
        "that are here now."
    )
    typed = add_row(fields, "disqualifiers", **row, operator="contains", value_text="clerk")
    answer = as_ana.post(address(draft), {**typed, "row": "disqualifiers-0"})
    assert "blocks" not in answer.json()["matches"]


def test_of_a_draft_with_other_rules_it_is_said_whose_scores_are_counted(
    as_ana: Client, draft: ModelVersion, fields: Fields
) -> None:
    theirs = "That is by the scores of version 1; the preview counts with these rules."
    way = f"qualificationrules-{draft.qualificationrules.get().pk}"
    assert theirs not in as_ana.get(address(draft)).json()[way]
    asked = {"row": "qualificationrules-0"}
    assert theirs not in as_ana.post(address(draft), {**fields, **asked}).json()["matches"]
    typed = {**fields, **asked, "attributerules-0-points": "7"}
    assert theirs in as_ana.post(address(draft), typed).json()["matches"]
    draft.attributerules.update(points=7)
    told = as_ana.get(address(draft)).json()
    assert theirs in told[way]
    assert [row for row, said in told.items() if theirs in said] == [way, "grades"]


def test_when_mqls_are_taken_back_is_said_as_it_is_typed(
    as_ana: Client, draft: ModelVersion, fields: Fields
) -> None:
    typed = {
        **fields,
        "row": "qualificationrules-0",
        "qualificationrules-0-total_at_least": "20",
        "demote_margin": "8",
    }
    assert as_ana.post(address(draft), typed).json()["hysteresis"] == [
        "Promoted at a total of 20, taken back below 12."
    ]


def test_a_fact_that_no_lead_says_is_doubted_beside_its_rule(
    as_ana: Client, draft: ModelVersion, fields: Fields, workspace: Workspace
) -> None:
    make_lead(workspace, attributes={"budget": 5000})
    changed = {**fields, "attributerules-0-field": "attributes.budgett", "row": "attributerules-0"}
    assert (
        as_ana.post(address(draft), changed)
        .json()["matches"]
        .endswith(
            "None of the newest leads here says “budgett” (attributes.budgett): is it spelt so? "
            "There is “budget” (attributes.budget)."
        )
    )


LINES = [
    ("icpcriterions", {"field": "job_title", "operator": "contains", "value_text": "{}"}),
    (
        "personalines",
        {"persona": "P {}", "field": "job_title", "operator": "contains", "value_text": "{}"},
    ),
    ("titlelines", {"words_text": "{}", "seniority": "Any", "position": ""}),
]


@pytest.mark.parametrize(("prefix", "row"), LINES, ids=[prefix for prefix, _ in LINES])
def test_a_second_new_row_is_counted_beside_the_first(
    as_ana: Client, draft: ModelVersion, fields: Fields, prefix: str, row: dict[str, str]
) -> None:
    typed = fields
    for word in ("clerk", "nobody"):
        typed = add_row(typed, prefix, **{name: said.format(word) for name, said in row.items()})
    told = [
        as_ana.post(address(draft), {**typed, "row": f"{prefix}-{n}"}).json()["matches"]
        for n in range(2)
    ]
    assert told == [
        "Matches 1 of 2 leads now (50 %); 0 of the 1 won did when they were handed over (0 %).",
        "Matches 0 of 2 leads now (0 %); 0 of the 1 won did when they were handed over (0 %).",
    ]


def test_a_row_that_is_not_right_yet_is_answered_with_what_is_wrong(
    as_ana: Client, draft: ModelVersion, fields: Fields
) -> None:
    wrong = {**fields, "attributerules-0-value_text": "", "row": "attributerules-0"}
    assert as_ana.post(address(draft), wrong).json() == {
        "errors": ["Value: Write what to compare with."]
    }
    wrong = {**fields, "attributerules-0-persona": "Nobody", "row": "attributerules-0"}
    [error] = as_ana.post(address(draft), wrong).json()["errors"]
    assert error.startswith("Persona: This model has no persona “Nobody”.")
    assert as_ana.post(address(draft), {**fields, "row": "shoes-3"}).status_code == 404


def test_too_many_leads_end_in_words(
    as_ana: Client, draft: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*args: Any, **kwargs: Any) -> Any:
        return matching.matches(*args, **kwargs, seconds=0.001)

    for number in range(40):  # so much to plan and to count that a millisecond is over
        AttributeRule.objects.create(
            version=draft, name=f"{number}", points=1, field="job_title", operator="known"
        )
    monkeypatch.setattr(matching_pages, "matches", slowly)
    told = as_ana.get(address(draft))
    assert told.status_code == 200
    rules = {said for row, said in told.json().items() if row.startswith("attributerules")}
    assert rules == {"There are too many leads to count at once."}


def test_a_signal_is_counted_as_it_is_typed(as_ana: Client, workspace: Workspace) -> None:
    def told(**fields: str) -> Any:
        return as_ana.post(f"{SIGNALS}?workspace={workspace.slug}", fields).json()

    assert told(kind="page_view", path_prefix="/pricing") == {
        "matches": "No event came in during the last 30 days."
    }
    assert told(kind="page_view", path_prefix="pricing") == {
        "errors": ["Path begins with: A path begins with a slash, such as /pricing."]
    }
    page = as_ana.get("/admin/scoring/signal/add/").content.decode()
    assert f'data-signal-matching="{SIGNALS}?workspace={workspace.slug}"' in page


def test_too_many_events_end_in_words(
    as_ana: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*args: Any, **kwargs: Any) -> str:
        raise TooManyToCount

    monkeypatch.setattr(matching_pages, "matching_events", never)
    answer = as_ana.post(f"{SIGNALS}?workspace={workspace.slug}", {"kind": "page_view"})
    assert answer.json() == {"matches": "There are too many events to count at once."}


def test_a_stranger_counts_nothing(
    as_cleo: Client, draft: ModelVersion, fields: Fields, workspace: Workspace
) -> None:
    assert as_cleo.get(address(draft)).status_code == 404
    typed = {**fields, "row": "attributerules-0"}
    assert as_cleo.post(address(draft), typed).status_code == 404
    sent = {"kind": "page_view"}
    assert as_cleo.post(f"{SIGNALS}?workspace={workspace.slug}", sent).status_code == 404


def test_who_may_not_configure_scoring_counts_nothing(
    as_mara: Client, as_ben: Client, draft: ModelVersion, workspace: Workspace
) -> None:
    for client in (as_mara, as_ben):
        assert client.get(address(draft)).status_code == 404
        sent = {"kind": "page_view"}
        assert client.post(f"{SIGNALS}?workspace={workspace.slug}", sent).status_code == 404


def test_a_row_of_somebody_elses_draft_is_not_reached(
    as_ana: Client, draft: ModelVersion, fields: Fields, cleo: User
) -> None:
    theirs = open_draft(workspace=make_model(cleo.workspaces.get()).workspace, by=cleo)
    forged = {**fields, "attributerules-0-id": str(theirs.attributerules.get().pk)}
    AttributeRule.objects.filter(version=theirs).update(value=["secret"])
    answer = as_ana.post(address(draft), {**forged, "row": "attributerules-0"}).json()
    assert answer["words"] == "30 points when job title has the word buyer"  # what was typed
    signal = make_signal(cleo.workspaces.get(), code="secret")
    forged = {**fields, "intentrules-0-signal": str(signal.pk), "row": "intentrules-0"}
    assert "errors" in as_ana.post(address(draft), forged).json()
