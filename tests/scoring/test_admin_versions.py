"""The life of a model version in the admin: draft, publish, discard, and never touched again."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User, Workspace
from scoring.models import AttributeRule, IntentRule, ModelVersion, Rescore
from scoring.previews import runs
from scoring.publishing import open_draft, publish
from scoring.starter import install_starter_model
from tests.admin_pages import errors_of, fields_of, messages_of, row_number
from tests.builders import MONDAY_NOON, make_member
from tests.scoring.builders import make_signal

LIST = "/admin/scoring/modelversion/"
FORM = "modelversion_form"
DECISION_MAKER = "Decision-maker role (C-suite / Head of)"


@pytest.fixture
def published(workspace: Workspace, ana: User) -> ModelVersion:
    return install_starter_model(workspace, by=ana, now=MONDAY_NOON)


@pytest.fixture
def draft(published: ModelVersion, workspace: Workspace, ana: User) -> ModelVersion:
    return open_draft(workspace=workspace, by=ana)


def page_of(version: ModelVersion) -> str:
    return reverse("admin:scoring_modelversion_change", args=[version.pk])


def changed(client: Client, draft: ModelVersion, *, points: str) -> dict[str, Any]:
    """The draft's form with other points for decision makers."""
    fields = fields_of(client.get(page_of(draft)), FORM)
    row = row_number(fields, "attributerules", "name", DECISION_MAKER)
    return {**fields, f"attributerules-{row}-points": points}


def seen(context: Any) -> str:
    """What the page's form sends to say that this is what was read."""
    return str(context["form"]["seen"].value())


def last_log() -> str:
    return LogEntry.objects.latest("action_time").get_change_message()


def test_a_draft_is_opened_from_the_list_as_a_copy(
    as_ana: Client, published: ModelVersion, workspace: Workspace
) -> None:
    assert "Open a draft" in as_ana.get(LIST).content.decode()
    page = as_ana.post(f"{LIST}open/", {"workspace": "northwind"}, follow=True)
    draft = ModelVersion.objects.draft().get(workspace=workspace)
    assert page.redirect_chain == [(page_of(draft), 302)]
    assert messages_of(page) == ["Version 2 (draft) is open. Nothing changes until you publish it."]
    assert draft.attributerules.count() == published.attributerules.count()
    assert "Continue the draft" in as_ana.get(LIST).content.decode()


def test_a_link_alone_opens_no_draft(as_ana: Client, published: ModelVersion) -> None:
    assert as_ana.get(f"{LIST}open/").status_code == 405
    assert ModelVersion.objects.draft().count() == 0


def test_who_opens_the_draft_of_a_colleague_is_told_so(
    draft: ModelVersion, workspace: Workspace, as_ana: Client
) -> None:
    other = make_member(workspace, name="Omar Diaz", role=Role.MARKETING_MANAGER)
    ModelVersion.objects.filter(pk=draft.pk).update(author=other)
    page = as_ana.post(f"{LIST}open/", {"workspace": "northwind"}, follow=True)
    assert messages_of(page) == ["Omar Diaz had opened this draft; you edit it together."]
    assert ModelVersion.objects.draft().count() == 1


def test_saving_a_draft_without_a_change_changes_and_records_nothing(
    as_ana: Client, draft: ModelVersion, published: ModelVersion
) -> None:
    fields = fields_of(as_ana.get(page_of(draft)), FORM)
    assert as_ana.post(page_of(draft), fields).status_code == 302
    for part in ("icpcriterions", "attributerules", "disqualifiers"):
        kept = list(getattr(draft, part).values_list("field", "operator", "value"))
        assert kept == list(getattr(published, part).values_list("field", "operator", "value"))
    assert LogEntry.objects.count() == 0


def test_a_change_is_saved_and_recorded_with_old_and_new_value(
    as_ana: Client, draft: ModelVersion
) -> None:
    fields = changed(as_ana, draft, points="25") | {"inactivity_percent": "5", "note": "Try it"}
    assert as_ana.post(page_of(draft), fields).status_code == 302
    assert draft.attributerules.get(name=DECISION_MAKER).points == 25
    assert last_log().splitlines() == [
        "Note from nothing to “Try it”.",
        "Decay per idle week (%) from 10 to 5.",
        f"Attribute rule “{DECISION_MAKER} +25”: points from 20 to 25.",
    ]
    history = as_ana.get(f"{LIST}{draft.pk}/history/").content.decode()
    assert "Ana Marques" in history
    assert "points from 20 to 25" in history


def test_a_published_version_is_read_in_words_and_not_edited(
    as_ana: Client, published: ModelVersion
) -> None:
    page = as_ana.get(page_of(published)).content.decode()
    assert "15 points when the whole ideal customer profile matches" in page
    assert 'name="_save"' not in page
    assert 'name="note"' not in page
    answer = as_ana.post(page_of(published), {"note": "Forged"}, follow=True)
    assert messages_of(answer) == [
        "Nothing was saved. Ana Marques published version 1 on 2 March 2026 at 12:00. "
        "It cannot be edited any more; open a new draft instead."
    ]
    published.refresh_from_db()
    assert published.note == "Started from “The table of article 004”."


def test_who_still_edits_while_a_colleague_publishes_is_told(
    as_ana: Client, draft: ModelVersion, workspace: Workspace
) -> None:
    fields = changed(as_ana, draft, points="25")
    omar = make_member(workspace, name="Omar Diaz", role=Role.MARKETING_MANAGER)
    publish(draft, by=omar, now=MONDAY_NOON)
    page = as_ana.post(page_of(draft), fields, follow=True)
    assert messages_of(page) == [
        "Nothing was saved. Omar Diaz published version 2 on 2 March 2026 at 12:00. "
        "It cannot be edited any more; open a new draft instead."
    ]
    assert draft.attributerules.get(name=DECISION_MAKER).points == 20


def test_publishing_shows_the_changes_first_and_then_does_it(
    as_ana: Client, draft: ModelVersion, published: ModelVersion
) -> None:
    as_ana.post(page_of(draft), changed(as_ana, draft, points="25"))
    asked = as_ana.get(f"{LIST}{draft.pk}/publish/")
    context: Any = asked.context
    (group,) = context["groups"]
    assert (group.title, len(group.changes)) == ("Rules for who they are", 1)
    assert group.changes[0].startswith(f"Rule changed: “{DECISION_MAKER}”: 25 points")
    draft.refresh_from_db()
    assert draft.status == ModelVersion.Status.DRAFT

    page = as_ana.post(f"{LIST}{draft.pk}/publish/", {"seen": seen(context)}, follow=True)
    draft.refresh_from_db()
    published.refresh_from_db()
    assert draft.status == ModelVersion.Status.PUBLISHED
    assert published.status == ModelVersion.Status.RETIRED
    assert messages_of(page) == [
        "Version 2 is published. All leads are being scored by it in the background."
    ]
    assert last_log().splitlines()[0] == "Published."
    assert Rescore.objects.filter(workspace=draft.workspace, finished_at=None).exists()


def test_publishing_says_when_no_score_changes(as_ana: Client, draft: ModelVersion) -> None:
    fields = fields_of(as_ana.get(page_of(draft)), FORM)
    row = row_number(fields, "qualificationrules", "total_at_least", "40")
    fields[f"qualificationrules-{row}-total_at_least"] = "45"
    as_ana.post(page_of(draft), fields)
    context: Any = as_ana.get(f"{LIST}{draft.pk}/publish/").context
    page = as_ana.post(f"{LIST}{draft.pk}/publish/", {"seen": seen(context)}, follow=True)
    assert messages_of(page) == [
        "Version 2 is published. No rule changed, so scores stay; grades and definitions count "
        "from now on."
    ]


def test_what_was_not_seen_is_not_published(as_ana: Client, draft: ModelVersion) -> None:
    context: Any = as_ana.get(f"{LIST}{draft.pk}/publish/").context
    as_ana.post(page_of(draft), changed(as_ana, draft, points="25"))
    page = as_ana.post(f"{LIST}{draft.pk}/publish/", {"seen": seen(context)})
    assert messages_of(page)[-1] == (
        "The draft was changed since you looked: read it again before publishing."
    )
    assert as_ana.post(f"{LIST}{draft.pk}/publish/").status_code == 200
    draft.refresh_from_db()
    assert draft.status == ModelVersion.Status.DRAFT


def test_a_draft_with_problems_says_what_has_to_be_put_right(
    as_ana: Client, draft: ModelVersion
) -> None:
    draft.qualificationrules.all().delete()
    asked = as_ana.get(f"{LIST}{draft.pk}/publish/")
    context: Any = asked.context
    assert len(context["problems"]) == 1
    assert "Publish version 2" not in asked.content.decode().replace("Publish version 2 of", "")
    page = as_ana.post(f"{LIST}{draft.pk}/publish/", {"seen": seen(context)}, follow=True)
    assert messages_of(page) == context["problems"]
    draft.refresh_from_db()
    assert draft.status == ModelVersion.Status.DRAFT


def test_the_second_of_two_who_publish_is_told_who_was_faster(
    as_ana: Client, draft: ModelVersion, workspace: Workspace
) -> None:
    context: Any = as_ana.get(f"{LIST}{draft.pk}/publish/").context
    omar = make_member(workspace, name="Omar Diaz", role=Role.MARKETING_MANAGER)
    publish(draft, by=omar, now=MONDAY_NOON)
    page = as_ana.post(f"{LIST}{draft.pk}/publish/", {"seen": seen(context)}, follow=True)
    assert messages_of(page) == [
        "Omar Diaz published version 2 on 2 March 2026 at 12:00. "
        "It cannot be edited any more; open a new draft instead."
    ]


def test_a_draft_is_discarded_after_a_question(
    as_ana: Client, draft: ModelVersion, published: ModelVersion
) -> None:
    page = as_ana.get(f"{LIST}{draft.pk}/discard/")
    assert "preview" not in page.content.decode().split("content-main")[1]
    runs.request(draft, by=None, now=MONDAY_NOON)
    page = as_ana.get(f"{LIST}{draft.pk}/discard/")
    assert "The preview of the draft goes with it." in page.content.decode()
    assert ModelVersion.objects.filter(pk=draft.pk).exists()
    page = as_ana.post(f"{LIST}{draft.pk}/discard/", follow=True)
    assert messages_of(page) == ["Draft 2 is discarded. Nothing else changed."]
    assert list(ModelVersion.objects.all()) == [published]
    assert last_log() == "Draft 2 was discarded."


def test_a_published_version_is_never_discarded(as_ana: Client, published: ModelVersion) -> None:
    page = as_ana.post(f"{LIST}{published.pk}/discard/", follow=True)
    assert messages_of(page) == [
        "Ana Marques published version 1 on 2 March 2026 at 12:00. "
        "It cannot be edited any more; open a new draft instead."
    ]
    assert ModelVersion.objects.filter(pk=published.pk).exists()


def test_strangers_open_publish_and_discard_nothing(as_cleo: Client, draft: ModelVersion) -> None:
    assert as_cleo.post(f"{LIST}open/", {"workspace": "northwind"}).status_code == 404
    for action in ("publish", "discard"):
        assert as_cleo.get(f"{LIST}{draft.pk}/{action}/").status_code == 404
        assert as_cleo.post(f"{LIST}{draft.pk}/{action}/").status_code == 404
    assert ModelVersion.objects.draft().get() == draft


def test_a_sales_manager_does_not_get_to_the_model(as_mara: Client, draft: ModelVersion) -> None:
    assert as_mara.get(LIST).status_code == 403
    assert as_mara.post(f"{LIST}open/", {"workspace": "northwind"}).status_code == 404
    assert as_mara.post(f"{LIST}{draft.pk}/discard/").status_code == 404


def test_a_forged_signal_of_another_workspace_is_refused(
    as_ana: Client, draft: ModelVersion, cleo: User
) -> None:
    theirs = make_signal(cleo.workspaces.get(), code="secret")
    fields = fields_of(as_ana.get(page_of(draft)), FORM) | {"intentrules-0-signal": theirs.pk}
    errors = errors_of(as_ana.post(page_of(draft), fields))
    assert list(errors) == ["intentrules-0-signal"]
    assert not IntentRule.objects.filter(signal=theirs).exists()


def test_a_forged_row_of_another_version_is_left_alone(
    as_ana: Client, draft: ModelVersion, published: ModelVersion
) -> None:
    theirs = AttributeRule.objects.filter(version=published).latest("pk")
    fields = fields_of(as_ana.get(page_of(draft)), FORM)
    fields |= {"attributerules-0-id": theirs.pk, "attributerules-0-points": "77"}
    as_ana.post(page_of(draft), fields)
    assert not AttributeRule.objects.filter(points=77).exists()


def test_the_list_asks_as_little_for_three_versions_as_for_one(
    as_ana: Client,
    published: ModelVersion,
    workspace: Workspace,
    ana: User,
    django_assert_num_queries: Any,
) -> None:
    as_ana.get(LIST)
    with django_assert_num_queries(7):
        as_ana.get(LIST)
    for _ in range(2):
        publish(open_draft(workspace=workspace, by=ana), by=ana, now=MONDAY_NOON)
    with django_assert_num_queries(7):
        as_ana.get(LIST)
