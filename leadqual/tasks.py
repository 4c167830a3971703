"""The ground floor's periodic work: the outbox, and the worker's signs of life.

The worker signs when it has started, then whenever beat asks for it.
"""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.db import connection
from django.utils import timezone

from leadqual import outbox
from leadqual.health import sign


@shared_task
def deliver_outbox() -> int:
    """Send what waits in the outbox; woken by commits and, every ten seconds, by beat."""
    return outbox.deliver(now=timezone.now())


@shared_task
def heartbeat() -> None:
    sign("worker", at=timezone.now())


@worker_ready.connect
def sign_at_start(**_: Any) -> None:
    sign("worker", at=timezone.now())
    connection.close()  # the pool's later children must not inherit it
