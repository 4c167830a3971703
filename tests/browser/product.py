"""The product, running as in production: `python -m leadqual.run` on a state of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings

from leadqual import embedded
from tests.browser.scene import Scene
from tests.leadqual.workers import free_port

PATIENCE = 90.0
"""Seconds for the product to come up, or to go down."""


@dataclass(frozen=True)
class Product:
    """A product that serves: where, and what is in it."""

    url: str
    scene: Scene = field(repr=False)


@contextmanager
def running() -> Iterator[Product]:
    """The product from its first start until SIGTERM; asserts that it stops cleanly and wholly."""
    var = Path(tempfile.mkdtemp(prefix="lq-browser-")).resolve()
    var.chmod(0o755)  # a root's database belongs to another account
    try:
        with _database() as database:
            port = free_port()
            environment = os.environ | database | {"LEADQUAL_VAR": str(var), "PORT": str(port)}
            for name in ("LEADQUAL_URL", "DEBUG", "CELERY_BROKER_URL", "EMAIL_URL"):
                environment.pop(name, None)
            scene = _play(environment)
            with _process(var, environment, port):
                yield Product(f"http://127.0.0.1:{port}", scene)
    finally:
        embedded.stop(var)
        shutil.rmtree(var)


@contextmanager
def _database() -> Iterator[dict[str, str]]:
    """The environment that names one: nothing, or a new one on the server of DATABASE_URL."""
    server = os.environ.get("DATABASE_URL")
    if not server:
        yield {}
        return
    name = f"lq_browser_{uuid.uuid4().hex[:12]}"
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield {"DATABASE_URL": urlsplit(server)._replace(path=f"/{name}").geturl()}
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _play(environment: dict[str, str]) -> Scene:
    played = subprocess.run(
        [sys.executable, "-m", "tests.browser"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert played.returncode == 0, played.stderr
    return Scene.from_json(played.stdout)


@contextmanager
def _process(var: Path, environment: dict[str, str], port: int) -> Iterator[None]:
    log = var / "run.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "leadqual.run"],
            cwd=settings.BASE_DIR,
            env=environment | {"LEADQUAL_DEMO": "0"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_well(process, port, log)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    said = log.read_text()
    assert process.returncode == 0, said
    assert _went_wrong(said) == [], said
    assert _left_over(var, said) == []


def _wait_until_well(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except urllib.error.HTTPError:  # it answers, but not everything is up
            time.sleep(0.1)
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"The product is not well after {PATIENCE:.0f} s:\n{log.read_text()}")


def _went_wrong(said: str) -> list[str]:
    """Errors in the log, and tracebacks but for those that tell who was refused a page."""
    lines = said.splitlines()
    before = ["", *lines]
    return [
        line
        for line, previous in zip(lines, before, strict=False)
        if re.search(r"\b(ERROR|CRITICAL)\b", line)
        or ("Traceback" in line and "WARNING django.request Forbidden" not in previous)
    ]


def _left_over(var: Path, said: str) -> list[str]:
    """What still runs: programs that were announced, or that know `var`; and the database."""
    pids = {int(pid) for pid in re.findall(r"started \(pid=(\d+)\)", said)}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"LEADQUAL_VAR={var}\0".encode() in (process / "environ").read_bytes():
                pids.add(int(process.name))
        except OSError:  # it has ended meanwhile, or is none of ours
            continue
    running = [f"process {pid}" for pid in sorted(pids) if _lives(pid)]
    return running + ["the database"] * embedded.is_running(var)


def _lives(pid: int) -> bool:
    """True if it runs; a zombie, whom nobody has buried yet, does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/cmdline")
        return not state.exists() or state.read_bytes() != b""
    except OSError:
        return False
