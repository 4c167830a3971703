"""manage.py import_leads FILE --workspace SLUG --map MAP [--dry-run] [--refused CSV]"""

import shutil
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Workspace
from handoff.imports import runs
from handoff.imports.files import BadFile, Table, open_table
from handoff.imports.importer import SHOWN, Importer, Outcome, count_rows
from handoff.imports.maps import BadMap, ImportMap, read_map
from handoff.imports.uploads import stored
from handoff.models import ImportRun


class Command(BaseCommand):
    help = (
        "Import leads and their history from a CSV or XLSX file. Rows that cannot be taken are "
        "reported with their number and why; the same file twice changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument(
            "--map", dest="map_file", required=True, type=Path, help="TOML; see docs/examples/."
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen.")
        parser.add_argument("--refused", type=Path, metavar="CSV", help="Write refused rows here.")

    def handle(self, *, file: Path, workspace: str, map_file: Path, **options: Any) -> None:
        owner = Workspace.objects.filter(slug=workspace).first()
        if owner is None:
            raise CommandError(f"There is no workspace “{workspace}”.")
        try:
            whole = read_map(map_file.read_text(encoding="utf-8"))
            table = open_table(file)
            if options["dry_run"]:
                outcome = _dry_run(owner, table, whole, now=timezone.now())
            else:
                outcome = _run(owner, table, whole, refused=options["refused"], now=timezone.now())
        except (BadFile, BadMap) as problem:
            raise CommandError(str(problem)) from problem
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The map {map_file} cannot be read: {error}.") from error
        self._tell(outcome, dry_run=options["dry_run"])

    def _tell(self, outcome: Outcome, *, dry_run: bool) -> None:
        for refusal in outcome.refusals:
            self.stdout.write(f"row {refusal.row.number} refused: {refusal.why}")
        for flag in outcome.flags:
            self.stdout.write(f"row {flag.row.number} taken, but: {flag.what}")
        if outcome.refused > SHOWN or len(outcome.flags) == SHOWN:
            self.stdout.write(f"(the first {SHOWN} of each are shown)")
        would = "Would be: " if dry_run else ""
        self.stdout.write(
            f"{would}{outcome.created} created, {outcome.updated} updated, "
            f"{outcome.unchanged} unchanged, {outcome.refused} refused; {outcome.flagged} flagged"
        )


def _dry_run(workspace: Workspace, table: Table, whole: ImportMap, *, now: datetime) -> Outcome:
    count_rows(table, whole)
    importer = Importer(workspace, table, whole, now=now)
    for _ in importer.preview():
        pass
    return importer.outcome


def _run(
    workspace: Workspace, table: Table, whole: ImportMap, *, refused: Path | None, now: datetime
) -> Outcome:
    """Kept as a run, so that the browser's list of imports shows it too."""
    run = ImportRun.objects.create(
        workspace=workspace,
        file_name=table.path.name[:200],
        mapping=whole.as_dict(),
        status=ImportRun.Status.RUNNING,
        started_at=now,
    )
    outcome = runs.run_here(run, table, whole, now=now)
    if refused and run.refused_as:
        shutil.copyfile(stored(run.refused_as), refused)
    return outcome
