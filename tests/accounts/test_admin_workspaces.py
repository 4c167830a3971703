"""The workspace's own settings, people of several workspaces, and the record of changes."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.change_words import in_words
from accounts.models import Membership, Role, User, Workspace
from leadqual.models import Source
from tests.admin_pages import errors_of, fields_of
from tests.admin_workspaces import also_member_of
from tests.builders import make_member, make_source

SOURCES = "/admin/leadqual/source/"


@pytest.fixture
def elsewhere(cleo: User) -> Workspace:
    return cleo.workspaces.get()


@pytest.fixture
def as_olga(client: Client, workspace: Workspace, elsewhere: Workspace) -> Client:
    """The operator of both workspaces."""
    olga = make_member(workspace, name="Olga Perez", role=Role.OPERATOR)
    also_member_of(elsewhere, olga, Role.OPERATOR)
    client.force_login(olga)
    return client


def settings_page(workspace: Workspace) -> str:
    return f"/admin/accounts/workspace/{workspace.pk}/change/"


def test_name_zone_and_currency_are_edited_by_who_manages_people(
    as_olga: Client, workspace: Workspace
) -> None:
    path = settings_page(workspace)
    fields = fields_of(as_olga.get(path), "workspace_form")
    fields |= {"timezone": "Europe/Berlin", "currency": "chf", "slug": "forged"}
    assert as_olga.post(path, fields).status_code == 302
    workspace.refresh_from_db()
    assert (workspace.timezone, workspace.currency) == ("Europe/Berlin", "CHF")
    assert workspace.slug == "northwind"
    assert LogEntry.objects.latest("action_time").get_change_message().splitlines() == [
        "Time zone from “UTC” to “Europe/Berlin”.",
        "Currency from “EUR” to “CHF”.",
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"currency": "E1"}, "currency"),
        ({"currency": "ZZZ"}, "currency"),
    ],
)
def test_what_is_no_zone_or_currency_is_refused(
    as_olga: Client, workspace: Workspace, values: dict[str, str], field: str
) -> None:
    path = settings_page(workspace)
    fields = fields_of(as_olga.get(path), "workspace_form")
    assert list(errors_of(as_olga.post(path, {**fields, **values}))) == [field]


def test_workspaces_are_neither_added_nor_deleted_here(
    as_olga: Client, workspace: Workspace
) -> None:
    assert as_olga.get("/admin/accounts/workspace/add/").status_code == 403
    page = as_olga.post(settings_page(workspace).replace("change", "delete"), {"post": "yes"})
    assert page.status_code == 403


def test_a_marketing_manager_does_not_edit_the_workspace(
    as_ana: Client, workspace: Workspace
) -> None:
    assert as_ana.get(settings_page(workspace)).status_code == 403
    assert as_ana.get("/admin/accounts/workspace/").status_code == 403


def test_who_has_several_workspaces_is_asked_for_which_one_a_row_is(
    as_olga: Client, workspace: Workspace, elsewhere: Workspace
) -> None:
    asked = as_olga.get(f"{SOURCES}add/").content.decode()
    assert "In which workspace?" in asked
    assert 'href="?workspace=elsewhere"' in asked
    path = f"{SOURCES}add/?workspace=elsewhere"
    page = as_olga.get(path)
    assert "Elsewhere" in page.content.decode()
    fields = fields_of(page, "source_form") | {"name": "Fair", "code": "fair"}
    assert as_olga.post(f"{SOURCES}add/", fields).status_code == 200  # asked, not guessed
    assert as_olga.post(path, {**fields, "workspace": workspace.pk}).status_code == 302
    assert Source.objects.get().workspace == elsewhere


def test_a_row_never_changes_its_workspace(
    as_olga: Client, workspace: Workspace, elsewhere: Workspace
) -> None:
    source = make_source(workspace, code="fair")
    path = f"{SOURCES}{source.pk}/change/?workspace=elsewhere"
    fields = fields_of(as_olga.get(path), "source_form")
    as_olga.post(path, {**fields, "name": "Expo", "workspace": elsewhere.pk})
    source.refresh_from_db()
    assert (source.name, source.workspace) == ("Expo", workspace)


def test_choices_are_those_of_the_rows_own_workspace_not_of_all_ones_own(
    as_olga: Client, workspace: Workspace, elsewhere: Workspace
) -> None:
    here, there = make_source(workspace, code="here"), make_source(elsewhere, code="there")
    path = "/admin/leadqual/campaign/add/?workspace=northwind"
    page: Any = as_olga.get(path)
    assert list(page.context["adminform"].form.fields["source"].queryset) == [here]
    fields = fields_of(page, "campaign_form") | {"name": "x", "code": "x", "source": there.pk}
    assert list(errors_of(as_olga.post(path, fields))) == ["source"]


def test_lists_of_several_workspaces_say_and_filter_which(
    as_olga: Client, workspace: Workspace, elsewhere: Workspace
) -> None:
    make_source(workspace, code="here")
    make_source(elsewhere, code="there")
    page: Any = as_olga.get(SOURCES)
    assert "workspace_name" in page.context["cl"].list_display
    page = as_olga.get(f"{SOURCES}?workspace__id__exact={elsewhere.pk}")
    assert [source.code for source in page.context["cl"].result_list] == ["there"]


def test_a_role_counts_in_its_own_workspace_only(
    as_olga: Client, workspace: Workspace, elsewhere: Workspace
) -> None:
    Membership.objects.filter(workspace=elsewhere).update(role=Role.REP)
    make_source(workspace, code="here")
    there = make_source(elsewhere, code="there")
    page: Any = as_olga.get(SOURCES)
    assert [source.code for source in page.context["cl"].result_list] == ["here"]
    assert as_olga.get(f"{SOURCES}{there.pk}/change/").status_code == 404
    assert as_olga.get(f"{SOURCES}add/?workspace=elsewhere").status_code == 404


def test_the_start_page_tells_the_latest_changes_of_colleagues_and_no_others(
    as_olga: Client, as_ana: Client, as_cleo: Client, workspace: Workspace
) -> None:
    fields = fields_of(as_ana.get(f"{SOURCES}add/"), "source_form")
    as_ana.post(f"{SOURCES}add/", {**fields, "name": "Trade fair", "code": "fair"})
    told = as_olga.get("/admin/").content.decode()
    assert "Ana Marques" in told
    assert "Trade fair" in told
    assert "Trade fair" not in as_cleo.get("/admin/").content.decode()


def test_the_theme_is_the_one_of_the_profile(as_ana: Client, ana: User) -> None:
    assert 'x-data="theme()"' in as_ana.get("/admin/").content.decode()
    User.objects.filter(pk=ana.pk).update(theme=User.Theme.DARK)
    assert "x-data=\"theme('dark')\"" in as_ana.get("/admin/").content.decode()


def test_logging_out_of_the_admin_logs_out_of_the_product(as_ana: Client) -> None:
    assert as_ana.get("/admin/logout/").status_code == 405
    assert as_ana.post("/admin/logout/").status_code == 302
    assert as_ana.get("/admin/").status_code == 302


def test_no_page_of_the_admin_needs_an_inline_script(as_ana: Client, workspace: Workspace) -> None:
    """The policy allows eval below /admin/, which Unfold's Alpine needs, but no inline script."""
    for path in ("/admin/", SOURCES, f"{SOURCES}add/", f"{SOURCES}export/"):
        page = as_ana.get(path)
        policy = page["Content-Security-Policy"]
        scripts = next(d for d in policy.split("; ") if d.startswith("script-src"))
        assert set(scripts.split()) == {"script-src", "'self'", "'unsafe-eval'"}
        for tag in page.content.decode().split("<script")[1:]:
            assert "src=" in tag.partition(">")[0]


def test_long_values_are_shortened_in_the_record() -> None:
    from django.forms import CharField

    assert in_words(CharField(), "word " * 100) == f"“{'word ' * 15}…”".replace("word …", "word …")
