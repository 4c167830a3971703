"""Webhooks lead outside: nobody reaches through them what only the server can reach."""

import socket

import pytest
from pytest_django import Settings

from leadqual.web_addresses import AddressInside, connect_outside, require_outside


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.169.254"),
        *("0.0.0.0", "100.64.0.1", "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:10.0.0.1]"),  # noqa: S104
        *("2130706433", "0x7f.1", "224.0.0.1", "[2002:7f00:1::]"),
    ],
)
def test_an_address_inside_is_refused(host: str) -> None:
    with pytest.raises(AddressInside, match="inside the server’s own network"):
        require_outside(f"http://{host}/hook")


@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700:4700::1111]"])
def test_a_public_address_is_taken(host: str) -> None:
    require_outside(f"https://{host}:8443/hook")


def test_the_setting_allows_addresses_inside(settings: Settings) -> None:
    settings.LEADQUAL_INTERNAL_WEBHOOKS = True
    require_outside("http://127.0.0.1/hook")
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect_outside(("127.0.0.1", server.getsockname()[1]), 5).close()


def test_no_connection_is_opened_to_an_address_inside() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(AddressInside):
        connect_outside(("127.0.0.1", server.getsockname()[1]), 5)


def test_a_name_that_nobody_knows_is_no_address_inside() -> None:
    with pytest.raises(socket.gaierror):
        require_outside("https://nobody.invalid/hook")
