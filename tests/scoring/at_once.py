"""Two people at the same moment: two threads, each with a connection of its own."""

from collections.abc import Callable
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
