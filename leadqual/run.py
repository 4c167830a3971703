"""`python -m leadqual.run`: the whole product on this machine, until Ctrl-C or SIGTERM.

In order: the embedded database (unless DATABASE_URL names another), `manage.py prepare`, then the
web server, one Celery worker and Celery beat; and back in the opposite order, the database last.
LEADQUAL_DEMO=0 leaves an empty database without the demo.
`python -m leadqual.run stop` ends a run of the same LEADQUAL_VAR that was left in the background.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from django.conf import settings

from leadqual import embedded
from leadqual.supervisor import STOP_SIGNALS, Supervisor

HOST = "127.0.0.1"
STARTUP = 90.0
"""Seconds after which a web server that does not answer is reported."""

MANAGE = [sys.executable, str(Path(__file__).resolve().parent.parent / "manage.py")]


class CannotRunError(Exception):
    """Why the product cannot be started, in words for whoever typed `make run`."""


class _StoppedError(Exception):
    """Ctrl-C or SIGTERM before everything was up."""


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadqual.settings")
    if arguments == ["stop"]:
        return stop()
    for number in STOP_SIGNALS:
        signal.signal(number, _raise_stopped)
    try:
        with _only_run_of(settings.VAR):
            return run(port=int(os.environ.get("PORT", "8000")))
    except (CannotRunError, embedded.EmbeddedDatabaseError) as error:
        print(f"leadqual cannot run. {error}", file=sys.stderr)
        return 1
    except _StoppedError:
        print("Stopped.")
        return 0


def _raise_stopped(number: int, frame: object) -> NoReturn:
    raise _StoppedError


def run(*, port: int) -> int:
    """Serve until told to stop; return the exit code. Raises CannotRunError."""
    _claim(port)
    try:
        if settings.EMBEDDED_DATABASE:
            embedded.ensure(settings.VAR)
        _prepare()
        return _serve(port)
    finally:
        for number in STOP_SIGNALS:  # a second Ctrl-C would leave the database half stopped
            signal.signal(number, signal.SIG_IGN)
        if settings.EMBEDDED_DATABASE and not embedded.stop_if_unused(settings.VAR):
            print("The database goes on: another process uses it (make stop ends it).")


def _claim(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotRunError(
                f"Port {port} of {HOST} is taken ({error.strerror}). Choose another one: "
                f"PORT={port + 1} make run"
            ) from error


@contextlib.contextmanager
def _only_run_of(var: Path) -> Iterator[None]:
    """Two workers of one VAR would share pid and schedule; the lock ends with our last process."""
    with open(var / "run.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotRunError(
                f"It already runs from {var} (process {lock.read().strip()}). Stop that one with "
                "make stop, or give this one a LEADQUAL_VAR of its own."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _prepare() -> None:
    no_demo = ["--no-demo"] if os.environ.get("LEADQUAL_DEMO") == "0" else []
    # A group of its own: the demo is made by several processes, and they stop together.
    preparing = subprocess.Popen([*MANAGE, "prepare", *no_demo], start_new_session=True)
    try:
        if preparing.wait() != 0:
            raise CannotRunError("Preparing failed: the reason is above.")
    finally:
        _end_group(preparing)


def _end_group(leader: "subprocess.Popen[bytes]") -> None:
    """End what is left of the leader's process group; return when it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # PermissionError: macOS's word
        os.killpg(leader.pid, signal.SIGTERM)
        for _ in range(50):
            leader.poll()
            os.killpg(leader.pid, 0)
            time.sleep(0.1)
        os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()


def _serve(port: int) -> int:
    supervisor = Supervisor(announce=lambda: _announce(port, supervisor))
    environment = {
        "PYTHONUNBUFFERED": "1",
        "PORT": str(port),
        # In a container we are root, and Celery would say at length that we should not be.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }
    for name, command in programs(port).items():
        supervisor.add(name, command, environment)
    supervisor.loop()
    if supervisor.was_told_to_stop:
        return 0
    for name, code in supervisor.casualties.items():
        print(f"{name} ended by itself (code {code}), so everything was stopped.", file=sys.stderr)
    return 1


def programs(port: int) -> dict[str, list[str]]:
    """The command of each program, by name."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--quiet", "--app", "leadqual"]
    web = ["granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--no-ws"]
    size = ["--workers", str(min(4, os.cpu_count() or 1)), "--blocking-threads", "4"]
    care = ["--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "warning"]
    worker = ["worker", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    return {
        "web": [*python, *web, *size, *care, "leadqual.wsgi:application"],
        "worker": [*celery, *worker, "--loglevel", "warning"],
        "scorer": [*MANAGE, "scorer"],
        "beat": [*celery, "beat", "--loglevel", "warning", "--pidfile", ""],
    }


def _announce(port: int, supervisor: Supervisor) -> None:
    """Say where the product is once it answers, and who can sign in to the demo."""
    answered = _answers(f"http://{HOST}:{port}/healthz")
    people = subprocess.run(
        [*MANAGE, "demo", "--people"], capture_output=True, text=True, check=False
    )
    if supervisor.was_told_to_stop or supervisor.casualties:
        return
    if not answered:
        print(f"The web server has not answered for {STARTUP:.0f} seconds.", flush=True)
        return
    shown = people.stdout.strip() if people.returncode == 0 else ""
    lines = [f"leadqual runs at {settings.LEADQUAL_URL}", shown, "Ctrl-C stops it."]
    print("\n" + "\n\n".join(filter(None, lines)) + "\n", flush=True)


def _answers(url: str) -> bool:
    deadline = time.monotonic() + STARTUP
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own address)
                return True
        except urllib.error.HTTPError:
            return True  # it answers; whether all is well is another question
        except OSError:
            time.sleep(0.2)
    return False


def stop() -> int:
    """End the run of this VAR, whoever started it, and its database; wait for both."""
    with open(settings.VAR / "run.lock", "a+") as lock:
        for attempt in range(600):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == 0:
                    lock.seek(0)
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(lock.read()), signal.SIGTERM)
                time.sleep(0.1)
        else:
            print("It has not stopped within a minute.", file=sys.stderr)
            return 1
    embedded.stop(settings.VAR)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
