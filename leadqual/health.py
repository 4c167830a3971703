"""GET /healthz: whether database, broker, worker and beat live, for people and for monitors."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error as DatabaseFailure
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import KombuError

from accounts.access import public_view
from leadqual.celery import app
from leadqual.models import Heartbeat

INTERVAL = timedelta(seconds=15)
"""How often worker and beat sign."""

PATIENCE = timedelta(seconds=60)
"""After how long a silence they count as dead: three signs may be late, four may not."""

_BROKER_PATIENCE = 3  # seconds; a monitor does not wait for ever


@dataclass(frozen=True)
class Sign:
    """Whether a part lives, and the moment it last showed it; None if that is not known."""

    alive: bool
    at: datetime | None

    def as_json(self, *, now: datetime) -> dict[str, object]:
        age = None if self.at is None else max(0.0, round((now - self.at).total_seconds(), 1))
        return {"alive": self.alive, "age_seconds": age}


@public_view
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 if all four live, else 503; the body says which, in both cases."""
    now = timezone.now()
    signs = read(now=now)
    status = 200 if all(sign.alive for sign in signs.values()) else 503
    body = {name: sign.as_json(now=now) for name, sign in signs.items()}
    return JsonResponse(body, status=status)


def sign(name: str, *, at: datetime) -> None:
    """Write down that `name` lives."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=at)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["at"],
    )


def read(*, now: datetime) -> dict[str, Sign]:
    """Ask database and broker now; look up when worker and beat last signed."""
    try:
        signed = dict(Heartbeat.objects.values_list("name", "at"))
        database = Sign(alive=True, at=now)
    except DatabaseFailure:
        connection.close()
        signed = {}
        database = Sign(alive=False, at=None)
    return {
        "database": database,
        "broker": Sign(alive=True, at=now) if _broker_answers() else Sign(alive=False, at=None),
        "worker": _signed(signed.get("worker"), now=now),
        "beat": _signed(signed.get("beat"), now=now),
    }


def _signed(at: datetime | None, *, now: datetime) -> Sign:
    return Sign(alive=at is not None and now - at <= PATIENCE, at=at)


def _broker_answers() -> bool:
    try:
        with app.connection_for_write(connect_timeout=_BROKER_PATIENCE) as broker:
            broker.ensure_connection(max_retries=0, timeout=_BROKER_PATIENCE)
            folder = (broker.transport_options or {}).get("data_folder_out")
            return folder is None or os.access(folder, os.W_OK | os.X_OK)
    except (OSError, KombuError):
        return False
