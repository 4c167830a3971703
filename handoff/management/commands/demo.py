"""The demo: two workspaces with a simulated year (docs/demo.md)."""

import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from handoff.demo.build import ADMINISTRATOR, bring_up_to_date, build, demo_user, is_built
from handoff.demo.world import OPERATOR, PASSWORD, WORLDS


class Command(BaseCommand):
    help = "Build the demo workspaces that are missing; --people lists who can log in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", action="store_true", help="Only list the demo people.")
        parser.add_argument("--world", choices=[world.slug for world in WORLDS], help="Only one.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["people"]:
            self.stdout.write(people())
        elif options["world"]:
            [world] = [world for world in WORLDS if world.slug == options["world"]]
            build(world, now=timezone.now())
        else:
            self.build_missing()

    def build_missing(self) -> None:
        """One process a workspace: a year takes a core most of a minute."""
        missing = [world for world in WORLDS if not is_built(world)]
        for person in (ADMINISTRATOR, OPERATOR):  # shared by both: made before the race
            demo_user(person)
        if missing:
            self.stdout.write(f"Living a year in {' and '.join(w.name for w in missing)} …")
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", "--world"]
        running = [subprocess.Popen([*command, world.slug]) for world in missing]
        codes = [process.wait() for process in running]  # both, also where one has failed
        if any(codes):
            raise CommandError("The demo could not be built; what failed is not there at all.")
        bring_up_to_date(now=timezone.now())
        self.stdout.write(people())


def people() -> str:
    """Who can log in, where, and what for; blank where the demo was not built."""
    if not any(is_built(world) for world in WORLDS):
        return ""
    lines = [f"Demo people (password: {PASSWORD})"]
    for world in WORLDS:
        lines.append(f"  {world.name}")
        for person in world.people:
            what = f": {person.gives}" if person.gives else ""
            lines.append(f"    {person.email:<22} {person.role.label}{what}")
    return "\n".join(lines)
