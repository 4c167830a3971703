"""How much memory the database's processes have for themselves."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connection

from handoff.bench.figures import Figure


def private_megabytes(pid: int) -> float:
    """RssAnon of a process: what it allocated itself, without the buffers that all share.

    0 where the process is gone.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    for line in status.splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Watch:
    """Looks every 20 ms at all other backends of this database, parallel workers included."""

    def __init__(self) -> None:
        self.most = 0.0
        self.idle = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.idle = private_megabytes(cursor.fetchone()[0])
            while not self._done.wait(0.02):
                cursor.execute(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                    " AND state = 'active' AND pid <> pg_backend_pid()"
                )
                pids = [row[0] for row in cursor.fetchall()]
                self.most = max(self.most, sum(map(private_megabytes, pids)))
        connection.close()

    def figure(self, leads: int) -> Figure:
        """All backends at their largest moment, against one that does nothing."""
        return Figure("memory of a rescore's backends", self.most, "MB", self.idle, leads)
