"""Real servers in folders of their own, for the tests of the embedded database."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg

from leadqual import embedded
from leadqual.embedded import postmaster

ROOT = Path(__file__).resolve().parent.parent.parent


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
