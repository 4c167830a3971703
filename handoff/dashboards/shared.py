"""Links that show one dashboard to whoever has them: made, opened, taken back.

The token is stored nowhere; the row has its hash, so that looking one up tells nothing by how long
it takes. What a link shows has no ways into the product and no names of leads.
"""

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.http import QueryDict
from django.urls import Resolver404, resolve

from accounts.models import User, Workspace
from handoff.dashboards.panel import Asked, Cell, Page, Panel, Table
from handoff.forms.dashboards import DashboardForm
from handoff.models import SharedPage

USUAL_DAYS: Final = 30
MOST_DAYS: Final = 365
LEAD: Final = "(a lead)"
"""Instead of a lead's name."""
_OPENED_AGAIN: Final = timedelta(minutes=1)


class NoSuchLink(Exception):
    """No link has this token."""


class LinkIsOver(Exception):
    """It has expired, or somebody has taken it back."""

    def __init__(self, link: SharedPage) -> None:
        super().__init__(str(link))
        self.link = link


def share_page(
    workspace: Workspace, *, page: Page, query: str, days: int, note: str, by: User, now: datetime
) -> tuple[SharedPage, str]:
    """The link and its token, which cannot be known again. `query` is as `DashboardForm.as_query`
    gives it; `days` are those until it expires, 1 to MOST_DAYS."""
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"{days} days")
    token = secrets.token_urlsafe(32)
    link = SharedPage.objects.create(
        workspace=workspace,
        page=page.key,
        query=query,
        note=note,
        token_hash=_hash(token),
        created_by=by,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    return link, token


def take_back(link: SharedPage, *, at: datetime) -> None:
    """From now on it shows nothing; one that was taken back stays so from its first moment."""
    SharedPage.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=at)


def opened_by(token: str, *, now: datetime) -> SharedPage:
    """The valid link; notes that it was opened, at most once a minute.

    Raises NoSuchLink and LinkIsOver.
    """
    links = SharedPage.objects.select_related("workspace", "created_by")
    link = links.filter(token_hash=_hash(token)).first()
    if link is None:
        raise NoSuchLink
    if link.revoked_at is not None or link.expires_at <= now:
        raise LinkIsOver(link)
    long_ago = Q(last_opened_at=None) | Q(last_opened_at__lt=now - _OPENED_AGAIN)
    SharedPage.objects.filter(long_ago, pk=link.pk).update(last_opened_at=now)
    return link


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def asked_by(link: SharedPage, page: Page, *, now: datetime) -> Asked:
    """What it was made for: the days and filters of then, counted now."""
    query = QueryDict(link.query)
    form = DashboardForm(query, workspace=link.workspace, now=now, splits=page.splits, trusted=True)
    return form.asked


def for_strangers(panel: Panel) -> Panel:
    """The panel without ways into the product and without the names of leads."""
    left_out = sum(table.names_leads for table in panel.tables)
    notes = panel.notes
    if left_out:
        notes = (*notes, "The table that names leads is not part of a shared page.")
    return replace(
        panel,
        headlines=tuple(
            replace(one, cell=_plain(one.cell), before=one.before and _plain(one.before))
            for one in panel.headlines
        ),
        tables=tuple(_without_ways(table) for table in panel.tables if not table.names_leads),
        notes=notes,
    )


def _without_ways(table: Table) -> Table:
    return replace(table, rows=tuple(tuple(_plain(cell) for cell in row) for row in table.rows))


def _plain(cell: Cell) -> Cell:
    if cell.url and _is_of_a_lead(cell.url):
        return Cell(LEAD)
    return replace(cell, url="")


def _is_of_a_lead(url: str) -> bool:
    try:
        found = resolve(url.partition("?")[0].partition("#")[0])
    except Resolver404:
        return True  # what nobody knows is not shown
    return "leads/<int:pk>/" in found.route
