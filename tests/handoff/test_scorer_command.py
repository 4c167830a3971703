"""The scorer that runs beside the worker: nobody waits for beat to come by."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import InterfaceError, connection
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.management.commands import scorer as command
from handoff.management.commands.scorer import Flag, hands, score, settle
from leadqual import health
from leadqual.models import Heartbeat, Lead
from scoring.models import ModelVersion, QualificationDue, Rescore, Score
from scoring.rescoring import demand_rescore
from scoring.scorers import score_dirty
from tests.builders import MONDAY_NOON, make_lead, make_workspace, receive_hot_lead
from tests.handoff.api_client import Machine
from tests.handoff.publications import cool_lead
from tests.scoring.builders import do, make_model
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lead(db: None) -> Lead:
    lead = make_lead(make_model(make_workspace()).workspace, job_title="Buyer")
    score_dirty(now=MONDAY_NOON)
    Rescore.objects.all().delete()
    return lead


@pytest.fixture
def scorer(lead: Lead) -> Iterator[threading.Thread]:
    stop = threading.Event()
    thread = threading.Thread(target=score, args=(stop,))
    thread.start()
    yield thread
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_what_a_lead_does_is_scored_by_itself(scorer: threading.Thread, lead: Lead) -> None:
    do(lead, MONDAY_NOON)
    assert eventually(lambda: Score.objects.get(pk=lead.pk).last_event_at == MONDAY_NOON)


def test_who_does_something_hot_is_offered_within_five_seconds(
    workspace: Workspace, ana: User, ben_takes_turns: User
) -> None:
    """From a POST of one event, by what `manage.py scorer` runs."""
    lead = receive_hot_lead(workspace, pricing_page=False, at=timezone.now())
    visit = {
        "external_id": "pv-1",
        "email": lead.email,
        "kind": "page_view",
        "occurred_at": timezone.now().isoformat(),
        "url": "/pricing",
    }
    assert lead.handoffs.count() == 0
    with at_work():
        began = time.monotonic()
        assert Machine(workspace, ana).post("events", visit).status == 201
        assert eventually(lambda: lead.handoffs.exists())
        assert time.monotonic() - began < 5
    assert lead.handoffs.get().rep == ben_takes_turns


@contextmanager
def at_work(*works: Callable[[Flag], None]) -> Iterator[None]:
    """These hands, or all of them."""
    stop = threading.Event()
    threads = [threading.Thread(target=hand, args=(stop,)) for hand in works or hands()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)


def test_a_lead_that_cannot_be_settled_lets_it_rest(
    workspace: Workspace, ben_takes_turns: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = cool_lead(workspace)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE leadqual_stagemove ADD CONSTRAINT poison"
            f" CHECK (lead_id <> {lead.pk}) NOT VALID"
        )
    try:
        do(lead, MONDAY_NOON, url="/pricing")
        score_dirty(now=MONDAY_NOON)
        rests = Rests(4)
        thread = threading.Thread(target=settle, args=(rests,))
        thread.start()
        thread.join(20)
        assert (thread.is_alive(), rests.taken) == (False, [0.2, 0.4, 0.8, 1.6])
        assert QualificationDue.objects.get().lead_id == lead.pk
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE leadqual_stagemove DROP CONSTRAINT poison")


def test_it_shows_that_it_lives(scorer: threading.Thread, lead: Lead) -> None:
    assert eventually(lambda: Heartbeat.objects.filter(name="scorer").exists())
    assert health.read(now=timezone.now())["scorer"].alive


def test_a_rescore_is_worked_off(scorer: threading.Thread, lead: Lead) -> None:
    demand_rescore(lead.workspace, reason=Rescore.Reason.DEMANDED, now=MONDAY_NOON)
    assert eventually(lambda: not Rescore.objects.filter(finished_at=None).exists())
    assert Score.objects.get(pk=lead.pk).rule_set_id == ModelVersion.objects.get().pk


def test_the_second_hand_leaves_a_rescore_to_the_first_while_leads_come_in(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "LULL", 5.0)
    demand_rescore(lead.workspace, reason=Rescore.Reason.DEMANDED, now=MONDAY_NOON)
    do(lead, MONDAY_NOON)
    _, second, _ = hands()
    with at_work(second):
        assert eventually(lambda: Score.objects.get(pk=lead.pk).last_event_at == MONDAY_NOON)
        assert Rescore.objects.filter(finished_at=None).exists()
        assert eventually(lambda: not Rescore.objects.filter(finished_at=None).exists())


def test_it_goes_on_when_its_connection_is_cut(scorer: threading.Thread, lead: Lead) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    do(lead, MONDAY_NOON)
    assert eventually(lambda: Score.objects.get(pk=lead.pk).last_event_at == MONDAY_NOON)


@pytest.mark.parametrize("error", [KeyError("nobody thought of it"), InterfaceError("closed")])
def test_it_goes_on_whatever_happens(
    lead: Lead, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    stop, asked = threading.Event(), list[object]()

    def fails_once() -> int:
        asked.append(None)
        if len(asked) == 1:
            raise error
        stop.set()
        return 0

    monkeypatch.setattr(command, "score_dirty", fails_once)
    monkeypatch.setattr(command, "RECOVERY", 0.01)
    thread = threading.Thread(target=score, args=(stop,))
    thread.start()
    thread.join(10)
    assert (thread.is_alive(), len(asked)) == (False, 2)


def test_a_lead_that_cannot_be_scored_lets_it_rest(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE scoring_score ADD CONSTRAINT poison"
            f" CHECK (lead_id <> {lead.pk} OR last_event_at IS NULL)"
        )
    try:
        do(lead, MONDAY_NOON)
        rests = Rests(4)
        thread = threading.Thread(target=score, args=(rests,))
        thread.start()
        thread.join(20)
        assert (thread.is_alive(), rests.taken) == (False, [0.2, 0.4, 0.8, 1.6])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE scoring_score DROP CONSTRAINT poison")


class Rests:
    """Set after so many rests, which it does not wait for."""

    def __init__(self, most: int) -> None:
        self.most, self.taken = most, list[float]()

    def is_set(self) -> bool:
        return len(self.taken) >= self.most

    def wait(self, timeout: float) -> None:
        self.taken.append(timeout)
