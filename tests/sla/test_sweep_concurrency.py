"""Several workers, killed workers and poison rows, with real connections and real commits."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Workspace
from leadqual.models import Lead
from sla import breaches
from sla.clocks import answered, start, stop, sweep, unanswered_breaches
from sla.models import BusinessCalendar, Clock
from tests.at_once import at_once
from tests.sla.promises import DECIDE, EVENING, MONDAY_10, started

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def refusing(clock: Clock, *, when: str) -> Iterator[None]:
    """A trigger that refuses changes of one row: `when` is a condition on NEW."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'this row is poison'; END $$;
            CREATE TRIGGER poison BEFORE UPDATE ON sla_clock FOR EACH ROW
            WHEN (NEW.id = {clock.pk} AND {when}) EXECUTE FUNCTION poison();
            """
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER poison ON sla_clock; DROP FUNCTION poison();")


def many(lead: Lead, count: int) -> list[Clock]:
    return [
        started(lead, at=MONDAY_10 + timedelta(seconds=n), key=f"handoff:{n}") for n in range(count)
    ]


def test_of_five_workers_each_breach_is_noticed_by_exactly_one(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaches, "BATCH", 7)
    many(lead, 120)
    counts = at_once(5, lambda n: sweep(now=EVENING + timedelta(seconds=n), limit=500))
    assert sum(counts) == 120
    assert Clock.objects.unanswered_breaches().count() == 120
    assert sweep(now=EVENING + timedelta(hours=1)) == 0


def test_each_breach_is_answered_by_exactly_one_worker(lead: Lead) -> None:
    many(lead, 30)
    sweep(now=EVENING)

    def answer(number: int) -> int:
        return sum(
            answered(clock, at=EVENING + timedelta(seconds=number))
            for clock in unanswered_breaches()
        )

    assert sum(at_once(4, answer)) == 30


def test_started_by_many_at_once_it_is_one_clock(lead: Lead) -> None:
    def begin(number: int) -> int | None:
        at = MONDAY_10 + timedelta(minutes=number)
        clock = start(lead=lead, code=DECIDE, subject_key="handoff:1", person=None, at=at)
        return clock.pk if clock else None

    assert len(set(at_once(6, begin))) == 1
    assert Clock.objects.count() == 1


def test_stopped_by_many_at_once_the_first_stop_stays(lead: Lead, workspace: Workspace) -> None:
    clock = started(lead)

    def end(number: int) -> str:
        at = clock.due_at + timedelta(hours=1 - number)
        again = stop(
            workspace=workspace,
            subject_key=clock.subject_key,
            code=DECIDE,
            at=at,
            how=f"by {number}",
        )
        assert again is not None
        return again.stopped_by

    said = at_once(4, end)
    clock = Clock.objects.get()
    assert set(said) == {clock.stopped_by}
    assert clock.breached_at == (clock.due_at if clock.stopped_by == "by 0" else None)


def test_a_sweep_passes_by_a_clock_that_is_being_stopped(lead: Lead, workspace: Workspace) -> None:
    clock, other = many(lead, 2)
    with transaction.atomic():
        stop(
            workspace=workspace,
            subject_key=clock.subject_key,
            code=DECIDE,
            at=clock.due_at,
            how="accepted",
        )
        assert at_once(1, lambda _: sweep(now=EVENING)) == [1]
    assert sweep(now=EVENING) == 0
    assert list(Clock.objects.unanswered_breaches()) == [other]


def test_a_poison_row_steps_aside_with_its_error_and_the_line_goes_on(
    lead: Lead, caplog: pytest.LogCaptureFixture
) -> None:
    clocks = many(lead, 5)
    with refusing(clocks[1], when="NEW.breached_at IS NOT NULL"):
        assert sweep(now=EVENING) == 4
        poison = Clock.objects.get(pk=clocks[1].pk)
        assert "this row is poison" in poison.error
        assert poison.next_check_at == EVENING + breaches.RETRY_POISON_AFTER
        assert poison.breached_at is None
        assert sweep(now=EVENING + timedelta(minutes=1)) == 0
    assert "steps aside" in caplog.text
    assert sweep(now=EVENING + timedelta(minutes=11)) == 1
    cured = Clock.objects.get(pk=clocks[1].pk)
    assert (cured.error, cured.breached_at) == ("", clocks[1].due_at)


def test_where_a_batch_holds_a_poison_row_the_others_are_noticed_by_one_worker_each(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaches, "BATCH", 10)
    clocks = many(lead, 60)
    with refusing(clocks[17], when="NEW.breached_at IS NOT NULL"):
        counts = at_once(4, lambda _: sweep(now=EVENING))
    assert sum(counts) == 59
    assert Clock.objects.unanswered_breaches().count() == 59
    assert Clock.objects.exclude(error="").get() == clocks[17]


def test_a_row_that_cannot_even_be_set_aside_does_not_stop_the_line(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaches, "BATCH", 1)
    clocks = many(lead, 4)
    with refusing(clocks[0], when="true"):
        assert sweep(now=EVENING) == 3
        assert sweep(now=EVENING) == 0
    assert sweep(now=EVENING) == 1


def test_a_transient_error_is_raised_and_marks_nobody_as_poison(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = started(lead)
    monkeypatch.setattr(breaches, "log", None)
    with refusing(clock, when="true"), connection.cursor() as cursor:
        cursor.execute(
            """CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = 'deadlock_detected'; END $$;"""
        )
        with pytest.raises(DatabaseError, match="busy"):
            sweep(now=EVENING)
    assert Clock.objects.get().error == ""
    assert sweep(now=EVENING) == 1


DYING = """
import os, signal, sys
from datetime import datetime
import django
django.setup()
from django.db import connection, transaction
from sla.clocks import sweep
connection.settings_dict["NAME"] = sys.argv[1]
with transaction.atomic():
    print(sweep(now=datetime.fromisoformat(sys.argv[2])), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_worker_had_claimed_is_swept_by_the_next(
    lead: Lead, calendar: BusinessCalendar
) -> None:
    many(lead, 20)
    name = str(connection.settings_dict["NAME"])
    dying = subprocess.run(
        [sys.executable, "-c", DYING, name, EVENING.isoformat()],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "leadqual.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (dying.returncode, dying.stdout) == (-signal.SIGKILL, "20\n"), dying.stderr
    # The server may need a moment to see that its client is gone.
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sla_clock FOR UPDATE")
        cursor.fetchall()
    assert Clock.objects.unanswered_breaches().count() == 0
    assert sweep(now=EVENING + timedelta(minutes=1)) == 20
