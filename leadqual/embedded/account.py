"""Who the database server runs as: PostgreSQL refuses to be root."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leadqual.embedded.errors import EmbeddedDatabaseError

USER = "leadqual-db"
"""Made when root starts the database; owns the cluster and nothing else on the machine."""


@dataclass(frozen=True)
class Account:
    """The identity of the server's processes: another one only where we are root."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    def run(
        self, command: Sequence[str | Path], *, timeout: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end as this account. PG* variables of the caller do not get through."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        return subprocess.run(
            [str(part) for part in command],
            user=None if self.is_ours else self.uid,
            group=None if self.is_ours else self.gid,
            extra_groups=None if self.is_ours else [],
            cwd="/",  # ours may be closed to the account
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )

    def can_enter(self, folder: Path) -> bool:
        """Tried, not read off the modes: access lists and mount options count as well."""
        return self.is_ours or self.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0

    def can_execute(self, binary: Path) -> bool:
        try:
            return self.run([binary, "--version"]).returncode == 0
        except PermissionError:
            return False

    def own(self, folder: Path) -> None:
        """Hand over `folder` with all that is in it."""
        if self.is_ours:
            return
        for parent, _, files in os.walk(folder):
            for path in (parent, *(os.path.join(parent, name) for name in files)):
                os.chown(path, self.uid, self.gid, follow_symlinks=False)


def account_for(data: Path) -> Account:
    """Whose the cluster in `data` is; where there is none yet, who is to own it."""
    if data.exists():
        owner = data.stat()
        if owner.st_uid != 0 and os.geteuid() in (0, owner.st_uid):
            return Account(owner.st_uid, owner.st_gid)
        if os.geteuid() != 0:
            raise EmbeddedDatabaseError(
                f"The database in {data} belongs to another user of this machine (number "
                f"{owner.st_uid}): start it as that user or as root, or choose another folder "
                "with LEADQUAL_VAR."
            )
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    return _system_account()


def _system_account() -> Account:
    for attempt in range(20):
        try:
            entry = pwd.getpwnam(USER)
        except KeyError:
            if not _create_user() and attempt == 19:
                break
            time.sleep(0.1)  # somebody else may hold the lock of /etc/passwd, for this very user
        else:
            return Account(entry.pw_uid, entry.pw_gid)
    for name in ("postgres", "nobody"):  # /etc is read-only, or the machine has no useradd
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedDatabaseError(
        f"PostgreSQL does not run as root, and the system user {USER} could not be created. "
        "Start leadqual as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
    )


def _create_user() -> bool:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return False
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    made = subprocess.run(
        [useradd, *options, "--shell", "/usr/sbin/nologin", USER],
        capture_output=True,
        check=False,
    )
    return made.returncode == 0
