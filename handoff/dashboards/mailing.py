"""Dashboards by mail: what is due is written to the outbox, and composed when it leaves.

A mail is one occasion a day at most: however often a worker comes by, dies or catches up, its key
in the outbox is that of the day. After a standstill only the latest occasion is sent, about the
days that it is meant to be about. Whoever has left, may not see reports any more or has stopped
the mail gets nothing: that is asked when it leaves.
"""

import logging
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from accounts.access import Permission, members_with
from accounts.models import User
from handoff.dashboards.counted import whole
from handoff.dashboards.mail_letter import Frame, Shown, absolute, letter
from handoff.dashboards.mail_plan import (
    address_query,
    last_until,
    next_after,
    period_of,
    schedule_words,
)
from handoff.dashboards.mail_stops import stop_url
from handoff.dashboards.pages import PAGES
from handoff.dashboards.panel import Asked, Page
from handoff.forms.dashboards import DashboardForm
from handoff.metrics.words import filter_words, period_words
from handoff.models import ReportMail
from leadqual import outbox
from leadqual.sending import Letter, NotWanted

log = logging.getLogger(__name__)

COMPOSER: Final = "report"
"""As settings.OUTBOX_COMPOSERS names `compose`."""


def send_due(*, now: datetime) -> int:
    """Write the mails that are due to the outbox; returns for how many dashboards."""
    sent = 0
    due = ReportMail.objects.filter(next_at__lte=now).order_by("next_at", "pk")
    for pk in list(due.values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                sent += _send(pk, now=now)
        except Exception:  # the others do not wait
            log.exception("Report mail %s could not be sent", pk)
    return sent


def _send(pk: int, *, now: datetime) -> bool:
    held = ReportMail.objects.select_for_update(of=("self",), skip_locked=True)
    mail = held.select_related("workspace").filter(pk=pk, next_at__lte=now).first()
    if mail is None:  # another worker is at it, or it was paused
        return False
    day = last_until(mail, now).astimezone(mail.workspace.zone).date()
    for person in readers(mail):
        _write(mail, person, key=f"report-mail:{mail.pk}:{day}", day=day)
    mail.next_at, mail.last_sent_at = next_after(mail, now), now
    mail.save(update_fields=["next_at", "last_sent_at"])
    return True


def readers(mail: ReportMail) -> list[User]:
    """The recipients who still may see reports of the workspace."""
    allowed = members_with(mail.workspace, Permission.VIEW_REPORTS)
    return list(allowed.filter(pk__in=mail.recipients.values("pk")))


def send_now(mail: ReportMail, *, by: User, now: datetime) -> None:
    """One to the person who asks, as if today were its day; also while it is paused."""
    day = now.astimezone(mail.workspace.zone).date()
    key = f"report-mail:{mail.pk}:now:{by.pk}:{now:%Y%m%d%H%M%S}"
    _write(mail, by, key=key, day=day, asked=True)


def _write(mail: ReportMail, person: User, *, key: str, day: date, asked: bool = False) -> None:
    outbox.letter(
        workspace=mail.workspace,
        key=key,
        to=person.email,
        composer=COMPOSER,
        about={"mail": mail.pk, "person": person.pk, "day": day, "asked": asked},
    )


def compose(about: Mapping[str, Any], *, now: datetime) -> Letter:
    """The mail of a day for a person, with the figures of `now`. Raises sending.NotWanted."""
    found = ReportMail.objects.select_related("workspace", "created_by").filter(pk=about["mail"])
    mail = found.first()
    page = PAGES.get(mail.page) if mail else None
    if mail is None or page is None:
        raise NotWanted("It was deleted before it left.")
    person = _reader(mail, about["person"], asked=about["asked"])
    day = date.fromisoformat(about["day"])
    with timezone.override(mail.workspace.zone):
        return _letter(mail, page, person, day=day, now=now)


def _reader(mail: ReportMail, person_id: int, *, asked: bool) -> User:
    person = members_with(mail.workspace, Permission.VIEW_REPORTS).filter(pk=person_id).first()
    if person is None:
        raise NotWanted("Its reader has left, or may not see reports any more.")
    if not asked and mail.next_at is None:
        raise NotWanted("It was paused before it left.")
    if not asked and not mail.recipients.filter(pk=person_id).exists():
        raise NotWanted("Its reader wants it no more.")
    return person


def _letter(mail: ReportMail, page: Page, person: User, *, day: date, now: datetime) -> Letter:
    workspace = mail.workspace
    query = address_query(mail, day)
    asked = DashboardForm(query, workspace=workspace, now=now, trusted=True).asked
    shown = [Shown(part.title, panel) for part, panel in whole(page, asked)]
    words, period = period_of(mail, day)
    frame = Frame(
        page=page,
        workspace=workspace.name,
        currency=workspace.currency,
        period=words.lower(),
        days=period_words(period),
        filters=_narrowed(asked),
        why=_why(mail, person),
        url=_url(mail, query),
        stop=stop_url(mail, person),
        counted_at=now,
    )
    return letter(frame, shown)


def _narrowed(asked: Asked) -> list[str]:
    before = asked.before
    compared = [f"Compared with {period_words(before.period)}"] if before else []
    return [*filter_words(asked.scope), *compared]


def _why(mail: ReportMail, person: User) -> str:
    by = "you" if mail.created_by_id == person.pk else str(mail.created_by)
    when = f"{schedule_words(mail)}, {mail.workspace.timezone}"
    return f"You get this {when}, because {by} set it up."


def _url(mail: ReportMail, query: QueryDict) -> str:
    path = reverse("dashboard", args=[mail.workspace.slug, mail.page])
    return absolute(f"{path}?{query.urlencode()}")
