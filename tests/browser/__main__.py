"""`python -m tests.browser`: prepares a database and plays the scene; prints it as JSON.

A process of its own, because Playwright's event loop and Django's database cannot share a thread.
"""

import os
import sys

import django
from django.conf import settings
from django.core.management import call_command

from leadqual import embedded


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadqual.settings")
    django.setup()
    if settings.EMBEDDED_DATABASE:
        embedded.ensure(settings.VAR)
    call_command("prepare", "--no-demo", stdout=sys.stderr)

    from tests.browser import scene  # only now: it imports models

    print(scene.play().as_json())


if __name__ == "__main__":
    main()
