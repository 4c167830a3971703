"""An import as people see it: an `ImportRun` that is uploaded, previewed, run, and looked at.

The row is the truth; a task or a shell only carries it on. Whoever carries it holds a lock of
the database session, so that two never do, and a worker that died leaves it free.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from handoff.imports.files import BadFile, Row, Table, open_table
from handoff.imports.importer import Importer, Outcome, count_rows
from handoff.imports.maps import BadMap, ImportMap, from_dict
from handoff.imports.records import Flag, Refusal
from handoff.imports.refused_rows import RefusedRows
from handoff.imports.samples import described
from handoff.imports.uploads import forget_upload, stored
from handoff.models import ImportRun
from leadqual.celery import app
from leadqual.custom_fields import custom_fields

Status = ImportRun.Status
AT_WORK = (Status.PREVIEWING, Status.RUNNING)
COUNTS = ("rows_done", "created", "updated", "unchanged", "refused", "flagged")
MANY = 500  # rows written, from which the planner's statistics are renewed
ADVISORY_SPACE = 0x1EAD  # our numbers among the advisory locks of the database
INTERRUPTED = (
    "The command was interrupted. Run it again: rows that are in already are left as they are."
)
TASK = "handoff.imports.tasks.carry_on_import"

logger = logging.getLogger(__name__)


def ask_for_preview(run: ImportRun, whole: ImportMap) -> None:
    """Preview the import with this map, in the background; nothing has been written yet."""
    run.mapping, run.status, run.error = whole.as_dict(), Status.PREVIEWING, ""
    for name in COUNTS:
        setattr(run, name, 0)
    run.refusals, run.flags, run.preview = [], [], []
    run.save()
    _wake(run)


def start(run: ImportRun) -> bool:
    """Import what was previewed, or go on after a failure; False where somebody did already."""
    fresh: dict[str, Any] = {**dict.fromkeys(COUNTS, 0), "refusals": [], "flags": []}
    mine = ImportRun.objects.filter(pk=run.pk).exclude(stored_as="")
    started = mine.filter(status=Status.PREVIEWED).update(status=Status.RUNNING, **fresh)
    failed = mine.filter(status=Status.FAILED, rows_done__gt=0)
    started = started or failed.update(status=Status.RUNNING, error="", finished_at=None)
    if started:
        _wake(run)
    return bool(started)


def _wake(run: ImportRun) -> None:
    """Best effort: where the broker is out of reach, beat comes by within a minute."""
    transaction.on_commit(lambda: app.send_task(TASK, [run.pk], retry=False), robust=True)


def carry_on(run_id: int, *, now: datetime) -> bool:
    """Do what the run waits for: its preview or its import. Safe to call twice or at once.

    Returns whether there was something to do and nobody else was doing it.
    """
    with _alone(run_id) as alone:
        run = ImportRun.objects.select_related("workspace", "by").filter(pk=run_id).first()
        if not alone or run is None or run.status not in AT_WORK:
            return False
        is_preview = run.status == Status.PREVIEWING
        try:
            if not run.stored_as:
                raise BadFile(INTERRUPTED)  # noqa: TRY301 - one place that tells people
            table = open_table(stored(run.stored_as), name=run.file_name)
            (_preview if is_preview else _import)(run, table, from_dict(run.mapping), now)
        except (BadFile, BadMap) as problem:
            _fail(run, str(problem), is_preview=is_preview)
        except Exception:
            logger.exception("Import %s failed", run.pk)
            _fail(run, _broken(run), is_preview=is_preview)
        return True


def run_here(run: ImportRun, table: Table, whole: ImportMap, *, now: datetime) -> Outcome:
    """Carry a run through in this process, from wherever its file lies. Raises BadFile, BadMap."""
    with _alone(run.pk):
        try:
            return _import(run, table, whole, now)
        except Exception as problem:
            known = isinstance(problem, BadFile | BadMap)
            _fail(run, str(problem) if known else _broken(run), is_preview=False)
            raise


def _fail(run: ImportRun, why: str, *, is_preview: bool) -> None:
    """What was written stays counted: the import can go on there."""
    if is_preview:
        run.rows_done = 0
    run.status, run.error, run.finished_at = Status.FAILED, why, timezone.now()
    run.save(update_fields=["status", "error", "finished_at", "rows_done"])


def _broken(run: ImportRun) -> str:
    taken = f"The first {run.rows_done:,} rows are in; going on will leave them as they are."
    return f"Something went wrong on our side. {taken if run.rows_done else 'Nothing is written.'}"


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
    own = custom_fields(run.workspace)
    run.preview = [described(plan, own) for plan in importer.outcome.sample]
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
    refused = RefusedRows(stored(run.refused_as), table.columns, kept=run.refused)
    steps = importer.run(by=run.by)
    while True:
        with transaction.atomic():
            plan = next(steps, None)
            if plan is None:
                break
            refused.add(plan.refusals)
            _note(run, importer.outcome)
            run.save()
    if run.created + run.updated >= MANY:
        with connection.cursor() as cursor:
            # Else the planner takes these tables for what they were, until autovacuum comes by.
            cursor.execute("ANALYZE leadqual_lead, leadqual_company, leadqual_stagemove")
    _finish(run, refused)
    return importer.outcome


def _finish(run: ImportRun, refused: RefusedRows) -> None:
    if not run.refused:
        refused.discard()
        run.refused_as = ""
    run.status, run.finished_at = Status.DONE, timezone.now()
    run.save()
    forget_upload(run)


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
