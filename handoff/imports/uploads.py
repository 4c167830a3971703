"""Files that people send, and what is kept of them: people's data, so no longer than needed."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q

from accounts.models import User, Workspace
from handoff.imports.files import MAX_BYTES, BadFile, open_table
from handoff.models import ImportRun

UPLOADS_KEPT = timedelta(days=7)  # of imports that nobody finished
REFUSED_KEPT = timedelta(days=90)
UNDER_WAY = (ImportRun.Status.PREVIEWING, ImportRun.Status.RUNNING)


def stored(relative: str) -> Path:
    return Path(settings.MEDIA_ROOT) / relative


def receive(
    workspace: Workspace, upload: "UploadedFile[bytes]", *, by: User, now: datetime
) -> ImportRun:
    """Keep the upload, below MEDIA_ROOT where only views reach it. Raises BadFile."""
    name = Path(upload.name or "file").name[:200]
    if (upload.size or 0) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        raise BadFile(f"{name} is larger than {limit} MB. Split it, or use manage.py import_leads.")
    run = ImportRun.objects.create(workspace=workspace, by=by, file_name=name, started_at=now)
    run.stored_as = f"imports/{workspace.pk}/{run.pk}-upload"
    path = stored(run.stored_as)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("wb") as file:
        file.writelines(upload.chunks())
    try:
        open_table(path, name=name)
    except BadFile:
        path.unlink()
        run.delete()
        raise
    run.save(update_fields=["stored_as"])
    return run


def forget_upload(run: ImportRun) -> None:
    """The file is in, or given up: what it says of people stays in one place only, the leads."""
    if run.stored_as:
        stored(run.stored_as).unlink(missing_ok=True)
        run.stored_as = ""
        run.save(update_fields=["stored_as"])


def discard(run: ImportRun) -> None:
    """Give up an import that has written nothing."""
    forget_upload(run)
    run.delete()


def forget_old_files(*, now: datetime) -> int:
    """Drop uploads that nobody went on with, and old files of refused rows; returns how many."""
    waiting = Q(started_at__lt=now - UPLOADS_KEPT) & ~Q(stored_as="")
    refused = Q(finished_at__lt=now - REFUSED_KEPT) & ~Q(refused_as="")
    forgotten = 0
    for run in ImportRun.objects.filter(waiting):
        forget_upload(run)
        forgotten += 1
    for run in ImportRun.objects.filter(refused):
        stored(run.refused_as).unlink(missing_ok=True)
        run.refused_as = ""
        run.save(update_fields=["refused_as"])
        forgotten += 1
    return forgotten


def forget_said(workspace: Workspace) -> None:
    """Drop what finished imports still say of people: refused rows, previews, reasons with values.

    For the erasure of a person, who may be in any of them; the counts of each import stay.
    """
    finished = ImportRun.objects.of(workspace).exclude(status__in=UNDER_WAY)
    for run in finished.exclude(refused_as=""):
        stored(run.refused_as).unlink(missing_ok=True)
    finished.update(refused_as="", refusals=[], flags=[], preview=[])
