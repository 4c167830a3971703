"""One transaction is still open when another begins: whoever is second sees the first."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Workspace
from leadqual.models import Event, Lead
from scoring import locks, rescoring
from scoring.engine.gather import unclassified
from scoring.engine.rules import rules_of
from scoring.locks import ModelInUse
from scoring.models import ModelVersion, QualificationDue, Rescore, RescoreLane, Score, Signal
from scoring.publishing import open_draft, publish
from scoring.reclassification import _finish, reclassify
from scoring.rescoring import LANES, demand_rescore, progress, rescore_next
from scoring.scorers import rescore_workspace, score_dirty, score_lead
from tests.at_once import at_once, meanwhile
from tests.builders import MONDAY_NOON, make_lead, make_workspace
from tests.scoring.builders import do, make_model, make_signal

pytestmark = pytest.mark.django_db(transaction=True)
LATER = MONDAY_NOON + timedelta(hours=1)


@pytest.fixture
def model(db: None) -> ModelVersion:
    """In force: 30 points for buyers, 20 a page view; MQL from 40."""
    return make_model(make_workspace())


@pytest.fixture
def lead(model: ModelVersion) -> Lead:
    lead = make_lead(model.workspace, job_title="Buyer")
    score_dirty(now=MONDAY_NOON)
    Rescore.objects.all().delete()
    QualificationDue.objects.all().delete()
    return lead


@contextlib.contextmanager
def open_transaction_then(act: Callable[[], object]) -> Iterator[list[object]]:
    """The block's writes are not committed yet when `act` begins on another connection."""
    outcome: list[object] = []
    with contextlib.ExitStack() as after_commit, transaction.atomic():
        yield outcome
        others = after_commit.enter_context(meanwhile(act))
    outcome.extend(others)


@pytest.mark.parametrize("scorer", ["one", "dirty", "everybody"])
def test_a_scorer_waits_for_the_intake_of_the_same_lead(
    model: ModelVersion, lead: Lead, scorer: str
) -> None:
    def act() -> object:
        match scorer:
            case "one":
                return score_lead(lead, now=LATER)
            case "dirty":
                return score_dirty(now=LATER)
            case _:
                return rescore_workspace(model, now=LATER)

    Lead.objects.filter(pk=lead.pk).update(challenge="Something else")
    with open_transaction_then(act) as outcome:
        do(lead, LATER)
        score_lead(lead, now=LATER)
    assert not isinstance(outcome[0], Exception)
    assert Score.objects.get().intent == 20


def test_a_new_definition_waits_for_events_classified_by_the_old_one(
    model: ModelVersion, lead: Lead
) -> None:
    signal = Signal.objects.filter(pk=make_signal(model.workspace, code="draft-only").pk)

    def redefine() -> int:
        signal.update(path_prefix="/blog")
        return reclassify(model.workspace)

    with open_transaction_then(redefine) as outcome:
        do(lead, LATER, url="/pricing")
        assert Event.objects.get().signals == 0b11
    assert outcome == [1]
    assert Event.objects.get().signals == 0b01
    assert signal.get().classified is True


def test_a_signal_redefined_while_it_is_matched_stays_waiting(
    model: ModelVersion, lead: Lead
) -> None:
    signal = Signal.objects.filter(pk=make_signal(model.workspace, code="draft-only").pk)
    do(lead, LATER, url="/pricing")
    signal.update(path_prefix="/blog")
    matched = unclassified(model.workspace_id)
    signal.update(path_prefix="/docs")
    _finish(model.workspace_id, matched)
    assert signal.get().classified is False


def test_a_definition_changed_while_its_draft_is_published_is_refused(
    model: ModelVersion, lead: Lead
) -> None:
    draft = open_draft(workspace=model.workspace, by=None)
    signal = make_signal(model.workspace, code="draft-only")
    draft.intentrules.update(signal=signal)

    def redefine() -> object:
        return Signal.objects.filter(pk=signal.pk).update(path_prefix="/blog")

    with open_transaction_then(redefine) as outcome:
        publish(draft, by=None, now=LATER)
    assert isinstance(outcome[0], IntegrityError)
    assert Signal.objects.get(pk=signal.pk).path_prefix == ""


def test_a_publication_waits_for_the_lead_that_is_being_scored(
    model: ModelVersion, lead: Lead
) -> None:
    """50 points are an MQL by both thresholds or by one: it must be settled by the new one."""
    draft = open_draft(workspace=model.workspace, by=None)
    draft.qualificationrules.update(total_at_least=60)
    with open_transaction_then(lambda: publish(draft, by=None, now=LATER)) as outcome:
        do(lead, LATER)
        score_lead(lead, now=LATER)
    assert outcome == [draft]
    assert list(QualificationDue.objects.values_list("lead_id", flat=True)) == [lead.pk]


def test_a_lead_scored_during_a_publication_waits_for_the_new_version(
    model: ModelVersion, lead: Lead
) -> None:
    draft = open_draft(workspace=model.workspace, by=None)
    draft.attributerules.update(points=35)
    with open_transaction_then(lambda: score_lead(lead, now=LATER)):
        publish(draft, by=None, now=LATER)
    assert (Score.objects.get().fit, Score.objects.get().rule_set_id) == (35, draft.pk)


def test_a_publication_waits_for_the_edit_before_it(model: ModelVersion) -> None:
    """It compares the rules it publishes with those in force: not the ones from before."""
    draft = open_draft(workspace=model.workspace, by=None)
    Rescore.objects.all().delete()
    with open_transaction_then(lambda: publish(draft, by=None, now=LATER)) as outcome:
        draft.attributerules.update(points=35)
    version = outcome[0]
    assert isinstance(version, ModelVersion)
    assert rules_of(version).attributes[0].points == 35
    assert version.rule_set_id == version.pk
    assert Rescore.objects.count() == 1


def test_a_publication_does_not_wait_for_ever(
    model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", "50ms")
    draft = open_draft(workspace=model.workspace, by=None)

    def try_to_publish() -> str:
        with pytest.raises(ModelInUse, match="Try again in a minute"):
            publish(draft, by=None, now=LATER)
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            return str(cursor.fetchone()[0])

    with transaction.atomic():
        do(make_lead(model.workspace), LATER)
        with meanwhile(try_to_publish) as outcome:
            pass
    assert outcome == ["0"]  # and its connection waits as patiently as before
    assert ModelVersion.objects.draft().get() == draft


def test_two_workers_never_take_the_same_demand(model: ModelVersion, lead: Lead) -> None:
    workspace = Workspace.objects.get()
    demand = Rescore.objects.create(workspace=workspace, reason="demanded", requested_at=LATER)
    with open_transaction_then(lambda: rescore_next(now=LATER)) as outcome:
        Rescore.objects.select_for_update().get(pk=demand.pk)
    assert outcome == [False]
    assert rescore_next(now=LATER) is True


def test_a_worker_leaves_a_lane_in_other_hands_and_takes_the_others(model: ModelVersion) -> None:
    workspace = model.workspace
    leads = [make_lead(workspace, job_title="Buyer") for _ in range(2 * LANES)]
    Rescore.objects.all().delete()
    demand = demand_rescore(workspace, reason=Rescore.Reason.DEMANDED, now=LATER)
    assert rescore_next(now=LATER, chunk=1) is True  # shares the leads out, does the first
    assert demand.lanes.count() == LANES
    with open_transaction_then(lambda: drain(chunk=1)) as outcome:
        demand.lanes.select_for_update().earliest("pk")
    assert outcome == [2 * LANES - 2]
    assert progress(workspace) == (2 * LANES - 1, 2 * LANES)
    assert Score.objects.filter(pk=leads[1].pk).count() == 0
    # Whoever held the lane died: it is taken up where it was, and only then all is done.
    assert drain(chunk=1) == 1
    assert progress(workspace) is None
    assert Score.objects.count() == len(leads)


def test_a_rescore_on_demand_is_done_when_it_returns(
    model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = [make_lead(model.workspace, job_title="Buyer") for _ in range(2 * LANES)]
    shared_out, held, released = (threading.Event() for _ in range(3))
    one_chunk = rescoring.rescore_chunk

    def chunk_then_wait(*args: Any, **kwargs: Any) -> bool:
        found = one_chunk(*args, **kwargs)
        shared_out.set()
        return held.wait(20) and found

    def rescore_or_hold_a_lane(n: int) -> object:
        if n:
            return rescore_workspace(model, now=LATER, chunk=1), released.is_set()
        shared_out.wait(20)
        with transaction.atomic():
            RescoreLane.objects.select_for_update().latest("pk")
            held.set()
            time.sleep(0.5)
            released.set()
        return None

    monkeypatch.setattr(rescoring, "rescore_chunk", chunk_then_wait)
    assert at_once(2, rescore_or_hold_a_lane) == [None, (len(leads), True)]
    assert Score.objects.count() == len(leads)


def drain(*, chunk: int) -> int:
    """Work until no lane is free any more; how many leads that did."""
    before = sum(Rescore.objects.values_list("leads_done", flat=True))
    while rescore_next(now=LATER, chunk=chunk):
        pass
    return sum(Rescore.objects.values_list("leads_done", flat=True)) - before
