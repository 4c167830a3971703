"""A whole file into one workspace, chunk by chunk: each is one transaction, safe to repeat."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import IntegrityError, OperationalError, transaction
from psycopg.errors import DeadlockDetected, UniqueViolation

from accounts.models import User, Workspace
from handoff.imports.files import Row, Table
from handoff.imports.known import source_code
from handoff.imports.maps import BadMap, ImportMap
from handoff.imports.planning import LeadPlan, Plan, plan_chunk
from handoff.imports.records import Flag, Reader, Record, Refusal
from handoff.imports.writing import write
from leadqual.custom_fields import custom_fields

CHUNK = 2_000
SHOWN = 200  # refusals and flags kept for the screen; the refused rows' file has all
SAMPLE = 10
MOST_SOURCES = 200
ATTEMPTS = 3  # of a chunk that met another writer of the same lead

logger = logging.getLogger(__name__)


@dataclass
class Outcome:
    """What became of the lines so far, or would become of them."""

    rows_done: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    flagged: int = 0
    refusals: list[Refusal] = field(default_factory=list)  # the first SHOWN
    flags: list[Flag] = field(default_factory=list)  # the first SHOWN
    sample: list[LeadPlan] = field(default_factory=list)  # the first SAMPLE, in a preview

    def add(self, plan: Plan) -> None:
        self.created += plan.count("created")
        self.updated += plan.count("updated")
        self.unchanged += plan.count("unchanged")
        self.refused += len(plan.refusals)
        self.rows_done += len(plan.leads) + len(plan.refusals)
        self.flagged += len({flag.row.number for flag in plan.flags})
        self.refusals += plan.refusals[: SHOWN - len(self.refusals)]
        self.flags += plan.flags[: SHOWN - len(self.flags)]


def count_rows(table: Table, whole: ImportMap) -> int:
    """Read the file once before anything is written: its rows, and whether the map fits it.

    Raises BadFile for a damaged file, BadMap for a column that is missing, or one mapped as the
    source that is clearly something else.
    """
    missing = whole.missing_in(table.columns)
    if missing:
        raise BadMap([missing])
    one = whole.fields.get("lead.source")
    place = table.columns.index(one.column) if one and one.column else None
    rows, sources = 0, set[str]()
    for row in table.rows():
        rows += 1
        if place is not None and place < len(row.cells) and len(sources) <= MOST_SOURCES:
            sources.add(source_code(str(row.cells[place] or "")))
    if one and len(sources) > MOST_SOURCES:
        raise BadMap(
            [
                f"The column “{one.column}” has more than {MOST_SOURCES} different values. "
                "Is it really the source? Nothing was imported."
            ]
        )
    return rows


class Importer:
    """Takes one file through. `outcome` starts from what an interrupted run had done."""

    def __init__(
        self, workspace: Workspace, table: Table, whole: ImportMap, *, now: datetime
    ) -> None:
        self.workspace, self.table, self.now = workspace, table, now
        self.outcome = Outcome()
        own = custom_fields(workspace)
        self._reader = Reader(table.columns, whole, now=now, own=own)
        self._taken: dict[int, int] = {}

    def preview(self) -> Iterator[Plan]:
        """What an import would do, chunk by chunk; nothing is written."""
        for lines in self._chunks():
            with transaction.atomic():
                plan = self._plan(lines, lock=False)
            self._done(plan)
            yield plan

    def run(self, *, by: User | None) -> Iterator[Plan]:
        """Import, chunk by chunk. Wrap each step in a transaction to commit something with it."""
        for lines in self._chunks():
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    with transaction.atomic():
                        plan = self._plan(lines, lock=True)
                        write(plan, by=by)
                    break
                except (IntegrityError, OperationalError) as error:
                    # Somebody made one of these leads at the same moment: look again.
                    met_another = isinstance(error.__cause__, (UniqueViolation, DeadlockDetected))
                    if attempt == ATTEMPTS or not met_another:
                        raise
                    logger.info("Import chunk met another writer; attempt %s", attempt)
            self._done(plan)
            yield plan

    def _plan(self, lines: list[Record | Refusal], *, lock: bool) -> Plan:
        taken = dict(self._taken)
        plan = plan_chunk(self.workspace, lines, taken=taken, lock=lock, now=self.now)
        self._next_taken = taken
        return plan

    def _done(self, plan: Plan) -> None:
        self._taken = self._next_taken
        self.outcome.add(plan)
        room = SAMPLE - len(self.outcome.sample)
        self.outcome.sample += plan.leads[:room]

    def _chunks(self) -> Iterator[list[Record | Refusal]]:
        rows: Iterator[Row] = self.table.rows()
        lines = (self._reader.read(row) for row in rows)
        # Lines of an interrupted run are read, not written: doubles of them are still doubles.
        for _ in islice(lines, self.outcome.rows_done):
            pass
        while chunk := list(islice(lines, CHUNK)):
            yield chunk
