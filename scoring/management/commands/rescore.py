"""manage.py rescore: score everybody again, or check that every stored score is right."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.models import Workspace
from scoring.checking import differences
from scoring.reclassification import reclassify
from scoring.scorers import rescore_workspace, score_dirty, sweep_expired
from scoring.versions import published_version

SHOWN = 50


class Command(BaseCommand):
    help = "Scores every lead again; with --check, compares the stored scores and changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", help="slug; default: all workspaces")
        parser.add_argument(
            "--check",
            action="store_true",
            help="report scores that differ from what the rules say; exit 1 if there are any",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        workspaces = Workspace.objects.order_by("pk")
        if options["workspace"]:
            workspaces = workspaces.filter(slug=options["workspace"])
        if not options["check"]:
            self._rescore(list(workspaces))
        elif wrong := sum(self._check(workspace) for workspace in workspaces):
            self.stderr.write(f"{wrong} scores are not what the rules say.")
            sys.exit(1)

    def _rescore(self, workspaces: list[Workspace]) -> None:
        now = timezone.now()
        for workspace in workspaces:
            reclassify(workspace, now=now)
            if version := published_version(workspace):
                self.stdout.write(f"{workspace.slug}: {rescore_workspace(version, now=now)} leads")
        while score_dirty(now=now) or sweep_expired(now=now):
            pass

    def _check(self, workspace: Workspace) -> int:
        wrong = 0
        for wrong, difference in enumerate(differences(workspace), start=1):
            if wrong <= SHOWN:
                self.stdout.write(f"{workspace.slug}: lead {difference.lead_id}")
                self.stdout.write(f"  {difference.sentence}")
        self.stdout.write(f"{workspace.slug}: {wrong} differences")
        return wrong
