"""Logging in, out, and back in with a new password; nobody signs up by themselves."""

import re

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.core import mail
from django.core.cache import caches
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import User, Workspace
from tests.builders import make_member, make_user

SECRET = "a long enough secret"


@pytest.fixture
def dora(workspace: Workspace) -> User:
    user = make_user(name="Dora Ek", email="dora@example.com", password=SECRET)
    return make_member(workspace, user=user)


def log_in(client: Client, password: str = SECRET) -> None:
    client.post(reverse("account_login"), {"login": "Dora@Example.com", "password": password})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_address_and_password_let_one_in(dora: User, client: Client) -> None:
    log_in(client)
    assert is_in(client)


def test_after_the_login_one_is_where_one_wanted_to_go(dora: User, client: Client) -> None:
    wanted = reverse("notices", args=["northwind"])
    login = client.get(wanted)["Location"]
    assert login == f"/account/login/?next={wanted}"
    words = {"login": "dora@example.com", "password": SECRET, "next": wanted}
    assert client.post(login, words)["Location"] == wanted


def test_a_fragment_sends_the_whole_page_to_the_login(workspace: Workspace, client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/w/northwind/notices/?a=1"}
    answer = client.get(reverse("notices_count", args=["northwind"]), headers=headers)
    assert answer["HX-Redirect"] == "/account/login/?next=%2Fw%2Fnorthwind%2Fnotices%2F%3Fa%3D1"
    assert answer.content == b""


def test_guessing_a_password_is_slowed_down(dora: User, client: Client) -> None:
    for _ in range(5):
        log_in(client, "wrong")
    log_in(client)
    assert not is_in(client)


def test_guessing_is_slowed_down_for_all_server_processes_together(dora: User) -> None:
    for _ in range(5):
        log_in(Client(), "wrong")
    caches.close_all()
    client = Client()
    log_in(client)
    assert not is_in(client)


def test_logging_out_takes_a_click_of_ones_own(dora: User, client: Client) -> None:
    client.force_login(dora)
    client.get(reverse("account_logout"))
    assert is_in(client)
    client.post(reverse("account_logout"))
    assert not is_in(client)


def test_nobody_signs_up_by_themselves(client: Client, db: None) -> None:
    for name in ("account_signup", "account_email", "account_confirm_email"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert client.get("/account/signup/").status_code == 404


def test_a_forgotten_password_is_replaced_by_mail(dora: User, client: Client) -> None:
    client.post(reverse("account_reset_password"), {"email": "dora@example.com"})
    (message,) = mail.outbox
    assert message.subject == "[leadqual] Choose a new password"
    link = re.search(r"http://testserver(\S+)", str(message.body))
    assert link
    form = client.get(link.group(1), follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "quite another one", "password2": "quite another one"})
    dora.refresh_from_db()
    assert dora.check_password("quite another one")


def test_a_strangers_address_gets_no_mail_and_no_other_answer(dora: User, client: Client) -> None:
    pages = []
    for email in ("dora@example.com", "stranger@example.com"):
        page = client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        pages.append(re.sub(r'"X-CSRFToken": "\w+"', "", page.content.decode()))
    assert [message.to for message in mail.outbox] == [["dora@example.com"]]
    assert pages[0] == pages[1]


def test_a_second_factor_is_asked_for_once_it_is_set_up(dora: User, client: Client) -> None:
    secret = auth.generate_totp_secret()
    auth.TOTP.activate(dora, secret)
    RecoveryCodes.activate(dora)
    log_in(client)
    assert not is_in(client)
    page = client.get(reverse("mfa_authenticate"))
    assert "Two-Factor Authentication" in page.content.decode()
    _, now, _ = auth.yield_hotp_counters_from_time()
    client.post(reverse("mfa_authenticate"), {"code": code_at(now - 9, secret)})
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_at(now, secret)})
    assert is_in(client)


def code_at(step: int, secret: str) -> str:
    """What the telephone shows; a step is of thirty seconds, and the one before and after count."""
    return str(auth.format_hotp_value(auth.hotp_value(secret, step)))


@pytest.mark.parametrize(
    "name",
    [
        "account_change_password",
        "account_logout",
        "mfa_index",
        "mfa_activate_totp",
        "account_reauthenticate",
    ],
)
def test_the_pages_of_ones_own_account_open(dora: User, name: str) -> None:
    client = Client()
    log_in(client)
    page = client.get(reverse(name), follow=True)
    assert page.status_code == 200
    assert 'id="main"' in page.content.decode()
