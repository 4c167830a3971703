"""The versions of a workspace in the admin: their history, any two compared, a rescore's state."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User, Workspace
from scoring import shadows
from scoring.history import history
from scoring.models import AttributeRule, ModelVersion, Rescore
from scoring.publishing import open_draft, publish
from scoring.rescoring import rescore_chunk
from tests.builders import MONDAY_NOON, make_lead
from tests.scoring.builders import DAY, make_model

pytestmark = pytest.mark.django_db

PAGES = "/admin/scoring/modelversion/"
HISTORY = f"{PAGES}history/northwind/"
COMPARE = f"{PAGES}compare/northwind/"


@pytest.fixture
def first(workspace: Workspace, ana: User) -> ModelVersion:
    return make_model(workspace, by=ana)


def drafted(workspace: Workspace, points: int, *, by: User | None = None) -> ModelVersion:
    draft = open_draft(workspace=workspace, by=by, now=MONDAY_NOON)
    AttributeRule.objects.filter(version=draft).update(points=points)
    return draft


def buyer(new: int, old: int) -> str:
    words = "points when job title has the word buyer"
    return f"Rule changed: “Buyer”: {new} {words} (was: {old} {words})."


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def changes(entry: Any) -> list[str]:
    return [change for group in entry.changes for change in group.changes]


def test_each_version_says_what_it_changed_against_the_one_before(
    workspace: Workspace, first: ModelVersion
) -> None:
    publish(drafted(workspace, 35), by=None, now=MONDAY_NOON + DAY)
    drafted(workspace, 40)
    entries = history(workspace)
    assert [entry.version.number for entry in entries] == [3, 2, 1]
    assert [entry.before and entry.before.number for entry in entries] == [2, 1, None]
    assert [changes(entry) for entry in entries] == [[buyer(40, 35)], [buyer(35, 30)], []]


def test_a_shadow_is_held_against_what_was_in_force(
    workspace: Workspace, first: ModelVersion
) -> None:
    """Version 2 ran as a shadow while 3 was published, and was published itself then."""
    shadow = shadows.start(drafted(workspace, 35), by=None, now=MONDAY_NOON + DAY)
    third = publish(drafted(workspace, 40), by=None, now=MONDAY_NOON + 2 * DAY)
    by_number = {entry.version.number: entry.before for entry in history(workspace)}
    assert by_number == {3: first, 2: third, 1: None}
    publish(shadow, by=None, now=MONDAY_NOON + 3 * DAY)
    by_number = {entry.version.number: entry.before for entry in history(workspace)}
    assert by_number == {3: first, 2: third, 1: None}


def test_an_ended_shadow_is_held_against_what_was_in_force_when_it_began(
    workspace: Workspace, first: ModelVersion
) -> None:
    shadow = shadows.start(drafted(workspace, 35), by=None, now=MONDAY_NOON + DAY)
    shadows.end(shadow, by=None, now=MONDAY_NOON + 2 * DAY)
    publish(drafted(workspace, 40), by=None, now=MONDAY_NOON + 3 * DAY)
    by_number = {entry.version.number: entry.before for entry in history(workspace)}
    assert by_number == {3: first, 2: first, 1: None}


def test_the_history_tells_author_note_and_dates_in_the_workspaces_time(
    as_ana: Client, workspace: Workspace, first: ModelVersion, ana: User
) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(timezone="Asia/Tokyo")
    draft = drafted(workspace, 35, by=ana)
    ModelVersion.objects.filter(pk=draft.pk).update(note="Buyers are worth more")
    publish(draft, by=ana, now=MONDAY_NOON + DAY)
    page = text(as_ana.get(HISTORY))
    assert (
        "Written by Ana Marques, opened 2 Mar 2026, 21:00; "
        "published by Ana Marques, 3 Mar 2026, 21:00."
    ) in page
    assert "Note: Buyers are worth more" in page
    assert "What it changes against version 1" in page
    assert "The first version of the model." in page


def test_the_history_costs_the_same_for_three_versions_as_for_two_and_goes_by_pages(
    workspace: Workspace, first: ModelVersion, django_assert_num_queries: Any
) -> None:
    draft = drafted(workspace, 31)
    AttributeRule.objects.create(
        version=draft, name="Rich", points=5, field="attributes.budget", operator="known"
    )
    publish(draft, by=None, now=MONDAY_NOON)
    for points in (32, 33):
        afresh = Workspace.objects.get(pk=workspace.pk)
        with django_assert_num_queries(15):
            history(afresh)
        publish(drafted(workspace, points), by=None, now=MONDAY_NOON)
    assert [entry.version.number for entry in history(workspace, size=3)] == [4, 3, 2]
    (last,) = history(workspace, below=2)
    assert (last.version, last.before) == (first, None)


def test_any_two_versions_are_compared(
    as_ana: Client, workspace: Workspace, first: ModelVersion
) -> None:
    publish(drafted(workspace, 35), by=None, now=MONDAY_NOON + DAY)
    drafted(workspace, 40)
    for query, said in (
        ("", buyer(40, 35)),  # the newest two: the draft and what is in force
        ("?old=1&new=3", buyer(40, 30)),
        ("?old=3&new=1", buyer(30, 40)),
    ):
        page: Any = as_ana.get(COMPARE + query)
        assert [(g.title, g.changes) for g in page.context["groups"]] == [
            ("Rules for who they are", [said])
        ]
        assert said in text(page)
    assert "Choose two different versions" in text(as_ana.get(f"{COMPARE}?old=2&new=2"))


@pytest.mark.parametrize("query", ["?old=7&new=1", "?old=x&new=1", "?old=&new="])
def test_what_is_no_version_is_not_compared(
    as_ana: Client, first: ModelVersion, query: str
) -> None:
    page = as_ana.get(COMPARE + query)
    assert page.status_code == 200
    assert "Choose two versions that exist." in text(page)


def test_the_version_page_tells_how_far_the_rescore_is(
    as_ana: Client, workspace: Workspace, first: ModelVersion
) -> None:
    for _ in range(3):
        make_lead(workspace)
    version = f"{PAGES}{first.pk}/"
    assert "0 of 3 leads are scored by it (0 %)" in text(as_ana.get(f"{version}change/"))
    demand = Rescore.objects.get(workspace=workspace)
    rescore_chunk(demand.pk, workspace.pk, now=MONDAY_NOON + timedelta(minutes=1), chunk=2)
    page = text(as_ana.get(f"{version}progress/"))
    assert "2 of 3 leads are scored by it (66 %)" in page
    assert f'hx-get="{version}progress/"' in page
    while rescore_chunk(demand.pk, workspace.pk, now=MONDAY_NOON, chunk=2):
        pass
    page = text(as_ana.get(f"{version}progress/"))
    assert "Every lead is scored by it now." in page
    assert "hx-get" not in page


def test_strangers_find_none_of_it(as_cleo: Client, as_mara: Client, first: ModelVersion) -> None:
    for client in (as_cleo, as_mara):
        for path in (HISTORY, COMPARE, f"{PAGES}{first.pk}/progress/"):
            assert client.get(path).status_code == 404
            assert client.post(path).status_code == 405
