"""A run: carried through once, whatever happens to the worker; no file is kept without need."""

import csv
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.imports import runs, uploads
from handoff.imports.maps import read_map
from handoff.imports.tasks import carry_on_import, carry_on_imports, forget_import_files
from handoff.models import ImportRun
from leadqual.models import Lead, StageMove
from tests.handoff.import_uploads import FIVE, MAP, TWO_BAD, carried_on, previewed, upload

pytestmark = pytest.mark.usefixtures("own_media", "small_chunks")

Status = ImportRun.Status


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
