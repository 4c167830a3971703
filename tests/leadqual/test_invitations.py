"""An invited person gets a mail, chooses a password, and is in."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.members import MemberError
from accounts.models import Membership, Role, User, Workspace
from leadqual import invitations, outbox
from leadqual.models import Notice, OutboxMessage
from tests.builders import MONDAY_NOON, make_member, make_user


@pytest.fixture
def admin(workspace: Workspace) -> Membership:
    user = make_member(workspace, name="Ada Admin", role=Role.ADMINISTRATOR)
    return Membership.objects.get(user=user)


def invite(admin: Membership, email: str = "Dora@Example.com", role: Role = Role.REP) -> Membership:
    member, _ = invitations.invite(
        workspace=admin.workspace, email=email, name="Dora Ek", role=role, by=admin, at=MONDAY_NOON
    )
    return member


def delivered_link() -> str:
    outbox.deliver(now=timezone.now())
    found = re.search(r"http://\S+/account/password/reset/\S+", str(mail.outbox[-1].body))
    assert found
    return found.group().removeprefix("http://127.0.0.1:8000")


def test_the_link_in_the_mail_lets_a_new_person_choose_a_password_and_in(
    admin: Membership, client: Client
) -> None:
    invite(admin)
    form = client.get(delivered_link(), follow=True)
    assert "Choose a password" in form.content.decode()
    url = form.redirect_chain[-1][0]
    words = {"password1": "a long enough secret", "password2": "a long enough secret"}
    client.post(url, words)
    user = User.objects.get(email="dora@example.com")
    assert (user.name, user.check_password("a long enough secret")) == ("Dora Ek", True)
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_link_works_once(admin: Membership, client: Client) -> None:
    invite(admin)
    link = delivered_link()
    url = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(url, {"password1": "a long enough secret", "password2": "a long enough secret"})
    again = Client().get(link, follow=True)
    assert "This link no longer works" in again.content.decode()


def test_inviting_twice_makes_one_member_and_one_mail(admin: Membership) -> None:
    first = invite(admin)
    assert invite(admin) == first
    assert User.objects.filter(email="dora@example.com").count() == 1
    assert OutboxMessage.objects.count() == 1


def test_somebody_with_an_account_is_added_without_a_new_password(admin: Membership) -> None:
    known = make_user(name="Dora Known", email="dora@example.com", password="an old secret")
    invite(admin)
    known.refresh_from_db()
    message, notice = OutboxMessage.objects.get(), Notice.objects.get()
    assert (known.name, known.check_password("an old secret")) == ("Dora Known", True)
    assert "/account/password/reset/" not in message.body
    assert "http://127.0.0.1:8000/w/northwind/" in message.body
    assert (notice.user, notice.url) == (known, "/w/northwind/")


def test_a_refused_invitation_leaves_nothing_behind(admin: Membership, ben: User) -> None:
    with pytest.raises(MemberError, match="already here as sales rep"):
        invite(admin, email=ben.email, role=Role.SALES_MANAGER)
    operator = make_member(admin.workspace, role=Role.OPERATOR)
    with pytest.raises(MemberError, match="Only an administrator"):
        invite(Membership.objects.get(user=operator), role=Role.ADMINISTRATOR)
    assert not User.objects.filter(email="dora@example.com").exists()
    assert OutboxMessage.objects.count() == 0


def test_a_closed_account_cannot_be_invited(admin: Membership) -> None:
    User.objects.filter(pk=make_user(email="dora@example.com").pk).update(is_active=False)
    with pytest.raises(MemberError, match="is closed"):
        invite(admin)


def test_an_invitation_sent_again_has_a_fresh_link_and_a_double_click_sends_one(
    admin: Membership,
) -> None:
    member = invite(admin)
    later = MONDAY_NOON + timedelta(days=5)
    for _ in range(2):
        invitations.resend(member, by=admin, at=later)
    first, second = OutboxMessage.objects.order_by("pk")
    assert first.body != second.body or first.key != second.key
    assert second.key == f"invitation:{member.pk}:2026-03-07T12:00"


def test_the_page_invites_and_says_so(admin: Membership, client: Client) -> None:
    client.force_login(admin.user)
    words = {"email": "dora@example.com", "name": "Dora Ek", "role": "rep"}
    page = client.post(reverse("invite_member", args=["northwind"]), words, follow=True)
    assert "Dora Ek is invited: a mail is on its way to dora@example.com." in page.content.decode()
    assert "offered leads once they have chosen a password." in page.content.decode()
    again = client.post(reverse("invite_member", args=["northwind"]), words, follow=True)
    assert "is a member already; nothing was sent." in again.content.decode()


def test_the_page_shows_what_was_wrong_where_it_was_typed(
    admin: Membership, ben: User, client: Client
) -> None:
    client.force_login(admin.user)
    words = {"email": ben.email, "name": "Ben", "role": "leadership"}
    page = client.post(reverse("invite_member", args=["northwind"]), words)
    assert page.context["form"].errors == {
        "email": ["Ben Okoye is already here as sales rep. Change the role in the list of members."]
    }
    page = client.post(reverse("invite_member", args=["northwind"]), words | {"email": "dora@"})
    assert list(page.context["form"].errors) == ["email"]


def test_an_operator_is_not_offered_the_administrators_role(
    workspace: Workspace, client: Client
) -> None:
    client.force_login(make_member(workspace, role=Role.OPERATOR))
    page = client.get(reverse("invite_member", args=["northwind"]))
    offered = [value for value, _ in page.context["form"].fields["role"].choices]
    assert offered == ["rep", "sales_manager", "marketing_manager", "leadership", "operator"]


def test_the_invitation_of_another_workspaces_member_cannot_be_sent_again(
    admin: Membership, cleo: User, as_cleo: Client
) -> None:
    member = invite(admin)
    url = reverse("resend_invitation", args=["elsewhere", member.pk])
    assert as_cleo.post(url).status_code == 404
    assert OutboxMessage.objects.count() == 1
