"""manage.py rescore: says honestly whether the stored scores are what the rules say."""

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import Workspace
from leadqual.models import Heartbeat, Lead
from scoring.models import QualificationDue, Rescore, Score
from scoring.rescoring import demand_rescore
from scoring.scorers import score_dirty
from tests.builders import MONDAY_NOON, make_lead
from tests.scoring.builders import WEEK, do, make_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(workspace: Workspace) -> Lead:
    make_model(workspace)
    lead, _ = make_lead(workspace, job_title="Buyer"), make_lead(workspace)
    do(lead, MONDAY_NOON - WEEK)
    score_dirty(now=MONDAY_NOON)
    call_command("rescore", stdout=StringIO())
    return lead


def check() -> tuple[int, str]:
    """Its exit code and what it wrote."""
    out = StringIO()
    try:
        call_command("rescore", check=True, stdout=out, stderr=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_scores_that_are_right_pass(lead: Lead) -> None:
    assert check() == (0, "northwind: 0 leads wrong\n")


def test_a_score_that_somebody_changed_is_reported_and_repaired(lead: Lead) -> None:
    Score.objects.filter(pk=lead.pk).update(fit=99)
    code, report = check()
    assert code == 1
    assert f"northwind: lead {lead.pk}\n" in report
    assert "The scores of 1 lead are not what the rules say." in report
    assert "northwind: 1 lead wrong\n" in report  # though SQL says so, and Python
    call_command("rescore", workspace="northwind", stdout=StringIO())
    assert check() == (0, "northwind: 0 leads wrong\n")
    assert Score.objects.get(pk=lead.pk).fit == 30
    assert QualificationDue.objects.filter(lead_id=lead.pk).exists()


def test_a_missing_score_is_reported(lead: Lead) -> None:
    Score.objects.filter(pk=lead.pk).delete()
    code, report = check()
    assert (code, "has no score" in report) == (1, True)


def test_a_lead_that_is_waiting_to_be_scored_is_not(lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(job_title="Baker")
    assert check() == (0, "northwind: 0 leads wrong\n")


def test_a_workspace_that_is_being_scored_again_is_left_out_and_named(lead: Lead) -> None:
    left_out = (
        0,
        "northwind: left out, its leads are being scored again; check it when that is done\n",
    )
    rescore = demand_rescore(lead.workspace, reason=Rescore.Reason.SOURCE, now=MONDAY_NOON)
    Score.objects.filter(pk=lead.pk).update(fit=99)
    assert check() == left_out
    assert not Heartbeat.objects.exists()  # nothing was checked at all
    Rescore.objects.filter(pk=rescore.pk).update(finished_at=MONDAY_NOON)
    assert check()[0] == 1
