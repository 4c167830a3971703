"""Signs of life of the worker: one when it has started, then one whenever beat asks for it."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.db import connection
from django.utils import timezone

from leadqual.health import sign


@shared_task
def heartbeat() -> None:
    sign("worker", at=timezone.now())


@worker_ready.connect
def sign_at_start(**_: Any) -> None:
    sign("worker", at=timezone.now())
    connection.close()  # the pool's later children must not inherit it
