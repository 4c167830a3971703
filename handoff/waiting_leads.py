"""The fallback queue as managers see it: who waits, why, since when, and whom routing skipped."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from accounts.models import Workspace
from handoff import fallback
from handoff.cursors import Cursor
from handoff.models import FallbackEntry
from handoff.trace_words import TraceWords, trace_words
from leadqual.models import Lead
from scoring.standing import Standing, standings
from sla.models import Clock

PAGE: Final = 10


@dataclass(frozen=True)
class Waiting:
    """`due_at` is the deadline of its clock; None: no time was promised."""

    entry: FallbackEntry
    standing: Standing | None
    due_at: datetime | None
    trace: TraceWords

    @property
    def lead(self) -> Lead:
        return self.entry.lead


@dataclass(frozen=True)
class WaitingLeads:
    """A page of them, who waits longest first; `total` are all, `behind` those after this page."""

    rows: list[Waiting]
    total: int
    behind: int
    next_page: str


def waiting_leads(workspace: Workspace, *, now: datetime, after: str = "") -> WaitingLeads:
    """`after` is the cursor of the page before. A constant number of queries."""
    queue = fallback.waiting(workspace)
    total = queue.count()
    if not total:
        return WaitingLeads([], 0, 0, "")
    before, found = 0, queue
    if cursor := Cursor.parse(after):
        found = queue.filter(cursor.behind("entered_at", cursor.moment))
        before = total - found.count()
    entries = list(found[:PAGE])
    behind = total - before - len(entries)
    last = entries[-1] if entries and behind > 0 else None
    return WaitingLeads(
        rows=_rows(workspace, entries, now=now),
        total=total,
        behind=max(0, behind),
        next_page=str(Cursor(last.entered_at.isoformat(), last.pk)) if last else "",
    )


def waiting_of(lead: Lead, *, now: datetime) -> Waiting | None:
    """Where one lead stands in it; None: it does not."""
    entry = fallback.entry_of(lead)
    if entry is None:
        return None
    entry.lead = lead
    return next(iter(_rows(lead.workspace, [entry], now=now)))


def _rows(workspace: Workspace, entries: list[FallbackEntry], *, now: datetime) -> list[Waiting]:
    known = standings([entry.lead for entry in entries], now=now)
    keys = [fallback.subject_key(entry) for entry in entries]
    clocks = Clock.objects.of(workspace).running().filter(subject_key__in=keys)
    due = dict(clocks.values_list("subject_key", "due_at"))
    return [
        Waiting(
            entry=entry,
            standing=known.get(entry.lead_id),
            due_at=due.get(fallback.subject_key(entry)),
            trace=trace_words(entry.trace),
        )
        for entry in entries
    ]
