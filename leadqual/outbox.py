"""What leaves the house: mails, webhooks and in-app notices, decided in a transaction.

`mail`, `webhook`, `notify` and `tell` only write rows, in the caller's transaction: what is rolled
back was never said. `deliver` sends what was committed, at least once; the key of the occasion
travels along (Message-ID, Idempotency-Key), so that a receiver can drop a second copy.
"""

import json
import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat

from accounts.models import User, Workspace
from leadqual.celery import app
from leadqual.models import Notice, OutboxMessage
from leadqual.sending import SENDERS, NotWanted
from leadqual.web_addresses import require_http

log = logging.getLogger(__name__)

BACKOFF_MINUTES = (1, 5, 15, 60, 240, 480, 720)
"""The wait after each failed attempt: a mail server may be down for a night and a morning."""
ATTEMPTS = len(BACKOFF_MINUTES) + 1
DELIVERY_TASK = "leadqual.tasks.deliver_outbox"


def mail(
    *,
    workspace: Workspace,
    key: str,
    to: str,
    subject: str,
    body: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Have a plain-text mail sent; the same key to the same address is sent once.

    `headers` are further ones, such as List-Unsubscribe; a line break in one is refused when it
    is sent.
    """
    _put(OutboxMessage.Channel.MAIL, workspace, key, to, subject, body, headers)


def letter(
    *, workspace: Workspace, key: str, to: str, composer: str, about: Mapping[str, Any]
) -> None:
    """Have a mail sent that settings.OUTBOX_COMPOSERS[composer] composes when it leaves.

    It is a function of `about` (JSON) and, by name, `now`, and returns a sending.Letter or raises
    sending.NotWanted. The same key to the same address is sent once.
    """
    body = json.dumps({"composer": composer, "about": about}, cls=DjangoJSONEncoder)
    _put(OutboxMessage.Channel.LETTER, workspace, key, to, "", body)


def webhook(*, workspace: Workspace, key: str, url: str, payload: dict[str, Any]) -> None:
    """Have a JSON document posted to a URL. Raises ValueError if it is not http or https."""
    require_http(url)
    body = json.dumps(payload, cls=DjangoJSONEncoder)
    _put(OutboxMessage.Channel.WEBHOOK, workspace, key, url, "", body)


def notify(*, workspace: Workspace, user: User, key: str, text: str, url: str = "") -> None:
    """Tell a person inside the product, once per key, with the page that it is about."""
    line = text if len(text) <= 300 else f"{text[:299]}…"
    notice = Notice(workspace=workspace, user=user, key=key, text=line, url=url)
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def tell(
    *,
    workspace: Workspace,
    people: Iterable[User],
    key: str,
    subject: str,
    body: str,
    path: str,
    line: str = "",
) -> None:
    """Tell each of the people in the bell and by mail, once per key, of the page at `path`.

    The mail's `body` ends with the page's address. `line` is what the bell says, if not `subject`.
    """
    text = f"{body}\n{settings.LEADQUAL_URL}{path}\n"
    for person in people:
        notify(workspace=workspace, user=person, key=key, text=line or subject, url=path)
        mail(workspace=workspace, key=key, to=person.email, subject=subject, body=text)


def mark_read(*, workspace: Workspace, key: str, at: datetime) -> None:
    """What the notice of this occasion asked for is settled: it counts as read by everybody."""
    Notice.objects.of(workspace).filter(key=key, read_at=None).update(read_at=at)


def mark_unread(*, workspace: Workspace, key: str, read_at: datetime) -> None:
    """Take back the `mark_read` of that moment; what a person had read before stays read."""
    Notice.objects.of(workspace).filter(key=key, read_at=read_at).update(read_at=None)


def take_back(*, workspace: Workspace, occasion: str, at: datetime) -> int:
    """Of the mails whose key begins so, those that still wait are not sent; returns how many."""
    waiting = OutboxMessage.objects.of(workspace).filter(sent_at=None, given_up_at=None)
    channels = (OutboxMessage.Channel.MAIL, OutboxMessage.Channel.LETTER)
    mails = waiting.filter(channel__in=channels, key__startswith=occasion)
    return mails.update(given_up_at=at, error="Taken back before it left.")


def forget(
    *,
    workspace: Workspace,
    path: str,
    at: datetime,
    keys: Collection[str] = (),
    occasions: Collection[str] = (),
    written_to: Collection[str] = (),
) -> None:
    """Scrub what was said about the page at `path`, such as that of a person to be erased.

    `keys` name occasions of which it was said without the address of the page, `occasions` how the
    keys of others begin; `written_to` are the person's own addresses: what was sent there forgets
    them, too. That something was said,
    to whom of ours and when, stays; what still waits is not sent.
    """
    about_it = Q(key__in=keys)
    for occasion in occasions:
        about_it |= Q(key__startswith=occasion)
    told = Notice.objects.of(workspace).filter(Q(url__startswith=path) | about_it)
    told.update(text="About a person who was erased since.", url="")
    ours = OutboxMessage.objects.of(workspace)
    to_them = ours.filter(to__in=written_to)
    of_them = Q(body__contains=path) | about_it | Q(to__in=written_to)
    pks = list(ours.filter(of_them).values_list("pk", flat=True))
    to_them.update(to=Concat(Value("erased:"), Cast(F("pk"), CharField())))
    written = OutboxMessage.objects.filter(pk__in=pks)
    written.filter(sent_at=None, given_up_at=None).update(given_up_at=at)
    written.update(subject="", body="", error="", headers={})


def deliver(*, now: datetime, limit: int = 100) -> int:
    """Send up to `limit` messages that are due at `now`; return how many were sent.

    Each is sent under its row's lock, so that of several deliverers one sends it, and so that
    it is free again if this process dies. It then may have left without being marked: that is
    why delivery is at least once.
    """
    sent = 0
    for _ in range(limit):
        with transaction.atomic():
            message = _claim(now)
            if message is None:
                break
            sent += _attempt(message, now)
    return sent


def _put(
    channel: str,
    workspace: Workspace,
    key: str,
    to: str,
    subject: str,
    body: str,
    headers: Mapping[str, str] | None = None,
) -> None:
    message = OutboxMessage(
        workspace=workspace,
        channel=channel,
        key=key,
        to=to,
        subject=" ".join(subject.split())[:250],  # a line break would be a second header
        body=body,
        headers=dict(headers or {}),
    )
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
    # One wake-up for a transaction is enough, however many messages it wrote.
    if not any(waiting[1] is _wake for waiting in connection.run_on_commit):
        transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    """Best effort: where the broker is out of reach, beat comes by within seconds."""
    app.send_task(DELIVERY_TASK)


def _claim(now: datetime) -> OutboxMessage | None:
    waiting = OutboxMessage.objects.filter(
        sent_at=None, given_up_at=None, next_attempt_at__lte=now
    ).order_by("next_attempt_at", "pk")
    return waiting.select_for_update(skip_locked=True).first()


def _attempt(message: OutboxMessage, now: datetime) -> bool:
    message.attempts += 1
    try:
        SENDERS[message.channel](message, now)
    except NotWanted as reason:
        message.given_up_at, message.error = now, str(reason)[:2000]
    except Exception as error:  # whatever went wrong out there, the line moves on
        message.error = f"{type(error).__name__}: {error}"[:2000]
        if message.attempts >= ATTEMPTS:
            message.given_up_at = now
        else:
            wait = BACKOFF_MINUTES[message.attempts - 1]
            message.next_attempt_at = now + timedelta(minutes=wait)
        log.warning("Outbox message %s: attempt %s failed", message.pk, message.attempts)
    else:
        message.sent_at, message.error = now, ""
    message.save()
    return message.sent_at is not None
