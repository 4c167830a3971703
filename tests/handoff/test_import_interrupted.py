"""Runs that meet trouble: a worker that dies, another writer, two at once."""

from collections.abc import Iterator
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

from accounts.models import User, Workspace
from handoff.imports import runs, uploads
from handoff.imports.maps import read_map
from handoff.imports.refused_rows import RefusedRows
from handoff.imports.tasks import carry_on_imports
from handoff.imports.writing import write
from handoff.models import ImportRun
from leadqual.models import Lead
from tests.handoff.import_files import NOW
from tests.handoff.import_uploads import FIVE, MAP, carried_on, previewed, upload
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("own_media", "small_chunks")

Status = ImportRun.Status


def test_an_interrupted_import_goes_on_where_it_was(
    workspace: Workspace, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = previewed(workspace, ana, "L1,Anna,soon", "L2,Bea,", "L3,Cleo,", "L4,Dora,", ",Eve,")
    runs.start(run)
    with monkeypatch.context() as patch:
        patch.setattr(RefusedRows, "add", stop_at_second_call(RefusedRows.add))
        run = carried_on(run)
    assert (run.status, run.rows_done, run.created, run.refused) == (Status.FAILED, 2, 1, 1)
    assert "The first 2 rows are in" in run.error
    assert set(Lead.objects.values_list("external_id", flat=True)) == {"L2"}
    assert runs.start(run)
    run = carried_on(run)
    assert (run.status, run.rows_done, run.created, run.refused) == (Status.DONE, 5, 3, 2)
    assert [one["row"] for one in run.refusals] == [2, 6]
    with uploads.stored(run.refused_as).open(encoding="utf-8-sig") as file:
        assert [line.split(",")[0] for line in file] == ["id", "L1", ""]


def stop_at_second_call(write: Any) -> Any:
    """The rows are written to the file, then the worker fails before its commit."""
    calls = []

    def writing(*args: Any) -> None:
        calls.append(args)
        write(*args)
        if len(calls) == 2:
            raise RuntimeError("the machine went away")

    return writing


def test_doubles_of_rows_before_the_interruption_are_still_doubles(
    workspace: Workspace, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = previewed(workspace, ana, "L1,Anna,", "L2,Bea,", "L1,Again,")
    runs.start(run)
    with monkeypatch.context() as patch:
        patch.setattr(RefusedRows, "add", stop_at_second_call(RefusedRows.add))
        carried_on(run)
    runs.start(run)
    run = carried_on(run)
    assert (run.created, run.updated, run.refused) == (2, 0, 1)
    assert Lead.objects.get(external_id="L1").first_name == "Anna"


def test_a_chunk_that_met_another_writer_is_planned_again(
    workspace: Workspace, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = previewed(workspace, ana, *FIVE)
    runs.start(run)
    met: list[bool] = []

    def meets_another_once(*args: Any, **kwargs: Any) -> None:
        if not met:
            met.append(True)
            raise OperationalError from DeadlockDetected()
        write(*args, **kwargs)

    monkeypatch.setattr("handoff.imports.importer.write", meets_another_once)
    assert carried_on(run).created == 5
    assert met == [True]


def test_only_one_starts_an_import(workspace: Workspace, ana: User) -> None:
    run = previewed(workspace, ana, *FIVE)
    assert runs.start(run)
    assert not runs.start(run)
    carried_on(run)
    assert not runs.start(run)
    assert not runs.carry_on(run.pk, now=NOW)
    assert Lead.objects.count() == 5


def test_a_command_that_was_interrupted_is_said_to_be(workspace: Workspace) -> None:
    run = ImportRun.objects.create(workspace=workspace, file_name="a.csv", status=Status.RUNNING)
    assert carry_on_imports() == 1
    run.refresh_from_db()
    assert (run.status, run.error) == (Status.FAILED, runs.INTERRUPTED)


@pytest.fixture
def somebody_at_work() -> Iterator[Any]:
    """Another connection that holds the lock of a run, until it is told to let go."""
    done, threads = Signal(), []

    def work_on(run: ImportRun) -> None:
        holds = Signal()

        def hold() -> None:
            # Its connection ends without letting go, as that of a killed worker does.
            lock = runs._alone(run.pk)
            assert lock.__enter__()
            holds.set()
            done.wait(30)
            connection.close()

        threads.append(Thread(target=hold))
        threads[-1].start()
        assert holds.wait(30)

    def gone() -> None:
        done.set()
        for thread in threads:
            thread.join()
        assert eventually(nobody_is_at_work)

    yield work_on, gone
    gone()


def nobody_is_at_work() -> bool:
    """PostgreSQL lets go of a lock a moment after its connection ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE d.datname = current_database() AND l.classid = %s",
            [runs.ADVISORY_SPACE],
        )
        return cursor.fetchone() is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_carry_the_same_run_but_the_next_does_after_one_died(
    workspace: Workspace, ana: User, somebody_at_work: Any
) -> None:
    run = upload(workspace, ana, *FIVE)
    runs.ask_for_preview(run, read_map(MAP))
    work_on, gone = somebody_at_work
    work_on(run)
    assert not runs.carry_on(run.pk, now=NOW)
    run.refresh_from_db()
    assert run.status == Status.PREVIEWING
    gone()
    assert runs.carry_on(run.pk, now=NOW)
