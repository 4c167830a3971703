"""Two people at the same moment: threads, each with a connection of its own."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier, Thread

from django.db import connection


def at_once(act: Callable[[int], object]) -> list[object]:
    """What two threads, each with its own connection, get when they do it at the same moment."""
    outcomes: list[object] = [None, None]
    start = Barrier(2)

    def run(n: int) -> None:
        try:
            start.wait(timeout=10)
            outcomes[n] = act(n)
        except Exception as error:
            outcomes[n] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes


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

    thread = Thread(target=run)
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
