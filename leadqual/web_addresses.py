"""Where a webhook may go: to http and https, and to nothing that stands inside our own network.

Whoever types an address in the admin must not reach, through this server, what only this server
can reach: its database, a cloud's metadata, an intranet.
"""

import socket
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, Request

from django.conf import settings


class AddressInside(ValueError):
    """The address leads into a network that only this server sees; the message says so."""


def require_http(url: str) -> None:
    """Raises ValueError for another scheme, or without a host."""
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ValueError(f"A webhook goes to an http or https address, not to “{url}”.")


def require_outside(url: str) -> None:
    """Raises AddressInside where any of the addresses that the host's name has is not public.

    A name that is not known (any more) raises OSError; whoever sends tries again. The setting
    LEADQUAL_INTERNAL_WEBHOOKS allows everything.
    """
    address = urlsplit(url)
    _addresses(address.hostname or "", address.port or 443)


def connect_outside(place: tuple[str, int], *more: Any) -> socket.socket:
    """As `socket.create_connection`, to an address that was just found to be outside: a name
    that is answered differently the second time leads nowhere else. Raises AddressInside."""
    *others, last = dict.fromkeys(_addresses(*place))
    for each in others:
        with suppress(OSError):
            return socket.create_connection((each, place[1]), *more)
    return socket.create_connection((last, place[1]), *more)


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(place[0]) for *_, place in found]
    if settings.LEADQUAL_INTERNAL_WEBHOOKS:
        return addresses
    for each in addresses:
        if not _is_public(ip_address(each.partition("%")[0])):
            raise AddressInside(
                f"“{host}” is an address inside the server’s own network. Webhooks go outside "
                "only; whoever runs leadqual can allow others with LEADQUAL_INTERNAL_WEBHOOKS."
            )
    return addresses


class OutsideHTTP(HTTPHandler):
    def http_open(self, req: Request) -> Any:
        return self.do_open(_outside(HTTPConnection), req)


class OutsideHTTPS(HTTPSHandler):
    def https_open(self, req: Request) -> Any:
        return self.do_open(_outside(HTTPSConnection), req)


def _outside(kind: type[HTTPConnection]) -> Any:
    def connection(host: str, **options: Any) -> HTTPConnection:
        made = kind(host, **options)
        # The standard library's own seam, as `HTTPConnection.connect` calls it.
        made._create_connection = connect_outside  # type: ignore[attr-defined]
        return made

    return connection


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            return _is_public(inner)
    return ip.is_global and not ip.is_multicast
