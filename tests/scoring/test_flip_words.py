"""The reasons of a flip read rules out in the words of sales: signals by their names."""

import pytest

from accounts.models import Workspace
from leadqual.models import EventKind
from scoring.models import IntentRule, Signal
from scoring.publishing import open_draft
from tests.builders import make_lead
from tests.scoring.builders import DAY, do, make_model, make_signal
from tests.scoring.preview_runs import NOW, SINCE, run

pytestmark = pytest.mark.django_db


def test_a_step_of_a_sequence_is_told_by_its_name_not_its_code(workspace: Workspace) -> None:
    make_model(workspace)
    view = make_signal(workspace, code="seen")
    asset = make_signal(workspace, code="download", kind=EventKind.DOWNLOAD)
    Signal.objects.filter(pk=asset.pk).update(name="Downloaded the guide")
    lead = make_lead(workspace, captured_at=SINCE + DAY, job_title="Clerk")
    do(lead, SINCE + 2 * DAY)
    do(lead, SINCE + 3 * DAY, kind=EventKind.DOWNLOAD)
    draft = open_draft(workspace=workspace, by=None, now=NOW)
    IntentRule.objects.create(
        version=draft,
        name="Path",
        signal=view,
        shape="sequence",
        later_steps=["download"],
        points=30,
    )
    [gained] = run(draft)["flips"]["gained"]["leads"]
    assert gained["why"][1] == (
        "“Path”: 0 → +30 points, a new rule (30 points once, for “seen”, then “Downloaded the "
        "guide”, in this order)."
    )
