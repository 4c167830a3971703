"""manage.py recount [--workspace SLUG]"""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Workspace
from handoff.metrics.summary import recount


class Command(BaseCommand):
    help = (
        "Makes the daily summary of the dashboards anew from recorded history, to the identical "
        "numbers. Nobody waits for it meanwhile: readers see the former one until it is done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workspace", metavar="SLUG", help="Without: all of them.")

    def handle(self, *, workspace: str | None, **options: Any) -> None:
        workspaces = Workspace.objects.order_by("slug")
        if workspace is not None:
            workspaces = workspaces.filter(slug=workspace)
            if not workspaces:
                raise CommandError(f"There is no workspace “{workspace}”.")
        for each in workspaces:
            began = time.monotonic()
            counts = recount(each)
            took = time.monotonic() - began
            self.stdout.write(f"{each.slug}: {counts:,} counts in {took:.1f} s")
