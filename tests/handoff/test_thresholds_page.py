"""Thresholds: weighed on the latest preview, put into the draft or refused in words."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import previews
from handoff.tasks import carry_on_preview
from scoring.drafts import open_draft
from scoring.models import AttributeRule, Band, ModelVersion, Preview, QualificationRule
from scoring.models.versions import Axis
from scoring.previews.question import last_weeks
from scoring.previews.thresholds import Thresholds, put_into_draft, single_way, weigh
from scoring.publishing import publish
from tests.builders import make_lead, make_workspace
from tests.scoring.builders import make_model

pytestmark = pytest.mark.django_db
MQL, HANDOFF = QualificationRule.Purpose.MQL, QualificationRule.Purpose.HANDOFF

FIRSTS = [  # fit, intent, total, week, leads
    [30, 9, 39, 0, 5],
    [30, 10, 40, 0, 3],
    [10, 50, 60, 1, 2],
    [10, 10, 20, 1, -1],  # of one of the two that had that much before
]
SALES = [[30, 10, 40, 2, 1, 1], [10, 50, 60, 1, 0, 1]]  # ..., accepted, rejected, won
REPORT: dict[str, Any] = {
    "weeks": ["2026-03-02", "2026-03-09"],
    "firsts": FIRSTS,
    "sales": SALES,
    "won": {"leads": 3},
}


def test_thresholds_are_reached_exactly_and_who_had_reached_them_is_taken_off() -> None:
    at_40 = weigh(REPORT, Thresholds(total=40))
    assert at_40.weekly == (3, 2)
    assert (at_40.leads, at_40.a_week) == (5, 2.5)
    assert (at_40.accepted, at_40.decided, at_40.won, at_40.all_won) == (3, 4, 2, 3)
    assert (at_40.acceptance, at_40.captured) == (0.75, 2 / 3)
    assert weigh(REPORT, Thresholds(total=39)).weekly == (8, 2)
    assert weigh(REPORT, Thresholds(total=20)).weekly == (8, 1)
    demanding = weigh(REPORT, Thresholds(fit=30, total=41))
    assert (demanding.weekly, demanding.acceptance, demanding.captured) == ((0, 0), None, 0.0)


@pytest.fixture
def workspace(db: None) -> Workspace:
    """Without the starter model: these tests have a smaller one."""
    return make_workspace(name="Northwind", slug="northwind")


@pytest.fixture
def draft(workspace: Workspace, ana: User) -> ModelVersion:
    make_model(workspace, by=ana)
    since, _ = last_weeks(workspace.zone, now=timezone.now())
    make_lead(workspace, captured_at=since + timedelta(days=9), job_title="Buyer")
    return open_draft(workspace=workspace, by=ana, now=timezone.now())


def previewed(draft: ModelVersion, by: User) -> None:
    carry_on_preview(previews.ask(draft, by=by, now=timezone.now()).pk)


def test_without_a_preview_the_page_says_how_to_get_one(
    draft: ModelVersion, as_ben: Client
) -> None:
    assert "Nothing to weigh yet" in as_ben.get("/w/northwind/thresholds/").content.decode()
    assert as_ben.get("/w/northwind/thresholds/weights.json").json() == {
        "weeks": [],
        "firsts": [],
        "sales": [],
        "won": 0,
    }


def test_a_preview_of_before_is_not_weighed_and_the_page_says_to_run_one_again(
    draft: ModelVersion, ana: User, as_ben: Client
) -> None:
    previewed(draft, ana)
    report = Preview.objects.get().report or {}
    old = {name: said for name, said in report.items() if name != "decided"}
    Preview.objects.update(report=old)
    assert "Run a preview once more" in as_ben.get("/w/northwind/thresholds/").content.decode()
    assert as_ben.get("/w/northwind/thresholds/weights.json").json()["firsts"] == []
    assert "MQLs a week" in as_ben.get(f"/w/northwind/previews/{Preview.objects.get().pk}/").text


def test_sliders_begin_where_the_draft_stands_and_the_peaks_come_as_json(
    draft: ModelVersion, ana: User, as_ana: Client, as_ben: Client
) -> None:
    previewed(draft, ana)
    told = as_ana.get("/w/northwind/thresholds/").content.decode()
    assert 'name="mql_total" min="0" max="200" step="1" value="40"' in told
    assert f"Put into draft {draft.number}" in told
    assert "Put into draft" not in as_ben.get("/w/northwind/thresholds/").content.decode()
    found = as_ben.get("/w/northwind/thresholds/weights.json").json()
    assert (found["firsts"], found["sales"], found["won"]) == ([[30, 0, 30, 1, 1]], [], 0)
    assert len(found["weeks"]) == 13


def put(client: Client, *, status: int = 200, **more: Any) -> str:
    chosen = {"mql_total": 35, "mql_fit": 0, "mql_intent": 0, **more}
    answer = client.post("/w/northwind/thresholds/apply/", chosen, follow=True)
    assert answer.status_code == status
    return answer.content.decode()


def test_what_is_chosen_is_put_into_the_draft(
    draft: ModelVersion, ana: User, as_ana: Client, as_ben: Client
) -> None:
    previewed(draft, ana)
    assert as_ben.post("/w/northwind/thresholds/apply/", {"mql_total": 1}).status_code == 403
    told = put(as_ana, mql_fit=20)
    assert "MQL definition: total 40 → total 35, fit 20. Nothing counts until published." in told
    assert single_way(draft, MQL) == Thresholds(fit=20, total=35)
    assert "the thresholds were these already" in put(as_ana, mql_fit=20)


def test_that_the_draft_has_other_rules_than_were_weighed_is_said(
    draft: ModelVersion, ana: User, as_ana: Client
) -> None:
    def told() -> str:
        return " ".join(as_ana.get("/w/northwind/thresholds/").content.decode().split())

    previewed(draft, ana)
    put(as_ana, mql_fit=20)  # other thresholds are no other rules
    assert "has other rules" not in told()
    AttributeRule.objects.filter(version=draft).update(points=45)
    assert "Draft 2 has other rules than the version 2 that was weighed: it was changed" in told()
    publish(draft, by=ana, now=timezone.now())
    assert "has other rules" not in told()
    other = open_draft(workspace=draft.workspace, by=ana, now=timezone.now())
    assert "Draft 3 has other rules than the version 2 that was weighed." in told()
    AttributeRule.objects.filter(version=other).update(points=30)
    assert "has other rules" not in told()


def test_nonsense_is_refused_in_words(draft: ModelVersion, ana: User, as_ana: Client) -> None:
    previewed(draft, ana)
    assert "Ask for something" in put(as_ana, mql_total=0, status=422)
    assert "less than or equal to 200" in put(as_ana, mql_total=201, status=422)
    assert "no hand-off rule yet" in put(
        as_ana, handoff_total=65, handoff_fit=0, handoff_intent=0, status=422
    )
    assert single_way(draft, MQL) == Thresholds(total=40)


def test_a_refusal_keeps_what_was_set_and_marks_what_is_wrong(
    draft: ModelVersion, ana: User, as_ana: Client
) -> None:
    previewed(draft, ana)
    told = put(as_ana, mql_total="12.5", mql_fit=30, mql_intent="", status=422)
    assert "Total: Enter a whole number." in told
    for name, most, value in (("total", 200, "12.5"), ("fit", 100, "30"), ("intent", 100, "")):
        assert f'name="mql_{name}" min="0" max="{most}" step="1" value="{value}"' in told
    assert told.count('aria-invalid="true"') == 2


def test_a_hand_off_asks_for_no_less_than_an_mql(
    draft: ModelVersion, ana: User, as_ana: Client
) -> None:
    QualificationRule.objects.create(version=draft, purpose=HANDOFF, total_at_least=65)
    previewed(draft, ana)
    told = put(as_ana, handoff_total=34, handoff_fit=0, handoff_intent=0, status=422)
    assert "would ask for total 34, less than the MQL definition with total 35" in told
    assert single_way(draft, MQL) == Thresholds(total=40)
    put(as_ana, handoff_total=0, handoff_fit=0, handoff_intent=10)
    assert single_way(draft, HANDOFF) == Thresholds(intent=10)


def test_a_definition_of_several_ways_is_left_to_the_model(
    draft: ModelVersion, ana: User, as_ana: Client
) -> None:
    QualificationRule.objects.create(version=draft, purpose=MQL, intent_at_least=60)
    previewed(draft, ana)
    assert "several ways to qualify" in as_ana.get("/w/northwind/thresholds/").content.decode()
    assert "has 2 ways to qualify, and sliders can move only one" in put(as_ana, status=422)
    assert single_way(draft, MQL) is None


def test_a_named_band_stays_named_until_its_floor_is_moved(draft: ModelVersion) -> None:
    floor = Band.objects.get(version=draft, axis=Axis.FIT, name="High").floor
    draft.qualificationrules.update(fit_band="High")
    put_into_draft(draft, {MQL: Thresholds(fit=floor, total=45)})
    way = draft.qualificationrules.get()
    assert (way.fit_band, way.fit_at_least, way.total_at_least) == ("High", None, 45)
    put_into_draft(draft, {MQL: Thresholds(fit=30, total=45)})
    way.refresh_from_db()
    assert (way.fit_band, way.fit_at_least) == ("", 30)


def test_a_draft_published_meanwhile_does_not_change(draft: ModelVersion, ana: User) -> None:
    publish(draft, by=ana, now=timezone.now())
    with pytest.raises(ValidationError, match="no draft any more"):
        put_into_draft(draft, {MQL: Thresholds(total=45)})


def test_without_a_draft_the_person_is_told_to_open_one(
    draft: ModelVersion, ana: User, as_ana: Client
) -> None:
    previewed(draft, ana)
    publish(draft, by=ana, now=timezone.now())
    assert "There is no open draft" in put(as_ana)
