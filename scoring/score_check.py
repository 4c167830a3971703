"""The nightly check: a random sample of all leads, and what it found, for the health page."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from accounts.models import Workspace
from leadqual.health import SCORE_CHECK
from leadqual.models import Heartbeat
from scoring.checking import Difference, Unsettled, differences_among
from scoring.models import Rescore

SAMPLE = 2000
SHOWN = 5
HOUR = 4
"""UTC; the nightly rescore is demanded at 2:30 (settings)."""
LONG_NIGHT = timedelta(hours=6)
"""A nightly rescore that takes longer than this after HOUR is waited for no more."""


@dataclass(frozen=True)
class Checked:
    """`leads` were looked at; `wrong` of them have scores that are not what the rules say.

    `left_out` are the slugs of workspaces that were being scored again just then.
    """

    leads: int
    wrong: int
    first: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def check_sample(size: int, *, rng: random.Random) -> Checked:
    """Compare the scores of so many leads of all workspaces, or of all where there are fewer."""
    workspaces = Workspace.objects.in_bulk()
    leads, found, left_out = 0, list[Difference](), list[str]()
    for workspace_id, lead_ids in _sample(size, rng=rng):
        try:
            found += differences_among(workspaces[workspace_id], lead_ids)
            leads += len(lead_ids)
        except Unsettled:
            left_out.append(workspaces[workspace_id].slug)
    wrong = len({difference.lead_id for difference in found})
    return Checked(leads, wrong, in_words(found), tuple(left_out))


def in_words(found: Sequence[Difference]) -> tuple[str, ...]:
    """The first few."""
    return tuple(f"Lead {each.lead_id}: {each.sentence}" for each in found[:SHOWN])


def _sample(size: int, *, rng: random.Random) -> Iterator[tuple[int, list[int]]]:
    """Ids of leads by workspace, in their order: the next lead after each of some random ids.

    A visit to the primary key each, however many leads there are; a lead behind a gap of ids is
    a little likelier than others.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM leadqual_lead")
        lowest, highest = cursor.fetchone()
        if lowest is None:
            return
        ids = range(lowest, highest + 1)
        chosen = list(ids) if len(ids) <= size else rng.sample(ids, size)
        cursor.execute(
            "SELECT DISTINCT l.workspace_id, l.id FROM unnest(%s::bigint[]) AS wanted(id)"
            " CROSS JOIN LATERAL (SELECT id, workspace_id FROM leadqual_lead"
            " WHERE id >= wanted.id ORDER BY id LIMIT 1) l ORDER BY 1, 2",
            [chosen],
        )
        by_workspace: dict[int, list[int]] = defaultdict(list)
        for workspace_id, lead_id in cursor.fetchall():
            by_workspace[workspace_id].append(lead_id)
    yield from by_workspace.items()


def sign(checked: Checked, *, at: datetime) -> None:
    """Let the health page know; a check that had to leave out everybody was none."""
    if checked.left_out and not (checked.leads or checked.wrong):
        return
    detail = {
        "leads": checked.leads,
        "differences": checked.wrong,
        "first": list(checked.first),
        "left_out": list(checked.left_out),
    }
    Heartbeat.objects.update_or_create(name=SCORE_CHECK, defaults={"at": at, "detail": detail})


def is_due(*, now: datetime) -> bool:
    """Once a night after the nightly rescore; at once where a night was missed."""
    night = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if night > now:
        night -= timedelta(days=1)
    if Heartbeat.objects.filter(name=SCORE_CHECK, at__gte=night).exists():
        return False
    under_way = Rescore.objects.filter(
        reason=Rescore.Reason.NIGHTLY, finished_at=None, requested_at__gte=now - LONG_NIGHT
    )
    return not under_way.exists()
