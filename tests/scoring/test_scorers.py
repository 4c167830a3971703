"""Scores are kept true: by the event that came in, by the queue, by the clock."""

from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.models import Workspace
from leadqual.models import Event, EventKind, Lead
from scoring import scorers, versions
from scoring.models import ModelVersion, QualificationDue, Score, ScoreDirty
from scoring.scorers import score_dirty, score_lead, sweep_expired
from scoring.standing import standings
from tests.builders import (
    MONDAY_NOON,
    make_company,
    make_event,
    make_lead,
    make_source,
    make_workspace,
)
from tests.scoring.builders import WEEK, do, make_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(workspace: Workspace) -> ModelVersion:
    return make_model(workspace)


def dirty() -> list[int]:
    """The leads waiting, in order; the queue is empty afterwards."""
    found = list(ScoreDirty.objects.order_by("lead_id").values_list("lead_id", flat=True))
    ScoreDirty.objects.all().delete()
    return sorted(set(found))


def due() -> list[int]:
    found = sorted(QualificationDue.objects.values_list("lead_id", flat=True))
    QualificationDue.objects.all().delete()
    return found


def numbers() -> dict[int, tuple[float, float]]:
    return {score.pk: (score.fit, score.intent) for score in Score.objects.all()}


def test_a_lead_is_scored_at_once_and_leaves_the_queue(
    model: ModelVersion, workspace: Workspace
) -> None:
    lead, other = make_lead(workspace, job_title="Buyer"), make_lead(workspace)
    do(lead, MONDAY_NOON, MONDAY_NOON - WEEK)
    score = score_lead(lead, now=MONDAY_NOON)
    assert score is not None
    assert (score.fit, score.intent, score.disqualified) == (30, 40, False)
    assert (score.last_event_at, score.scored_at) == (MONDAY_NOON, MONDAY_NOON)
    assert score.next_expiry == MONDAY_NOON + WEEK
    assert score.rule_set == model
    assert Score.objects.get() == score
    assert dirty() == [other.pk]


def test_without_a_published_version_there_is_no_score(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    assert score_lead(lead, now=MONDAY_NOON) is None
    assert score_dirty(now=MONDAY_NOON) == 0
    assert numbers() == {}
    assert standings([lead]) == {}


@pytest.mark.parametrize(
    "fact",
    [
        {"job_title": "Buyer"},
        {"country": "DE"},
        {"email": "new@acme.example", "email_normalised": "new@acme.example"},
        {"attributes": {"seats": 5}},
        {"captured_at": MONDAY_NOON + WEEK},
        {"unsubscribed_at": MONDAY_NOON},
        {"erased_at": MONDAY_NOON},
    ],
    ids=lambda fact: next(iter(fact)),
)
def test_whoever_writes_a_fact_marks_the_lead(workspace: Workspace, fact: dict[str, Any]) -> None:
    lead, _ = make_lead(workspace), make_lead(workspace)
    dirty()
    Lead.objects.filter(pk=lead.pk).update(**fact)
    assert dirty() == [lead.pk]


def test_a_change_of_stage_or_owner_marks_nobody(workspace: Workspace) -> None:
    lead = make_lead(workspace)
    dirty()
    Lead.objects.filter(pk=lead.pk).update(cycle=3, stage="mql", stage_since=MONDAY_NOON)
    assert dirty() == []


def test_events_and_the_company_mark_their_leads(workspace: Workspace) -> None:
    company = make_company(workspace)
    first, second = (make_lead(workspace, company=company) for _ in range(2))
    third = make_lead(workspace)
    dirty()
    company.industry = "software"
    company.save()
    assert dirty() == [first.pk, second.pk]
    event = make_event(third)
    assert dirty() == [third.pk]
    Event.objects.filter(pk=event.pk).update(lead=first)
    assert dirty() == [first.pk, third.pk]
    third.first_source = make_source(workspace)
    third.save()
    assert dirty() == [third.pk]
    third.merged_into = first
    third.save()
    assert dirty() == [third.pk]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL leadqual.erasing = 'on'")
        event.delete()
    assert dirty() == [first.pk]


def test_the_queue_is_worked_off_in_batches_and_every_lead_is_settled(
    model: ModelVersion, workspace: Workspace
) -> None:
    leads = [make_lead(workspace, job_title="Buyer", imported=n == 2) for n in range(3)]
    while score_dirty(now=MONDAY_NOON, limit=2):
        assert len(numbers()) >= 1
    assert dirty() == []
    assert numbers() == {lead.pk: (30, 0) for lead in leads}
    assert sorted(set(due())) == [lead.pk for lead in leads]
    # The same numbers again: a fact that hand-off asks for may have become known.
    Lead.objects.filter(pk=leads[0].pk).update(first_name="Hanna")
    assert score_dirty(now=MONDAY_NOON) == 1
    assert due() == [leads[0].pk]


def test_two_workspaces_are_scored_by_their_own_models(
    model: ModelVersion, workspace: Workspace, cleo: object
) -> None:
    elsewhere = Workspace.objects.get(slug="elsewhere")
    ours, theirs = (make_lead(w, job_title="Buyer") for w in (workspace, elsewhere))
    score_dirty(now=MONDAY_NOON)
    assert numbers() == {ours.pk: (30, 0)}
    own = make_model(elsewhere)
    score_lead(theirs, now=MONDAY_NOON)
    assert Score.objects.get(pk=theirs.pk).rule_set == own
    assert Score.objects.get(pk=theirs.pk).workspace == elsewhere


def test_merged_and_erased_leads_lose_their_score(
    model: ModelVersion, workspace: Workspace
) -> None:
    kept, merged, erased = (make_lead(workspace) for _ in range(3))
    score_dirty(now=MONDAY_NOON)
    assert sorted(numbers()) == [kept.pk, merged.pk, erased.pk]
    merged.merged_into = kept
    merged.save()
    erased.erased_at = MONDAY_NOON
    erased.save()
    score_dirty(now=MONDAY_NOON)
    assert sorted(numbers()) == [kept.pk]
    assert score_lead(erased, now=MONDAY_NOON) is None


def test_time_alone_is_swept_and_only_changed_numbers_are_settled(
    model: ModelVersion, workspace: Workspace
) -> None:
    idle, busy = make_lead(workspace), make_lead(workspace)
    do(idle, MONDAY_NOON, MONDAY_NOON)
    do(busy, MONDAY_NOON, MONDAY_NOON + 2 * WEEK)
    score_dirty(now=MONDAY_NOON)
    due()
    assert sweep_expired(now=MONDAY_NOON + WEEK / 2) == 0
    assert sweep_expired(now=MONDAY_NOON + WEEK, limit=1) == 1
    assert sweep_expired(now=MONDAY_NOON + WEEK) == 1
    assert sweep_expired(now=MONDAY_NOON + WEEK) == 0
    assert numbers() == {idle.pk: (0, 36), busy.pk: (0, 18)}
    assert due() == [idle.pk, busy.pk]
    sweep_expired(now=MONDAY_NOON + 2 * WEEK)
    assert numbers() == {idle.pk: (0, 32.4), busy.pk: (0, 40)}
    assert due() == [idle.pk, busy.pk]


def test_a_lead_that_cannot_be_scored_steps_aside(
    model: ModelVersion, workspace: Workspace
) -> None:
    first, poison, last = (make_lead(workspace) for _ in range(3))
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE scoring_score ADD CONSTRAINT poison CHECK (lead_id <> {poison.pk})"
        )
    others = ScoreDirty.objects.exclude(lead_id=poison.pk).count()
    assert score_dirty(now=MONDAY_NOON) == others
    assert sorted(numbers()) == [first.pk, last.pk]
    assert score_dirty(now=MONDAY_NOON) == 0  # no progress: whoever loops is done
    assert dirty() == [poison.pk]


def test_what_no_database_refuses_steps_aside_as_well(
    model: ModelVersion, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, theirs = make_lead(workspace), make_lead(make_model(make_workspace()).workspace)
    found = versions.published_version

    def is_broken(workspace_id: int) -> ModelVersion | None:
        if workspace_id == theirs.workspace_id:
            raise KeyError("a rule that nobody can read")
        return found(workspace_id)

    monkeypatch.setattr(scorers, "published_version", is_broken)
    score_dirty(now=MONDAY_NOON)
    assert sorted(numbers()) == [mine.pk]
    assert dirty() == [theirs.pk]


def test_scores_and_standings_take_the_same_queries_for_one_lead_and_for_three(
    model: ModelVersion, workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    leads = [make_lead(workspace) for _ in range(3)]
    do(leads[0], MONDAY_NOON, kind=EventKind.FORM)
    score_dirty(now=MONDAY_NOON)
    standings(leads)  # the version's definitions are read once a process
    for some in (leads[:1], leads):
        Lead.objects.filter(pk__in=[lead.pk for lead in some]).update(challenge=str(len(some)))
        with django_assert_num_queries(11):
            score_dirty(now=MONDAY_NOON)
        with django_assert_num_queries(3):
            assert len(standings(some)) == len(some)
