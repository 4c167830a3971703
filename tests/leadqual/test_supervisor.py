"""The process manager: whatever happens to one program, none is left behind."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.waiting import eventually

MANAGE = """
import json, signal, sys
import honcho.manager
from leadqual.supervisor import STOP_SIGNALS, Supervisor

honcho.manager.KILL_WAIT = 1
supervisor = Supervisor(announce=lambda: print("announced", flush=True))
for name, code in json.loads(sys.argv[1]).items():
    supervisor.add(name, [sys.executable, "-c", code], {})
signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)  # what comes now, comes in loop()
print("begins", flush=True)
supervisor.loop()
print(json.dumps([supervisor.was_told_to_stop, supervisor.casualties]))
"""

SLEEPS = "import time; print('is up', flush=True); time.sleep(60)"
FAILS = "import time; time.sleep(0.5); raise SystemExit(3)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPS}"
FAMILY = """
import os, signal, time
child = os.fork()
signal.signal(signal.SIGTERM, lambda *_: (print(f"the {'father' if child else 'child'} is told",
    flush=True), os._exit(0)))
if child:
    time.sleep(0.2)  # the child is ready, too
    print("is up", flush=True)
time.sleep(60)
"""

Manager = subprocess.Popen[str]


@pytest.fixture
def managers() -> Iterator[list[Manager]]:
    started: list[Manager] = []
    yield started
    for manager in started:
        manager.kill()
        manager.wait()
        if manager.stdout is not None:
            manager.stdout.close()


def manage(managers: list[Manager], **programs: str) -> Manager:
    manager = subprocess.Popen(
        [sys.executable, "-c", MANAGE, json.dumps(programs)],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    managers.append(manager)
    return manager


def read_until(manager: Manager, words: str, *, times: int = 1) -> list[str]:
    """The lines up to the one that says the words for the so manieth time."""
    assert manager.stdout is not None
    lines: list[str] = []
    while times:
        line = manager.stdout.readline()
        assert line, f"it ended before it said {words!r}: {lines}"
        lines.append(line)
        times -= words in line
    return lines


def pids(lines: list[str]) -> list[int]:
    return [int(found) for found in re.findall(r"started \(pid=(\d+)\)", "".join(lines))]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_told_to_stop_it_ends_every_program_and_calls_that_success(
    managers: list[Manager],
) -> None:
    manager = manage(managers, web=SLEEPS, worker=SLEEPS)
    lines = read_until(manager, "is up", times=2)

    manager.send_signal(signal.SIGTERM)
    rest, _ = manager.communicate()

    assert rest.splitlines()[-1] == "[true, {}]"
    assert [pid for pid in pids([*lines, rest]) if lives(pid)] == []


def test_a_signal_in_the_middle_of_the_start_is_kept(managers: list[Manager]) -> None:
    manager = manage(managers, web=SLEEPS, worker=SLEEPS, beat=SLEEPS)
    read_until(manager, "begins")

    manager.send_signal(signal.SIGINT)
    rest, _ = manager.communicate(timeout=20)

    assert rest.splitlines()[-1] == "[true, {}]"
    assert [pid for pid in pids([rest]) if lives(pid)] == []


def test_one_that_ends_by_itself_takes_the_others_along_and_is_named(
    managers: list[Manager],
) -> None:
    manager = manage(managers, web=SLEEPS, worker=FAILS)

    lines, _ = manager.communicate(timeout=20)

    assert lines.splitlines()[-1] == '[false, {"worker": 3}]'
    assert [pid for pid in pids([lines]) if lives(pid)] == []


def test_one_that_does_not_listen_is_killed_in_the_end(managers: list[Manager]) -> None:
    manager = manage(managers, web=SLEEPS, worker=DEAF)
    lines = read_until(manager, "is up", times=2)

    manager.send_signal(signal.SIGTERM)
    rest, _ = manager.communicate(timeout=20)

    assert rest.splitlines()[-1] == "[true, {}]"
    assert "sending SIGKILL to worker" in rest
    assert [pid for pid in pids([*lines, rest]) if lives(pid)] == []


def test_a_programs_own_children_are_left_to_it(managers: list[Manager]) -> None:
    manager = manage(managers, worker=FAMILY)
    read_until(manager, "is up")

    manager.send_signal(signal.SIGTERM)
    rest, _ = manager.communicate(timeout=20)

    assert "the father is told" in rest
    assert "the child is told" not in rest


def test_it_stops_as_ever_when_nobody_reads_what_it_says(managers: list[Manager]) -> None:
    manager = manage(managers, web=SLEEPS, worker=SLEEPS)
    started = pids(read_until(manager, "is up", times=2))
    assert manager.stdout is not None
    manager.stdout.close()  # as a terminal that is closed

    manager.send_signal(signal.SIGHUP)

    manager.wait(timeout=20)
    assert [pid for pid in started if lives(pid)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a killed parent")
def test_a_manager_that_is_killed_leaves_no_program_behind(managers: list[Manager]) -> None:
    manager = manage(managers, web=SLEEPS, worker=SLEEPS)
    started = pids(read_until(manager, "is up", times=2))
    assert [lives(pid) for pid in started] == [True, True]

    os.kill(manager.pid, signal.SIGKILL)

    assert eventually(lambda: not any(lives(pid) for pid in started))
