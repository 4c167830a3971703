"""Several people or workers at the same moment: threads, each with a connection of its own."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What each of so many threads brought back, or the exception that it met."""
    results: list[Any] = [None] * count
    ready = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            ready.wait(timeout=20)
            results[number] = work(number)
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[list[object]]:
    """Another connection begins `act` while this one's transaction is still open.

    Inside the block `act` has come as far as it comes, done or waiting for a lock; leave the
    block after the commit. Its outcome, or its exception, is then in the list.
    """
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(act())
        except Exception as error:
            outcome.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    ends = time.monotonic() + 10
    while thread.is_alive() and not _somebody_waits() and time.monotonic() < ends:
        time.sleep(0.01)
    yield outcome
    thread.join(timeout=30)


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else seen once a transaction
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database())"
        )
        return bool(cursor.fetchone()[0])
