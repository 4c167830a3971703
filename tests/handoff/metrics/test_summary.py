"""The daily summary: what is committed is counted, what is not is never lost, and nobody waits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import Workspace
from handoff.metrics import keeping, summary
from handoff.metrics.counting import total
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from handoff.models import CountDue, DayCount
from handoff.tasks import count_days
from leadqual.models import Heartbeat, StageMove
from tests.builders import make_lead, make_workspace

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def become_mql(workspace: Workspace, *, at: datetime = AT) -> None:
    StageMove.objects.create(
        workspace=workspace, lead=make_lead(workspace), to_stage="mql", at=at, cycle=1, rule="test"
    )


def mqls(workspace: Workspace) -> int:
    return total(Scope(workspace, Period(zone=workspace.zone)), ["mql"])["mql"]


def counted(workspace: Workspace) -> int:
    """What the summary says, whatever is due."""
    rows = DayCount.objects.of(workspace).filter(kind="mql", dimension="")
    return sum(rows.values_list("n", flat=True))


@contextmanager
def elsewhere(deed: Callable[[], Any]) -> Iterator[threading.Event]:
    """Does it in a transaction of another connection, which ends when the event is set, or with
    the block."""
    done, end = threading.Event(), threading.Event()

    def run() -> None:
        try:
            with transaction.atomic():
                deed()
                done.set()
                end.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert done.wait(20)
    try:
        yield end
    finally:
        end.set()
        thread.join(20)


def keep_the_summary_as_it_is() -> None:
    """Whoever would write it waits; reading goes on."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE handoff_daycount IN SHARE MODE")


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_while_others_count_is_counted_next() -> None:
    workspace = make_workspace()
    with elsewhere(lambda: become_mql(workspace)):
        become_mql(workspace)
        assert mqls(workspace) == counted(workspace) == 1
        assert not CountDue.objects.of(workspace).exists()
    assert CountDue.objects.of(workspace).exists()
    assert mqls(workspace) == counted(workspace) == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_counts_and_a_killed_one_loses_nothing() -> None:
    workspace = make_workspace()
    become_mql(workspace)
    pids: list[int] = []
    failed: list[Exception] = []

    def count_and_be_killed() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.append(cursor.fetchone()[0])
            summary.count_due(workspace, most=10)
        except OperationalError as error:
            failed.append(error)
        finally:
            connection.close()

    with elsewhere(keep_the_summary_as_it_is):
        counter = threading.Thread(target=count_and_be_killed)
        counter.start()
        wait_until(lambda: pids and is_waiting(pids[0]))
        assert summary.count_due(workspace, most=10) == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", pids)
        counter.join(20)
    assert len(failed) == 1
    assert (counted(workspace), CountDue.objects.of(workspace).exists()) == (0, True)
    assert summary.count_due(workspace, most=10) == 1
    assert (counted(workspace), CountDue.objects.of(workspace).exists()) == (1, False)


def is_waiting(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", [pid]
        )
        return bool((cursor.fetchone() or [False])[0])


def wait_until(holds: Callable[[], Any]) -> None:
    pause = threading.Event()
    for _ in range(400):
        if holds():
            return
        pause.wait(0.05)
    raise AssertionError(holds)


@pytest.mark.django_db(transaction=True)
def test_a_reader_waits_a_second_at_most_and_reads_nothing_older_than_a_minute() -> None:
    workspace = make_workspace()
    become_mql(workspace)
    assert mqls(workspace) == 1
    become_mql(workspace)
    with elsewhere(keep_the_summary_as_it_is):
        assert mqls(workspace) == 1  # as of a moment ago
        assert summary.has_large_days(workspace)
        CountDue.objects.of(workspace).update(marked_at=timezone.now() - 2 * MINUTE)
        assert mqls(workspace) == 2  # from the facts themselves
        assert counted(workspace) == 1


@pytest.mark.django_db
def test_what_a_reader_leaves_is_counted_from_the_facts() -> None:
    workspace = make_workspace()
    for days in range(summary.LITTLE + 5):
        become_mql(workspace, at=AT - timedelta(days=days))
    assert mqls(workspace) == summary.LITTLE + 5
    assert counted(workspace) == summary.LITTLE
    summary.count_all_due(workspace)
    assert counted(workspace) == summary.LITTLE + 5


@pytest.mark.django_db
def test_the_task_counts_every_workspace_and_one_that_fails_keeps_its_marks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, sound = make_workspace(), make_workspace()
    Workspace.objects.filter(pk=broken.pk).update(timezone="Mars/Base")
    become_mql(broken)
    CountDue.objects.of(broken).update(marked_at=AT)
    for days in range(20):
        become_mql(sound, at=AT - timedelta(days=days))
    assert count_days() == 20
    assert (counted(sound), CountDue.objects.of(sound).exists()) == (20, False)
    assert (counted(broken), CountDue.objects.of(broken).exists()) == (0, True)
    assert "could not be counted" in caplog.text
    assert Heartbeat.objects.get(name="figures").at == AT


@pytest.mark.django_db
def test_the_sign_of_life_is_of_now_where_nothing_is_due() -> None:
    assert keeping.count_workspaces(now=AT) == 0
    assert Heartbeat.objects.get(name="figures").at == AT
    assert summary.due_since(make_workspace()) is None


@pytest.mark.django_db
def test_a_recount_makes_good_what_somebody_broke() -> None:
    ours, theirs = make_workspace(slug="ours"), make_workspace(slug="theirs")
    for workspace in (ours, theirs):
        become_mql(workspace)
        summary.count_all_due(workspace)
        DayCount.objects.of(workspace).update(n=17)
    out = StringIO()
    call_command("recount", "--workspace=ours", stdout=out)
    assert out.getvalue().startswith(f"ours: {DayCount.objects.of(ours).count()} counts in ")
    assert (counted(ours), counted(theirs)) == (1, 17)
    call_command("recount", stdout=out)
    assert (counted(ours), counted(theirs)) == (1, 1)
    with pytest.raises(CommandError, match="There is no workspace “moon”"):
        call_command("recount", "--workspace=moon")


@pytest.mark.django_db
def test_a_changed_time_zone_shows_former_days_until_they_are_counted_anew() -> None:
    workspace = make_workspace(timezone="Europe/Berlin")
    become_mql(workspace, at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    assert mqls(workspace) == 1
    stale = Workspace.objects.get(pk=workspace.pk)
    Workspace.objects.filter(pk=workspace.pk).update(timezone="America/New_York")
    assert counted(workspace) == 1
    summary.count_due(stale, most=100)  # who read it before counts by what it is now
    days = DayCount.objects.of(workspace).values_list("day", flat=True)
    assert {day.isoformat() for day in days} == {"2026-03-02"}
