"""The settings of a draft are judged as they are typed, together with the rows below them."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from scoring.models import ModelVersion
from scoring.publishing import open_draft
from scoring.starter import install_starter_model
from tests.admin_pages import Fields, errors_of, fields_of, row_number
from tests.builders import MONDAY_NOON

TOLD = (
    "With a demotion margin of {} no MQL would ever be taken back: this asks for 40 points at "
    "most. Lower the margin or ask for more."
)


@pytest.fixture
def draft(workspace: Workspace, ana: User) -> ModelVersion:
    install_starter_model(workspace, by=ana, now=MONDAY_NOON)
    return open_draft(workspace=workspace, by=ana)


@pytest.fixture
def path(draft: ModelVersion) -> str:
    return reverse("admin:scoring_modelversion_change", args=[draft.pk])


def form_of(client: Client, path: str) -> Fields:
    return fields_of(client.get(path), "modelversion_form")


def test_a_margin_too_large_is_refused_where_it_is_typed(
    as_ana: Client, draft: ModelVersion, path: str
) -> None:
    page = as_ana.post(path, {**form_of(as_ana, path), "demote_margin": "90"})
    assert errors_of(page) == {"demote_margin": [TOLD.format(90)]}
    draft.refresh_from_db()
    assert draft.demote_margin == 5


def test_a_margin_that_is_too_large_already_can_be_lowered(
    as_ana: Client, draft: ModelVersion, path: str
) -> None:
    ModelVersion.objects.filter(pk=draft.pk).update(demote_margin=90)
    page = as_ana.post(path, {**form_of(as_ana, path), "demote_margin": "5"})
    assert page.status_code == 302
    draft.refresh_from_db()
    assert draft.demote_margin == 5


def test_a_threshold_below_the_margin_is_told_at_the_threshold(as_ana: Client, path: str) -> None:
    fields = form_of(as_ana, path)
    way = f"qualificationrules-{row_number(fields, 'qualificationrules', 'purpose', 'mql')}"
    page = as_ana.post(path, {**fields, f"{way}-total_at_least": "4"})
    told = TOLD.format(5).replace("40 points", "4 points")
    assert errors_of(page) == {f"{way}-total_at_least": [told]}


@pytest.mark.parametrize("said", ["many", "5.000"])
def test_a_margin_that_is_no_number_is_told_as_such_alone(
    as_ana: Client, path: str, said: str
) -> None:
    page = as_ana.post(path, {**form_of(as_ana, path), "demote_margin": said})
    assert errors_of(page) == {"demote_margin": ["Enter a whole number."]}
