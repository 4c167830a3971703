"""How promises were kept: of the clocks whose deadline lies in a range, counted in one pass.

A clock belongs to the range in which its promise falls due, pauses included, so that a range that
is over is judged whole: whoever answered early and whoever never did stand in the same one.
Each clock is in one of four states, as `sla.queries.state_of` says: met, missed (as soon as its
deadline has passed, running or not, swept or not), running, or taken back, which is neither.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Final, Literal

from django.db import connection

from accounts.models import Workspace
from sla.models.clocks import RAN_OUT, TAKEN_BACK

By = Literal["commitment", "code", "tier", "person", "weekday", "hour"]
Key = tuple[Any, ...]
"""The values of a grouping, in its order: ids of commitment and person, texts of code and tier,
weekday 1 (Monday) to 7, hour 0 to 23; person is None where nobody was held to it."""

_COLUMNS: Final[Mapping[By, str]] = {
    "commitment": "commitment_id",
    "code": "code",
    "tier": "tier_code",
    "person": "person_id",
    "weekday": "extract(isodow FROM started_at AT TIME ZONE %(zone)s)::int",
    "hour": "extract(hour FROM started_at AT TIME ZONE %(zone)s)::int",
}
FEW: Final = 5
"""Of fewer judged, a share says little: it is shown as such, and nobody is held to it."""
_COUNTS: Final = ("met", "missed", "running", "taken_back", "logged_late", "answered")
STATE_SQL: Final = f"""CASE
    WHEN breached_at IS NOT NULL OR (stopped_at IS NULL AND due_at < %(now)s) THEN 'missed'
    WHEN stopped_at IS NULL THEN 'running'
    WHEN stopped_by = '{TAKEN_BACK}' THEN 'taken back' ELSE 'met' END"""
"""The state of a clock at `now`, in the words of `sla.queries.State`."""


@dataclass(frozen=True)
class Kept:
    """Clocks by how they ended. `logged_late` of the met were written down after the deadline.

    `answered` were ended by a deed, in time or not; of these `median` and `p90` are business
    seconds from start to stop, pauses left out. None where nobody asked for them or none was.
    """

    met: int = 0
    missed: int = 0
    running: int = 0
    taken_back: int = 0
    logged_late: int = 0
    answered: int = 0
    median: float | None = None
    p90: float | None = None

    @property
    def judged(self) -> int:
        """The denominator: clocks of which it is known whether the promise was kept."""
        return self.met + self.missed

    @property
    def started(self) -> int:
        return self.judged + self.running + self.taken_back

    @property
    def share(self) -> float | None:
        """Met of judged, 0 to 1; None while nothing can be judged."""
        return self.met / self.judged if self.judged else None

    @property
    def missed_share(self) -> float | None:
        return self.missed / self.judged if self.judged else None


@dataclass(frozen=True)
class Asked:
    """Which clocks: of these codes, of these commitments alone where some are given (ids).

    `bounds` are ascending moments; a clock due from one up to but not including the next is in
    range 0, 1 and so on. Hours and weekdays are those of the clock's start in `zone`.
    """

    workspace: Workspace
    bounds: Sequence[datetime]
    now: datetime
    codes: Collection[str]
    commitments: Collection[int] | None = None
    zone: tzinfo | None = None
    parameters: dict[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = {
            "workspace": self.workspace.pk,
            "bounds": list(self.bounds),
            "since": self.bounds[0],
            "until": self.bounds[-1],
            "now": self.now,
            "codes": list(self.codes),
            "commitments": list(self.commitments or ()),
            "zone": str(self.zone or self.workspace.zone),
        }
        object.__setattr__(self, "parameters", known)


def kept(
    asked: Asked, *groupings: tuple[By, ...], times: bool = False
) -> list[dict[tuple[int, Key], Kept]]:
    """For each grouping a dictionary by range and key; one query. `times` adds the percentiles."""
    columns = sorted({name for grouping in groupings for name in grouping})
    marks = [_mark(columns, grouping) for grouping in groupings]
    found: list[dict[tuple[int, Key], Kept]] = [{} for _ in groupings]
    with connection.cursor() as cursor:
        cursor.execute(_sql(asked, columns, groupings, times=times), asked.parameters)
        for mark, place, *rest in cursor.fetchall():
            values = dict(zip(columns, rest, strict=False))
            number = marks.index(mark)
            key = tuple(values[name] for name in groupings[number])
            found[number][place - 1, key] = Kept(*_numbers(rest[len(columns) :]))
    return found


def _mark(columns: Sequence[str], grouping: Collection[str]) -> int:
    """What PostgreSQL's GROUPING() says of a row of that grouping: a bit for each left out."""
    return int("".join("0" if name in grouping else "1" for name in columns) or "0", 2)


def _numbers(row: Sequence[Any]) -> list[Any]:
    *counts, percentiles = row
    return [*counts, *(percentiles or (None, None))]


def _sql(
    asked: Asked, columns: Sequence[By], groupings: Sequence[tuple[By, ...]], *, times: bool
) -> str:
    chosen = "" if asked.commitments is None else "AND commitment_id = ANY(%(commitments)s)"
    listed = "".join(f", {_COLUMNS[name]} AS {name}" for name in columns)
    sets = ", ".join(f"({', '.join(('place', *grouping))})" for grouping in groupings)
    answered = f"stopped_by NOT IN ('', '{TAKEN_BACK}', '{RAN_OUT}')"
    percentiles = "NULL::float8[]"
    if times:
        percentiles = f"""percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
            ORDER BY business_seconds) FILTER (WHERE {answered})"""
    mark = f"GROUPING({', '.join(columns)})" if columns else "0"
    names = "".join(f", {name}" for name in columns)
    counted = f"""
    SELECT %s place{names},
        count(*) FILTER (WHERE state = 'met') AS met,
        count(*) FILTER (WHERE state = 'missed') AS missed,
        count(*) FILTER (WHERE state = 'running') AS running,
        count(*) FILTER (WHERE state = 'taken back') AS taken_back,
        count(*) FILTER (WHERE state = 'met' AND stop_recorded_at > due_at) AS logged_late,
        count(*) FILTER (WHERE {answered}) AS answered, {percentiles}
    FROM (
        SELECT width_bucket(due_at, %(bounds)s::timestamptz[]) AS place,
            {STATE_SQL} AS state, stopped_by, stop_recorded_at, due_at, business_seconds{listed}
        FROM sla_clock
        WHERE workspace_id = %(workspace)s AND due_at >= %(since)s AND due_at < %(until)s
            AND code = ANY(%(codes)s) {chosen}
    ) clocks GROUP BY"""  # noqa: S608 - text of ours; what comes from outside is a parameter
    if times:
        return f"{counted.replace('SELECT %s', f'SELECT {mark},', 1)} GROUPING SETS ({sets})"
    # Counted once into cells, and those added up for each grouping: a third of the time.
    cells = f"{counted.replace('SELECT %s', 'SELECT', 1)} place{names}"
    sums = ", ".join(f"sum({each})::bigint" for each in _COUNTS)
    return f"""
    SELECT {mark}, place{names}, {sums}, NULL::float8[]
    FROM ({cells}) cells GROUP BY GROUPING SETS ({sets})
    """  # noqa: S608


@dataclass(frozen=True)
class Level:
    """Clocks that fell due in a range and can be judged. `agreed` is the share that their promises
    say is to be kept, 0 to 1; None where there are none."""

    met: int = 0
    judged: int = 0
    agreed: float | None = None


def levels(ranges: Mapping[int, tuple[datetime, datetime]], *, now: datetime) -> dict[int, Level]:
    """Of several workspaces, each with its own range, by workspace id; one query. Workspaces
    without a clock that can be judged are missing."""
    sql = f"""
        SELECT p.id, count(*) FILTER (WHERE c.state = 'met'), count(*),
            avg(t.target_percent)::float8 / 100
        FROM unnest(%(ids)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[])
            p (id, since, until)
        CROSS JOIN LATERAL (
            SELECT {STATE_SQL} AS state, commitment_id FROM sla_clock
            WHERE workspace_id = p.id AND due_at >= p.since AND due_at < p.until
        ) c JOIN sla_commitment t ON t.id = c.commitment_id
        WHERE c.state IN ('met', 'missed') GROUP BY 1"""  # noqa: S608 - text of ours
    parameters: dict[str, Any] = {
        "ids": list(ranges),
        "since": [since for since, _ in ranges.values()],
        "until": [until for _, until in ranges.values()],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {workspace: Level(*numbers) for workspace, *numbers in cursor.fetchall()}
