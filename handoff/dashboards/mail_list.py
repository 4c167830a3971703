"""Dashboards that are mailed on a schedule: set up, changed, paused, stopped."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.http import QueryDict

from accounts.access import Permission, members_with
from accounts.models import User, Workspace
from handoff.dashboards.mail_plan import PERIOD, next_after
from handoff.models import ReportMail


@dataclass(frozen=True)
class Plan:
    """What goes when to whom. `filters` are the page's own query; `period` a key of PERIODS;
    `weekday` 0 is Monday, `day` 1 to 28, `hour` of the workspace's time zone."""

    page: str
    filters: str
    period: str
    every: str
    weekday: int
    day: int
    hour: int
    recipients: Iterable[User]


@transaction.atomic
def schedule(workspace: Workspace, plan: Plan, *, by: User, at: datetime) -> ReportMail:
    """The first one goes at the schedule's first moment after `at`."""
    return _write(ReportMail(workspace=workspace, created_by=by, created_at=at), plan, at=at)


@transaction.atomic
def change(mail: ReportMail, plan: Plan, *, at: datetime) -> ReportMail:
    """Whoever changes a paused one wants it: it goes on."""
    return _write(_held(mail), plan, at=at)


def _write(mail: ReportMail, plan: Plan, *, at: datetime) -> ReportMail:
    query = QueryDict(plan.filters, mutable=True)
    query[PERIOD] = plan.period
    mail.page, mail.query, mail.every = plan.page, query.urlencode(), plan.every
    mail.weekday, mail.day, mail.hour = plan.weekday, plan.day, plan.hour
    mail.next_at = next_after(mail, at)
    mail.save()
    allowed = members_with(mail.workspace, Permission.VIEW_REPORTS)
    mail.recipients.set(allowed.filter(pk__in=[person.pk for person in plan.recipients]))
    return mail


@transaction.atomic
def pause(mail: ReportMail) -> None:
    """What waits in the outbox does not go either."""
    held = _held(mail)
    held.next_at = None
    held.save(update_fields=["next_at"])


@transaction.atomic
def resume(mail: ReportMail, *, at: datetime) -> None:
    """Those of the pause are not sent."""
    held = _held(mail)
    held.next_at = next_after(held, at)
    held.save(update_fields=["next_at"])


@transaction.atomic
def stop_for(mail: ReportMail, person_id: int) -> None:
    """This reader gets it no more; a mail that nobody reads is paused."""
    held = _held(mail)
    held.recipients.remove(person_id)
    if not held.recipients.exists():
        pause(held)


def _held(mail: ReportMail) -> ReportMail:
    held = ReportMail.objects.select_for_update(of=("self",)).select_related("workspace")
    return held.get(pk=mail.pk)
