"""The PostgreSQL that the project brings along, with real servers and real kills."""

import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from leadqual import embedded
from leadqual.embedded import place
from tests.leadqual.clusters import answer, family, lives, run_python, server


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
