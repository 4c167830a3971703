"""When a fact became known: not later than the moment that its deed acts on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection


@contextmanager
def known_at(now: datetime) -> Iterator[None]:
    """Facts of leads and companies that are written inside were known at `now`.

    The transaction begins some milliseconds after its caller has looked at the clock: dated by
    its start, a fact would be later than the offer that it led to. Inside a transaction.
    """
    _say(now.isoformat())
    yield
    _say("")  # an exception takes the setting back with the transaction or its savepoint


def _say(moment: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('leadqual.known_at', %s, true)", [moment])
