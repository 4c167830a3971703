"""Started by root, the embedded server runs as a user of its own, who owns the cluster alone."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest

from leadqual import embedded
from leadqual.embedded import place, wheel
from tests.leadqual.clusters import answer, family, forget, lives, run_python, server

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root runs the server as somebody else"
)


def test_started_by_root_the_cluster_is_all_that_the_servers_user_owns(var: Path) -> None:
    embedded.ensure(var)

    data = var / "postgres"
    assert data.stat().st_uid != 0
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert {path.owner() for path in var.iterdir() if path != data} == {"root"}
    assert var.owner() == "root"
    assert not data.is_symlink()


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
