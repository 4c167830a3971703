"""What the system had to do and when it was done, read for many leads at once.

Moves and hand-offs are read behind a mark, the id up to which all is settled. A transaction that
began earlier may commit later, with a lower id: rows younger than OVERLAP are read once more each
time, and what has its clock already is left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from leadqual.models import Heartbeat

OVERLAP: Final = timedelta(minutes=5)
BATCH: Final = 1000
MARKS: Final = "system delay"
"""The sign that keeps the marks, by source; what was there before the first of them is history, of
which nothing is measured."""


@dataclass(frozen=True)
class Fact:
    """Something the system had to do from `since` on; `done` null: it has not been yet. `key` names
    it as the clock does. `row` is its id in its source."""

    row: int
    workspace: int
    lead: int
    key: str
    tier: str
    since: datetime
    done: datetime | None
    how: str


# Who waits in the line of a publication is released at the reps' pace, and whom a person named was
# no business of the system's. A lead that came back in the same cycle has its clock already.
_CAPTURED: Final = """
SELECT m.id, m.workspace_id, m.lead_id, 'lead:' || m.lead_id, '',
    greatest(m.at, m.recorded_at), s.first_scored_at, 'scored'
FROM leadqual_stagemove m
JOIN leadqual_lead l ON l.id = m.lead_id
LEFT JOIN scoring_score s ON s.lead_id = m.lead_id
WHERE m.id > %(after)s AND m.from_stage = '' AND m.workspace_id = ANY (%(workspaces)s)
  AND NOT m.imported AND NOT l.imported AND l.merged_into_id IS NULL AND l.erased_at IS NULL
  AND (s.lead_id IS NULL OR s.first_scored_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM sla_clock c WHERE c.subject_key = 'lead:' || m.lead_id
      AND c.code = 'scored' AND c.workspace_id = m.workspace_id)
ORDER BY m.id LIMIT %(limit)s
"""
_OFFERED: Final = """
SELECT h.id, h.workspace_id, h.lead_id, 'ready:' || h.lead_id || ':' || h.cycle,
    coalesce(t.code, ''), least(coalesce((h.packet #>> '{explanation,at}')::timestamptz,
        h.offered_at), w.at, h.offered_at),
    coalesce(w.at, h.offered_at),
    CASE WHEN w.at IS NULL THEN 'offered' ELSE 'waiting for people' END
FROM handoff_handoff h
LEFT JOIN handoff_tier t ON t.id = h.tier_id
CROSS JOIN LATERAL (SELECT min(e.entered_at) AS at FROM handoff_fallbackentry e
    WHERE e.lead_id = h.lead_id AND e.cycle = h.cycle AND e.why <> 'failed'
      AND e.entered_at < h.offered_at) w
WHERE h.id > %(after)s AND h.workspace_id = ANY (%(workspaces)s) AND h.trace ? 'rules'
  AND NOT EXISTS (SELECT FROM handoff_handoff o WHERE o.lead_id = h.lead_id
      AND o.cycle = h.cycle AND o.id < h.id)
  AND NOT EXISTS (SELECT FROM handoff_release r WHERE r.lead_id = h.lead_id
      AND r.queued_at <= h.offered_at AND r.released_at >= h.offered_at)
  AND NOT EXISTS (SELECT FROM sla_clock c WHERE c.subject_key = 'ready:' || h.lead_id || ':'
      || h.cycle AND c.code = 'offered' AND c.workspace_id = h.workspace_id)
ORDER BY h.id LIMIT %(limit)s
"""
_WAITING: Final = """
SELECT e.id, e.workspace_id, e.lead_id, 'ready:' || e.lead_id || ':' || e.cycle, '',
    least(coalesce(CASE WHEN s.scored_at <= e.entered_at THEN s.scored_at END,
        (m.explanation ->> 'at')::timestamptz, e.entered_at), e.entered_at),
    CASE WHEN e.why <> 'failed' THEN e.entered_at END, 'waiting for people'
FROM handoff_fallbackentry e
LEFT JOIN scoring_score s ON s.lead_id = e.lead_id
LEFT JOIN LATERAL (SELECT explanation FROM leadqual_stagemove m WHERE m.lead_id = e.lead_id
    AND m.to_stage = 'mql' AND m.at <= e.entered_at ORDER BY m.at DESC, m.id DESC LIMIT 1) m ON true
WHERE e.id > %(after)s AND e.workspace_id = ANY (%(workspaces)s)
  AND (e.why <> 'failed' OR e.left_at IS NULL)
  AND NOT EXISTS (SELECT FROM handoff_handoff o WHERE o.lead_id = e.lead_id
      AND o.cycle = e.cycle AND o.offered_at < e.entered_at)
  AND NOT EXISTS (SELECT FROM sla_clock c WHERE c.subject_key = 'ready:' || e.lead_id || ':'
      || e.cycle AND c.code = 'offered' AND c.workspace_id = e.workspace_id)
ORDER BY e.id LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Source:
    """Where facts of one promise are read: the statement, the table and its moment."""

    name: str
    code: str
    text: str
    table: str
    moment: str


SOURCES: Final = (
    Source("captured", "scored", _CAPTURED, "leadqual_stagemove", "recorded_at"),
    Source("waiting", "offered", _WAITING, "handoff_fallbackentry", "entered_at"),
    Source("offered", "offered", _OFFERED, "handoff_handoff", "offered_at"),
)


def marks(*, now: datetime) -> dict[str, int]:
    """Up to which id each source is settled; behind all that is there where none was kept yet."""
    found = Heartbeat.objects.filter(name=MARKS).first()
    known: dict[str, int] = found.detail if found else {}
    fresh = {source.name: _last(source, now) for source in SOURCES if source.name not in known}
    return {**known, **fresh}


def keep_marks(said: Mapping[str, int], *, now: datetime) -> None:
    Heartbeat.objects.update_or_create(name=MARKS, defaults={"at": now, "detail": dict(said)})


def facts(source: Source, workspaces: list[int], *, after: int, most: int) -> Iterator[list[Fact]]:
    """Batches of what has no clock yet, in the order of their ids; `most` batches."""
    for _ in range(most):
        values: dict[str, Any] = {"after": after, "workspaces": workspaces, "limit": BATCH}
        with connection.cursor() as cursor:
            cursor.execute(source.text, values)
            found = [Fact(*row) for row in cursor.fetchall()]
        if found:
            yield found
        if len(found) < BATCH:
            return
        after = found[-1].row


def settled(source: Source, *, after: int, upto: int | None, now: datetime) -> int:
    """The mark from now on: the last id that is older than OVERLAP, and not behind `upto`, the
    last row that was worked off where there were more."""
    last = max(after, _last(source, now - OVERLAP, after=after))
    return last if upto is None else min(last, upto)


def _last(source: Source, before: datetime, *, after: int = 0) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT max(id) FROM {source.table} WHERE id > %s AND {source.moment} < %s",  # noqa: S608 - our own names
            [after, before],
        )
        return int(cursor.fetchone()[0] or 0)
