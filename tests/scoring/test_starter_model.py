"""The model of a new workspace: the table of article 004, line by line."""

from typing import Any

import pytest

from accounts.models import User, Workspace
from leadqual.models import EventKind, Lead
from scoring.explanations import explain
from scoring.models import ModelVersion, QualificationRule, Score, Signal
from scoring.scorers import score_lead
from scoring.standing import Standing, standing_of
from scoring.starter import install_starter_model
from tests.builders import MONDAY_NOON, make_company, make_lead
from tests.scoring.builders import WEEK, do

pytestmark = pytest.mark.django_db


@pytest.fixture
def starter(workspace: Workspace, ana: User) -> ModelVersion:
    return install_starter_model(workspace, by=ana, now=MONDAY_NOON)


def scored(lead: Lead, *, weeks_later: int = 0) -> Score:
    score = score_lead(lead, now=MONDAY_NOON + weeks_later * WEEK)
    assert score is not None
    return score


def standing(lead: Lead) -> Standing:
    scored(lead)
    found = standing_of(lead)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("facts", "fit", "intent"),
    [
        ({"timeline": "immediate"}, 0, 25),
        ({"timeline": "3-6 months"}, 0, 5),
        ({"timeline": "1-3 months"}, 0, 0),
        ({"job_title": "CEO"}, 20, 0),
        ({"job_title": "Group CTO, EMEA"}, 20, 0),
        ({"job_title": "head of IT"}, 20, 0),
        ({"job_title": "Director of Sales"}, 0, 0),
        ({"job_title": "Assistant to the CEO"}, 0, 0),
    ],
)
def test_what_a_lead_says(
    starter: ModelVersion, workspace: Workspace, facts: dict[str, Any], fit: int, intent: int
) -> None:
    score = scored(make_lead(workspace, **facts))
    assert (score.fit, score.intent) == (fit, intent)


@pytest.mark.parametrize(
    ("kind", "fields", "intent"),
    [
        (EventKind.PAGE_VIEW, {"url": "https://northwind.example/pricing?plan=pro"}, 20),
        (EventKind.PAGE_VIEW, {"url": "https://northwind.example/blog/pricing"}, 0),
        (EventKind.FORM, {}, 20),
        (EventKind.DOWNLOAD, {}, 10),
        (EventKind.EMAIL_OPEN, {}, 8),
        (EventKind.DEMO_REQUEST, {}, 20),
        (EventKind.AD_CLICK, {"properties": {"utm_medium": "Remarketing"}}, 10),
        (EventKind.AD_CLICK, {"properties": {"utm_medium": "cpc"}}, 0),
    ],
)
def test_what_a_lead_does_counts_once(
    starter: ModelVersion,
    workspace: Workspace,
    kind: EventKind,
    fields: dict[str, Any],
    intent: int,
) -> None:
    lead = make_lead(workspace)
    do(lead, MONDAY_NOON, kind=kind, **fields)
    assert scored(lead).intent == intent
    do(lead, MONDAY_NOON, kind=kind, **fields)
    assert scored(lead).intent == intent


def test_three_different_pages_earn_ten_points_once(
    starter: ModelVersion, workspace: Workspace
) -> None:
    lead = make_lead(workspace)
    do(lead, *[MONDAY_NOON] * 4, url="/blog")
    do(lead, MONDAY_NOON, url="/about")
    assert scored(lead).intent == 0
    for page in ("/product", "/customers"):
        do(lead, MONDAY_NOON, url=page)
        assert scored(lead).intent == 10


def test_the_icp_asks_for_industry_and_size_together(
    starter: ModelVersion, workspace: Workspace
) -> None:
    for industry, employees, fit in (
        ("Software", 20, 15),
        ("software", 1000, 15),
        ("software", 19, 0),
        ("software", None, 0),
        ("bakery", 200, 0),
    ):
        company = make_company(workspace, industry=industry, employees=employees)
        assert scored(make_lead(workspace, company=company)).fit == fit


def test_deductions_take_from_what_was_earned_and_never_below_zero(
    starter: ModelVersion, workspace: Workspace
) -> None:
    ceo = make_lead(workspace, email="ceo@gmail.com", job_title="CEO")
    nobody = make_lead(workspace, email="nobody@yahoo.com", timeline="just researching")
    assert scored(ceo).fit == 10
    assert (scored(nobody).fit, scored(nobody).intent) == (0, 0)
    do(nobody, MONDAY_NOON, kind=EventKind.FORM)
    assert scored(nobody).intent == 5


def test_a_real_buyer_reaches_mql_and_hand_off(starter: ModelVersion, workspace: Workspace) -> None:
    """MQL at 40, hand-off at 65, and a rep knows whom to call where."""
    company = make_company(workspace, name="Acme", industry="software", employees=200)
    lead = make_lead(
        workspace,
        company=company,
        first_name="Hanna",
        job_title="Head of IT",
        timeline="3-6 months",
    )
    found = standing(lead)
    assert (found.total, found.is_mql, found.grade) == (40, True, "C")
    do(lead, MONDAY_NOON, url="/pricing")
    found = standing(lead)
    assert (found.total, found.is_ready) == (60, False)
    assert found.why_not_ready == [
        "The total is 60 of the 65 points that the hand-off rule asks for."
    ]
    do(lead, MONDAY_NOON, kind=EventKind.DOWNLOAD)
    found = standing(lead)
    assert (found.total, found.is_ready, found.grade) == (70, True, "B")


def test_without_a_name_and_company_a_hot_lead_waits(
    starter: ModelVersion, workspace: Workspace
) -> None:
    lead = make_lead(workspace, job_title="CEO", timeline="immediate")
    do(lead, MONDAY_NOON, url="/pricing")
    found = standing(lead)
    assert (found.total, found.is_mql, found.is_ready) == (65, True, False)
    assert found.missing_facts == ["name", "company"]
    assert found.why_not_ready == ["Not known yet: name, company."]


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"job_title": "PhD Student"}, "Student"),
        ({"attributes": {"relationship": "Vendor"}}, "Vendor"),
        ({"attributes": {"relationship": "competitor"}}, "Competitor"),
        ({"country": "KP"}, "Outside our geography"),
    ],
)
def test_disqualifiers_are_flags_and_take_no_points(
    starter: ModelVersion, workspace: Workspace, facts: dict[str, Any], name: str
) -> None:
    lead = make_lead(workspace, timeline="immediate", **facts)
    do(lead, MONDAY_NOON, url="/pricing")
    found = standing(lead)
    assert (found.intent, found.disqualified, found.is_mql) == (45, True, False)
    explanation = explain(lead)
    assert explanation is not None
    assert [flag["name"] for flag in explanation["disqualifiers"]] == [name]


def test_an_unknown_country_and_an_international_manager_are_not_disqualified(
    starter: ModelVersion, workspace: Workspace
) -> None:
    lead = make_lead(workspace, job_title="International Sales Manager")
    assert scored(lead).disqualified is False


def test_ten_per_cent_are_lost_with_each_idle_week(
    starter: ModelVersion, workspace: Workspace
) -> None:
    lead = make_lead(workspace, timeline="immediate", job_title="CEO")
    by_week = [
        (scored(lead, weeks_later=weeks).fit, scored(lead, weeks_later=weeks).intent)
        for weeks in range(4)
    ]
    assert by_week == [(20, 25), (20, 22.5), (20, 20.25), (20, 18.23)]


def test_installing_twice_changes_nothing(
    starter: ModelVersion, workspace: Workspace, ana: User
) -> None:
    assert install_starter_model(workspace, by=ana, now=MONDAY_NOON) == starter
    assert ModelVersion.objects.of(workspace).count() == 1
    assert Signal.objects.of(workspace).count() == 10
    assert list(
        starter.qualificationrules.order_by("pk").values_list("purpose", "total_at_least")
    ) == [(QualificationRule.Purpose.MQL, 40), (QualificationRule.Purpose.HANDOFF, 65)]
