"""Real Celery workers for tests, as processes of their own on the database of the test."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from leadqual import embedded
from tests.waiting import PATIENCE


def database_url() -> str:
    """The address of the database that this test writes to."""
    address = os.environ.get("DATABASE_URL") or embedded.url(settings.VAR)
    return urlsplit(address)._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def worker(*, broker: str, var: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker on the broker of that address; file queues lie in `var`. Stopped at the end."""
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "leadqual", "worker"]
    running = subprocess.Popen(
        [*celery, "--pool", "solo", "--without-gossip", "--without-mingle"],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {
            "DATABASE_URL": database_url(),
            "CELERY_BROKER_URL": broker,
            "LEADQUAL_VAR": str(var),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield running
    finally:
        running.terminate()
        running.wait(timeout=PATIENCE)
