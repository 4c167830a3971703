"""`manage.py prepare`: all that has to be true of VAR and the database before serving."""

import hashlib
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import Workspace
from leadqual import vendor
from leadqual.health import SCORE_CHECK
from leadqual.models import Heartbeat


class Command(BaseCommand):
    help = "Front-end files, static files, migrations and, into an empty database, the demo."
    requires_system_checks = []  # they warn of the folders that this command makes

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--files", action="store_true", help="only what needs no database")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *args: Any, **options: Any) -> None:
        self.files()
        if not options["files"]:
            self.tables()
            # What an earlier run wrote says nothing about the processes of this one.
            Heartbeat.objects.exclude(name=SCORE_CHECK).delete()
            if not options["no_demo"]:
                self.demo()

    def files(self) -> None:
        try:
            vendor.copy(settings.BASE_DIR / "node_modules", settings.VAR / "vendor")
        except vendor.PackagesMissingError as error:
            raise CommandError(str(error)) from error
        collected = settings.STATIC_ROOT / ".collected"
        now = _sources()
        if not collected.exists() or collected.read_text() != now:
            # Two seconds of hashing and compressing that most starts can do without.
            call_command("collectstatic", interactive=False, verbosity=0)
            collected.write_text(now)

    def tables(self) -> None:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            self.stdout.write(f"Database: {len(missing)} migrations to apply …")
            call_command("migrate", interactive=False, verbosity=0)

    def demo(self) -> None:
        # The mark outlives an interruption: the next start then makes what is still missing.
        mark = settings.VAR / "demo.unfinished"
        if "demo" in get_commands() and (mark.exists() or not Workspace.objects.exists()):
            mark.touch()
            self.stdout.write("Demo data: two workspaces with a simulated year …")
            call_command("demo", stdout=StringIO())  # the people in it are listed by leadqual.run
            mark.unlink()


def _sources() -> str:
    """What would be collected, with sizes and dates, as one digest."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
