"""Counting for somebody who waits before a screen: it ends, in words where it takes too long."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction


class TooManyToCount(Exception):
    """The database needed longer than a person would wait."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Each question that is asked in it ends after so many seconds in TooManyToCount."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [_ms(seconds)])
            yield
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
        raise TooManyToCount("There are too many leads to count at once.") from error


def _ms(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
