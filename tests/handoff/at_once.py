"""The same thing done at the same moment, each time with a connection of its own."""

import threading
from collections.abc import Callable
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
