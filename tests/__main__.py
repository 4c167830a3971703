"""`python -m tests [pytest's arguments]`: what `make test` runs.

Looks for Chromium and Redis, runs pytest, stops the tests' database, and says in the last lines
which tests were left out for want of something.
"""

import os
import subprocess
import sys

from django.conf import settings

from leadqual import embedded
from tests import machine


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadqual.settings")
    found = machine.install()
    try:
        tested = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments], env=os.environ | found, check=False
        )
    finally:
        if settings.EMBEDDED_DATABASE:
            embedded.stop_if_unused(settings.VAR)
    if machine.NO_CHROMIUM in found:
        print(f"Browser tests were skipped: {found[machine.NO_CHROMIUM]}")
    if machine.redis_server() is None:
        print("Redis tests were skipped: there is no redis-server, and it cannot be installed.")
    return tested.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
