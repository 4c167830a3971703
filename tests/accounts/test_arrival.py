"""After the login a person is where they work: the workspace used last, the page of their role."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, User, Workspace
from accounts.views.arrival import landing_page
from leadqual.models import Notice
from tests.builders import make_member, make_user, make_workspace


def test_the_only_workspace_is_entered_at_once(ben: User, as_ben: Client) -> None:
    page = as_ben.get(reverse("home"), follow=True)
    assert [url for url, _ in page.redirect_chain] == [
        "/w/northwind/",
        landing_page(Membership.objects.get(user=ben)),
    ]


def test_who_has_never_chosen_among_several_is_asked(
    workspace: Workspace, ben: User, as_ben: Client
) -> None:
    make_member(make_workspace(name="Blue Yonder"), user=ben)
    assert as_ben.get(reverse("home"))["Location"] == "/workspaces/"


def test_the_workspace_used_last_is_entered_again(ben: User, as_ben: Client) -> None:
    other = make_workspace(name="Blue Yonder", slug="blue")
    make_member(other, user=ben)
    as_ben.get(reverse("enter", args=["northwind"]))
    as_ben.get(reverse("enter", args=["blue"]))
    assert as_ben.get(reverse("home"))["Location"] == "/w/blue/"
    as_ben.get(reverse("enter", args=["northwind"]))
    assert as_ben.get(reverse("home"))["Location"] == "/w/northwind/"


def test_a_workspace_that_one_has_left_is_not_entered(ben: User, as_ben: Client) -> None:
    other = make_workspace(name="Blue Yonder", slug="blue")
    make_member(other, user=ben)
    as_ben.get(reverse("enter", args=["blue"]))
    Membership.objects.filter(workspace=other).update(ended_at="2026-03-02T12:00Z")
    assert as_ben.get(reverse("home"))["Location"] == "/w/northwind/"


def test_the_switcher_lists_each_workspace_with_the_role_there(ben: User, as_ben: Client) -> None:
    make_member(make_workspace(name="Blue Yonder"), user=ben, role=Role.LEADERSHIP)
    make_workspace(name="Not Bens")
    page = as_ben.get(reverse("workspaces"))
    shown = [(m.workspace.name, m.get_role_display()) for m in page.context["memberships"]]
    assert shown == [("Blue Yonder", "Leadership"), ("Northwind", "Sales rep")]


def test_who_is_in_no_workspace_is_told_what_to_do(client: Client, db: None) -> None:
    client.force_login(make_user())
    page = client.get(reverse("home"), follow=True)
    assert "Ask the administrator of a workspace to invite you" in page.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_every_role_lands_on_a_page_it_may_open(
    workspace: Workspace, role: Role, client: Client
) -> None:
    client.force_login(make_member(workspace, role=role))
    assert client.get(reverse("home"), follow=True).status_code == 200


@pytest.mark.parametrize("many", [1, 3])
def test_the_shell_costs_the_same_whatever_there_is_to_show(
    workspace: Workspace,
    ben: User,
    as_ben: Client,
    many: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(many):
        make_member(make_workspace(), user=ben)
        Notice.objects.create(workspace=workspace, user=ben, key=str(number), text="An offer")
    # Session, person, membership; the other workspaces, the bell, the notices, the shadow, the
    # agreement.
    with django_assert_num_queries(9):
        as_ben.get(reverse("notices", args=["northwind"]))


def test_the_navigation_shows_what_one_may_do_and_marks_where_one_is(
    workspace: Workspace, ben: User, as_ben: Client
) -> None:
    boss = make_member(workspace, role=Role.ADMINISTRATOR)
    assert "Members" not in as_ben.get(reverse("notices", args=["northwind"])).content.decode()
    theirs = Client()
    theirs.force_login(boss)
    page = theirs.get(reverse("members", args=["northwind"])).content.decode()
    assert 'href="/w/northwind/members/" aria-current="page"' in page
    assert page.count('aria-current="page"') == 1
