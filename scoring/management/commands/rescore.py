"""manage.py rescore: score everybody again, or check that every stored score is right."""

import random
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Workspace
from leadqual.models import Lead
from scoring.checking import Difference, Unsettled, differences
from scoring.reclassification import reclassify
from scoring.score_check import Checked, check_sample, in_words, sign
from scoring.scorers import rescore_workspace, score_dirty, sweep_expired
from scoring.versions import published_version

SHOWN = 50
LEFT_OUT = "{}: left out, its leads are being scored again; check it when that is done"


class Command(BaseCommand):
    help = "Scores every lead again; with --check, compares the stored scores and changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", help="slug; default: all workspaces")
        parser.add_argument(
            "--check",
            action="store_true",
            help="report scores that differ from what the rules say; exit 1 if there are any; "
            "of all workspaces, /healthz goes by it",
        )
        parser.add_argument(
            "--sample",
            type=int,
            metavar="N",
            help="with --check: only N leads, chosen at random from all workspaces",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        workspaces = Workspace.objects.order_by("pk")
        if options["workspace"]:
            workspaces = workspaces.filter(slug=options["workspace"])
        if options["sample"] is not None:
            self._check_sample(options)
        elif options["check"]:
            self._check(list(workspaces), everybody=not options["workspace"])
        else:
            self._rescore(list(workspaces))

    def _rescore(self, workspaces: list[Workspace]) -> None:
        now = timezone.now()
        for workspace in workspaces:
            reclassify(workspace)
            if version := published_version(workspace):
                self.stdout.write(f"{workspace.slug}: {rescore_workspace(version, now=now)} leads")
        while score_dirty(now=now) or sweep_expired(now=now):
            pass

    def _check_sample(self, options: dict[str, Any]) -> None:
        if not options["check"] or options["workspace"] or options["sample"] < 1:
            raise CommandError("--sample goes with --check, over all workspaces: --sample 2000")
        checked = check_sample(options["sample"], rng=random.SystemRandom())
        for sentence in checked.first:
            self.stdout.write(sentence)
        for slug in checked.left_out:
            self.stdout.write(LEFT_OUT.format(slug))
        self.stdout.write(f"{checked.leads} leads checked, {checked.wrong} differ")
        self._conclude(checked)

    def _check(self, workspaces: list[Workspace], *, everybody: bool) -> None:
        wrong, first, left_out = set[int](), list[Difference](), list[Workspace]()
        for workspace in workspaces:
            here = set[int]()
            try:
                for difference in differences(workspace):
                    here.add(difference.lead_id)
                    if len(here) <= SHOWN:
                        first.append(difference)
                        self.stdout.write(f"{workspace.slug}: lead {difference.lead_id}")
                        self.stdout.write(f"  {difference.sentence}")
                self.stdout.write(f"{workspace.slug}: {_leads(len(here))} wrong")
            except Unsettled:
                left_out.append(workspace)
                self.stdout.write(LEFT_OUT.format(workspace.slug))
            wrong |= here
        if everybody:
            leads = Lead.objects.present().exclude(workspace__in=left_out).count()
            slugs = tuple(each.slug for each in left_out)
            self._conclude(Checked(leads, frozenset(wrong), in_words(first), slugs, of_all=True))
        elif wrong:
            self._fail(len(wrong))

    def _conclude(self, checked: Checked) -> None:
        sign(checked, at=timezone.now())
        if checked.wrong:
            self._fail(checked.wrong)

    def _fail(self, wrong: int) -> None:
        self.stderr.write(f"The scores of {_leads(wrong)} are not what the rules say.")
        sys.exit(1)


def _leads(number: int) -> str:
    return "1 lead" if number == 1 else f"{number} leads"
