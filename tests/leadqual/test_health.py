"""GET /healthz tells monitors the truth, also when there is little left to ask."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from leadqual import health
from leadqual.models import Heartbeat

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

ASK = """
import django, json
django.setup()
from django.test import Client
answer = Client(SERVER_NAME="127.0.0.1").get("/healthz")
print(json.dumps([answer.status_code, answer["Content-Type"], answer.json()]))
"""


def ask_elsewhere(**environment: str) -> list[object]:
    """Status, content type and body of /healthz in an installation with that environment."""
    asked = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "leadqual.settings"} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    answer: list[object] = json.loads(asked.stdout)
    return answer


@pytest.mark.django_db
def test_all_alive_is_200_and_anybody_may_ask() -> None:
    now = timezone.now()
    health.sign("worker", at=now)
    health.sign("beat", at=now)

    answer = Client().get("/healthz")

    assert answer.status_code == 200
    assert {name: part["alive"] for name, part in answer.json().items()} == {
        "database": True,
        "broker": True,
        "worker": True,
        "beat": True,
    }
    assert answer["Cache-Control"].startswith("max-age=0, no-cache, no-store")


@pytest.mark.django_db
def test_one_that_never_signed_is_503() -> None:
    health.sign("worker", at=timezone.now())

    answer = Client().get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["beat"] == {"alive": False, "age_seconds": None}
    assert answer.json()["worker"]["alive"] is True


@pytest.mark.django_db
def test_the_last_sign_of_life_has_an_age_and_a_limit() -> None:
    health.sign("worker", at=NOON - timedelta(seconds=60))
    health.sign("beat", at=NOON - timedelta(seconds=60.4))

    parts = {name: part.as_json(now=NOON) for name, part in health.read(now=NOON).items()}

    assert parts["worker"] == {"alive": True, "age_seconds": 60.0}
    assert parts["beat"] == {"alive": False, "age_seconds": 60.4}
    assert parts["database"] == {"alive": True, "age_seconds": 0.0}


@pytest.mark.django_db
def test_signing_again_moves_the_sign() -> None:
    health.sign("worker", at=NOON - timedelta(seconds=15))
    health.sign("worker", at=NOON)

    assert list(Heartbeat.objects.values_list("name", "at")) == [("worker", NOON)]


@pytest.mark.django_db
def test_it_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        Client().get("/healthz")


def test_posting_is_refused() -> None:
    assert Client().post("/healthz").status_code == 405


def test_with_database_and_broker_down_it_still_answers_in_json(tmp_path: Path) -> None:
    status, kind, body = ask_elsewhere(
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing",
        CELERY_BROKER_URL="redis://127.0.0.1:1/0",
        LEADQUAL_VAR=str(tmp_path),
    )

    dead = {"alive": False, "age_seconds": None}
    assert (status, kind) == (503, "application/json")
    assert body == {"database": dead, "broker": dead, "worker": dead, "beat": dead}
