"""The list sorted by score: pages in both directions, over scored and unscored, by an index."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from handoff.lead_lists import PAGE, LeadList
from leadqual.models import Lead
from scoring.models import ModelVersion, Score
from tests.builders import MONDAY_NOON

pytestmark = pytest.mark.django_db
UNSCORED = PAGE + 20


def fill(workspace: Workspace, *, scored: int) -> list[int]:
    """Leads with few different totals, and some without a score; their ids as listed."""
    chance = random.Random(7)
    leads = Lead.objects.bulk_create(
        Lead(workspace=workspace, external_id=f"n{n}") for n in range(scored + UNSCORED)
    )
    version = ModelVersion.objects.published().get(workspace=workspace)
    scores = Score.objects.bulk_create(
        Score(
            lead=lead,
            workspace=workspace,
            fit=chance.choice([0, 12.25, 30]),
            intent=chance.choice([0, 7.5, 17.75, 60]),
            disqualified=False,
            scored_at=MONDAY_NOON,
            rule_set_id=version.pk,
        )
        for lead in chance.sample(leads, scored)
    )
    totals = {score.pk: score.total for score in scores}
    return sorted((lead.pk for lead in leads), key=lambda pk: (-totals.get(pk, -1), -pk))


def page(**place: str) -> LeadList:
    return LeadList(Lead.objects.filter(), now=MONDAY_NOON, sort="score", **place)


def test_every_lead_is_on_one_page_forwards_and_backwards(workspace: Workspace) -> None:
    expected = fill(workspace, scored=2 * PAGE + 10)
    forwards: list[list[int]] = []
    shown = page()
    forwards.append([row.lead.pk for row in shown.rows])
    while shown.next_page:
        shown = page(after=shown.next_page)
        forwards.append([row.lead.pk for row in shown.rows])
    assert [pk for rows in forwards for pk in rows] == expected
    backwards = [forwards[-1]]
    while shown.previous_page:
        shown = page(before=shown.previous_page)
        backwards.insert(0, [row.lead.pk for row in shown.rows])
    assert backwards == forwards


@pytest.mark.parametrize("turned", [False, True])
def test_a_page_reads_its_rows_from_the_index_and_sorts_nothing(
    workspace: Workspace, turned: bool
) -> None:
    fill(workspace, scored=3000)
    place = {"after": page().next_page} if turned else {}
    leads = Lead.objects.of(workspace).present()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leadqual_lead, scoring_score")
    with CaptureQueriesContext(connection) as asked:
        listed = LeadList(leads, now=MONDAY_NOON, sort="score", **place)
        assert len(listed.rows) == PAGE
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (COSTS OFF) " + asked.captured_queries[0]["sql"])
        plan = [row[0].strip() for row in cursor.fetchall()]
    assert [line for line in plan if "score_by_total" in line] != []
    assert [line for line in plan if line.startswith(("->  Sort", "Sort"))] == []
    # Companies and sources are few here, and may be read whole.
    assert [line for line in plan if "Seq Scan on leadqual_lead" in line] == []
    assert [line for line in plan if "Seq Scan on scoring_score" in line] == []
    begins = [line for line in plan if line.startswith("Index Cond: ((workspace_id")]
    assert len(begins) == (1 if turned else 0)  # from the cursor on, not from the top
