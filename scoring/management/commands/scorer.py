"""manage.py scorer: scores what has changed within moments, and rescores everybody on demand."""

import logging
import math
import signal
import threading
import time
from contextlib import suppress
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone

from leadqual import health
from scoring.models import ScoreDirty
from scoring.rescoring import rescore_next
from scoring.scorers import score_dirty

HANDS = 2
"""Each with a connection of its own; more of them would slow down intake (docs/performance.md)."""
PAUSE, RECOVERY = 0.1, 2.0
"""Seconds between two looks where nothing is due, and after something failed."""

SIGN = "scorer"
"""Its name on the health page."""

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
        with suppress(DatabaseError):  # it may be going down as well
            health.sign_off(SIGN)


def work(stop: Flag) -> None:
    """Batch by batch until `stop` is set; between two chunks of a rescore, what just came in.

    Where leads wait that cannot be scored, or that another hand has, looks grow further apart.
    """
    pause, signs = PAUSE, -math.inf
    while not stop.is_set():
        try:
            scored = score_dirty(now=timezone.now())
            rescored = rescore_next(now=timezone.now())
            signs = _sign(signs)
            if rescored or scored:
                pause = PAUSE
                continue
            pause = min(2 * pause, RECOVERY) if ScoreDirty.objects.exists() else PAUSE
        except Exception:  # whatever it is: a hand that ends is never replaced
            logger.exception("The scorer could not work; it tries again")
            pause = RECOVERY
            _let_go()
        stop.wait(pause)
    _let_go()


def _sign(last: float) -> float:
    """A sign of life every INTERVAL, from hands that work; when it was last given."""
    if time.monotonic() - last < health.INTERVAL.total_seconds():
        return last
    health.sign(SIGN, at=timezone.now())
    return time.monotonic()


def _let_go() -> None:
    """The next question opens a connection of its own, however broken this one is."""
    try:
        connection.close()
    except Exception:
        logger.exception("The scorer's connection could not be closed")
        connection.connection = None
