"""Every address is walked: each view says who may open it, and means it.

A new view fails here until it is declared, and until `Sample` knows what its address names.
"""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from rest_framework.views import APIView

from accounts.access import ROLES, Permission
from accounts.models import Membership, Role, User
from accounts.tokens import HasWorkspaceToken
from tests.accounts.walk import Sample, View, all_views, workspace_views
from tests.builders import make_member

METHODS = ("get", "post")
NOTHING_THERE = {
    # Right addresses, but the sample's import read no file, and its lead has but one page.
    "w/<slug:workspace>/imports/<int:pk>/refused.csv": 404,
    "w/<slug:workspace>/imports/<int:pk>/map.toml": 404,
    "w/<slug:workspace>/leads/<int:pk>/timeline/": 404,
}
VIEWS = workspace_views()


def declares(view: View) -> bool:
    """By one of the decorators of accounts.access, or by a rule for what is not ours."""
    if view.access in ("public", "signed in") or isinstance(view.access, Permission):
        return True
    if view.namespaces[:1] == ("admin",):
        return True  # every page of the admin asks WorkspaceAdminSite.has_permission
    if view.callback.__module__.startswith("allauth."):
        return True  # login and one's own account; what is included is in accounts.login_urls
    api: type[APIView] | None = getattr(view.callback, "cls", None)
    if api is None:
        return False
    is_documentation = api.__module__.startswith("drf_spectacular.")
    return is_documentation or HasWorkspaceToken in api.permission_classes


def test_every_view_declares_who_may_open_it() -> None:
    assert [view.route for view in all_views() if not declares(view)] == []


def test_every_view_of_a_workspace_asks_for_a_permission() -> None:
    without = [view.route for view in VIEWS if not isinstance(view.access, Permission)]
    assert without == []
    assert len(VIEWS) > 10  # the walk does walk


@pytest.fixture
def sample(db: None) -> Sample:
    return Sample()


def answers(client: Client, address: str) -> list[int]:
    return [answer(client, method, address).status_code for method in METHODS]


def answer(client: Client, method: str, address: str) -> HttpResponse:
    response: HttpResponse = getattr(client, method)(address)
    return response


def test_who_may_everything_finds_every_page(sample: Sample, client: Client) -> None:
    """The counterpart of the refusals below: their addresses are not wrong ones."""
    client.force_login(sample.admin)
    failed = {}
    for view in VIEWS:
        code = answer(client, "get", sample.address(view, slug="northwind")).status_code
        if code not in (200, 302, 405):  # 405: a page that only takes forms
            failed[view.route] = code
    assert failed == NOTHING_THERE


def test_a_stranger_finds_nothing(sample: Sample, as_cleo: Client) -> None:
    found = {}
    for view in VIEWS:
        codes = answers(as_cleo, sample.address(view, slug="northwind"))
        if codes != [404, 404]:
            found[view.route] = codes
    assert found == {}


def test_rows_of_another_workspace_are_not_found_from_within_ones_own(
    sample: Sample, as_cleo: Client
) -> None:
    found = {}
    for view in filter(sample.names_a_row, VIEWS):
        codes = answers(as_cleo, sample.address(view, slug="elsewhere"))
        if 404 not in codes or not {404, 405}.issuperset(codes):  # 405: not its method
            found[view.route] = codes
    assert found == {}


def test_a_member_without_the_right_is_refused(sample: Sample) -> None:
    opened = {}
    for role, granted in ROLES.items():
        client = Client()
        client.force_login(make_member(sample.workspace, role=Role(role)))
        for view in VIEWS:
            if view.access in granted:
                continue
            codes = answers(client, sample.address(view, slug="northwind"))
            if codes != [403, 403]:
                opened[role, view.route] = codes
    assert opened == {}


def test_who_is_not_logged_in_is_asked_to(sample: Sample, client: Client) -> None:
    opened = {}
    for view in VIEWS:
        address = sample.address(view, slug="northwind")
        for method in METHODS:
            response = answer(client, method, address)
            if response.headers.get("Location") != f"/account/login/?next={address}":
                opened[method, view.route] = response.status_code
    assert opened == {}


def test_who_has_left_is_a_stranger(sample: Sample) -> None:
    client = Client()
    client.force_login(sample.rep)
    assert client.get("/w/northwind/notices/").status_code == 200
    Membership.objects.filter(user=sample.rep).update(ended_at="2026-03-02T12:00Z")
    assert client.get("/w/northwind/notices/").status_code == 404


def test_a_closed_account_opens_nothing(sample: Sample) -> None:
    client = Client()
    client.force_login(sample.rep)
    User.objects.filter(pk=sample.rep.pk).update(is_active=False)
    assert client.get("/w/northwind/notices/").status_code == 302


def test_a_refusal_names_the_role_and_what_it_may_not_and_is_one_line_of_the_log(
    sample: Sample, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client()
    client.force_login(sample.rep)
    page = client.get("/w/northwind/members/")
    told = "As sales rep you may not invite members, change roles or issue tokens."
    assert told in page.content.decode()
    [line] = [record for record in caplog.records if record.name == "django.request"]
    assert (line.getMessage(), line.exc_info) == (
        "Forbidden (Permission denied): /w/northwind/members/",
        None,
    )


def test_no_page_of_a_workspace_or_a_person_is_kept_by_the_browser(sample: Sample) -> None:
    client = Client()
    client.force_login(sample.admin)
    for address in ("/w/northwind/notices/", "/w/northwind/members/", reverse("profile")):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]


def test_an_administrator_may_everything_and_leadership_looks_and_shares(sample: Sample) -> None:
    admin = Membership.objects.get(user=sample.admin)
    assert ROLES[admin.role] == frozenset(Permission)
    assert ROLES["leadership"] == {
        Permission.VIEW_LEADS,
        Permission.VIEW_REPORTS,
        Permission.SHARE_REPORTS,
    }
