"""Who gets into the admin, and that nothing of another workspace can be reached there.

The registry is walked, so that a page added tomorrow is tried as well.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as DjangoPermission
from django.db.models import Model
from django.forms import ModelChoiceField
from django.test import Client
from django.urls import reverse

from accounts.access import ADMIN_PERMISSIONS, ROLES
from accounts.installation_admin import SuperuserOnly
from accounts.models import ApiToken, Membership, Role, User, Workspace, WorkspaceOwned
from accounts.workspace_admin import WorkspaceAdmin
from scoring.publishing import open_draft
from tests.admin_workspaces import make_whole_workspace
from tests.builders import MONDAY_NOON, make_member, make_user

PAGES: dict[type[Model], WorkspaceAdmin] = {
    model: page for model, page in admin.site._registry.items() if isinstance(page, WorkspaceAdmin)
}


REFUSED = {403, 404}
"""Of some models no row is ever deleted in the admin, whoever asks."""


def address(model: type[Model], action: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{action}", args=args)


def rows_of(model: type[Model], workspace: Workspace) -> list[Model]:
    """The rows of the page in that workspace: never none, or the walk would prove nothing."""
    lookup = {PAGES[model].workspace_lookup: workspace.pk}
    rows = list(model._default_manager.filter(**lookup))
    assert rows, f"{model.__name__} has no row in {workspace}"
    return rows


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def northwind(db: None) -> Workspace:
    return make_whole_workspace(name="Northwind", slug="northwind", by=make_user(name="Nora Root"))


@pytest.fixture
def elsewhere(db: None) -> Workspace:
    return make_whole_workspace(name="Elsewhere", slug="elsewhere", by=make_user(name="Else Root"))


@pytest.fixture
def as_cleo(elsewhere: Workspace) -> Client:
    """Cleo may do everything, in her own workspace."""
    return client_of(make_member(elsewhere, name="Cleo Stern", role=Role.ADMINISTRATOR))


def test_every_page_is_of_a_workspace_or_of_the_installation() -> None:
    strange = [
        model.__name__
        for model, page in admin.site._registry.items()
        if not isinstance(page, WorkspaceAdmin | SuperuserOnly)
    ]
    assert strange == []
    assert not {ApiToken, Membership, Group} & set(admin.site._registry)  # the portal has them


@pytest.mark.parametrize("path", ["/admin/", "/admin/scoring/modelversion/", "/admin/nonsense/"])
def test_who_is_not_logged_in_is_sent_to_the_products_own_login(client: Client, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 302
    assert page["Location"] == f"{reverse('account_login')}?next={path}"


def test_the_admin_has_no_login_form_of_its_own(client: Client, db: None) -> None:
    page = client.get("/admin/login/?next=/admin/scoring/modelversion/")
    assert page["Location"] == f"{reverse('account_login')}?next=/admin/scoring/modelversion/"
    page = client.post("/admin/login/", {"username": "x@example.com", "password": "x"})
    assert page["Location"] == f"{reverse('account_login')}?next=/admin/"


def test_the_login_sends_nobody_to_another_site(client: Client, db: None) -> None:
    page = client.get("/admin/login/?next=https://evil.example/")
    assert page["Location"] == f"{reverse('account_login')}?next=/admin/"


def test_a_rep_finds_no_admin_at_all(as_ben: Client) -> None:
    paths = ["/admin/", "/admin/login/", "/admin/jsi18n/", "/admin/search/?s=a", "/admin/nonsense/"]
    paths += [address(model, "changelist") for model in admin.site._registry]
    assert {as_ben.get(path).status_code for path in paths} == {404}


def test_each_page_opens_for_the_permissions_it_needs_and_for_no_others(
    northwind: Workspace,
) -> None:
    for role in Role:
        client = client_of(make_member(northwind, role=role))
        gets_in = bool(ROLES[role] & ADMIN_PERMISSIONS)
        for model, page in PAGES.items():
            fits = bool(ROLES[role] & page.needs)
            answer = client.get(address(model, "changelist")).status_code
            assert (role, model, answer) == (role, model, 200 if fits else 403 if gets_in else 404)


def test_a_membership_that_ended_opens_nothing_any_more(northwind: Workspace) -> None:
    ana = make_member(northwind, role=Role.MARKETING_MANAGER)
    as_ana = client_of(ana)
    assert as_ana.get("/admin/").status_code == 200
    Membership.objects.filter(user=ana).update(ended_at=MONDAY_NOON)
    assert as_ana.get("/admin/").status_code == 404


def test_the_administrator_of_the_installation_sees_no_workspace_by_that_alone(
    northwind: Workspace,
) -> None:
    as_root = client_of(User.objects.create_superuser("root@example.com", "x", name="Root"))
    assert {as_root.get(address(model, "changelist")).status_code for model in PAGES} == {403}


def test_pages_of_the_installation_open_for_its_administrator_alone(
    northwind: Workspace, as_cleo: Client
) -> None:
    as_root = client_of(User.objects.create_superuser("root@example.com", "x", name="Root"))
    pages = [model for model in admin.site._registry if model not in PAGES]
    assert {as_root.get(address(model, "changelist")).status_code for model in pages} == {200}
    assert {as_cleo.get(address(model, "changelist")).status_code for model in pages} == {403}


def test_lists_show_nothing_of_another_workspace(
    northwind: Workspace, elsewhere: Workspace, as_cleo: Client
) -> None:
    for model in PAGES:
        own = {row.pk for row in rows_of(model, elsewhere)}
        assert rows_of(model, northwind)
        page = as_cleo.get(address(model, "changelist"))
        context: Any = page.context
        assert {row.pk for row in context["cl"].result_list} == own
        assert "Northwind" not in page.content.decode()
        for query in (f"?workspace__id__exact={northwind.pk}", "?q=Northwind", "?all="):
            context = as_cleo.get(address(model, "changelist") + query).context or {}
            shown = {row.pk for row in context["cl"].result_list} if "cl" in context else set()
            assert shown <= own


def test_a_foreign_row_is_not_found_as_one_that_does_not_exist(
    northwind: Workspace, as_cleo: Client
) -> None:
    for model in PAGES:
        row = rows_of(model, northwind)[0]
        before = model._default_manager.filter(pk=row.pk).values().get()
        for action in ("change", "delete", "history"):
            for ask in (as_cleo.get, as_cleo.post):
                foreign = ask(address(model, action, row.pk))
                missing = ask(address(model, action, 999_999_999))
                assert foreign.status_code == missing.status_code
                assert foreign.status_code in (REFUSED if action == "delete" else {404})
        assert model._default_manager.filter(pk=row.pk).values().get() == before


def test_nothing_is_added_to_a_foreign_workspace(northwind: Workspace, as_cleo: Client) -> None:
    for model in PAGES:
        before = len(rows_of(model, northwind))
        forged = {"workspace": northwind.pk, "name": "Forged", "code": "forged"}
        add = f"{address(model, 'changelist')}add/"
        assert as_cleo.get(f"{add}?workspace=northwind").status_code in (403, 404)
        assert as_cleo.post(f"{add}?workspace=northwind", forged).status_code in (403, 404)
        as_cleo.post(add, forged)
        assert len(rows_of(model, northwind)) == before


def test_choices_name_rows_of_the_own_workspace_only(
    northwind: Workspace, elsewhere: Workspace, as_cleo: Client
) -> None:
    members = set(elsewhere.members.values_list("pk", flat=True))
    offered: dict[str, set[bool]] = {}
    for form in forms_of(as_cleo, elsewhere):
        for name, field in form.fields.items():
            is_choice = isinstance(field, ModelChoiceField) and name != "id"
            if is_choice and field.queryset is not None:
                own = offered.setdefault(f"{type(form).__name__}.{name}", set())
                for choice in field.queryset:
                    is_person = isinstance(choice, User)
                    own.add(choice.pk in members if is_person else of(choice) == elsewhere)
    chosen = {name for name, own in offered.items() if own}
    assert {"CampaignForm.source", "CommitmentForm.calendar", "RepForm.user"} <= chosen
    assert "IntentRuleForm.signal" in chosen
    assert [name for name, own in offered.items() if False in own] == []


def of(row: Any) -> Workspace:
    """The workspace of a row, or of the row it is a part of."""
    part_of = getattr(row, "version", None) or getattr(row, "calendar", None)
    owner: WorkspaceOwned = part_of or row
    return owner.workspace


def forms_of(client: Client, workspace: Workspace) -> Iterator[Any]:
    """Every form of every page: of the first row, with one of each of its inlines, and to add."""
    open_draft(workspace=workspace, by=None)
    for model in PAGES:
        row = rows_of(model, workspace)[0]
        for path in (address(model, "change", row.pk), f"{address(model, 'changelist')}add/"):
            context: Any = client.get(path).context or {}
            if "adminform" in context:
                yield context["adminform"].form
                for inline in context["inline_admin_formsets"]:
                    yield inline.formset.empty_form


def test_the_start_page_and_the_search_know_the_own_workspace_only(
    northwind: Workspace, elsewhere: Workspace, as_cleo: Client
) -> None:
    found = as_cleo.get("/admin/search/?s=ads&extended=1").content.decode()
    assert "Elsewhere ads" in found
    assert "Northwind ads" not in found
    assert "Northwind" not in as_cleo.get("/admin/").content.decode()


def test_the_autocomplete_knows_the_own_workspace_only(
    northwind: Workspace, elsewhere: Workspace, as_cleo: Client
) -> None:
    page = as_cleo.get(
        "/admin/autocomplete/?app_label=leadqual&model_name=campaign&field_name=source&term="
    )
    assert [result["text"] for result in page.json()["results"]] == ["Elsewhere ads"]


def test_rows_cannot_be_found_by_what_is_secret(northwind: Workspace, as_cleo: Client) -> None:
    page = as_cleo.get("/admin/scoring/modelversion/?author__password__startswith=a")
    assert page.status_code == 400


def test_the_shortcut_to_any_row_of_any_table_is_gone(as_cleo: Client) -> None:
    assert as_cleo.get("/admin/r/1/1/").status_code == 404


def test_djangos_own_rights_open_nothing(northwind: Workspace) -> None:
    ben = make_member(northwind, name="Ben Okoye", role=Role.REP)
    ben.user_permissions.set(DjangoPermission.objects.all())
    assert client_of(ben).get("/admin/").status_code == 404
