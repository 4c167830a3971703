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
        "clock sweep": True,
        "figures": True,
        "scorer": True,
        "score check": True,
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
def test_a_scorer_is_missed_only_where_one_is_run() -> None:
    assert health.read(now=NOON)["scorer"].as_json(now=NOON) == {
        "alive": True,
        "age_seconds": None,
        "says": "None runs: the worker scores what has changed.",
    }
    health.sign("scorer", at=NOON - timedelta(seconds=60))
    assert health.read(now=NOON)["scorer"] == health.Sign(True, NOON - timedelta(seconds=60))
    health.sign("scorer", at=NOON - timedelta(seconds=61))
    assert health.read(now=NOON)["scorer"].alive is False
    assert Client().get("/healthz").status_code == 503
    health.sign_off("scorer")
    assert health.read(now=NOON)["scorer"].alive is True


@pytest.mark.django_db
def test_figures_are_well_as_long_as_none_is_older_than_a_minute() -> None:
    def of(at: datetime) -> tuple[bool, str]:
        sign = health.read(now=at)["figures"]
        return sign.alive, sign.says

    first = "The first count of the figures comes by itself."
    assert of(NOON) == (True, first)
    health.sign("worker", at=NOON)
    health.sign("beat", at=NOON)
    assert of(NOON + timedelta(seconds=60)) == (True, first)
    nobody = "Nobody has counted the dashboards' figures yet."
    assert of(NOON + timedelta(seconds=61)) == (False, nobody)
    health.sign("figures", at=NOON)
    assert of(NOON + timedelta(seconds=60)) == (True, "")
    late = "Some figures of the dashboards lack what has happened since."
    assert of(NOON + timedelta(seconds=61)) == (False, late)


@pytest.mark.django_db
def test_the_clocks_are_watched_as_long_as_the_sweep_comes_by() -> None:
    def of(at: datetime) -> tuple[bool, str]:
        sign = health.read(now=at)["clock sweep"]
        return sign.alive, sign.says

    first = "The first sweep of the clocks comes by itself."
    assert of(NOON) == (True, first)
    health.sign("worker", at=NOON)
    health.sign("beat", at=NOON + timedelta(seconds=5))
    health.sign("beat", at=NOON + timedelta(minutes=2))  # it has lived since its first sign
    assert of(NOON + timedelta(seconds=125)) == (True, first)
    assert of(NOON + timedelta(seconds=126)) == (False, "Nobody has looked at the clocks yet.")
    health.sign("sla.sweep", at=NOON)
    assert of(NOON + timedelta(minutes=2)) == (True, "")
    assert of(NOON + timedelta(minutes=2, seconds=1)) == (
        False,
        "Nobody has looked at the clocks since: warnings and breaches are noticed late.",
    )
    assert Client().get("/healthz").status_code == 503


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
    parts = (
        "database", "broker", "worker", "beat", "clock sweep", "figures", "scorer", "score check"
    )  # fmt: skip
    assert body == dict.fromkeys(parts, dead)


def checked(*, hours_ago: float, differences: int = 0) -> health.Sign:
    """What health says of a check of 2,000 scores that long before noon."""
    detail = {"leads": 2000, "differences": differences, "first": ["Lead 17: stored 3"]}
    at = NOON - timedelta(hours=hours_ago)
    Heartbeat.objects.update_or_create(name="score check", defaults={"at": at, "detail": detail})
    return health.read(now=NOON)["score check"]


@pytest.mark.django_db
def test_scores_are_well_while_the_last_check_found_none_wrong() -> None:
    sign = checked(hours_ago=36)
    assert (sign.alive, sign.says) == (True, "None of the checked scores was wrong.")
    assert sign.counts == "2,000 scores were checked, none was wrong."


@pytest.mark.django_db
def test_a_wrong_score_and_a_check_left_out_are_said_in_words() -> None:
    assert checked(hours_ago=36.1).as_json(now=NOON) == {
        "alive": False,
        "age_seconds": 129960.0,
        "says": "No score was checked for more than 36 hours; some should be every night.",
    }
    sign = checked(hours_ago=1, differences=3)
    assert sign.alive is False
    assert sign.as_json(now=NOON)["says"] == (
        "Some of the checked scores are not what the rules say: run “manage.py rescore”, "
        "then “manage.py rescore --check”."
    )
    assert sign.counts == (
        "3 of 2,000 checked scores are not what the rules say: run “manage.py rescore”, "
        "then “manage.py rescore --check”."
    )


@pytest.mark.django_db
def test_a_new_installation_waits_for_its_first_check() -> None:
    sign = health.read(now=NOON)["score check"]
    assert (sign.alive, sign.at) == (True, None)


def page(client: Client) -> str:
    answer = client.get("/healthz", headers={"Accept": "text/html,application/xhtml+xml"})
    assert answer.status_code == 503
    return answer.content.decode()


@pytest.mark.django_db
def test_a_browser_gets_a_page_that_says_the_same_to_a_stranger_without_numbers() -> None:
    checked(hours_ago=1, differences=3)
    said = page(Client())
    assert "Not all is well" in said
    assert "Some of the checked scores are not what the rules say" in said
    assert "2,000" not in said
    assert "Lead 17" not in said


def test_who_is_signed_in_reads_the_numbers(as_ben: Client) -> None:
    checked(hours_ago=1, differences=3)
    said = page(as_ben)
    assert "3 of 2,000 checked scores are not what the rules say" in said
    assert "Lead 17" not in said
