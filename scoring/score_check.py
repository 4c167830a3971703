"""The nightly check: a random sample of all leads, and what it found, for the health page.

Leads once found wrong are looked at again by every check, besides its sample, until they are
right: a sample that misses them is no all-clear.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import Workspace
from leadqual.health import SCORE_CHECK
from leadqual.models import Heartbeat, Lead
from scoring.checking import Difference, Unsettled, differences_among
from scoring.models import Rescore

SAMPLE = 2000
SHOWN = 5
LISTED = 5000
"""So many leads known to be wrong are kept by id; the others count until a check of everybody."""
HOUR = 4
"""UTC; the nightly rescore is demanded at 2:30 (settings)."""
LONG_NIGHT = timedelta(hours=6)
"""A nightly rescore that takes longer than this after HOUR is waited for no more."""


@dataclass(frozen=True)
class Checked:
    """`leads` were looked at; the scores of those in `wrong_ids` are not what the rules say.

    `left_out` are the slugs of workspaces that were being scored again just then. `of_all`: every
    lead of the others was looked at.
    """

    leads: int
    wrong_ids: frozenset[int]
    first: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    of_all: bool = False

    @property
    def wrong(self) -> int:
        return len(self.wrong_ids)


def check_sample(size: int, *, rng: random.Random) -> Checked:
    """Compare the scores of so many leads of all workspaces, or of all where there are fewer, and
    of those that were wrong when they were last looked at."""
    workspaces = Workspace.objects.in_bulk()
    leads, found, left_out = 0, list[Difference](), list[str]()
    chosen: dict[int, set[int]] = defaultdict(set)
    known = Lead.objects.filter(pk__in=_known().get("wrong_ids", ()))
    for workspace_id, lead_id in (*_sample(size, rng=rng), *known.values_list("workspace", "pk")):
        chosen[workspace_id].add(lead_id)
    for workspace_id, lead_ids in sorted(chosen.items()):
        try:
            found += differences_among(workspaces[workspace_id], sorted(lead_ids))
            leads += len(lead_ids)
        except Unsettled:
            left_out.append(workspaces[workspace_id].slug)
    wrong = frozenset(difference.lead_id for difference in found)
    return Checked(leads, wrong, in_words(found), tuple(left_out))


def _known() -> dict[str, Any]:
    """What the last check has left for the next."""
    sign = Heartbeat.objects.filter(name=SCORE_CHECK).first()
    return dict(sign.detail) if sign else {}


def in_words(found: Sequence[Difference]) -> tuple[str, ...]:
    """The first few."""
    return tuple(f"Lead {each.lead_id}: {each.sentence}" for each in found[:SHOWN])


def _sample(size: int, *, rng: random.Random) -> list[tuple[int, int]]:
    """Workspaces and leads in their order, by id: the next lead after each of some random ids.

    A visit to the primary key each, however many leads there are; a lead behind a gap of ids is
    a little likelier than others.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM leadqual_lead")
        lowest, highest = cursor.fetchone()
        if lowest is None:
            return []
        ids = range(lowest, highest + 1)
        chosen = list(ids) if len(ids) <= size else rng.sample(ids, size)
        cursor.execute(
            "SELECT DISTINCT l.workspace_id, l.id FROM unnest(%s::bigint[]) AS wanted(id)"
            " CROSS JOIN LATERAL (SELECT id, workspace_id FROM leadqual_lead"
            " WHERE id >= wanted.id ORDER BY id LIMIT 1) l ORDER BY 1, 2",
            [chosen],
        )
        return [(workspace_id, lead_id) for workspace_id, lead_id in cursor.fetchall()]


def sign(checked: Checked, *, at: datetime) -> None:
    """Let the health page know; a check that had to leave out everybody was none.

    What was known to be wrong and could not be looked at again stays wrong.
    """
    if checked.left_out and not (checked.leads or checked.wrong):
        return
    known = _known()
    of_left_out = Lead.objects.filter(
        pk__in=known.get("wrong_ids", ()), workspace__slug__in=checked.left_out
    )
    kept = set(of_left_out.values_list("pk", flat=True)) - checked.wrong_ids
    wrong = sorted(checked.wrong_ids | kept)
    is_complete = checked.of_all and not checked.left_out
    unlisted = max(len(wrong) - LISTED, 0) + (0 if is_complete else known.get("unlisted", 0))
    detail = {
        "leads": checked.leads + len(kept),
        "differences": len(wrong[:LISTED]) + unlisted,
        "wrong_ids": wrong[:LISTED],
        "unlisted": unlisted,
        "first": list(checked.first) or (known.get("first", []) if kept or unlisted else []),
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
