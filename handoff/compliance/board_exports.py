"""The clocks that the SLA board shows, as lines of a CSV file. Moments are ISO 8601 in UTC."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from handoff.lead_exports import Echo, harmless
from sla.models import Clock, ClockQuerySet
from sla.queries import pause_of, state_of

CHUNK: Final = 500
HEADER: Final = (
    *("promise", "tier", "side", "agreement", "lead_id", "lead", "email", "company"),
    *("person", "state", "started_at", "due_at", "breached_at", "noticed_at", "cause"),
    *("told_at", "stopped_at", "stopped_by", "business_minutes", "paused_minutes"),
    *("acknowledged_at", "acknowledged_by", "acknowledgement"),
)


def csv_lines(clocks: ClockQuerySet, *, now: datetime) -> Iterator[str]:
    """All of them by their deadline, fetched in chunks; texts that a spreadsheet would compute are
    quoted."""
    writer = csv.writer(Echo())
    yield "\ufeff" + writer.writerow(HEADER)  # or Excel does not take it for UTF-8
    rows = clocks.select_related(
        "lead__company", "person", "acknowledged_by", "commitment__agreement"
    ).prefetch_related("pauses")
    rows = rows.order_by("due_at", "pk")
    for clock in rows.iterator(chunk_size=CHUNK):
        yield writer.writerow([harmless(value) for value in _cells(clock, now=now)])


def _cells(clock: Clock, *, now: datetime) -> tuple[Any, ...]:
    lead, promise = clock.lead, clock.commitment
    return (
        clock.get_code_display(),
        promise.tier_name or clock.tier_code,
        promise.side.label,
        promise.agreement.number if promise.agreement else "",
        lead.pk,
        lead.display_name,
        lead.email,
        str(lead.company or ""),
        str(clock.person or ""),
        state_of(clock, now=now, paused=pause_of(clock, now=now) is not None).value,
        *map(_moment, (clock.started_at, clock.due_at, clock.breached_at, clock.noticed_at)),
        clock.get_cause_display(),
        *map(_moment, (clock.answered_at, clock.stopped_at)),
        clock.stopped_by,
        "" if clock.business_seconds is None else round(clock.business_seconds / 60, 1),
        round(clock.paused_seconds / 60, 1),
        _moment(clock.acknowledged_at),
        str(clock.acknowledged_by or ""),
        clock.acknowledgement,
    )


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""
