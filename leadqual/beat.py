"""django-celery-beat's scheduler, with a sign of life of its own.

Beat signs where it ticks, not through a task: with the worker down, beat still lives.
"""

import logging
from datetime import datetime
from typing import Any

from django.db import Error as DatabaseFailure
from django.db import connection
from django.utils import timezone
from django_celery_beat.schedulers import DatabaseScheduler

from leadqual.health import INTERVAL, sign

logger = logging.getLogger(__name__)


class Scheduler(DatabaseScheduler):  # type: ignore[misc]
    """Reads the periodic tasks from the database; ticks at least every five seconds."""

    _signed_at: datetime | None = None

    def tick(self, *args: Any, **kwargs: Any) -> float:
        pause: float = super().tick(*args, **kwargs)
        now = timezone.now()
        if self._signed_at is None or now - self._signed_at >= INTERVAL:
            try:
                sign("beat", at=now)
                self._signed_at = now
            except DatabaseFailure as error:  # it comes back; beat goes on
                logger.warning("No sign of life of beat: %s", error)
                connection.close()
        return pause
