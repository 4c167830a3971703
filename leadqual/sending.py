"""How a message of the outbox leaves: as a mail, a letter or a webhook.

A letter is a mail with figures and pictures: only what it is about is written down, and it is
composed when it leaves, so that nothing large is stored and nobody gets what they may not see any
more.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.mime.image import MIMEImage
from email.utils import parseaddr
from typing import Any
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.utils.module_loading import import_string

from leadqual.models import OutboxMessage
from leadqual.web_addresses import OutsideHTTP, OutsideHTTPS, require_http

TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Letter:
    """What a composed mail says. `pictures` are PNG by the content id that the HTML names."""

    subject: str
    text: str
    html: str
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class NotWanted(Exception):
    """Nobody is to get this letter any more; says why. It is not tried again."""


def identity(message: OutboxMessage) -> str:
    """The same for every copy of one message, and tells nothing about its content."""
    occasion = f"{message.workspace_id}\n{message.key}\n{message.to}"
    return hashlib.sha256(occasion.encode()).hexdigest()[:40]


def _send_mail(message: OutboxMessage, now: datetime) -> None:
    headers = {**message.headers, **_own_headers(message)}
    EmailMessage(message.subject, message.body, to=[message.to], headers=headers).send()


def _own_headers(message: OutboxMessage) -> dict[str, str]:
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return {"Message-ID": f"<{identity(message)}@{sender.rpartition('@')[2]}>"}


class _WithPictures(EmailMultiAlternatives):
    mixed_subtype = "related"  # the pictures belong to the HTML, they are no enclosures


def _send_letter(message: OutboxMessage, now: datetime) -> None:
    said = json.loads(message.body)
    compose = import_string(settings.OUTBOX_COMPOSERS[said["composer"]])
    with transaction.atomic():  # a query that fails must not cost the line its transaction
        made: Letter = compose(said["about"], now=now)
    message.subject = " ".join(made.subject.split())[:250]
    headers = {**made.headers, **_own_headers(message)}
    mail = _WithPictures(message.subject, made.text, to=[message.to], headers=headers)
    mail.attach_alternative(made.html, "text/html")
    for content_id, png in made.pictures.items():
        picture = MIMEImage(png, "png")
        picture.add_header("Content-ID", f"<{content_id}>")
        picture.add_header("Content-Disposition", "inline", filename=f"{content_id}.png")
        mail.attach(picture)
    mail.send()


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would turn the POST into a GET, or lead elsewhere: it counts as a failure."""

    def redirect_request(self, *args: Any) -> None:
        return None


def _send_webhook(message: OutboxMessage, now: datetime) -> None:
    post(message.to, message.body, key=identity(message))


def post(url: str, body: str, *, key: str) -> int:
    """Post a JSON text now and return the answer's status; `key` lets the receiver drop a copy.

    Raises ValueError for an address that is none or leads inside, HTTPError for any answer but
    success, OSError where nobody answers within TIMEOUT_SECONDS.
    """
    require_http(url)
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "User-Agent": "leadqual",
    }
    request = Request(url, body.encode(), headers)  # noqa: S310  (checked above)
    opener = build_opener(_NoRedirects, OutsideHTTP, OutsideHTTPS)
    with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
        status: int = answer.status
    return status


SENDERS: dict[str, Callable[[OutboxMessage, datetime], None]] = {
    OutboxMessage.Channel.MAIL.value: _send_mail,
    OutboxMessage.Channel.LETTER.value: _send_letter,
    OutboxMessage.Channel.WEBHOOK.value: _send_webhook,
}
