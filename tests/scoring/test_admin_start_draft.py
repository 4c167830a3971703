"""Starting a draft from a model in the admin: shown first, asked before anything is lost."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import Role, User, Workspace
from scoring.models import AttributeRule, ModelVersion, Signal
from scoring.publishing import open_draft, publish
from tests.admin_pages import messages_of
from tests.builders import MONDAY_NOON, make_member, make_workspace
from tests.scoring.builders import make_draft, make_model

pytestmark = pytest.mark.django_db

START = "/admin/scoring/modelversion/start/northwind/"
LIBRARY = f"{START}library/product-led/"


@pytest.fixture
def model(workspace: Workspace, ana: User) -> ModelVersion:
    return make_model(workspace, by=ana)


@pytest.fixture
def harbour(ana: User) -> Workspace:
    """A second workspace that Ana configures."""
    harbour = make_workspace(name="Harbour", slug="harbour")
    make_member(harbour, role=Role.OPERATOR, user=ana)
    return harbour


def from_version(version: ModelVersion) -> str:
    return f"{START}version/{version.pk}/"


def said(page: Any) -> dict[str, list[str]]:
    return {group.title: group.changes for group in page.context["plan"].groups}


def yes(page: Any, **more: str) -> dict[str, str]:
    return {"seen": page.context["form"]["seen"].value(), **more}


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_one_chooses_among_the_library_ones_own_versions_and_those_of_ones_other_workspaces(
    as_ana: Client, model: ModelVersion, harbour: Workspace
) -> None:
    theirs = make_model(harbour)
    page = text(as_ana.get(START))
    for name in ("The table of article 004", "Firmographic", "Product-led"):
        assert name in page
    assert "A version of Northwind, brought back" in page
    assert from_version(model) in page
    assert "A copy from Harbour" in page
    assert from_version(theirs) in page
    assert ModelVersion.objects.count() == 2


def test_looking_changes_nothing_and_shows_all(as_ana: Client, model: ModelVersion) -> None:
    page: Any = as_ana.get(LIBRARY)
    groups = said(page)
    assert groups["Rules for who they are"][0].startswith("Rule removed: “Buyer”: 30 points")
    assert (
        "Rule added: “We know the company”: 10 points when company is known."
        in (groups["Rules for who they are"])
    )
    assert groups["Settings"] == [
        "Decay per idle week: 10 → 0 %.",
        "Demotion margin: 5 → 10 points.",
        "Facts a rep needs: company.",
    ]
    assert (
        "Signal to be created: “Used the product” (product-use): page view, product_event is there."
    ) in page.context["notes"]
    assert not ModelVersion.objects.draft().exists()
    assert Signal.objects.count() == 1


def test_a_model_of_the_library_becomes_the_draft(
    as_ana: Client, model: ModelVersion, ana: User
) -> None:
    page = as_ana.post(LIBRARY, yes(as_ana.get(LIBRARY)), follow=True)
    draft = ModelVersion.objects.draft().get()
    assert messages_of(page) == [
        "Version 2 (draft) begins as Product-led: who uses the product. "
        "Nothing changes until you publish it."
    ]
    assert (draft.author, draft.note) == (
        ana,
        "Started from “Product-led: who uses the product”.",
    )
    log = LogEntry.objects.latest("action_time")
    assert log.get_change_message() == f"Opened as a draft. {draft.note}"


def test_an_open_draft_goes_only_when_one_says_so_and_its_changes_are_kept_in_the_record(
    as_ana: Client, model: ModelVersion, workspace: Workspace
) -> None:
    omar = make_member(workspace, name="Omar Diaz", role=Role.MARKETING_MANAGER)
    draft = open_draft(workspace=workspace, by=omar)
    AttributeRule.objects.filter(version=draft).update(points=35)
    page: Any = as_ana.get(LIBRARY)
    assert "Draft 2 is open" in text(page)
    lost = page.context["plan"].loss()
    assert [sentence.split(" when ")[0] for sentence in lost] == [
        "Rule changed: “Buyer”: 35 points"
    ]
    assert lost[0] in text(page)

    page = as_ana.post(LIBRARY, yes(page))
    assert page.context["form"].errors == {
        "replace": ["Say that the open draft may go, or keep it."]
    }
    assert ModelVersion.objects.draft().get() == draft

    as_ana.post(LIBRARY, yes(page, replace="on"))
    assert ModelVersion.objects.draft().get() != draft
    assert LogEntry.objects.latest("action_time").get_change_message().splitlines()[1:] == [
        "Draft 2 of Omar Diaz was replaced. It had:",
        *lost,
    ]


def test_what_was_not_seen_is_not_replaced(
    as_ana: Client, model: ModelVersion, workspace: Workspace
) -> None:
    draft = open_draft(workspace=workspace, by=None)
    seen = yes(as_ana.get(LIBRARY), replace="on")
    AttributeRule.objects.filter(version=draft).update(points=35)
    page = as_ana.post(LIBRARY, seen)
    assert messages_of(page) == ["This is no longer what you saw: look at it again."]
    assert ModelVersion.objects.draft().get() == draft


def test_a_draft_opened_meanwhile_is_not_replaced(
    as_ana: Client, model: ModelVersion, workspace: Workspace
) -> None:
    seen = yes(as_ana.get(LIBRARY), replace="on")
    draft = open_draft(workspace=workspace, by=None)
    page = as_ana.post(LIBRARY, seen)
    assert messages_of(page) == ["This is no longer what you saw: look at it again."]
    assert ModelVersion.objects.draft().get() == draft


def test_a_retired_version_is_brought_back(
    as_ana: Client, model: ModelVersion, workspace: Workspace
) -> None:
    draft = open_draft(workspace=workspace, by=None)
    AttributeRule.objects.filter(version=draft).update(points=35)
    publish(draft, by=None, now=MONDAY_NOON)
    retired = text(as_ana.get(f"/admin/scoring/modelversion/{model.pk}/change/"))
    assert from_version(model) in retired
    page: Any = as_ana.get(from_version(model))
    assert list(said(page)) == ["Rules for who they are"]
    as_ana.post(from_version(model), yes(page))
    back = ModelVersion.objects.draft().get()
    assert back.attributerules.get().points == 30


def test_a_model_of_another_workspace_is_copied(
    as_ana: Client, model: ModelVersion, harbour: Workspace
) -> None:
    make_draft(harbour)
    AttributeRule.objects.filter(version__workspace=harbour).update(points=15)
    theirs = publish(ModelVersion.objects.draft().get(), by=None, now=MONDAY_NOON)
    page: Any = as_ana.get(from_version(theirs))
    assert list(said(page)) == ["Rules for who they are"]
    as_ana.post(from_version(theirs), yes(page))
    draft = ModelVersion.objects.draft().get(workspace__slug="northwind")
    assert draft.attributerules.get().points == 15
    assert "Harbour" not in draft.note
    log = LogEntry.objects.latest("action_time").get_change_message()
    assert "Harbour" not in log


def test_in_a_workspace_without_a_model_all_of_it_is_shown(as_ana: Client, ana: User) -> None:
    page: Any = as_ana.get(LIBRARY)
    assert "nothing is in force here yet" in text(page)
    assert len(said(page)["MQL and hand-off"]) == 3
    as_ana.post(LIBRARY, yes(page))
    assert ModelVersion.objects.draft().get().number == 1


def test_drafts_of_others_and_what_is_not_there_are_not_found(
    as_ana: Client, model: ModelVersion, harbour: Workspace
) -> None:
    draft = make_draft(harbour)
    for path in (from_version(draft), f"{START}version/999999/", f"{START}library/nonsense/"):
        assert as_ana.get(path).status_code == 404
        assert as_ana.post(path).status_code == 404


def test_who_configures_one_of_two_workspaces_copies_nothing(
    as_ana: Client, as_cleo: Client, as_mara: Client, model: ModelVersion, cleo: User
) -> None:
    elsewhere = cleo.workspaces.get()
    theirs = make_model(elsewhere)
    for client, path in (
        (as_ana, from_version(theirs)),  # hers, from a stranger's
        (as_cleo, from_version(model)),  # a stranger's, from a stranger's
        (as_cleo, f"/admin/scoring/modelversion/start/elsewhere/version/{model.pk}/"),
        (as_cleo, START),
        (as_cleo, LIBRARY),
        (as_mara, START),  # a sales manager, who configures no scoring
        (as_mara, LIBRARY),
    ):
        assert client.get(path).status_code == 404
        assert client.post(path, {"seen": "x"}).status_code in (404, 405)
    assert not ModelVersion.objects.draft().exists()
    assert "Northwind" not in as_cleo.get(START.replace("northwind", "elsewhere")).content.decode()
