"""Workers that sweep and are killed in the middle of it: every breach once in the books."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import Final

import pytest
from django.db import connection

from leadqual.models import Lead
from sla.clocks import sweep
from sla.models import Clock
from tests.sla.promises import EVENING, MONDAY_10, started

pytestmark = pytest.mark.django_db(transaction=True)

MANY: Final = 150

WORKER: Final = """
import sys
from datetime import datetime
import django
django.setup()
from django.db import connection
from sla import breaches
connection.settings_dict["NAME"] = sys.argv[1]
breaches.BATCH = 3
print("ready", flush=True)
sys.stdin.readline()
noticed = breaches.sweep(now=datetime.fromisoformat(sys.argv[2]))
print(noticed, flush=True)
"""

BOOKS: Final = """
CREATE TABLE breach_book (clock bigint, worker int);
CREATE FUNCTION enter_breach() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO breach_book VALUES (NEW.id, pg_backend_pid());
    PERFORM pg_sleep(0.015);
    RETURN NEW;
END $$;
CREATE TRIGGER enter_breach AFTER UPDATE ON sla_clock FOR EACH ROW
WHEN (OLD.breached_at IS NULL AND NEW.breached_at IS NOT NULL) EXECUTE FUNCTION enter_breach();
"""
CLOSED: Final = """
DROP TRIGGER enter_breach ON sla_clock; DROP FUNCTION enter_breach(); DROP TABLE breach_book;
"""


def worker() -> "subprocess.Popen[str]":
    """One that waits for the word, once it is `ready`."""
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(connection.settings_dict["NAME"]), EVENING.isoformat()],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "leadqual.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ready(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def noticed() -> int:
    return Clock.objects.unanswered_breaches().count()


def until(reached: int) -> None:
    ends = time.monotonic() + 60
    while noticed() < reached:
        assert time.monotonic() < ends, f"only {noticed()} were noticed in a minute"
        time.sleep(0.002)


def test_of_workers_killed_in_the_middle_of_a_sweep_the_others_notice_the_rest_once(
    lead: Lead,
) -> None:
    for n in range(MANY):
        started(lead, at=MONDAY_10 + timedelta(seconds=n), key=f"handoff:{n}")
    with connection.cursor() as cursor:
        cursor.execute(BOOKS)
        try:
            *first, last = workers = [worker() for _ in range(3)]
            for process in workers:
                ready(process)
            for process in first:
                go(process)
            until(30)
            for process in first:
                process.send_signal(signal.SIGKILL)
            for process in first:
                said, _ = process.communicate(timeout=30)
                assert (process.returncode, said) == (-signal.SIGKILL, "")
            by_then = noticed()
            assert 30 <= by_then < MANY
            go(last)
            said, errors = last.communicate(timeout=60)
            assert last.returncode == 0, errors
            cursor.execute("SELECT clock FROM breach_book")
            book = Counter(row[0] for row in cursor.fetchall())
            # What a killed worker's connection still held was passed by, and is swept now.
            left = sweep(now=EVENING)
            cursor.execute("SELECT count(*), count(DISTINCT clock) FROM breach_book")
            assert cursor.fetchone() == (MANY, MANY)
            assert set(book.values()) == {1}
        finally:
            cursor.execute(CLOSED)
    assert int(said) + left <= MANY - by_then
    assert noticed() == MANY
    assert sweep(now=EVENING + timedelta(hours=1)) == 0
