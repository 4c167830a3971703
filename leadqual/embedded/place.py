"""Where the cluster of a VAR lies, and where its socket.

Usually VAR/postgres is the cluster and holds the socket as well: PostgreSQL keeps that folder
at 0700, so that only its owner (and root) can connect, which is why connections need no password.

Two things can be in the way:

* A socket's path may have no more than 107 bytes (103 on macOS). Where VAR is deeper, the socket
  lies in a folder of its own under /tmp, whose name follows from VAR.
* Started by root, the server runs as a user of its own, who may be unable to reach VAR or the
  wheel (a checkout under a home of mode 0700). Then cluster and binaries lie in a private folder
  under /var/tmp, and VAR/postgres is a link into it. No folder of yours changes its mode.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from leadqual.embedded import wheel
from leadqual.embedded.account import Account, account_for
from leadqual.embedded.errors import EmbeddedDatabaseError

LONGEST_SOCKET_PATH = 103
SOCKET_NAME = ".s.PGSQL.5432"
PRIVATE = Path("/var/tmp")  # noqa: S108 (mkdtemp makes the folder in it)

SHARED = Path("/tmp")  # noqa: S108 (what is found in it is checked before use)


@dataclass(frozen=True)
class Place:
    """A cluster with what is needed to run it."""

    data: Path
    sockets: Path
    account: Account
    is_private: bool

    @property
    def exists(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def binary(self, name: str) -> Path:
        """One of PostgreSQL's programs, from a place where the account can run it."""
        return (wheel.copy_to(self.data.parent) if self.is_private else wheel.installed()) / name


def socket_folder(var: Path) -> Path:
    """What clients connect to. Follows from the path alone, so that settings can name it."""
    folder = var / "postgres"
    if len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return folder
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    return SHARED / f"leadqual-{os.geteuid()}-{digest}"


def find(var: Path) -> Place | None:
    """The cluster of `var` if it exists. Touches nothing."""
    return _describe(var) if (var / "postgres" / "PG_VERSION").exists() else None


def prepare(var: Path) -> Place:
    """Where the cluster of `var` is, or is to be created; its folders made ready for the server.

    Called under the lock of `var`.
    """
    link = var / "postgres"
    if link.is_symlink() and not link.exists():
        raise EmbeddedDatabaseError(
            f"The database of {var} lay in {os.readlink(link)}, which is gone. Bring it back, or "
            f"remove {link} to begin with an empty database."
        )
    account = account_for(link)
    if not link.is_symlink() and not _is_within_reach(var, account):
        _move_to_private_folder(link, account)
    where = _describe(var)
    if where.exists and where.data.stat().st_uid != account.uid:
        account.own(where.data)  # root copied it, say
    if where.sockets != where.data:
        _make_socket_folder(where.sockets, account)
    return where


def _describe(var: Path) -> Place:
    link = var / "postgres"
    data = link.resolve()
    return Place(
        data=data,
        sockets=data if socket_folder(var) == link else socket_folder(var),
        account=account_for(data),
        is_private=link.is_symlink(),
    )


def _is_within_reach(var: Path, account: Account) -> bool:
    return account.can_enter(var) and account.can_execute(wheel.installed() / "postgres")


def _move_to_private_folder(link: Path, account: Account) -> None:
    home = Path(tempfile.mkdtemp(prefix="leadqual-", dir=PRIVATE))
    os.chown(home, os.geteuid(), account.gid)
    home.chmod(0o710)  # the server passes through; nobody else does
    data = home / "postgres"
    if link.exists():
        shutil.move(link, data)
        account.own(data)
    else:
        data.mkdir(mode=0o700)
        account.own(data)
    link.symlink_to(data)


def _make_socket_folder(folder: Path, account: Account) -> None:
    """SHARED belongs to everybody: a folder that somebody else put there is refused."""
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
            raise EmbeddedDatabaseError(
                f"{folder} is not ours alone: remove it, or choose a LEADQUAL_VAR with a "
                "shorter path."
            ) from None
