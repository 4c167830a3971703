"""The PostgreSQL that the project brings along: started in VAR when `DATABASE_URL` is unset.

One cluster per VAR. Any number of processes may call `ensure` at the same moment; one of them
starts the server, the others wait for it. A server goes on after the process that started it:
`stop` ends it whoever uses it, `stop_if_unused` only when no other process of ours does.

Layout, all of it disposable with VAR except the first:

    VAR/postgres          the cluster, its log (server.log) and its socket; or a link to them
                          in a private folder under /var/tmp (see `place`)
    VAR/postgres.lock     held while somebody starts or stops the server
    VAR/postgres.users    held, shared, by every process that called `ensure`
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from leadqual.embedded import place, postmaster
from leadqual.embedded.errors import EmbeddedDatabaseError

__all__ = ["EmbeddedDatabaseError", "ensure", "is_running", "stop", "stop_if_unused", "url"]

NAME = "leadqual"
"""Both the database and the role that owns it; the role may create databases, nothing more."""

_holds: dict[Path, int] = {}


def url(var: Path) -> str:
    """The address of the database of `var`, whether or not its server runs. Touches nothing."""
    return _address(place.socket_folder(var.resolve()), user=NAME, database=NAME)


def ensure(var: Path) -> str:
    """Make sure that the server of `var` runs and has our database; return its address.

    Creates the cluster at the first call. Until this process ends (or calls `stop` or
    `stop_if_unused`) it counts as a user of the server. Waits up to ten minutes for a server
    that recovers from a crash. Raises `EmbeddedDatabaseError` with the end of the server's log.
    """
    var = var.resolve()
    with _lock(var):
        _hold(var)
        where = place.prepare(var)
        if not where.exists:
            postmaster.create(where)
        postmaster.start(where, ready=lambda: _answers(where))
        _create_database(where)
    return url(var)


def is_running(var: Path) -> bool:
    """True if the postmaster of this very cluster is alive, be it still starting or stopping."""
    where = place.find(var.resolve())
    return where is not None and postmaster.pid(where.data) is not None


def stop(var: Path) -> None:
    """Stop the server of `var` and wait until it is gone; open connections are cut off."""
    var = var.resolve()
    with _lock(var):
        _let_go(var)
        _stop(var)


def stop_if_unused(var: Path) -> bool:
    """Stop the server unless another process called `ensure` and still lives; True if stopped."""
    var = var.resolve()
    with _lock(var):
        _let_go(var)
        if _is_used(var):
            return False
        _stop(var)
        return True


def _stop(var: Path) -> None:
    where = place.find(var)
    if where is not None:
        postmaster.stop(where)


@contextlib.contextmanager
def _lock(var: Path) -> Iterator[None]:
    """One starter or stopper at a time; the kernel drops the lock of a process that dies."""
    var.mkdir(parents=True, exist_ok=True)
    file = os.open(var / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _hold(var: Path) -> None:
    if var not in _holds:
        file = os.open(var / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(file, fcntl.LOCK_SH)
        _holds[var] = file


def _let_go(var: Path) -> None:
    # Closed, not unlocked: a child that was forked meanwhile shares the lock and goes on using.
    file = _holds.pop(var, None)
    if file is not None:
        os.close(file)


def _is_used(var: Path) -> bool:
    file = os.open(var / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _address(sockets: Path, *, user: str, database: str) -> str:
    # The host as a parameter: the one form that both libpq and django-environ understand. The
    # port is named because PGPORT in somebody's environment would change it.
    folder = quote(str(sockets))
    return f"postgresql://{user}@/{database}?host={folder}&port={postmaster.PORT}"


def _answers(where: place.Place) -> bool:
    import psycopg

    try:
        with psycopg.connect(_superuser(where), connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def _create_database(where: place.Place) -> None:
    """The role and the database, where they are missing.

    The role is no superuser: what works here works on a hosted PostgreSQL too.
    """
    import psycopg

    with psycopg.connect(_superuser(where), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME])
        if found.fetchone() is None:
            connection.execute(f"CREATE ROLE {NAME} LOGIN CREATEDB")
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        if found.fetchone() is None:
            connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")


def _superuser(where: place.Place) -> str:
    return _address(where.sockets, user=postmaster.SUPERUSER, database="postgres")
