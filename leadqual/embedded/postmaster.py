"""Create a cluster, start its server, find it, stop it: initdb and pg_ctl with the traps removed.

The trap under all of them: `postmaster.pid` outlives a server that was killed, and its number
may by now belong to an innocent process. pg_ctl believes the file. Here a process counts as our
server only if its command line names our cluster; no other process is ever signalled.
"""

import contextlib
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from leadqual.embedded.errors import EmbeddedDatabaseError
from leadqual.embedded.place import SOCKET_NAME, Place

SUPERUSER = "postgres"
PORT = 5432
"""Only part of the socket's name: the server listens on no network address."""

PATIENCE = 600.0
"""Seconds to wait for a server that recovers from a crash."""

NOBODY = 2**31 - 1
"""A process number that no kernel gives away."""

LOG_LIMIT = 10_000_000
"""Bytes of server.log after which the next start begins a new one."""

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "dynamic_shared_memory_type": "mmap",  # /dev/shm has 64 MB in a container
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",  # the wheel has no LLVM
    "wal_level": "minimal",  # nobody replicates from here
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
    "log_checkpoints": "off",
    "logging_collector": "off",
}


def create(where: Place) -> None:
    """initdb beside its final place, then a rename: an interrupted one leaves no half cluster."""
    unfinished = where.data.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    # C.UTF-8 sorts by code point and knows every letter's case, the same on every machine. The
    # C library's part of it does not exist everywhere; "C" does.
    for locale in ("C.UTF-8", "C"):
        unfinished.mkdir(mode=0o700)
        where.account.own(unfinished)
        made = where.account.run([where.binary("initdb"), *_initdb_options(unfinished, locale)])
        if made.returncode == 0:
            unfinished.rename(where.data)
            return
        shutil.rmtree(unfinished)
    raise EmbeddedDatabaseError(f"initdb could not create {where.data}:\n{made.stdout}")


def _initdb_options(data: Path, locale: str) -> list[str]:
    return [
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        "--auth-local=trust",  # whoever can open the socket is us
        "--auth-host=reject",
        "--encoding=UTF8",
        f"--locale={locale}",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
    ]


def start(where: Place, *, ready: Callable[[], bool]) -> None:
    """Return when the server accepts connections, whoever started it. Under the lock of VAR."""
    deadline = time.monotonic() + PATIENCE
    while not (pid(where.data) is not None and ready()):
        if time.monotonic() > deadline:
            raise EmbeddedDatabaseError(f"PostgreSQL is not ready.\n{_end_of_log(where)}")
        if pid(where.data) is None:
            _start_once(where)
        else:
            time.sleep(0.1)  # starting, recovering or stopping


def _start_once(where: Place) -> None:
    _retire_dead_server(where)
    log = where.data / "server.log"
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_name("server.log.1"))
    settings = SETTINGS | {"unix_socket_directories": f'"{where.sockets}"'}
    options = " ".join(shlex.quote(f"--{name}={value}") for name, value in settings.items())
    command = ["start", "-w", "-t", int(PATIENCE), "-D", where.data, "-l", log, "-o", options]
    since = log.stat().st_size if log.exists() else 0
    started = _pg_ctl(where, *command)
    if started.returncode == 0 or _children_linger(log, since):
        return
    raise EmbeddedDatabaseError(
        f"PostgreSQL did not start: {started.stdout.strip()}\n{_end_of_log(where)}"
    )


def _children_linger(log: Path, since: int) -> bool:
    """True where a killed server's children still hold its memory; they go by themselves."""
    with log.open(errors="replace") as file:
        file.seek(since)
        lingers = "shared memory block" in file.read()
    if lingers:
        time.sleep(0.2)
    return lingers


def stop(where: Place) -> None:
    """Fast shutdown: open transactions are rolled back, everything is written. Waits for it."""
    if pid(where.data) is not None:
        stopped = _pg_ctl(where, "stop", "-w", "-t", 60, "-m", "fast", "-D", where.data)
        if pid(where.data) is not None:
            stopped = _pg_ctl(where, "stop", "-w", "-t", 60, "-m", "immediate", "-D", where.data)
        if pid(where.data) is not None:
            raise EmbeddedDatabaseError(f"PostgreSQL did not stop: {stopped.stdout.strip()}")
    if where.sockets != where.data:
        with contextlib.suppress(OSError):
            where.sockets.rmdir()


def pid(data: Path) -> int | None:
    """The process number of the living server of this cluster."""
    try:
        number = int((data / "postmaster.pid").read_text().partition("\n")[0])
    except (FileNotFoundError, ValueError):  # ValueError: being written this very moment
        return None
    program, *arguments = _command_line(number) or [""]
    return number if program.endswith("postgres") and str(data) in arguments else None


def _command_line(number: int) -> list[str]:
    """Arguments of a process, [] if there is none; readable by everybody, unlike its folder."""
    try:
        with open(f"/proc/{number}/cmdline", "rb") as file:
            return [os.fsdecode(part) for part in file.read().split(b"\0")]
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/cmdline").exists():
            return []
    listed = subprocess.run(  # macOS
        ["ps", "-o", "command=", "-ww", "-p", str(number)],
        capture_output=True,
        text=True,
        check=False,
    )
    program, _, rest = listed.stdout.strip().partition(" -D ")
    return [program, "-D", rest.partition(" --")[0]]


def _retire_dead_server(where: Place) -> None:
    """Take the number of a dead server out of its two lock files.

    PostgreSQL would refuse to start while anybody has that number, be it an innocent process or
    a corpse that nobody buries (a container without an init). postmaster.pid stays: its line
    about shared memory is how PostgreSQL notices children of a killed server that still write
    to the cluster. The socket's lock says nothing more, so it goes.
    """
    (where.sockets / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
    path = where.data / "postmaster.pid"
    if not path.exists():
        return
    _, _, rest = path.read_text().partition("\n")
    # Not through a link: as root we write into a folder that is somebody else's.
    file = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
    with os.fdopen(file, "w") as pidfile:
        pidfile.write(f"{NOBODY}\n{rest}")


def _pg_ctl(where: Place, *arguments: object) -> subprocess.CompletedProcess[str]:
    return where.account.run([where.binary("pg_ctl"), *map(str, arguments)])


def _end_of_log(where: Place) -> str:
    lines = _log_lines(where.data / "server.log")
    return "\n".join(["The last lines of its log:", *list(lines)[-15:]])


def _log_lines(log: Path) -> Iterator[str]:
    with contextlib.suppress(FileNotFoundError):
        yield from log.read_text(errors="replace").splitlines()
