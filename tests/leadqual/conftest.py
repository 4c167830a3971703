"""Folders for embedded databases of their own."""

import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.leadqual.clusters import forget


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
