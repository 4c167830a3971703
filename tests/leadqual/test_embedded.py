"""The PostgreSQL that the project brings along, with real servers and real kills."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from leadqual import embedded
from leadqual.embedded import place, postmaster, wheel

ROOT = Path(__file__).resolve().parent.parent.parent
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder that the server's user can reach, unlike pytest's own, which are 0700."""
    folder = Path(tempfile.mkdtemp(prefix="lq-")).resolve()
    folder.chmod(0o755)
    yield folder
    forget(folder)


@pytest.fixture
def closed() -> Iterator[Path]:
    """A VAR under a folder that only its owner can enter, like a home of mode 0700."""
    home = Path(tempfile.mkdtemp(prefix="lq-home-")).resolve()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    yield home / "var"
    forget(home / "var")
    shutil.rmtree(home)


def forget(var: Path) -> None:
    embedded.stop(var)
    link = var / "postgres"
    if link.is_symlink():
        shutil.rmtree(link.resolve().parent)
    shutil.rmtree(var)


def run_python(code: str, var: Path, **environment: str) -> "subprocess.Popen[str]":
    """Another process of ours; `code` knows `var` and `embedded`, and may wait for a line."""
    head = f"import pathlib, sys; from leadqual import embedded; var = pathlib.Path({str(var)!r})"
    return subprocess.Popen(
        [sys.executable, "-c", f"{head}\n{code}"],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def answer(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def server(var: Path) -> int:
    number = postmaster.pid((var / "postgres").resolve())
    assert number is not None
    return number


def family(number: int) -> list[int]:
    """A process and its children, as Linux lists them."""
    children = Path(f"/proc/{number}/task/{number}/children").read_text()
    return [number, *map(int, children.split())]


def lives(number: int) -> bool:
    """False for a corpse, too, that a container without an init does not bury."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_url_touches_nothing() -> None:
    url = embedded.url(Path("/nowhere/var"))

    assert url == "postgresql://leadqual@/leadqual?host=/nowhere/var/postgres&port=5432"
    assert not Path("/nowhere").exists()
    assert not embedded.is_running(Path("/nowhere/var"))


def test_the_database_is_ours_and_listens_on_no_network(var: Path) -> None:
    url = embedded.ensure(var)

    assert url == embedded.url(var)
    assert answer(url, "SHOW server_version_num")[:2] == "18"  # type: ignore[index]
    assert answer(url, "SHOW listen_addresses") == ""
    assert answer(url, "SHOW dynamic_shared_memory_type") == "mmap"
    assert answer(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert (
        answer(url, "SELECT datlocale FROM pg_database WHERE datname = current_database()")
        == "C.UTF-8"
    )


def test_three_starters_at_once_share_one_server(var: Path) -> None:
    code = """
import psycopg
with psycopg.connect(embedded.ensure(var)) as connection:
    print(connection.execute("SELECT pg_postmaster_start_time()").fetchone()[0])
sys.stdout.flush(); sys.stdin.readline()
"""
    starters = [run_python(code, var) for _ in range(3)]
    started = [starter.stdout.readline() for starter in starters if starter.stdout]
    for starter in starters:
        starter.communicate("go\n")

    assert [starter.returncode for starter in starters] == [0, 0, 0]
    assert len(set(started)) == 1
    assert started[0].startswith("20")


def test_a_killed_server_starts_again_with_what_was_committed(var: Path) -> None:
    url = embedded.ensure(var)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    killed = server(var)

    os.kill(killed, signal.SIGKILL)
    embedded.ensure(var)

    assert answer(url, "SELECT number FROM kept") == 42
    assert server(var) != killed


def test_a_killed_server_starts_again_only_when_its_last_child_is_done(var: Path) -> None:
    embedded.ensure(var)
    code = """
import psycopg
connection = psycopg.connect(embedded.url(var))
print(connection.info.backend_pid, flush=True)
try:
    connection.execute("SELECT sum(sqrt(a * b)) FROM generate_series(1, 4000) a,"
                       " generate_series(1, 4000) b")
except psycopg.OperationalError:
    pass  # its server was killed
"""
    asking = run_python(code, var)
    assert asking.stdout is not None
    child = int(asking.stdout.readline())
    time.sleep(0.3)  # now it computes, and does not notice what happens to its parent

    os.kill(server(var), signal.SIGKILL)
    assert lives(child)
    embedded.ensure(var)

    assert not lives(child)
    assert answer(embedded.url(var), "SELECT 1") == 1
    asking.communicate()


def test_a_stale_pid_file_neither_hinders_the_start_nor_harms_who_has_the_number(
    var: Path,
) -> None:
    embedded.ensure(var)
    pidfile = var / "postgres" / "postmaster.pid"
    stale = pidfile.read_text().partition("\n")[2]
    embedded.stop(var)
    owner = (var / "postgres").stat()
    innocent = subprocess.Popen(["sleep", "60"], user=owner.st_uid, group=owner.st_gid)
    try:
        pidfile.write_text(f"{innocent.pid}\n{stale}")
        os.chown(pidfile, owner.st_uid, owner.st_gid)

        assert not embedded.is_running(var)
        embedded.stop(var)
        assert innocent.poll() is None

        assert answer(embedded.ensure(var), "SELECT 1") == 1
        embedded.stop(var)
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_an_interrupted_initdb_is_begun_again(var: Path) -> None:
    half = var / "postgres.unfinished"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    assert answer(embedded.ensure(var), "SELECT 1") == 1
    assert not half.exists()


def test_a_deep_folder_has_its_socket_elsewhere(var: Path) -> None:
    deep = var / ("deep" * 15) / ("deeper" * 15)
    assert len(os.fsencode(deep)) > place.LONGEST_SOCKET_PATH

    sockets = place.socket_folder(deep)
    try:
        assert answer(embedded.ensure(deep), "SELECT 1") == 1
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    finally:
        embedded.stop(deep)

    assert not sockets.exists()


def test_a_socket_folder_that_somebody_else_made_is_refused(var: Path) -> None:
    deep = var / ("deep" * 15) / ("deeper" * 15)
    sockets = place.socket_folder(deep)
    sockets.mkdir(mode=0o777)
    sockets.chmod(0o777)
    try:
        with pytest.raises(embedded.EmbeddedDatabaseError, match="is not ours alone"):
            embedded.ensure(deep)
    finally:
        sockets.rmdir()


def test_stop_leaves_no_process_and_no_connection(var: Path) -> None:
    url = embedded.ensure(var)
    connection = psycopg.connect(url)
    running = family(server(var))
    assert len(running) > 3

    embedded.stop(var)

    assert [number for number in running if lives(number)] == []
    assert not embedded.is_running(var)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_stop_if_unused_spares_a_server_that_another_process_uses(var: Path) -> None:
    embedded.ensure(var)
    other = run_python("embedded.ensure(var); print(1, flush=True); sys.stdin.readline()", var)
    assert other.stdout is not None
    other.stdout.readline()

    assert embedded.stop_if_unused(var) is False
    assert embedded.is_running(var)

    other.kill()  # not even told: the kernel lets go for it
    other.communicate()
    assert embedded.stop_if_unused(var) is True
    assert not embedded.is_running(var)


def test_the_server_survives_the_process_that_started_it(var: Path) -> None:
    starter = run_python("embedded.ensure(var); print(1, flush=True); sys.stdin.readline()", var)
    assert starter.stdout is not None
    starter.stdout.readline()
    started = server(var)

    starter.kill()
    starter.communicate()
    time.sleep(0.2)

    assert answer(embedded.ensure(var), "SELECT 1") == 1
    assert server(var) == started


def test_why_a_server_did_not_start_is_told_with_its_log(var: Path) -> None:
    embedded.ensure(var)
    embedded.stop(var)
    with (var / "postgres" / "postgresql.conf").open("a") as conf:
        conf.write("shared_preload_libraries = 'no_such_library'\n")

    with pytest.raises(embedded.EmbeddedDatabaseError, match="no_such_library"):
        embedded.ensure(var)


@as_root
def test_started_by_root_the_cluster_is_all_that_the_servers_user_owns(var: Path) -> None:
    embedded.ensure(var)

    data = var / "postgres"
    assert data.stat().st_uid != 0
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert {path.owner() for path in var.iterdir() if path != data} == {"root"}
    assert var.owner() == "root"
    assert not data.is_symlink()


@as_root
def test_started_by_root_nobody_else_can_connect(var: Path) -> None:
    url = embedded.ensure(var)
    psql = place.prepare(var).binary("psql")

    stranger = subprocess.run(
        [psql, url, "-c", "SELECT 1"],
        user="nobody",
        group="nogroup",
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )

    assert stranger.returncode == 2
    assert "Permission denied" in stranger.stderr


@as_root
def test_under_a_closed_home_the_cluster_lies_in_a_private_folder(closed: Path) -> None:
    url = embedded.ensure(closed)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    embedded.stop(closed)
    embedded.ensure(closed)

    home = (closed / "postgres").resolve().parent
    assert answer(url, "SELECT number FROM kept") == 42
    assert home.parent == place.PRIVATE
    assert stat.S_IMODE(home.stat().st_mode) == 0o710
    assert stat.S_IMODE(closed.parent.stat().st_mode) == 0o700
    running = family(server(closed))
    embedded.stop(closed)
    assert [number for number in running if lives(number)] == []


@as_root
def test_a_home_that_was_closed_later_takes_its_data_along(var: Path) -> None:
    home = var / "home"
    url = embedded.ensure(home / "var")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    embedded.stop(home / "var")

    home.chmod(0o700)
    embedded.ensure(home / "var")

    try:
        assert answer(url, "SELECT number FROM kept") == 42
    finally:
        forget(home / "var")


@as_root
def test_a_private_folder_that_is_gone_is_told_not_replaced(closed: Path) -> None:
    embedded.ensure(closed)
    embedded.stop(closed)
    folder = (closed / "postgres").resolve().parent
    away = folder.rename(folder.with_name(f"{folder.name}-away"))
    try:
        with pytest.raises(embedded.EmbeddedDatabaseError, match="which is gone"):
            embedded.ensure(closed)
    finally:
        away.rename(folder)


@as_root
def test_a_wheel_that_the_servers_user_cannot_read_is_copied(closed: Path, var: Path) -> None:
    package = wheel.installed().parent.parent
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, closed.parent / folder.name, symlinks=True)
    code = "embedded.ensure(var); print('started', flush=True)"

    starter = run_python(code, var, PYTHONPATH=str(closed.parent))

    assert starter.communicate()[0] == "started\n"
    assert (var / "postgres").is_symlink()
    binaries = place.prepare(var).binary("postgres")
    assert binaries.is_relative_to((var / "postgres").resolve().parent)
    assert Path(f"/proc/{server(var)}/exe").readlink() == binaries
