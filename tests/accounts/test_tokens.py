"""A token's secret is shown once, and opens nothing after it was revoked."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import api_tokens
from accounts.models import ApiToken, Role, User, Workspace
from tests.builders import MONDAY_NOON, make_member


@pytest.fixture
def admin(workspace: Workspace, client: Client) -> User:
    user = make_member(workspace, name="Ada Admin", role=Role.ADMINISTRATOR)
    client.force_login(user)
    return user


def test_the_secret_is_shown_once(workspace: Workspace, admin: User, client: Client) -> None:
    url = reverse("tokens", args=["northwind"])
    page = client.post(url, {"name": "website form"})
    secret, token = page.context["secret"], ApiToken.objects.get()
    assert ApiToken.digest_of(secret) == token.digest
    assert secret in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert secret not in client.get(url).content.decode()


def test_a_form_sent_twice_issues_one_token(
    workspace: Workspace, admin: User, client: Client
) -> None:
    url = reverse("tokens", args=["northwind"])
    client.post(url, {"name": "website form"})
    page = client.post(url, {"name": "Website form"})
    assert page.context["form"].errors == {
        "name": ["There is a token “Website form” already. Revoke it first, or name this anew."]
    }
    assert ApiToken.objects.count() == 1


def test_a_revoked_token_is_no_longer_valid_and_frees_its_name(
    workspace: Workspace, admin: User, client: Client
) -> None:
    token, _ = api_tokens.issue(workspace=workspace, name="website form", by=admin)
    api_tokens.revoke(token, at=MONDAY_NOON)
    for _ in range(2):
        client.post(reverse("revoke_token", args=["northwind", token.pk]))
    token.refresh_from_db()
    assert token.revoked_at == MONDAY_NOON
    assert not ApiToken.objects.valid().exists()
    api_tokens.issue(workspace=workspace, name="website form", by=admin)
    assert ApiToken.objects.valid().count() == 1


def test_cleo_cannot_revoke_a_token_of_another_workspace(
    workspace: Workspace, admin: User, as_cleo: Client
) -> None:
    token, _ = api_tokens.issue(workspace=workspace, name="website form", by=admin)
    assert as_cleo.post(reverse("revoke_token", args=["elsewhere", token.pk])).status_code == 404
    assert ApiToken.objects.valid().count() == 1
