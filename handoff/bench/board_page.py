"""The SLA board over all leads and two clocks a lead: how long one waits for each of its pages.

Of the clocks one in a hundred runs, some of them late and some due soon, and fifteen in a hundred
were missed. Read from the product's WSGI application by one person and by four at once; the floor
is the same page of a workspace without a lead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Workspace
from handoff.bench import compliance_page
from handoff.bench.figures import Figure, percentile
from handoff.bench.fill import vacuum
from handoff.bench.queue_page import PLAIN_FILES, READERS, Reader, _read
from leadqual.models import Lead
from sla.models import Clock

PAGES: Final = {
    "SLA board": ("sla_board", ""),
    "SLA board, one rep's": ("sla_board", "person"),
    "missed promises": ("sla_misses", ""),
}


def figures(workspace: Workspace, *, seconds: float) -> Iterator[Figure]:
    """`workspace` is that of the bench; so many seconds each page is read over and over."""
    leads = Lead.objects.of(workspace).count()
    if Clock.objects.of(workspace).count() < compliance_page.CLOCKS_A_LEAD * leads:
        compliance_page.fill(workspace)
    empty = compliance_page._empty()
    person = compliance_page._reader(workspace, empty)
    rep = Clock.objects.of(workspace).running().values_list("person", flat=True)[0]
    with override_settings(STORAGES=PLAIN_FILES), _spread(workspace):
        for name, (url, narrowed) in PAGES.items():
            asked = f"?person={rep}" if narrowed else ""
            pages = [f"{reverse(url, args=[each.slug])}{asked}" for each in (workspace, empty)]
            for readers, who in ((1, "1 reader"), (READERS, f"{READERS} readers")):
                took, floor = (_read(Reader(person, p), readers, seconds=seconds) for p in pages)
                slow, bare = percentile(took, 95), percentile(floor, 95)
                yield Figure(f"{name}, p95 of {who}", slow * 1000, "ms", bare * 1000, leads)


@contextmanager
def _spread(workspace: Workspace) -> Iterator[None]:
    """Inside, the running clocks are due from eight hours ago until two days from now, and what
    was missed was so as of now; afterwards as before."""
    now = timezone.now()
    last = Clock.objects.of(workspace).filter(breached_at__isnull=False).order_by("-breached_at")
    latest = last.values_list("breached_at", flat=True).first() or now
    with connection.cursor() as cursor:
        cursor.execute(_SPREAD, {"workspace": workspace.pk, "now": now})
        cursor.execute(_LATER, {"workspace": workspace.pk, "by": [now - latest]})
    vacuum("sla_clock")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(_FAR, {"workspace": workspace.pk})
            cursor.execute(_LATER, {"workspace": workspace.pk, "by": [latest - now]})
        vacuum("sla_clock")


_SPREAD: Final = """
UPDATE sla_clock SET due_at = %(now)s::timestamptz + (id %% 3360 - 480) * interval '1 minute',
    warn_ats = ARRAY[%(now)s::timestamptz + (id %% 3360 - 780) * interval '1 minute']
WHERE workspace_id = %(workspace)s AND stopped_at IS NULL
"""
_FAR: Final = """
UPDATE sla_clock SET due_at = started_at + interval '30 years',
    warn_ats = ARRAY[started_at + interval '45 minutes']
WHERE workspace_id = %(workspace)s AND stopped_at IS NULL
"""
_LATER: Final = """
UPDATE sla_clock SET due_at = due_at + moved.by, breached_at = breached_at + moved.by,
    noticed_at = noticed_at + moved.by
FROM (SELECT (%(by)s::interval[])[1] AS by) moved
WHERE workspace_id = %(workspace)s AND breached_at IS NOT NULL
"""
