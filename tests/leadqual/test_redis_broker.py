"""The broker of larger installations: one variable, and tasks go through a real Redis."""

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from leadqual.celery import app
from leadqual.models import Heartbeat
from leadqual.tasks import heartbeat
from tests import machine
from tests.leadqual.workers import free_port, worker
from tests.waiting import PATIENCE, eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        machine.redis_server() is None,
        reason="no redis-server on PATH; make test installs one where root and apt are there",
    ),
]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """The address of a Redis of our own, on loopback, without a trace on disk."""
    port = free_port()
    command = [machine.redis_server() or "", "--bind", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--save", "", "--appendonly", "no", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    try:
        assert eventually(lambda: _listens(port))
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def test_a_task_goes_through_redis_to_a_worker(redis: str, tmp_path: Path) -> None:
    with worker(broker=redis, var=tmp_path):
        assert eventually(Heartbeat.objects.filter(name="worker").exists)  # it has started
        sent_at = timezone.now()

        with app.connection_for_write(redis) as connection:
            app.send_task(heartbeat.name, connection=connection)

        assert eventually(Heartbeat.objects.filter(name="worker", at__gt=sent_at).exists)
    assert not (tmp_path / "broker").exists()
