"""The first person of an installation, from the command line."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.builders import make_user


def create(monkeypatch: pytest.MonkeyPatch, password: str, email: str = "Ada@Example.com") -> str:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    call_command(
        "create_administrator", email=email, name="Ada Admin", password_stdin=True, stdout=out
    )
    return out.getvalue()


def test_the_first_administrator_is_created_once(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    said = create(monkeypatch, "a long enough secret")
    assert said == "Ada Admin (ada@example.com) is administrator of this installation.\n"
    again = create(monkeypatch, "quite another one")
    assert again == "ada@example.com is administrator already; nothing was changed.\n"
    user = User.objects.get()
    assert (user.is_superuser, user.check_password("a long enough secret")) == (True, True)


def test_somebody_known_becomes_administrator_and_keeps_the_password(
    monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    known = make_user(email="ada@example.com", password="an old secret")
    create(monkeypatch, "a long enough secret")
    known.refresh_from_db()
    assert (known.is_superuser, known.check_password("an old secret")) == (True, True)


def test_a_weak_password_or_a_wrong_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    with pytest.raises(CommandError, match="too short"):
        create(monkeypatch, "short")
    with pytest.raises(CommandError, match="valid email"):
        create(monkeypatch, "a long enough secret", email="ada")
    assert User.objects.count() == 0
