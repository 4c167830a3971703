"""Whether accepted leads are followed up, and which wait untouched, for how long.

Followed up: a person of ours has touched the lead since the offer and before its next one, as the
funnel counts first touches; what was logged later counts by its moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from accounts.models import Workspace
from handoff.metrics.facts import TOUCHED
from handoff.metrics.periods import Period, as_ranges

DAY: Final = timedelta(days=1)
AGES: Final = (
    ("day", "Under a day", timedelta(0), DAY),
    ("three-days", "1 to 3 days", DAY, 3 * DAY),
    ("week", "3 to 7 days", 3 * DAY, 7 * DAY),
    ("longer", "7 days and more", 7 * DAY, None),
)
"""Code, words, from this age up to but not including that, in elapsed time."""


@dataclass(frozen=True)
class Coverage:
    """Hand-offs accepted in a period, and how many of them were followed up by now."""

    accepted: int = 0
    touched: int = 0
    accepted_leads: int = 0
    touched_leads: int = 0
    untouched_leads: int = 0

    @property
    def untouched(self) -> int:
        return self.accepted - self.touched

    @property
    def share(self) -> float | None:
        return self.touched / self.accepted if self.accepted else None


def coverage(workspace: Workspace, periods: Sequence[Period]) -> list[Coverage]:
    """For each of the periods, by the date of acceptance; one query. Periods have both ends."""
    if not periods:
        return []
    ranges, edges = as_ranges(periods)
    found = [Coverage() for _ in periods]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT number, count(*), count(*) FILTER (WHERE touched), count(DISTINCT lead_id),
                count(DISTINCT lead_id) FILTER (WHERE touched),
                count(DISTINCT lead_id) FILTER (WHERE NOT touched)
            FROM (
                SELECT p.number, h.lead_id, {TOUCHED} AS touched
                FROM ({ranges}) p (number, since, until)
                JOIN handoff_handoff h ON h.decided_at >= p.since AND h.decided_at < p.until
                WHERE h.workspace_id = %s AND h.status = 'accepted'
            ) accepted GROUP BY number""",  # noqa: S608 - text of ours
            [*edges, workspace.pk],
        )
        for number, *counts in cursor.fetchall():
            found[number] = Coverage(*counts)
    return found


@dataclass(frozen=True)
class Untouched:
    """A lead that nobody has touched since its offer: how many of each age, by where it stands."""

    accepted: dict[str, int]
    offered: dict[str, int]


# Accepted and still SAL: what came further was worked, logged or not. Erased people wait no more.
_WAITING: Final = f"""
    SELECT h.id, h.lead_id, h.rep_id, h.status,
        coalesce(h.decided_at, h.offered_at) AS since
    FROM leadqual_lead l JOIN LATERAL (
        SELECT * FROM handoff_handoff o WHERE o.lead_id = l.id
        ORDER BY o.offered_at DESC, o.id DESC LIMIT 1
    ) h ON h.status = 'accepted'
    WHERE l.workspace_id = %(workspace)s AND l.stage = 'sal' AND l.merged_into_id IS NULL
        AND l.erased_at IS NULL AND NOT {TOUCHED}
    UNION ALL
    SELECT h.id, h.lead_id, h.rep_id, h.status, h.offered_at
    FROM handoff_handoff h
    WHERE h.workspace_id = %(workspace)s AND h.status = 'open' AND NOT {TOUCHED}
"""  # noqa: S608 - text of ours


def untouched(workspace: Workspace, *, now: datetime) -> Untouched:
    """As they wait at `now`; one query."""
    edges = [now - since for _, _, since, _ in AGES]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT status, (since <= %(one)s)::int + (since <= %(two)s)::int
                + (since <= %(three)s)::int AS age, count(*)
            FROM ({_WAITING}) waiting GROUP BY 1, 2""",  # noqa: S608 - text of ours
            {
                "workspace": workspace.pk,
                **dict(zip(("one", "two", "three"), edges[1:], strict=True)),
            },
        )
        found: dict[str, dict[str, int]] = {"accepted": {}, "open": {}}
        for status, age, count in cursor.fetchall():
            found[status][AGES[age][0]] = count
    return Untouched(found["accepted"], found["open"])


@dataclass(frozen=True)
class Waiting:
    """One of them, for the list."""

    handoff: int
    lead: int
    since: datetime


def waiting(
    workspace: Workspace,
    *,
    status: str,
    age: str,
    now: datetime,
    after: tuple[datetime, int] | None,
) -> list[Waiting]:
    """Those of a status (accepted or open) and an age, who wait longest first; PAGE + 1 at most."""
    [(_, _, youngest, oldest)] = [one for one in AGES if one[0] == age]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT id, lead_id, since FROM ({_WAITING}) waiting
            WHERE status = %(status)s AND since <= %(youngest)s
                AND (%(oldest)s::timestamptz IS NULL OR since > %(oldest)s)
                AND (%(since)s::timestamptz IS NULL OR (since, id) > (%(since)s, %(id)s))
            ORDER BY since, id LIMIT {PAGE + 1}""",  # noqa: S608 - text of ours
            {
                "workspace": workspace.pk,
                "status": status,
                "youngest": now - youngest,
                "oldest": now - oldest if oldest else None,
                "since": after[0] if after else None,
                "id": after[1] if after else None,
            },
        )
        return [Waiting(*row) for row in cursor.fetchall()]


PAGE: Final = 50
