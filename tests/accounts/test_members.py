"""Roles are changed by those who may, and a workspace always keeps an administrator."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import members
from accounts.members import MemberError
from accounts.models import Membership, Role, User, Workspace
from tests.builders import MONDAY_NOON, make_member, make_user, make_workspace


def membership(user: User) -> Membership:
    return Membership.objects.select_related("user", "workspace").get(user=user)


@pytest.fixture
def admin(workspace: Workspace) -> Membership:
    return membership(make_member(workspace, name="Ada Admin", role=Role.ADMINISTRATOR))


def test_a_role_is_changed(admin: Membership, ben: User) -> None:
    for _ in range(2):
        members.change_role(membership(ben), Role.SALES_MANAGER, by=admin)
    assert membership(ben).role == Role.SALES_MANAGER


def test_a_membership_ends_once_and_can_begin_again(
    workspace: Workspace, admin: Membership, ben: User
) -> None:
    for at in (MONDAY_NOON, MONDAY_NOON.replace(hour=15)):
        members.end(membership(ben), by=admin, at=at)
    assert membership(ben).ended_at == MONDAY_NOON
    back, is_new = members.add(
        workspace=workspace, user=ben, role=Role.LEADERSHIP, by=admin, at=MONDAY_NOON
    )
    assert (back, is_new, membership(ben).ended_at) == (membership(ben), True, None)
    assert membership(ben).role == Role.LEADERSHIP


def test_the_last_administrator_stays(admin: Membership) -> None:
    with pytest.raises(MemberError, match="Ada Admin is the last administrator"):
        members.change_role(admin, Role.REP, by=admin)
    with pytest.raises(MemberError, match="Ada Admin is the last administrator"):
        members.end(admin, by=admin, at=MONDAY_NOON)
    assert membership(admin.user).role == Role.ADMINISTRATOR


def test_an_administrator_whose_account_is_closed_does_not_count(
    workspace: Workspace, admin: Membership
) -> None:
    gone = make_member(workspace, role=Role.ADMINISTRATOR)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(MemberError, match="the last administrator"):
        members.end(admin, by=admin, at=MONDAY_NOON)


def test_only_an_administrator_gives_and_takes_that_role(
    workspace: Workspace, admin: Membership, ben: User
) -> None:
    operator = membership(make_member(workspace, role=Role.OPERATOR))
    make_member(workspace, role=Role.ADMINISTRATOR)
    with pytest.raises(MemberError, match="Only an administrator"):
        members.change_role(operator, Role.ADMINISTRATOR, by=operator)
    with pytest.raises(MemberError, match="Only an administrator"):
        members.change_role(admin, Role.REP, by=operator)
    with pytest.raises(MemberError, match="Only an administrator"):
        members.end(admin, by=operator, at=MONDAY_NOON)
    members.change_role(membership(ben), Role.LEADERSHIP, by=operator)
    assert membership(ben).role == Role.LEADERSHIP


def test_somebody_who_left_has_to_be_invited_again(admin: Membership, ben: User) -> None:
    members.end(membership(ben), by=admin, at=MONDAY_NOON)
    with pytest.raises(MemberError, match="no longer a member"):
        members.change_role(membership(ben), Role.LEADERSHIP, by=admin)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_end_each_other_at_once_do_not_both_succeed() -> None:
    workspace = make_workspace()
    pair = [membership(make_member(workspace, role=Role.ADMINISTRATOR)) for _ in range(2)]
    start, refusals = threading.Barrier(2), []

    def end(mine: Membership, other: Membership) -> None:
        start.wait()
        try:
            members.end(other, by=mine, at=MONDAY_NOON)
        except MemberError as refusal:
            refusals.append(str(refusal))
        connection.close()

    threads = [threading.Thread(target=end, args=order) for order in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Membership.objects.of(workspace).current().count() == 1
    assert len(refusals) == 1


def test_the_page_lists_members_and_those_who_left(
    workspace: Workspace, admin: Membership, ben: User, mara: User, client: Client
) -> None:
    members.end(membership(mara), by=admin, at=MONDAY_NOON)
    client.force_login(admin.user)
    page = client.get(reverse("members", args=["northwind"]))
    assert [member.user for member in page.context["members"]] == [admin.user, ben]
    assert [member.user for member in page.context["ended"]] == [mara]


def test_the_page_changes_a_role_and_ends_a_membership(
    admin: Membership, ben: User, client: Client
) -> None:
    client.force_login(admin.user)
    member = membership(ben).pk
    url = reverse("change_role", args=["northwind", member])
    page = client.post(url, {"role": "leadership"}, follow=True)
    assert "Ben Okoye is now leadership." in page.content.decode()
    page = client.post(url, {"role": "emperor"}, follow=True)
    assert "Choose one of the roles in the list." in page.content.decode()
    page = client.post(reverse("end_membership", args=["northwind", member]), follow=True)
    assert "Ben Okoye is no longer a member." in page.content.decode()
    assert membership(ben).ended_at is not None


def test_the_page_says_why_the_last_administrator_stays(admin: Membership, client: Client) -> None:
    client.force_login(admin.user)
    page = client.post(reverse("end_membership", args=["northwind", admin.pk]), follow=True)
    assert "Make somebody else administrator first." in page.content.decode()
    assert membership(admin.user).ended_at is None


def test_cleo_cannot_touch_members_of_another_workspace(
    admin: Membership, ben: User, as_cleo: Client
) -> None:
    member = membership(ben).pk
    for name in ("change_role", "end_membership"):
        assert as_cleo.post(reverse(name, args=["elsewhere", member])).status_code == 404
        assert as_cleo.post(reverse(name, args=["northwind", member])).status_code == 404
    assert membership(ben).role == Role.REP


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_with_one_member_and_with_three(
    admin: Membership, client: Client, rows: int, django_assert_num_queries: object
) -> None:
    for _ in range(rows - 1):
        make_member(admin.workspace, user=make_user())
    client.force_login(admin.user)
    with django_assert_num_queries(9):  # type: ignore[operator]
        client.get(reverse("members", args=["northwind"]))
