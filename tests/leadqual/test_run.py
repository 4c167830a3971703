"""`make run` as a whole: everything comes up, everything goes down, the data stays."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from leadqual import embedded
from tests.leadqual.test_supervisor import lives, pids, read_until
from tests.leadqual.workers import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(
    not Path(settings.BASE_DIR, "node_modules").exists(),
    reason="no node_modules: make test fetches the front-end packages",
)


@pytest.fixture
def var() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="lq-run-")).resolve()
    folder.chmod(0o755)
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder)


def run(var: Path, port: int, *arguments: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.Popen(
        [sys.executable, "-m", "leadqual.run", *arguments],
        cwd=settings.BASE_DIR,
        env=environment | {"LEADQUAL_VAR": str(var), "PORT": str(port), "LEADQUAL_DEMO": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def health(port: int) -> tuple[int, dict[str, dict[str, object]]]:
    """Status and body of /healthz; 0 where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)
    except OSError:
        return 0, {}


def test_it_comes_up_serves_goes_down_and_keeps_the_data(var: Path) -> None:
    port = free_port()
    first = run(var, port)
    said = "".join(read_until(first, "Ctrl-C stops it."))
    assert f"leadqual runs at http://127.0.0.1:{port}\n" in said
    assert eventually(lambda: health(port)[0] == 200)

    status, body = health(port)
    assert (status, {name: part["alive"] for name, part in body.items()}) == (
        200,
        dict.fromkeys(
            (
                "database",
                "broker",
                "worker",
                "beat",
                "clock sweep",
                "figures",
                "scorer",
                "score check",
            ),
            True,
        ),
    )
    with psycopg.connect(embedded.url(var)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")

    second = run(var, free_port())
    refused, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "It already runs from" in refused

    first.send_signal(signal.SIGTERM)
    said += first.communicate(timeout=60)[0]
    assert first.returncode == 0
    assert "Traceback" not in said
    assert [pid for pid in pids([said]) if lives(pid)] == []
    assert not embedded.is_running(var)

    third = run(var, port)
    assert eventually(lambda: health(port)[0] == 200)
    with psycopg.connect(embedded.url(var)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (42,)
    stopper = run(var, port, "stop")
    stopper.communicate(timeout=60)
    said, _ = third.communicate(timeout=60)
    assert (stopper.returncode, third.returncode) == (0, 0)
    assert not embedded.is_running(var)


def test_a_taken_port_is_said_before_anything_starts(var: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        started = run(var, port)
        said, _ = started.communicate(timeout=60)

    assert started.returncode == 1
    assert re.search(rf"Port {port} of 127.0.0.1 is taken", said)
    assert "PORT=" in said
    assert not embedded.is_running(var)


def test_stopped_while_it_prepares_nothing_is_left(var: Path) -> None:
    started = run(var, free_port())
    assert eventually(lambda: embedded.is_running(var))

    started.send_signal(signal.SIGINT)
    said, _ = started.communicate(timeout=60)

    assert started.returncode == 0
    assert said.splitlines()[-1] == "Stopped."
    assert not embedded.is_running(var)
