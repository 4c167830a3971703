"""manage.py report funnel --workspace SLUG --by source|month|rep|… [--json|--csv]"""

import csv
import json
from argparse import ArgumentParser
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Workspace
from handoff.lead_exports import harmless
from handoff.metrics.periods import Period
from handoff.metrics.report import BY, as_json, as_rows
from handoff.metrics.scope import Scope
from handoff.metrics.summary import count_all_due


def _day(text: str) -> date:
    return date.fromisoformat(text)


class Command(BaseCommand):
    help = "The figures of the funnel page, as text, JSON or CSV. Without dates: of all time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("report", choices=["funnel"])
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument("--by", choices=BY, default="source")
        parser.add_argument("--from", dest="first", type=_day, metavar="2018-01-01")
        parser.add_argument("--to", dest="last", type=_day, metavar="2018-12-31", help="Included.")
        parser.add_argument("--zone", help="In which days begin; default: the workspace's own.")
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true")
        form.add_argument("--csv", action="store_true")

    def handle(self, *, workspace: str, by: str, **options: Any) -> None:
        owner = Workspace.objects.filter(slug=workspace).first()
        if owner is None:
            raise CommandError(f"There is no workspace “{workspace}”.")
        zone = options["zone"] or owner.timezone
        if zone not in available_timezones():
            raise CommandError(f"“{zone}” is not a time zone. Write one like Europe/Berlin.")
        count_all_due(owner)
        scope = Scope(owner, Period(options["first"], options["last"], ZoneInfo(zone)))
        if options["json"]:
            self.stdout.write(json.dumps(as_json(scope, by), indent=2, ensure_ascii=False))
        elif options["csv"]:
            rows = ([harmless(value) for value in row] for row in as_rows(scope, by))
            csv.writer(self.stdout, lineterminator="\n").writerows(rows)
        else:
            self._table(as_rows(scope, by))

    def _table(self, rows: list[list[Any]]) -> None:
        # A terminal is narrow: columns that say nothing in any line are left out.
        kept = [n for n in range(len(rows[0])) if n == 0 or any(row[n] for row in rows[1:])]
        texts = [["–" if row[n] is None else str(row[n]) for n in kept] for row in rows]
        widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
        for row in texts:
            cells = [text.rjust(width) for text, width in zip(row, widths, strict=True)]
            self.stdout.write("  ".join([row[0].ljust(widths[0]), *cells[1:]]))
