"""What a version would have done to real history: figures, runs, and nothing known too early."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from leadqual.models import Company
from scoring.models import AttributeRule, Disqualifier, IntentRule, ModelVersion, Preview
from scoring.models.rules import Operator
from scoring.previews import runs
from scoring.previews.question import HandoffMoment
from scoring.previews.thresholds import Thresholds, weigh
from scoring.publishing import open_draft
from tests.builders import MONDAY_NOON, make_company, make_lead, make_workspace
from tests.scoring.builders import DAY, WEEK, do, known_from, make_draft, make_model
from tests.scoring.preview_runs import NOW, SINCE, looser, run
from tests.scoring.slow_preview import Slow, assert_same, assert_weighed_alike

pytestmark = pytest.mark.django_db


def by_week(report: dict[str, Any], name: str) -> dict[str, int]:
    return {week: n for week, n in zip(report["weeks"], report["mqls"][name], strict=True) if n}


def test_it_looks_back_on_the_last_thirteen_full_weeks_of_the_workspace(
    workspace: Workspace,
) -> None:
    workspace.timezone = "America/New_York"
    workspace.save()
    make_model(workspace)
    preview = runs.request(looser(workspace), by=None, now=datetime(2026, 3, 9, 3, tzinfo=UTC))
    assert preview.since == datetime(2025, 12, 1, 5, tzinfo=UTC)  # still Sunday evening there
    assert preview.until == datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert preview.leads_total == 0


def test_mqls_are_dated_by_the_week_in_which_the_definition_turned_true(
    workspace: Workspace,
) -> None:
    make_model(workspace)
    buyer = make_lead(workspace, captured_at=SINCE + DAY, job_title="Buyer")
    do(buyer, SINCE + 2 * WEEK)
    make_lead(workspace, captured_at=SINCE - WEEK, job_title="Buyer")
    report = run(looser(workspace))
    assert by_week(report, "old") == {"2025-12-15": 1}
    assert by_week(report, "new") == {"2025-12-01": 1}
    assert report["already"] == {"old": 0, "new": 1}
    assert len(report["weeks"]) == 13


def test_a_title_that_changed_after_the_hand_off_and_later_visits_are_not_known(
    workspace: Workspace,
) -> None:
    """The lead was won; that sales found out its title does not make the model look good."""
    make_model(workspace)
    known_from(SINCE + DAY)
    lead = make_lead(workspace, captured_at=SINCE + DAY, job_title="Intern")
    offered = SINCE + 10 * DAY
    known_from(offered + DAY)
    lead.job_title = "Chief buyer"
    lead.save()
    do(lead, offered + DAY, offered + 2 * DAY)
    report = run(looser(workspace), [HandoffMoment(lead.pk, offered, True, True, "Ads")])
    assert by_week(report, "new") == {}
    assert report["won"] == {
        "leads": 1,
        "old": {"qualified": 0, "median_days": None},
        "new": {"qualified": 0, "median_days": None},
        "both": 0,
        "median_earlier": None,
    }
    assert (report["firsts"], report["sales"]) == ([[0, 0, 0, 0, 1]], [[0, 0, 0, 1, 0, 1]])


def test_events_of_the_day_of_the_offer_count_up_to_the_offer(workspace: Workspace) -> None:
    make_model(workspace)
    lead = make_lead(workspace, captured_at=SINCE + DAY, job_title="Buyer")
    offered = SINCE + 10 * DAY + timedelta(hours=10)
    do(lead, offered - timedelta(hours=1), offered + timedelta(hours=2))
    report = run(looser(workspace), [HandoffMoment(lead.pk, offered, True, None)])
    assert by_week(report, "old") == {"2025-12-08": 1}
    assert weigh(report, Thresholds(total=50)).weekly == (0, 1, *[0] * 11)
    assert weigh(report, Thresholds(total=51)).leads == 0
    assert weigh(report, Thresholds(total=50)).accepted == 1


def test_a_lead_that_is_with_sales_already_cannot_become_mql(workspace: Workspace) -> None:
    make_model(workspace)
    lead = make_lead(workspace, captured_at=SINCE - 20 * DAY, job_title="Buyer")
    do(lead, SINCE + DAY)
    report = run(looser(workspace), [HandoffMoment(lead.pk, SINCE - DAY, True, None)])
    assert report["with_sales"] == 1
    assert by_week(report, "old") == by_week(report, "new") == {}
    rejected = run(looser(workspace), [HandoffMoment(lead.pk, SINCE - DAY, False, False)])
    assert by_week(rejected, "old") == {"2025-12-01": 1}


def test_a_lead_that_came_back_from_sales_can_become_mql_again(workspace: Workspace) -> None:
    make_model(workspace)
    lead = make_lead(workspace, captured_at=SINCE - 20 * DAY, job_title="Buyer")
    do(lead, SINCE + DAY)
    won = HandoffMoment(lead.pk, SINCE - 9 * DAY, True, True)
    lost = HandoffMoment(lead.pk, SINCE - 2 * DAY, True, False)
    given_back = run(looser(workspace), [lost])
    assert (given_back["with_sales"], by_week(given_back, "old")) == (0, {"2025-12-01": 1})
    since_won = run(looser(workspace), [won, lost])
    assert (since_won["with_sales"], by_week(since_won, "old")) == (0, {"2025-12-01": 1})
    assert run(looser(workspace), [won])["with_sales"] == 1
    open_again = HandoffMoment(lead.pk, SINCE - DAY, True, None)
    assert run(looser(workspace), [lost, open_again])["with_sales"] == 1


def test_who_reached_thresholds_only_when_the_period_began_is_taken_off_nobody(
    workspace: Workspace,
) -> None:
    """X had 30 and 20 then, and 0 and 60 later; Y reaches 30 and 20 in the first week."""
    make_model(workspace)
    draft = looser(workspace)
    draft.intentrules.update(window_days=30)
    known_from(SINCE - 9 * DAY)
    x = make_lead(workspace, captured_at=SINCE - 9 * DAY, job_title="Buyer")
    y = make_lead(workspace, captured_at=SINCE + DAY, job_title="Buyer")
    do(x, SINCE - 2 * DAY)
    known_from(SINCE + DAY)
    x.job_title = ""
    x.save()
    do(x, SINCE + DAY, SINCE + DAY)
    do(y, SINCE + DAY)
    report = run(draft)
    assert [0, 60, 60, 0, 1] in report["firsts"]
    assert [0, 20, 50, 0, -1] in report["firsts"]  # what X's two looks share, it had before
    weekly = [1, *[0] * 12]
    assert weigh(report, Thresholds(fit=30, intent=20)).weekly == tuple(weekly)
    assert weigh(report, Thresholds(intent=20)).weekly == tuple(weekly)
    assert weigh(report, Thresholds(intent=21)).weekly == tuple(weekly)
    assert weigh(report, Thresholds(total=50)).weekly == tuple(weekly)
    assert weigh(report, Thresholds(total=51)).weekly == tuple(weekly)


def test_deals_won_with_leads_that_the_draft_disqualifies_are_not_captured_by_any_thresholds(
    workspace: Workspace,
) -> None:
    make_model(workspace)
    abroad = make_lead(workspace, captured_at=SINCE + DAY, job_title="Buyer", country="FR")
    at_home = make_lead(workspace, captured_at=SINCE + DAY, job_title="Buyer")
    draft = looser(workspace)
    Disqualifier.objects.create(
        version=draft,
        name="Abroad",
        reason="We do not sell there.",
        field="country",
        operator=Operator.EQUALS,
        value=["FR"],
    )
    both = [HandoffMoment(lead.pk, SINCE + WEEK, True, True) for lead in (abroad, at_home)]
    report = run(draft, both)
    found = weigh(report, Thresholds())
    assert (found.leads, found.won, found.all_won, found.captured) == (1, 1, 2, 0.5)
    assert report["won"]["leads"] == 2


def count_people(version: ModelVersion, *, points: int = 15) -> None:
    """So many points once two people of the company viewed pages within a fortnight."""
    IntentRule.objects.create(
        version=version,
        name="Several people",
        signal=version.intentrules.get().signal,
        points=points,
        shape=IntentRule.Shape.PEOPLE,
        at_least=2,
        window_days=14,
    )


def test_what_colleagues_do_is_a_moment_of_the_lead_where_people_are_counted(
    workspace: Workspace,
) -> None:
    """The lead itself does nothing any more; it is MQL when the second person comes."""
    make_model(workspace)
    company = make_company(workspace)
    captured = SINCE + DAY
    lead = make_lead(workspace, captured_at=captured, job_title="Buyer", company=company)
    mates = [make_lead(workspace, captured_at=captured, company=company) for _ in range(2)]
    do(mates[0], SINCE + 2 * WEEK)
    do(mates[1], SINCE + 3 * WEEK)
    draft = looser(workspace, total=40)
    count_people(draft)
    report = run(draft)
    assert by_week(report, "new") == {"2025-12-22": 1}
    assert [flip["lead"] for flip in report["flips"]["gained"]["leads"]] == [lead.pk]


@pytest.mark.parametrize(("comes", "expected"), [(0, "2025-12-22"), (27, "2025-12-29"), (60, "")])
def test_who_has_left_since_counts_for_the_time_in_which_they_were_there(
    workspace: Workspace, comes: int, expected: str
) -> None:
    """Two view pages in the third week; the other is of the company from day `comes` to 56."""
    make_model(workspace)
    company, captured = make_company(workspace), SINCE + DAY
    lead = make_lead(workspace, captured_at=captured, job_title="Buyer", company=company)
    mate = make_lead(workspace, captured_at=captured, company=None if comes else company)
    third = make_lead(workspace, captured_at=captured, company=company)
    for day, where in ((comes, company), (56, None)) if comes < 56 else ():
        known_from(captured + day * DAY)
        mate.company = where
        mate.save()
    do(third, SINCE + 3 * WEEK)
    do(mate, SINCE + 3 * WEEK)
    draft = looser(workspace, total=40)
    count_people(draft)
    report = run(draft)
    assert by_week(report, "new") == ({expected: 1} if expected else {})
    if expected:
        assert [flip["lead"] for flip in report["flips"]["gained"]["leads"]] == [lead.pk]


def test_a_flip_says_which_version_says_no_and_which_rule_made_the_difference(
    workspace: Workspace,
) -> None:
    make_model(workspace)
    lead = make_lead(workspace, captured_at=SINCE + DAY, job_title="Buyer", country="DE")
    other = make_lead(workspace, captured_at=SINCE + DAY, job_title="Buyer", country="FR")
    do(other, SINCE + 2 * DAY)
    draft = open_draft(workspace=workspace, by=None, now=NOW)
    AttributeRule.objects.create(
        version=draft,
        name="Home",
        points=15,
        field="country",
        operator=Operator.EQUALS,
        value=["DE"],
    )
    Disqualifier.objects.create(
        version=draft,
        name="Abroad",
        reason="We do not sell there.",
        field="country",
        operator=Operator.EQUALS,
        value=["FR"],
    )
    flips = run(draft)["flips"]
    [gained] = flips["gained"]["leads"]
    assert (gained["lead"], gained["by"]["old"]["total"], gained["by"]["new"]["total"]) == (
        lead.pk,
        30,
        45,
    )
    assert gained["why"] == [
        "Version 1 asks for a total of 40, it had 30.",
        "“Home”: 0 → +15 points, a new rule (15 points when country is Germany).",
    ]
    [lost] = flips["lost"]["leads"]
    assert lost["lead"] == other.pk
    assert lost["why"] == ["Version 2 disqualifies it: We do not sell there."]


def test_the_first_version_is_previewed_against_nothing(workspace: Workspace) -> None:
    draft = make_draft(workspace)
    make_lead(workspace, captured_at=SINCE + DAY, job_title="Buyer")
    report = run(draft)
    assert list(report["mqls"]) == ["new"]
    assert report["leads"] == 1


def test_an_empty_workspace_has_a_report_of_nothing(workspace: Workspace) -> None:
    make_model(workspace)
    report = run(looser(workspace))
    assert report["leads"] == 0
    assert report["mqls"] == {"old": [0] * 13, "new": [0] * 13}
    assert (report["firsts"], report["sales"]) == ([], [])


drawn_thresholds = st.builds(
    Thresholds,
    fit=st.sampled_from([0, 30, 31, 45]),
    intent=st.integers(0, 60),
    total=st.integers(0, 100),
)
drawn_leads = st.fixed_dictionaries(
    {
        "captured": st.integers(-40, 90),
        "title": st.sampled_from(["", "Buyer", "Intern"]),
        "country": st.sampled_from(["", "DE"]),
        "changes": st.lists(
            st.tuples(st.integers(0, 60), st.sampled_from(["Buyer", "Intern", "Head buyer"])),
            max_size=2,
        ),
        "grows": st.sampled_from([None, 3, 30]),
        "events": st.lists(st.integers(-2, 600), max_size=5),  # in sixths of a day
        "handoffs": st.lists(
            st.tuples(
                st.integers(1, 400),
                st.sampled_from(
                    [(True, True), (True, False), (True, None), (False, False), (None, None)]
                ),
                st.sampled_from(["", "Ads", "Fair"]),
            ),
            max_size=2,
        ),
    }
)


def store(
    workspace: Workspace, drawn: dict[str, Any], shared: Company | None
) -> list[HandoffMoment]:
    captured = SINCE + drawn["captured"] * DAY + timedelta(hours=1)
    known_from(captured)
    company = shared or make_company(workspace, employees=20, created_at=captured)
    lead = make_lead(
        workspace,
        captured_at=captured,
        job_title=drawn["title"],
        country=drawn["country"],
        company=company,
    )
    for days, title in sorted(drawn["changes"]):
        known_from(captured + days * DAY)
        lead.job_title = title
        lead.save()
    if drawn["grows"] is not None and not shared:
        known_from(captured + drawn["grows"] * DAY)
        company.employees = 500
        company.save()
    do(lead, *(captured + n * DAY / 6 for n in drawn["events"]))
    return [
        HandoffMoment(lead.pk, captured + sixths * DAY / 6, said[0], said[1], channel)
        for sixths, said, channel in drawn["handoffs"]
    ]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    drawn=st.lists(drawn_leads, min_size=1, max_size=6),
    total=st.sampled_from([20, 30, 45, 60]),
    points=st.sampled_from([5, 20, 30]),
    large=st.booleans(),
    foreign=st.booleans(),
    people=st.booleans(),
    zone=st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York"]),
    moved=st.lists(drawn_thresholds, max_size=20),
)
def test_every_figure_is_that_of_a_slow_computation_of_its_own(
    drawn: list[dict[str, Any]],
    total: int,
    points: int,
    large: bool,
    foreign: bool,
    people: bool,
    zone: str,
    moved: list[Thresholds],
    db: None,
) -> None:
    with transaction.atomic():
        workspace = make_workspace(timezone=zone)
        make_model(workspace)
        draft = looser(workspace, total=total)
        draft.intentrules.update(points=points, window_days=30)
        if large:
            AttributeRule.objects.create(
                version=draft,
                name="Large",
                points=15,
                field="company.employees",
                operator=Operator.AT_LEAST,
                value=[100],
            )
        if foreign:
            Disqualifier.objects.create(
                version=draft,
                name="DE",
                reason="Not there",
                field="country",
                operator=Operator.EQUALS,
                value=["DE"],
            )
        shared = None
        if people:
            count_people(draft, points=points)
            known_from(SINCE - 99 * DAY)
            shared = make_company(workspace, employees=200, created_at=SINCE - 99 * DAY)
        handoffs = [moment for lead in drawn for moment in store(workspace, lead, shared)]
        report = run(draft, handoffs, chunk=2)
        preview = Preview.objects.get(version=draft)
        slow = Slow(preview, handoffs)
        assert_same(report, slow)
        assert_weighed_alike(report, slow, moved)
        transaction.set_rollback(True)


def test_monday_noon_lies_in_the_week_that_is_not_over(workspace: Workspace) -> None:
    make_model(workspace)
    make_lead(workspace, captured_at=MONDAY_NOON, job_title="Buyer")
    assert run(looser(workspace))["leads"] == 0
