"""The default broker: files in VAR, safe for several processes at once."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from leadqual.broker import Transport
from leadqual.celery import app
from leadqual.models import Heartbeat
from leadqual.tasks import heartbeat
from tests.leadqual.file_queue import broker
from tests.leadqual.workers import worker
from tests.waiting import eventually

PRODUCE = """
import sys
from tests.leadqual.file_queue import EXCHANGE, QUEUE, broker
folder, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with broker(folder) as connection:
    producer = connection.Producer()
    for number in range(count):
        message = {"id": f"{name}-{number}", "padding": "x" * 300_000}
        producer.publish(message, exchange=EXCHANGE, routing_key="celery", declare=[QUEUE])
"""
CONSUME = """
import sys
from tests.leadqual.file_queue import QUEUE, broker
def take(body, message):
    message.ack()
    print(body["id"], flush=True)
with broker(sys.argv[1]) as connection, connection.Consumer(QUEUE, callbacks=[take]):
    quiet = 0
    while quiet < 10:
        try:
            connection.drain_events(timeout=0.2)
            quiet = 0
        except TimeoutError:
            quiet += 1
"""


def start(code: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "leadqual.settings"},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_of_many_producers_and_consumers_every_message_arrives_once(tmp_path: Path) -> None:
    producers = [start(PRODUCE, tmp_path, name, 60) for name in ("a", "b", "c")]
    consumers = [start(CONSUME, tmp_path) for _ in range(2)]

    printed = [each.communicate()[0] for each in [*producers, *consumers]]
    taken = Counter(line for each in printed for line in each.split())

    assert [each.returncode for each in [*producers, *consumers]] == [0] * 5
    assert taken == Counter(f"{name}-{number}" for name in "abc" for number in range(60))
    assert [path.name for path in tmp_path.iterdir()] == ["control"]


@pytest.mark.django_db(transaction=True)
def test_a_task_goes_through_files_to_a_worker(tmp_path: Path) -> None:
    with worker(broker="filesystem://", var=tmp_path):
        assert eventually(Heartbeat.objects.filter(name="worker").exists)  # it has started
        sent_at = timezone.now()

        with broker(str(tmp_path / "broker")) as connection:
            app.send_task(heartbeat.name, connection=connection)

        assert eventually(Heartbeat.objects.filter(name="worker", at__gt=sent_at).exists)
    assert list((tmp_path / "broker").glob("*.msg")) == []


def test_the_project_uses_the_safe_transport() -> None:
    with app.connection_for_write("filesystem://") as connection:
        assert type(connection.transport) is Transport
