"""Nothing drifts: each night a sample of the scores is computed anew, and health tells of it."""

import random
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Workspace
from leadqual import health
from leadqual.models import Heartbeat, Lead
from scoring import score_check
from scoring.models import Rescore, Score
from scoring.rescoring import demand_rescore
from scoring.score_check import check_sample, is_due, sign
from scoring.scorers import score_dirty
from scoring.tasks import check_scores
from tests.builders import MONDAY_NOON, make_lead, make_workspace
from tests.scoring.builders import do, make_model

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)


@pytest.fixture
def leads(workspace: Workspace) -> list[Lead]:
    """Six scored leads, of two workspaces."""
    made = []
    for each in (workspace, make_workspace()):
        make_model(each)
        made += [make_lead(each, job_title="Buyer") for _ in range(3)]
    do(made[0], MONDAY_NOON)
    score_dirty(now=MONDAY_NOON)
    Rescore.objects.update(finished_at=MONDAY_NOON)
    return made


def corrupt(lead: Lead) -> None:
    Score.objects.filter(pk=lead.pk).update(intent=99)


def test_a_corrupted_score_is_found_in_any_workspace(leads: list[Lead]) -> None:
    assert check_sample(100, rng=random.Random(1)).wrong == 0
    corrupt(leads[5])
    checked = check_sample(100, rng=random.Random(1))
    assert (checked.leads, checked.wrong, len(checked.first)) == (6, 1, 2)  # SQL and Python say so
    assert checked.first[0].startswith(f"Lead {leads[5].pk}: stored Numbers(fit=30.0, intent=99.0")


def test_a_sample_is_no_larger_than_asked_for_and_reaches_everybody(leads: list[Lead]) -> None:
    corrupt(leads[2])
    found = [check_sample(2, rng=random.Random(seed)) for seed in range(40)]
    assert {checked.leads for checked in found} <= {1, 2}
    assert {checked.wrong for checked in found} == {0, 1}


def test_without_any_lead_there_is_nothing_to_check(workspace: Workspace) -> None:
    checked = check_sample(100, rng=random.Random(1))
    assert (checked.leads, checked.wrong) == (0, 0)


def test_the_nightly_task_tells_the_health_page(leads: list[Lead]) -> None:
    corrupt(leads[0])
    check_scores()
    detail = Heartbeat.objects.get(name="score check").detail
    assert (detail["leads"], detail["differences"]) == (6, 1)
    assert f"Lead {leads[0].pk}: " in detail["first"][0]
    told = health.read(now=timezone.now())["score check"]
    assert told.alive is False
    assert told.counts.startswith("1 of 6 checked scores are not what the rules say")


def test_workspaces_that_are_being_scored_again_are_left_out_and_said(
    leads: list[Lead], workspace: Workspace
) -> None:
    corrupt(leads[0])
    demand_rescore(workspace, reason=Rescore.Reason.SOURCE, now=MONDAY_NOON)
    check_scores()
    detail = Heartbeat.objects.get(name="score check").detail
    assert (detail["leads"], detail["differences"]) == (3, 0)
    assert detail["left_out"] == ["northwind"]
    told = health.read(now=timezone.now())["score check"]
    assert told.alive is True
    assert told.says.endswith(" Workspaces that were being scored again were left out.")
    assert told.counts == (
        "3 scores were checked, none was wrong."
        " 1 workspace was left out: its leads were being scored again."
    )


def repair(lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(job_title="Baker")
    score_dirty(now=MONDAY_NOON)


def says() -> tuple[bool, int]:
    """Whether the health page is content, and how many scores it knows to be wrong."""
    detail = Heartbeat.objects.get(name="score check").detail
    return health.read(now=timezone.now())["score check"].alive, detail["differences"]


def test_a_sample_that_misses_a_wrong_score_is_no_all_clear(leads: list[Lead]) -> None:
    corrupt(leads[2])
    with pytest.raises(SystemExit):
        call_command("rescore", check=True, stdout=StringIO(), stderr=StringIO())
    for seed in range(12):
        sign(check_sample(1, rng=random.Random(seed)), at=timezone.now())
        assert says() == (False, 1)
    repair(leads[2])
    sign(check_sample(1, rng=random.Random(1)), at=timezone.now())
    assert says() == (True, 0)


def test_wrong_scores_of_a_workspace_that_is_left_out_stay_known(
    leads: list[Lead], workspace: Workspace
) -> None:
    corrupt(leads[0])
    check_scores()
    demand_rescore(workspace, reason=Rescore.Reason.SOURCE, now=MONDAY_NOON)
    call_command("rescore", check=True, stdout=StringIO())
    assert says() == (False, 1)
    Rescore.objects.update(finished_at=MONDAY_NOON)
    repair(leads[0])
    call_command("rescore", check=True, stdout=StringIO())
    assert says() == (True, 0)


def test_of_very_many_wrong_scores_the_rest_counts_until_everybody_was_checked(
    leads: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_check, "LISTED", 1)
    corrupt(leads[0])
    corrupt(leads[1])
    check_scores()
    assert says() == (False, 2)
    repair(leads[0])
    repair(leads[1])
    sign(check_sample(1, rng=random.Random(1)), at=timezone.now())
    assert says() == (False, 1)
    call_command("rescore", check=True, stdout=StringIO())
    assert says() == (True, 0)


def test_it_is_due_once_a_night_after_the_nightly_rescore(workspace: Workspace) -> None:
    assert is_due(now=NIGHT)  # never checked
    Heartbeat.objects.create(name="score check", at=NIGHT - timedelta(hours=20))
    assert not is_due(now=NIGHT - timedelta(seconds=1))
    assert is_due(now=NIGHT)
    rescore = Rescore.objects.create(
        workspace=workspace, reason=Rescore.Reason.NIGHTLY, requested_at=NIGHT - timedelta(hours=1)
    )
    assert not is_due(now=NIGHT)
    assert is_due(now=NIGHT + timedelta(hours=6))  # waited for no more
    rescore.finished_at = NIGHT
    rescore.save()
    assert is_due(now=NIGHT)
    Heartbeat.objects.update(at=NIGHT)
    assert not is_due(now=NIGHT + timedelta(hours=23))
    assert is_due(now=NIGHT + timedelta(hours=24))


def test_a_sample_by_hand_says_what_differs_and_signs(leads: list[Lead]) -> None:
    out = StringIO()
    call_command("rescore", check=True, sample=100, stdout=out)
    assert out.getvalue() == "6 leads checked, 0 differ\n"
    assert Heartbeat.objects.get(name="score check").detail["differences"] == 0
    corrupt(leads[1])
    with pytest.raises(SystemExit):
        call_command("rescore", check=True, sample=100, stdout=out, stderr=out)
    assert out.getvalue().endswith("The scores of 1 lead are not what the rules say.\n")
    with pytest.raises(CommandError, match="goes with --check"):
        call_command("rescore", sample=100)


def test_a_check_of_everybody_signs_and_one_of_a_workspace_does_not(leads: list[Lead]) -> None:
    call_command("rescore", check=True, workspace="northwind", stdout=StringIO())
    assert not Heartbeat.objects.exists()
    call_command("rescore", check=True, stdout=StringIO())
    assert Heartbeat.objects.get(name="score check").detail["leads"] == 6
