"""Two people in the same draft: nobody overwrites the other unawares, nothing typed is lost."""

from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User, Workspace
from scoring.models import AttributeRule, ModelVersion
from scoring.publishing import open_draft
from tests.admin_pages import Fields, errors_of, fields_of
from tests.builders import MONDAY_NOON, make_member
from tests.scoring.builders import make_model

FORM = "modelversion_form"


@pytest.fixture
def draft(workspace: Workspace, ana: User) -> ModelVersion:
    make_model(workspace, by=ana)
    return open_draft(workspace=workspace, by=ana, now=MONDAY_NOON)


@pytest.fixture
def path(draft: ModelVersion) -> str:
    return reverse("admin:scoring_modelversion_change", args=[draft.pk])


@pytest.fixture
def as_omar(workspace: Workspace) -> Client:
    client = Client()
    client.force_login(make_member(workspace, name="Omar Diaz", role=Role.MARKETING_MANAGER))
    return client


def opened(client: Client, path: str) -> Fields:
    return fields_of(client.get(path), FORM)


def test_the_later_of_two_saves_is_refused_with_who_when_and_what(
    as_ana: Client, as_omar: Client, path: str, draft: ModelVersion
) -> None:
    anas, omars = opened(as_ana, path), opened(as_omar, path)
    assert as_omar.post(path, {**omars, "attributerules-0-points": "25"}).status_code == 302
    saved_at = datetime(2026, 3, 2, 13, 5, tzinfo=UTC)
    LogEntry.objects.update(action_time=saved_at)
    page = as_ana.post(path, {**anas, "note": "Mine", "intentrules-0-points": "15"})
    assert errors_of(page)["__all__"] == [
        "Nothing of yours was saved: Omar Diaz saved this draft on 2 March 2026 at "
        f"{saved_at.astimezone(draft.workspace.zone):%H:%M} while you were "
        "editing (Attribute rule “Buyer +25”: points from 30 to 25). What you typed is still "
        "below. Open the draft in another tab to see theirs; save again to put yours over it."
    ]
    draft.refresh_from_db()
    assert (draft.note, draft.attributerules.get().points) == ("", 25)
    again = fields_of(page, FORM)
    assert (again["note"], again["intentrules-0-points"]) == ("Mine", "15")


def test_who_was_told_may_save_over_it(
    as_ana: Client, as_omar: Client, path: str, draft: ModelVersion
) -> None:
    anas, omars = opened(as_ana, path), opened(as_omar, path)
    as_omar.post(path, {**omars, "note": "Theirs"})
    again = fields_of(as_ana.post(path, {**anas, "note": "Mine"}), FORM)
    assert as_ana.post(path, again).status_code == 302
    draft.refresh_from_db()
    assert draft.note == "Mine"


def test_who_was_told_once_is_told_again_about_the_next_save(
    as_ana: Client, as_omar: Client, path: str, draft: ModelVersion
) -> None:
    anas = opened(as_ana, path)
    as_omar.post(path, {**opened(as_omar, path), "note": "Theirs"})
    again = fields_of(as_ana.post(path, {**anas, "note": "Mine"}), FORM)
    as_omar.post(path, {**opened(as_omar, path), "note": "Theirs, once more"})
    page = as_ana.post(path, again)
    assert list(errors_of(page)) == ["__all__"]
    draft.refresh_from_db()
    assert draft.note == "Theirs, once more"


def test_a_row_that_somebody_removed_is_told_at_the_row(
    as_ana: Client, as_omar: Client, path: str, draft: ModelVersion
) -> None:
    AttributeRule.objects.create(
        version=draft, name="Other", points=5, field="country", operator="known"
    )
    anas, omars = opened(as_ana, path), opened(as_omar, path)
    as_omar.post(path, {**omars, "attributerules-1-DELETE": "on"})
    page = as_ana.post(path, {**anas, "attributerules-1-points": "9"})
    assert errors_of(page)["attributerules-1-__all__"] == [
        "Somebody removed this row while you were editing: tick its removal as well, or add it "
        "anew."
    ]
    again = fields_of(page, FORM) | {"attributerules-1-DELETE": "on"}
    assert as_ana.post(path, again).status_code == 302
    assert list(draft.attributerules.values_list("name", flat=True)) == ["Buyer"]


def test_one_person_saves_again_and_again(as_ana: Client, path: str, draft: ModelVersion) -> None:
    for note in ("One", "Two"):
        assert as_ana.post(path, {**opened(as_ana, path), "note": note}).status_code == 302
    draft.refresh_from_db()
    assert draft.note == "Two"


def test_a_save_that_does_not_say_what_it_saw_is_refused(
    as_ana: Client, path: str, draft: ModelVersion
) -> None:
    fields = opened(as_ana, path)
    del fields["seen"]
    [told] = errors_of(as_ana.post(path, {**fields, "note": "Blind"}))["__all__"]
    assert told.startswith("Nothing of yours was saved: This draft was changed while you were")
