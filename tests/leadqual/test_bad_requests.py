"""A form that is too large is refused in words that are true; a large draft is not too large."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from scoring.models import AttributeRule, ModelVersion
from scoring.models.rules import Operator
from scoring.publishing import open_draft
from scoring.starter import install_starter_model
from tests.admin_pages import fields_of
from tests.builders import MONDAY_NOON


@pytest.fixture
def path(workspace: Workspace, ana: User) -> str:
    install_starter_model(workspace, by=ana, now=MONDAY_NOON)
    draft = open_draft(workspace=workspace, by=ana)
    return reverse("admin:scoring_modelversion_change", args=[draft.pk])


def test_a_draft_with_more_than_a_thousand_fields_is_saved(
    as_ana: Client, path: str, workspace: Workspace
) -> None:
    draft = ModelVersion.objects.draft().get(workspace=workspace)
    AttributeRule.objects.bulk_create(
        AttributeRule(
            version=draft,
            name=f"Title {n}",
            axis="fit",
            field="job_title",
            operator=Operator.CONTAINS,
            value=[f"title{n}"],
            points=1,
        )
        for n in range(100)
    )
    fields = fields_of(as_ana.get(path), "modelversion_form")
    assert len(fields) > 1000
    assert as_ana.post(path, {**fields, "note": "Large"}).status_code == 302
    draft.refresh_from_db()
    assert draft.note == "Large"


def test_a_form_with_too_many_fields_is_told_so(as_ana: Client, path: str) -> None:
    page = as_ana.post(path, {f"f{n}": "" for n in range(20_001)})
    assert page.status_code == 400
    text = page.content.decode()
    assert "<h1>This form is too large to be sent</h1>" in text
    assert "It has more than 20,000 fields. Nothing was saved. Go back in the browser" in text


def test_a_form_with_too_much_text_is_told_so(as_ana: Client, path: str) -> None:
    page = as_ana.post(path, {"note": "x" * (10 * 1024 * 1024 + 1)})
    assert page.status_code == 400
    assert "It holds more than 10 MB of text. Nothing was saved." in page.content.decode()
