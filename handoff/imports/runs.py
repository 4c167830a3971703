"""An import as people see it: an `ImportRun` that is uploaded, previewed, run, and looked at.

The row is the truth; a task or a shell only carries it on. Whoever carries it holds a lock of
the database session, so that two never do, and a worker that died leaves it free.
"""

import csv
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts.models import Workspace
from handoff.imports.cells import BadCell, text_of
from handoff.imports.files import BadFile, Cell, Row, Table, open_table
from handoff.imports.importer import Importer, Outcome, count_rows
from handoff.imports.maps import BadMap, ImportMap, from_dict
from handoff.imports.planning import Plan
from handoff.imports.records import Flag, Refusal
from handoff.imports.samples import described
from handoff.models import ImportRun

COUNTS = ("rows_done", "created", "updated", "unchanged", "refused", "flagged")
MANY = 500  # rows written, from which the planner's statistics are renewed
REASON = "why it was refused"
ADVISORY_SPACE = 0x1EAD  # our numbers among the advisory locks of the database

logger = logging.getLogger(__name__)
Status = ImportRun.Status


def folder(workspace: Workspace) -> Path:
    """Where files of the workspace's imports lie: below MEDIA_ROOT, served by views alone."""
    place: Path = settings.MEDIA_ROOT / "imports" / str(workspace.pk)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def stored(relative: str) -> Path:
    return Path(settings.MEDIA_ROOT) / relative


def carry_on(run_id: int, *, now: datetime) -> bool:
    """Do what the run waits for: its preview or its import. Safe to call twice or at once.

    Returns whether there was something to do and nobody else was doing it.
    """
    with _alone(run_id) as alone:
        if not alone:
            return False
        run = ImportRun.objects.select_related("workspace", "by").get(pk=run_id)
        work = {Status.PREVIEWING: _preview, Status.RUNNING: _import}.get(Status(run.status))
        if work is None:
            return False
        try:
            table = open_table(stored(run.stored_as), name=run.file_name)
            work(run, table, from_dict(run.mapping), now)
        except (BadFile, BadMap) as problem:
            fail(run, str(problem), now=now)
        except Exception:
            logger.exception("Import %s failed", run.pk)
            fail(run, _broken(run), now=now)
        return True


def run_here(run: ImportRun, table: Table, whole: ImportMap, *, now: datetime) -> Outcome:
    """Carry a run through in this process, from wherever its file lies. Raises BadFile, BadMap."""
    with _alone(run.pk):
        try:
            return _import(run, table, whole, now)
        except (BadFile, BadMap) as problem:
            fail(run, str(problem), now=now)
            raise


def fail(run: ImportRun, why: str, *, now: datetime) -> None:
    run.status, run.error, run.finished_at = Status.FAILED, why, now
    run.save(update_fields=["status", "error", "finished_at"])


def _broken(run: ImportRun) -> str:
    taken = f"The first {run.rows_done:,} rows are in. " if run.rows_done else ""
    return (
        f"The import stopped: something went wrong on our side. {taken}Start it again: rows "
        "that are in already will be left as they are."
    )


@contextmanager
def _alone(run_id: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [ADVISORY_SPACE, run_id])
        alone: bool = cursor.fetchone()[0]
    try:
        yield alone
    finally:
        if alone and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [ADVISORY_SPACE, run_id])


def _preview(run: ImportRun, table: Table, whole: ImportMap, now: datetime) -> None:
    run.rows = count_rows(table, whole)
    run.rows_done = 0
    run.save(update_fields=["rows", "rows_done"])
    importer = Importer(run.workspace, table, whole, now=now)
    for _ in importer.preview():
        run.rows_done = importer.outcome.rows_done
        run.save(update_fields=["rows_done"])
    run.preview = [described(plan) for plan in importer.outcome.sample]
    _note(run, importer.outcome)
    run.status = Status.PREVIEWED
    run.save()


def _import(run: ImportRun, table: Table, whole: ImportMap, now: datetime) -> Outcome:
    """Chunk by chunk, each committed with the run's counts: an interrupted run goes on there."""
    if run.rows_done == 0:
        run.rows = count_rows(table, whole)
        run.refused_as = f"imports/{run.workspace_id}/{run.pk}-refused.csv"
        run.save(update_fields=["rows", "refused_as"])
    importer = Importer(run.workspace, table, whole, now=now)
    importer.outcome = _so_far(run)
    refused = RefusedRows(stored(run.refused_as), table.columns, run.refused)
    steps = importer.run(by=run.by)
    while True:
        with transaction.atomic():
            plan = next(steps, None)
            if plan is None:
                break
            refused.add(plan)
            _note(run, importer.outcome)
            run.save()
    if run.created + run.updated >= MANY:
        with connection.cursor() as cursor:
            # Else the planner takes these tables for what they were, until autovacuum comes by.
            cursor.execute("ANALYZE leadqual_lead, leadqual_company, leadqual_stagemove")
    run.status, run.finished_at = Status.DONE, now
    if not run.refused:
        refused.discard()
        run.refused_as = ""
    run.save()
    return importer.outcome


def _note(run: ImportRun, outcome: Outcome) -> None:
    for name in COUNTS:
        setattr(run, name, getattr(outcome, name))
    run.refusals = [{"row": one.row.number, "why": one.why} for one in outcome.refusals]
    run.flags = [{"row": one.row.number, "what": one.what} for one in outcome.flags]


def _so_far(run: ImportRun) -> Outcome:
    return Outcome(
        **{name: getattr(run, name) for name in COUNTS},
        refusals=[Refusal(Row(one["row"], ()), one["why"]) for one in run.refusals],
        flags=[Flag(Row(one["row"], ()), one["what"]) for one in run.flags],
    )


class RefusedRows:
    """The refused rows as a CSV file like the one that came in, with the reason as last column."""

    def __init__(self, path: Path, columns: tuple[str, ...], kept: int) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A run that was interrupted after writing rows and before its commit writes them again.
        lines: list[list[str]] = []
        if kept and path.exists():
            with path.open(encoding="utf-8-sig", newline="") as file:
                lines = list(csv.reader(file))[: kept + 1]
        self._write("w", lines or [[*columns, REASON]])

    def add(self, plan: Plan) -> None:
        self._write("a", [[*map(_cell, one.row.cells), one.why] for one in plan.refusals])

    def discard(self) -> None:
        self._path.unlink(missing_ok=True)

    def _write(self, mode: str, lines: list[list[Any]]) -> None:
        encoding = "utf-8-sig" if mode == "w" else "utf-8"
        with self._path.open(mode, encoding=encoding, newline="") as file:
            csv.writer(file).writerows(lines)


def _cell(cell: Cell) -> str:
    try:
        return text_of(cell)
    except BadCell:
        return str(cell)
