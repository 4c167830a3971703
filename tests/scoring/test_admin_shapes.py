"""The ways to count events, written in the admin and read back; what does not apply is refused."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from scoring.models import ModelVersion, Signal
from scoring.publishing import open_draft
from tests.admin_pages import Fields, add_row, errors_of, fields_of
from tests.builders import MONDAY_NOON
from tests.scoring.builders import make_model, make_signal


@pytest.fixture
def draft(workspace: Workspace, ana: User) -> ModelVersion:
    make_model(workspace, by=ana)
    for code, name in (("film", "Watched the film"), ("demo", "Asked for a demo")):
        signal = make_signal(workspace, code=code)
        Signal.objects.filter(pk=signal.pk).update(name=name)
    return open_draft(workspace=workspace, by=ana, now=MONDAY_NOON)


@pytest.fixture
def path(draft: ModelVersion) -> str:
    return reverse("admin:scoring_modelversion_change", args=[draft.pk])


@pytest.fixture
def fields(as_ana: Client, path: str) -> Fields:
    return fields_of(as_ana.get(path), "modelversion_form")


def with_rule(fields: Fields, **values: Any) -> Fields:
    rule = {"name": "New", "signal": fields["intentrules-0-signal"], "points": "12"}
    return add_row(fields, "intentrules", **{**rule, "shape": "each", **values})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"shape": "days", "at_least": "3", "window_days": "30"},
            "12 points once, for “view-1” on 3 or more different days in the last 30 days",
        ),
        (
            {"shape": "pages", "at_least": "2"},
            "12 points once, for “view-1” on 2 or more different pages",
        ),
        (
            {"shape": "people", "at_least": "2", "window_days": "1"},
            "12 points once, when 2 or more people of the company showed “view-1” in the last day",
        ),
        (
            {"shape": "sequence", "later_0": "film", "later_2": "demo", "window_days": "60"},
            "12 points once, for “view-1”, then “Watched the film”, then “Asked for a demo”, in "
            "this order in the last 60 days",
        ),
        (
            {"decay_text": "7: 50, 30 : 0%", "cap": "24"},
            "12 points for each “view-1”, 50 % from day 7 on, 0 % from day 30 on, together at most "
            "24",
        ),
    ],
)
def test_a_way_to_count_is_stored_and_read_back(
    as_ana: Client, path: str, fields: Fields, values: dict[str, str], words: str
) -> None:
    assert as_ana.post(path, with_rule(fields, **values)).status_code == 302
    page = as_ana.get(path)
    assert words in page.content.decode()
    again = fields_of(page, "modelversion_form")
    assert as_ana.post(path, again).status_code == 302  # what is read back can be saved again
    assert words in as_ana.get(path).content.decode()


def test_the_steps_of_a_sequence_stand_in_their_order(
    as_ana: Client, path: str, fields: Fields, draft: ModelVersion
) -> None:
    steps = {"shape": "sequence", "later_0": "demo", "later_3": "film"}
    assert as_ana.post(path, with_rule(fields, **steps)).status_code == 302
    assert draft.intentrules.get(name="New").later_steps == ["demo", "film"]
    again = fields_of(as_ana.get(path), "modelversion_form")
    assert [again[f"intentrules-1-later_{n}"] for n in range(2)] == ["demo", "film"]


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        (
            {"later_0": "film"},
            "later",
            "Only “once, after all steps in this order” has later steps.",
        ),
        ({"shape": "people"}, "at_least", "Say how many: 2 or more."),
        (
            {"shape": "people", "at_least": "1"},
            "at_least",
            "Write a whole number from 2 to 32,767.",
        ),
        (
            {"decay_text": "half after a week"},
            "decay_text",
            "“half after a week” is no step: write days and percent, as 7: 50, 30: 0 (from day 7 "
            "on half of the points, from day 30 on none).",
        ),
        (
            {"decay_text": "30: 0, 7: 50"},
            "decay_text",
            "The days of the steps must rise: write 7: 50, 30: 0.",
        ),
        (
            {"decay_text": "7: 50", "half_life_days": "7"},
            "decay_text",
            "Points fade by half-life or in steps, not by both.",
        ),
    ],
)
def test_what_does_not_apply_is_refused_where_it_was_typed(
    as_ana: Client, path: str, fields: Fields, values: dict[str, str], field: str, told: str
) -> None:
    sent = with_rule(fields, **values)
    page = as_ana.post(path, sent)
    assert errors_of(page)[f"intentrules-1-{field}"] == [told]
    again = fields_of(page, "modelversion_form")
    assert {name: again[f"intentrules-1-{name}"] for name in values} == values


def test_a_signal_of_another_workspace_is_no_step(
    as_ana: Client, path: str, fields: Fields, cleo: User
) -> None:
    make_signal(cleo.workspaces.get(), code="theirs")
    page = as_ana.post(path, with_rule(fields, shape="sequence", later_0="theirs"))
    assert errors_of(page)["intentrules-1-later"] == ["There is no signal “theirs” here."]
