"""The page on which a person chooses how to hear of leads, and tries out the webhook."""

import socket
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User, Workspace
from handoff.models import Rep
from handoff.notifications import document_of
from handoff.webhook_trial import sample
from tests.builders import MONDAY_NOON, join_pool, receive_hot_lead
from tests.leadqual.test_outbox import Receiver, closed_port, receiver

__all__ = ["receiver"]

PAGE = "/w/northwind/notifications/"
TEST = f"{PAGE}test/"
AT_ONCE = {"mail": "at_once", "in_app": "on", "webhook_url": ""}


@pytest.fixture
def inside_allowed(settings: Settings) -> None:
    settings.LEADQUAL_INTERNAL_WEBHOOKS = True


def test_the_page_shows_what_counts_and_saves_what_is_chosen(as_ben: Client, ben: User) -> None:
    page = as_ben.get(PAGE)
    assert page.context["form"].initial == {"mail": "at_once", "in_app": True, "webhook_url": ""}
    saved = as_ben.post(PAGE, {"mail": "digest", "webhook_url": ""}, follow=True)
    assert "Saved for Northwind." in saved.content.decode()
    rep = Rep.objects.get(user=ben)
    assert (rep.mail, rep.in_app) == ("digest", False)
    assert as_ben.get(PAGE).context["form"].initial["mail"] == "digest"


def test_the_page_is_in_the_profile_menu_of_who_is_offered_leads(
    as_ben: Client, as_ana: Client
) -> None:
    assert f'href="{PAGE}"' in as_ben.get("/w/northwind/leads/").content.decode()
    assert f'href="{PAGE}"' not in as_ana.get("/w/northwind/leads/").content.decode()
    assert as_ana.get(PAGE).status_code == 403


def test_a_stranger_finds_no_page(as_cleo: Client, workspace: Workspace) -> None:
    assert as_cleo.get(PAGE).status_code == 404
    assert as_cleo.post(TEST, {"webhook_url": "https://example.com"}).status_code == 404


def test_no_way_at_all_is_refused_and_said_so(as_ben: Client, ben: User) -> None:
    page = as_ben.post(PAGE, {"mail": "never", "webhook_url": ""})
    assert page.status_code == 422
    assert page.context["form"].non_field_errors() == [
        "Keep at least one way on: mail, the bell or a webhook."
    ]
    assert not Rep.objects.filter(user=ben, mail="never").exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/",
        "http://localhost/hook",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://0.0.0.0/",
    ],
)
@pytest.mark.parametrize("address", [PAGE, TEST])
def test_an_address_inside_our_own_network_is_refused_where_it_is_typed(
    as_ben: Client, ben: User, address: str, url: str
) -> None:
    page = as_ben.post(address, AT_ONCE | {"webhook_url": url})
    assert "inside the server’s own network" in page.content.decode()
    assert not Rep.objects.filter(user=ben).exclude(webhook_url="").exists()


def test_a_name_that_leads_inside_is_refused_too(
    as_ben: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def inside(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.168.0.7", port))]

    monkeypatch.setattr(socket, "getaddrinfo", inside)
    page = as_ben.post(PAGE, AT_ONCE | {"webhook_url": "https://hooks.example.com/"})
    assert "inside the server’s own network" in " ".join(page.context["form"].errors["webhook_url"])


@pytest.mark.parametrize("typed", ["not an address", "ftp://example.com/x", "javascript:alert(1)"])
def test_what_is_no_address_is_refused(as_ben: Client, typed: str) -> None:
    page = as_ben.post(PAGE, AT_ONCE | {"webhook_url": typed})
    assert page.status_code == 422
    assert page.context["form"].errors["webhook_url"]


@pytest.mark.usefixtures("inside_allowed")
def test_a_test_says_what_the_receiver_answered(as_ben: Client, ben: User, receiver: str) -> None:
    page = as_ben.post(TEST, {"webhook_url": receiver}).content.decode()
    assert "It answered 200: the test has arrived." in page
    [(path, document, key)] = Receiver.received
    assert (path, document["occasion"], document["rep"]) == ("/hook", "test", ben.email)
    assert key == document["id"]
    Receiver.answer = 500
    page = as_ben.post(TEST, {"webhook_url": receiver}).content.decode()
    assert "It answered 500 Internal Server Error: the test was not taken." in page
    Receiver.answer = 302
    page = as_ben.post(TEST, {"webhook_url": receiver}).content.decode()
    assert "It answered 302: it sends on to another address. Use it." in page


@pytest.mark.usefixtures("inside_allowed")
def test_a_test_says_when_nobody_is_there(as_ben: Client) -> None:
    url = f"http://127.0.0.1:{closed_port()}/"
    page = as_ben.post(TEST, {"webhook_url": url}).content.decode()
    assert "It could not be reached: Connection refused." in page


def test_without_an_address_there_is_nothing_to_test(as_ben: Client) -> None:
    page = as_ben.post(TEST, {"webhook_url": ""}).content.decode()
    assert "Type the address that the test goes to." in page


def test_the_sample_on_the_page_has_what_a_real_one_has(workspace: Workspace, ben: User) -> None:
    join_pool(workspace, ben)
    made = receive_hot_lead(workspace).handoffs.get()
    real = document_of(made, key="k", occasion="offered")
    shown = sample(workspace, by=ben, key="k", now=MONDAY_NOON)
    assert list(shown) == list(real)
