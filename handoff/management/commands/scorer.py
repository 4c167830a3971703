"""manage.py scorer: scores what has changed, moves and offers whom it concerns, within moments."""

import logging
import math
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection, models
from django.utils import timezone

from handoff.promotion import settle_due
from leadqual import health
from scoring.models import QualificationDue, ScoreDirty
from scoring.rescoring import rescore_next
from scoring.scorers import score_dirty

HANDS = 2
"""That score, each with a connection of its own; more would slow down intake, see
docs/performance.md. One more settles: moving and offering a lead takes too long in between."""
BUSY = 50
"""So many dirty rows: scoring goes first, and the worker's task settles."""
LULL = 1.0
"""Seconds in which nothing came in, until all hands go on with a rescore, and without a rest."""
PAUSE, RECOVERY = 0.1, 2.0
"""Seconds between two looks where nothing is due, and after something failed."""

SIGN = "scorer"
"""Its name on the health page."""

logger = logging.getLogger(__name__)


class Flag(Protocol):
    def is_set(self) -> bool: ...
    def wait(self, timeout: float) -> object: ...


class Command(BaseCommand):
    help = (
        "Scores leads as they change, and settles them, until told to stop; Celery's tasks are the"
        " safety net."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hands", type=int, default=HANDS, help="connections that score")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        works = hands(options["hands"])
        threads = [threading.Thread(target=work, args=(stop,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(1)  # not for ever: signals arrive in between
        with suppress(DatabaseError):  # it may be going down as well
            health.sign_off(SIGN)


def hands(scoring: int = HANDS) -> list[Callable[[Flag], None]]:
    """What the process does, each in a thread of its own."""
    others = [partial(score, gives_way=True)] * (scoring - 1)
    return [score, *others, settle]


def score(stop: Flag, *, gives_way: bool = False) -> None:
    """Batch by batch; between two chunks of a rescore, what just came in.

    Intake goes on as ever: while leads come in, one that gives way leaves a rescore to the others,
    and they rest after each chunk for half as long as it took.
    """
    signs = came = -math.inf

    def step() -> bool:
        nonlocal signs, came
        scored = score_dirty()
        came = time.monotonic() if scored else came
        is_busy = time.monotonic() - came < LULL
        began = time.monotonic()
        rescored = not (is_busy and gives_way) and rescore_next(now=timezone.now())
        if rescored and is_busy:
            stop.wait((time.monotonic() - began) / 2)
        signs = _sign(signs)
        return bool(rescored or scored)

    _again_and_again(step, ScoreDirty, stop)


def settle(stop: Flag) -> None:
    """Move and offer those whom new numbers put elsewhere, while scoring keeps up."""

    def step() -> bool:
        is_busy = ScoreDirty.objects.all()[:BUSY].count() == BUSY
        return not is_busy and settle_due(now=timezone.now(), limit=BUSY) > 0

    _again_and_again(step, QualificationDue, stop)


def _again_and_again(step: Callable[[], bool], queue: type[models.Model], stop: Flag) -> None:
    """`step` says whether it found something to do, and then comes again at once.

    Where leads wait that cannot be worked off, or that another hand has, looks grow further apart.
    """
    pause = PAUSE
    while not stop.is_set():
        try:
            if step():
                pause = PAUSE
                continue
            waiting = queue._default_manager.exists()
            pause = min(2 * pause, RECOVERY) if waiting else PAUSE
        except Exception:  # whatever it is: a hand that ends is never replaced
            logger.exception("The scorer could not work; it tries again")
            pause = RECOVERY
            _let_go()
        stop.wait(pause)
    _let_go()


def _sign(last: float) -> float:
    """A sign of life every INTERVAL, from hands that score; when it was last given."""
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
