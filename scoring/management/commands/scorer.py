"""manage.py scorer: scores what has changed within moments, and rescores everybody on demand."""

import logging
import signal
import threading
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone

from scoring.rescoring import rescore_next
from scoring.scorers import score_dirty

HANDS = 2
"""Each with a connection of its own; more of them would slow down intake (docs/performance.md)."""
PAUSE, RECOVERY = 0.1, 2.0
"""Seconds between two looks where nothing is due, and after the database failed."""

logger = logging.getLogger(__name__)


class Flag(Protocol):
    def is_set(self) -> bool: ...
    def wait(self, timeout: float) -> object: ...


class Command(BaseCommand):
    help = "Scores leads as they change, until told to stop; Celery's tasks are the safety net."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hands", type=int, default=HANDS, help="connections at work")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        hands = [threading.Thread(target=work, args=(stop,)) for _ in range(options["hands"])]
        for hand in hands:
            hand.start()
        for hand in hands:
            while hand.is_alive():
                hand.join(1)  # not for ever: signals arrive in between


def work(stop: Flag) -> None:
    """Batch by batch until `stop` is set; between two chunks of a rescore, what just came in."""
    while not stop.is_set():
        pause = PAUSE
        try:
            scored = score_dirty(now=timezone.now())
            if rescore_next(now=timezone.now()) or scored:
                continue
        except DatabaseError:  # it comes back; so do we
            logger.exception("The scorer could not work; it tries again")
            pause = RECOVERY
            connection.close()
        stop.wait(pause)
    connection.close()
