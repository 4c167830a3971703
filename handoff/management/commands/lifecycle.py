"""Write docs/lifecycle.md from the tables that the software runs on."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from handoff.lifecycle import document


class Command(BaseCommand):
    help = "Write docs/lifecycle.md from the stages and moves."

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "lifecycle.md"
        path.write_text(document())
        self.stdout.write(f"Wrote {path.relative_to(settings.BASE_DIR)}.")
