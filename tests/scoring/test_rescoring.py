"""Everybody again: in chunks, from where it stopped, and honest about who is not reached yet."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations import RunSQL
from pytest_django import DjangoAssertNumQueries

from accounts.models import Workspace
from leadqual.celery import app
from leadqual.models import Lead
from scoring import tasks
from scoring.explanations import explain
from scoring.models import ModelVersion, QualificationDue, Rescore, Score, ScoreDirty
from scoring.publishing import open_draft, publish
from scoring.rescoring import SPARSE, demand_rescore, progress, rescore_next
from scoring.scorers import rescore_workspace, score_dirty, score_lead
from scoring.standing import grade_case, standings
from tests.at_once import at_once
from tests.builders import MONDAY_NOON, make_lead, make_source, make_workspace
from tests.scoring.builders import WEEK, do, make_model

pytestmark = pytest.mark.django_db
LATER = MONDAY_NOON + timedelta(hours=1)


@pytest.fixture
def leads(workspace: Workspace) -> list[Lead]:
    """Four scored leads with 30, 50, 70 and 30 points in total; MQL from 40, high from 50."""
    make_model(workspace)
    found = [make_lead(workspace, job_title="Buyer") for _ in range(4)]
    do(found[1], MONDAY_NOON)
    do(found[2], MONDAY_NOON, MONDAY_NOON)
    score_dirty(now=MONDAY_NOON)
    Rescore.objects.all().delete()
    QualificationDue.objects.all().delete()
    return found


def publish_buyers_get(points: int, workspace: Workspace) -> ModelVersion:
    draft = open_draft(workspace=workspace, by=None)
    draft.attributerules.update(points=points)
    return publish(draft, by=None, now=LATER)


def fits() -> list[float]:
    return list(Score.objects.order_by("pk").values_list("fit", flat=True))


def due() -> list[int]:
    return sorted(QualificationDue.objects.values_list("lead_id", flat=True))


def test_a_new_version_reaches_everybody_chunk_by_chunk(
    workspace: Workspace, leads: list[Lead]
) -> None:
    second = publish_buyers_get(45, workspace)
    assert progress(workspace) == (0, 4)
    assert fits() == [30, 30, 30, 30]
    assert rescore_next(now=LATER, chunk=3) is True
    assert progress(workspace) == (3, 4)
    assert fits() == [45, 45, 45, 30]
    while rescore_next(now=LATER, chunk=3):
        pass
    assert progress(workspace) is None
    assert fits() == [45, 45, 45, 45]
    assert set(Score.objects.values_list("rule_set", flat=True)) == {second.pk}
    # 45 points are an MQL by themselves; the two others were one before and keep their bands.
    assert due() == [leads[0].pk, leads[3].pk]


def test_until_reached_a_lead_stands_by_the_version_that_made_its_numbers(
    workspace: Workspace, leads: list[Lead]
) -> None:
    draft = open_draft(workspace=workspace, by=None)
    draft.attributerules.update(points=55)
    draft.qualificationrules.update(total_at_least=60)
    second = publish(draft, by=None, now=LATER)
    rescore_next(now=LATER, chunk=2)
    found = standings(leads)
    assert [(found[lead.pk].version, found[lead.pk].is_mql) for lead in leads] == [
        (2, False),  # 55 of 60
        (2, True),  # 75 of 60
        (1, True),  # 70 of 40
        (1, False),  # 30 of 40
    ]
    graded = Lead.objects.annotate(grade=grade_case(second)).order_by("pk")
    assert list(graded.values_list("grade", flat=True)) == ["B", "B", "D", "D"]
    assert [found[lead.pk].grade for lead in leads] == ["B", "B", "D", "D"]
    explained = [explain(lead) for lead in leads]
    assert [(e["version"], e["fit"]) for e in explained if e] == [
        (2, 55),
        (2, 55),
        (1, 30),
        (1, 30),
    ]


def test_the_newest_demand_does_the_work_of_the_older_ones(
    workspace: Workspace, leads: list[Lead]
) -> None:
    publish_buyers_get(45, workspace)
    rescore_next(now=LATER, chunk=2)
    publish_buyers_get(46, workspace)
    while rescore_next(now=LATER, chunk=2):
        pass
    assert fits() == [46, 46, 46, 46]
    assert list(Rescore.objects.order_by("pk").values_list("leads_done", flat=True)) == [2, 4]
    assert Rescore.objects.filter(finished_at=None).count() == 0


def test_returning_to_the_old_rules_halfway_still_settles_everybody(
    workspace: Workspace, leads: list[Lead]
) -> None:
    """Half have the new numbers; the old rules come back, with another threshold."""
    publish_buyers_get(45, workspace)
    rescore_next(now=LATER, chunk=2)
    QualificationDue.objects.all().delete()
    draft = open_draft(workspace=workspace, by=None)
    draft.attributerules.update(points=30)
    draft.qualificationrules.update(total_at_least=75)
    publish(draft, by=None, now=LATER)
    while rescore_next(now=LATER):
        pass
    assert fits() == [30, 30, 30, 30]
    # MQLs until now: the first two by 45 points, the third by its 70. By 75, none is.
    assert due() == [leads[0].pk, leads[1].pk, leads[2].pk]


def test_a_nurtured_lead_that_earns_more_is_looked_at(
    workspace: Workspace, leads: list[Lead]
) -> None:
    """It was and stays an MQL; only new intent wakes it, and its points are worth more now."""
    Lead.objects.filter(pk__in=[leads[2].pk, leads[3].pk]).update(stage="nurture")
    draft = open_draft(workspace=workspace, by=None)
    draft.intentrules.update(points=22)
    publish(draft, by=None, now=LATER)
    assert due() == []
    while rescore_next(now=LATER):
        pass
    assert due() == [leads[2].pk]


def test_what_was_under_way_before_there_were_lanes_reaches_everybody(
    workspace: Workspace, leads: list[Lead]
) -> None:
    publish_buyers_get(45, workspace)
    Rescore.objects.update(after_lead_id=leads[1].pk, leads_done=2)  # as it was written then
    migration = import_module("scoring.migrations.0010_rescores_in_lanes").Migration
    [anew] = [str(each.sql) for each in migration.operations if isinstance(each, RunSQL)]
    with connection.cursor() as cursor:
        cursor.execute(anew)
    while rescore_next(now=LATER):
        pass
    assert fits() == [45, 45, 45, 45]


def test_how_far_it_is_is_told_without_counting_all_leads_again(
    workspace: Workspace, leads: list[Lead], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish_buyers_get(45, workspace)
    rescore_next(now=LATER, chunk=1)
    make_lead(workspace)  # is scored from the queue
    with django_assert_num_queries(1):
        assert progress(workspace) == (1, 4)


def test_only_what_differs_is_written(workspace: Workspace, leads: list[Lead]) -> None:
    version = ModelVersion.objects.get()
    assert rescore_workspace(version, now=MONDAY_NOON + WEEK) == 4
    scored_at = list(Score.objects.order_by("pk").values_list("scored_at", flat=True))
    assert scored_at == [
        MONDAY_NOON,
        MONDAY_NOON + WEEK,
        MONDAY_NOON + WEEK,
        MONDAY_NOON,
    ]
    # 48 and 66 points: the numbers changed, the standing did not.
    assert due() == []


def test_leads_of_other_workspaces_between_ours_are_left_alone(
    workspace: Workspace, leads: list[Lead]
) -> None:
    elsewhere = make_workspace()
    theirs = make_lead(elsewhere, job_title="Buyer")
    ours = make_lead(workspace, job_title="Buyer")
    do(theirs, MONDAY_NOON)
    assert rescore_workspace(ModelVersion.objects.get(), now=MONDAY_NOON) == 5
    assert Score.objects.filter(pk__in=[theirs.pk, ours.pk]).get().pk == ours.pk


def test_a_source_that_gets_another_code_has_its_workspace_scored_again(
    workspace: Workspace, leads: list[Lead]
) -> None:
    source = make_source(workspace, code="ads")
    source.name = "Paid ads"
    source.save()
    assert progress(workspace) is None
    source.code = "paid"
    source.save()
    assert progress(workspace) == (0, 4)


def test_the_night_demands_every_workspace_with_a_model_once(
    workspace: Workspace, leads: list[Lead]
) -> None:
    make_workspace()
    tasks.demand_nightly()
    tasks.demand_nightly()
    assert list(Rescore.objects.values_list("workspace", "reason")) == [(workspace.pk, "nightly")]
    tasks.rescore()
    assert progress(workspace) is None


def test_beat_knows_every_task_by_the_name_that_workers_know() -> None:
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if name.startswith("scoring.")}
    scheduled = {str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {name for name in scheduled if name.startswith("scoring.")} == ours
    assert "scoring.tasks.end_overrides" in ours


def test_the_tasks_leave_nothing_due(workspace: Workspace, leads: list[Lead]) -> None:
    do(leads[0], MONDAY_NOON)
    tasks.reclassify()
    tasks.score_dirty()
    tasks.sweep_expired()
    assert ScoreDirty.objects.count() == 0
    assert Score.objects.get(pk=leads[0].pk).last_event_at == MONDAY_NOON


@pytest.mark.django_db(transaction=True)
def test_an_event_during_a_rescore_is_never_lost(db: None) -> None:
    """One transaction takes events in and scores their lead, the other scores everybody."""
    workspace = make_workspace()
    version = make_model(workspace)
    leads = [make_lead(workspace) for _ in range(3)]

    def take_in_or_rescore(n: int) -> None:
        for _ in range(10):
            if n:
                rescore_workspace(version, now=LATER, chunk=2)
                continue
            with transaction.atomic():
                do(leads[1], MONDAY_NOON)
                score_lead(leads[1], now=LATER)

    assert at_once(2, take_in_or_rescore) == [None, None]
    assert Score.objects.get(pk=leads[1].pk).intent == 60  # the rule's cap; ten views
    assert ScoreDirty.objects.filter(lead_id=leads[1].pk).count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_queue_and_a_publication_comes_between(db: None) -> None:
    workspace = make_workspace()
    make_model(workspace)
    leads = [make_lead(workspace, job_title="Buyer") for _ in range(40)]
    Lead.objects.update(challenge="x")

    def drain(n: int) -> None:
        while score_dirty(now=LATER, limit=7):
            pass
        if n:
            publish_buyers_get(45, workspace)
        while rescore_next(now=LATER, chunk=9):
            pass

    assert at_once(2, drain) == [None, None]
    drain(0)
    assert fits() == [45] * len(leads)
    assert progress(workspace) is None


def test_leads_far_between_others_are_visited_one_by_one(
    workspace: Workspace, leads: list[Lead]
) -> None:
    elsewhere = make_workspace()
    for _ in range(4 * SPARSE):
        make_lead(elsewhere, job_title="Buyer")
    last = make_lead(workspace, job_title="Buyer")
    do(last, MONDAY_NOON)
    ScoreDirty.objects.all().delete()
    publish_buyers_get(45, workspace)
    while rescore_next(now=LATER):
        pass
    assert fits() == [45] * 5
    assert Score.objects.get(pk=last.pk).intent == 20


def test_a_demand_may_be_made_by_hand(workspace: Workspace, leads: list[Lead]) -> None:
    demand = demand_rescore(workspace, reason=Rescore.Reason.DEMANDED, now=LATER)
    assert (demand.leads_done, demand.finished_at) == (0, None)
