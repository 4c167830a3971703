"""A run: carried through once, whatever happens to the worker; no file is kept without need."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.utils import timezone
from psycopg.errors import DeadlockDetected
from pytest_django import Settings

from accounts.models import User, Workspace
from handoff.imports import importer, runs, uploads
from handoff.imports.maps import read_map
from handoff.imports.refused_rows import RefusedRows
from handoff.imports.tasks import carry_on_import, carry_on_imports, forget_import_files
from handoff.imports.writing import write
from handoff.models import ImportRun
from leadqual.models import Lead, StageMove
from tests.handoff.import_files import NOW

MAP = '[lead]\nexternal_id = "id"\nfirst_name = "name"\n[moments]\nmql = "mql"'
Status = ImportRun.Status


@pytest.fixture(autouse=True)
def own_media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "CHUNK", 2)


def upload(workspace: Workspace, by: User, *lines: str, name: str = "leads.csv") -> ImportRun:
    content = "\n".join(["id,name,mql", *lines]).encode()
    return uploads.receive(workspace, SimpleUploadedFile(name, content), by=by, now=NOW)


def previewed(workspace: Workspace, by: User, *lines: str) -> ImportRun:
    run = upload(workspace, by, *lines)
    runs.ask_for_preview(run, read_map(MAP))
    assert runs.carry_on(run.pk, now=NOW)
    run.refresh_from_db()
    return run


def carried_on(run: ImportRun) -> ImportRun:
    runs.carry_on(run.pk, now=NOW)
    run.refresh_from_db()
    return run


FIVE = [f"L{n},Anna,2025-01-0{n}" for n in range(1, 6)]
TWO_BAD = ["L1,Anna,2025-01-01", "L2,Bea,soon", "L3,Cleo,2025-01-03", ",Nobody,2025-01-04"]


def test_a_run_is_previewed_then_imported(workspace: Workspace, ana: User) -> None:
    run = previewed(workspace, ana, *TWO_BAD)
    assert (run.status, run.rows, run.rows_done) == (Status.PREVIEWED, 4, 4)
    assert (run.created, run.refused) == (2, 2)
    assert [one["name"] or one["external_id"] for one in run.preview] == ["Anna", "Cleo"]
    assert run.preview[0]["moments"] == ["MQL 01 Jan 2025 01:00"]  # in the workspace's zone
    assert not Lead.objects.exists()
    assert runs.start(run)
    run = carried_on(run)
    assert (run.status, run.rows_done, run.created, run.refused) == (Status.DONE, 4, 2, 2)
    assert [one["row"] for one in run.refusals] == [3, 5]
    assert StageMove.objects.filter(by=ana).count() == 2


def test_the_refused_rows_can_be_corrected_and_sent_again(workspace: Workspace, ana: User) -> None:
    run = previewed(workspace, ana, *TWO_BAD)
    runs.start(run)
    run = carried_on(run)
    with uploads.stored(run.refused_as).open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["id", "name", "mql", "why it was refused"],
            ["L2", "Bea", "soon", "mql: “soon” is not a date such as 2018-02-26 or "
             "2018-02-26 19:58:54"],
            ["", "Nobody", "2025-01-04", "has neither an external id nor an e-mail address"],
        ]  # fmt: skip


def test_a_run_without_refused_rows_keeps_no_file_at_all(workspace: Workspace, ana: User) -> None:
    run = previewed(workspace, ana, *FIVE)
    runs.start(run)
    run = carried_on(run)
    assert (run.stored_as, run.refused_as) == ("", "")
    assert [path for path in uploads.stored("imports").rglob("*") if path.is_file()] == []


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


def test_a_map_that_does_not_fit_the_file_says_which_column_is_missing(
    workspace: Workspace, ana: User
) -> None:
    run = upload(workspace, ana, *FIVE)
    runs.ask_for_preview(run, read_map('[lead]\nemail = "mail"'))
    run = carried_on(run)
    assert run.status == Status.FAILED
    assert run.error == (
        "The map reads the column “mail” for lead.email, but the file has no such column. "
        "It has: id, name, mql."
    )
    assert run.can_be_mapped


def test_a_column_of_many_values_is_not_believed_to_be_the_source(
    workspace: Workspace, ana: User
) -> None:
    run = upload(workspace, ana, *(f"L{n},Name {n}," for n in range(250)))
    runs.ask_for_preview(run, read_map('[lead]\nexternal_id = "id"\nsource = "name"'))
    assert "Is it really the source?" in carried_on(run).error


def test_only_one_starts_an_import(workspace: Workspace, ana: User) -> None:
    run = previewed(workspace, ana, *FIVE)
    assert runs.start(run)
    assert not runs.start(run)
    carried_on(run)
    assert not runs.start(run)
    assert not runs.carry_on(run.pk, now=NOW)
    assert Lead.objects.count() == 5


def test_the_tasks_do_what_waits_and_nothing_twice(workspace: Workspace, ana: User) -> None:
    run = upload(workspace, ana, *FIVE)
    assert carry_on_imports() == 0
    runs.ask_for_preview(run, read_map(MAP))
    assert carry_on_imports() == 1
    run.refresh_from_db()
    assert runs.start(run)
    carry_on_import(run.pk)
    carry_on_import(run.pk)
    assert carry_on_imports() == 0
    assert Lead.objects.count() == 5


def test_files_are_forgotten_in_time(workspace: Workspace, ana: User) -> None:
    now = timezone.now()
    old, fresh = upload(workspace, ana, *FIVE), upload(workspace, ana, *FIVE)
    ImportRun.objects.filter(pk=old.pk).update(started_at=now - timedelta(days=8))
    ImportRun.objects.filter(pk=fresh.pk).update(started_at=now - timedelta(days=6))
    done = previewed(workspace, ana, *TWO_BAD)
    runs.start(done)
    done = carried_on(done)
    refused = uploads.stored(done.refused_as)
    assert forget_import_files() == 1
    assert refused.exists()
    ImportRun.objects.filter(pk=done.pk).update(finished_at=now - timedelta(days=91))
    assert forget_import_files() == 1
    assert not refused.exists()
    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.stored_as, uploads.stored(fresh.stored_as).exists()) == ("", True)
    assert not old.can_be_mapped


def test_an_upload_is_stored_for_the_server_alone(workspace: Workspace, ana: User) -> None:
    run = upload(workspace, ana, *FIVE, name="../../etc/leads.csv")
    assert run.file_name == "leads.csv"
    assert run.stored_as == f"imports/{workspace.pk}/{run.pk}-upload"
    assert uploads.stored(run.stored_as).parent.stat().st_mode & 0o077 == 0


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

    yield work_on, gone
    gone()


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
