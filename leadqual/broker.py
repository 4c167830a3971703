"""kombu's file-system transport, made safe for several processes at once.

As kombu has it, a message can be taken before it is written to its end, and the table of queues
be read while another process has just emptied it to write it anew. Four producers and three
consumers on 2,000 messages lost a few to JSON errors in two trials of eight. Here every file
appears, and disappears, in one step.
"""

import fcntl
import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.encoding import bytes_to_str, str_to_bytes
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """Messages are files `<when>_<id>.<queue>.msg`; the oldest is taken first."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        # Not monotonic(), as in kombu: it starts again at every boot, and these files stay.
        name = f"{time.time_ns() // 1000}_{uuid.uuid4()}.{queue}.msg"
        _write(Path(self.data_folder_out, name), payload)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f"{name}.taken-{os.getpid()}"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:
                continue  # somebody else was faster
            payload = taken.read_bytes()
            taken.unlink()
            return loads(bytes_to_str(payload))
        raise Empty

    def _queue_bind(
        self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None
    ) -> None:
        file: Path = self._exchange_file(exchange)  # type: ignore[attr-defined]
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file.with_suffix(".lock"), "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            queues = self.get_table(exchange)
            bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
            if bound not in queues:
                _write(file, [bound, *queues])


class Transport(filesystem.Transport):
    """What `CELERY_BROKER_URL=filesystem://…` means here, once `install` has been called."""

    Channel = Channel
    polling_interval = 0.25  # seconds until a waiting worker looks again

    def drain_events(  # type: ignore[override]
        self, connection: Any, timeout: float | None = None
    ) -> None:
        # A worker asks for two seconds at a time, during which it does not see that it is to stop.
        super().drain_events(connection, timeout=timeout and min(timeout, 0.5))

    @property
    def default_connection_params(self) -> dict[str, Any]:
        return {}  # no host and port to miss, and to warn about


def install() -> None:
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"


def _write(file: Path, content: object) -> None:
    unfinished = file.with_name(f".{uuid.uuid4()}.unfinished")
    unfinished.write_bytes(str_to_bytes(dumps(content)))
    unfinished.rename(file)
