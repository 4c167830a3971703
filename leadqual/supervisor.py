"""The processes of one installation under one roof: honcho's manager with five things mended.

* A signal that arrives while processes still start is kept until they have started.
* SIGTERM goes to each program alone, not to its whole group: Celery's pool would otherwise lose
  its workers in the middle of a task instead of finishing it. Only the final SIGKILL is for all.
* Being told to stop is success: exit code 0.
* What is said to nobody (a terminal that was closed) is no reason to leave the programs behind.
* If the manager itself is killed, the kernel (Linux) passes that on: nothing is left behind.
"""

import contextlib
import ctypes
import functools
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import honcho.manager
import honcho.printer
import honcho.process

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
honcho.manager.KILL_WAIT = 15  # seconds; a task may finish what it is at

_PR_SET_PDEATHSIG = 1


def _die_with_parent(how: signal.Signals) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, how)


class _Process(honcho.process.Process):  # type: ignore[misc]
    """A program, watched by a small process of honcho's that relays its output."""

    def run(self, events: "Queue[Any] | None" = None, ignore_signals: bool = False) -> None:
        _die_with_parent(signal.SIGKILL)
        self._child_ctor = functools.partial(
            honcho.process.Popen, preexec_fn=functools.partial(_die_with_parent, signal.SIGTERM)
        )
        super().run(events, ignore_signals)


class _Printer(honcho.printer.Printer):  # type: ignore[misc]
    def write(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more
            super().write(message)


class _Signals:
    """How processes are told to go; the names are honcho's."""

    def terminate(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)

    def kill(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


class Supervisor(honcho.manager.Manager):  # type: ignore[misc]
    """Runs programs until one of them ends or we are told to stop; then none is left."""

    def __init__(self, *, announce: Callable[[], None]) -> None:
        """`announce` is called in a thread of its own when all programs have been started."""
        super().__init__(_Printer(sys.stdout))
        self._announce = announce
        self._procmgr = _Signals()
        self._process_ctor = _Process
        self._told_to_stop = False
        self._casualties: dict[str, int] = {}

    def add(self, name: str, command: Sequence[str | Path], env: Mapping[str, str]) -> None:
        # exec: the shell that honcho starts makes way, so that the signal reaches the program.
        line = "exec " + shlex.join(map(str, command))
        self.add_process(name, line, env={**os.environ, **env})

    @property
    def was_told_to_stop(self) -> bool:
        return self._told_to_stop

    @property
    def casualties(self) -> dict[str, int]:
        """The programs that ended by themselves, with their exit codes; {} while all live."""
        return self._casualties

    def loop(self) -> None:
        """Block until every program has ended."""
        # honcho's own handlers, set in there, know no process that is still starting.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        super().loop()

    def _start(self) -> None:
        for stop in STOP_SIGNALS:
            signal.signal(stop, self._stop)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)  # programs inherit the mask
        super()._start()
        threading.Thread(target=self._announce, daemon=True).start()

    def _stop(self, number: int, frame: object) -> None:
        self._told_to_stop = True

    def _any_stopped(self) -> bool:
        # loop() asks ten times a second: the first to be found have not been told to go.
        codes = {name: process.get("returncode") for name, process in self._processes.items()}
        ended = {name: code for name, code in codes.items() if code is not None}
        if ended and not self._told_to_stop and not self._casualties:
            self._casualties = ended
        return self._told_to_stop or bool(ended)
