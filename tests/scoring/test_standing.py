"""Where a lead stands: bands, grade, definitions, and why not."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from leadqual.models import Lead
from scoring.engine.definitions import Bounds, Definitions
from scoring.engine.sql import Binder
from scoring.models import ModelVersion, QualificationRule, Score
from scoring.publishing import open_draft, publish
from scoring.standing import Standing, grade_case, standing_of, standings, total_case
from tests.builders import MONDAY_NOON, make_company, make_lead
from tests.scoring.builders import make_draft, make_model

pytestmark = pytest.mark.django_db


def give(lead: Lead, version: ModelVersion, fit: float, intent: float, flag: bool = False) -> None:
    Score.objects.create(
        lead=lead,
        workspace=lead.workspace,
        fit=fit,
        intent=intent,
        disqualified=flag,
        scored_at=MONDAY_NOON,
        rule_set=version,
    )


def stand(version: ModelVersion, fit: float, intent: float, flag: bool = False) -> Standing:
    lead = make_lead(version.workspace)
    give(lead, version, fit, intent, flag)
    found = standing_of(lead)
    assert found is not None
    return found


@pytest.fixture
def strict(workspace: Workspace) -> ModelVersion:
    """MQL from 40 in total or 30 fit; hand-off at 30 fit and 20 intent; margin 5."""
    draft = make_draft(workspace)
    QualificationRule.objects.create(version=draft, purpose="mql", fit_at_least=30)
    QualificationRule.objects.create(
        version=draft, purpose="handoff", fit_at_least=30, intent_at_least=20
    )
    ModelVersion.objects.filter(pk=draft.pk).update(required_facts=["phone", "company.name"])
    return publish(draft, by=None, now=MONDAY_NOON)


def test_any_way_is_enough_and_the_margin_keeps(strict: ModelVersion) -> None:
    by_numbers = {
        numbers: (found.is_mql, found.keeps_mql)
        for numbers in [(0, 40), (30, 0), (29.99, 10), (25, 0), (24.99, 0), (0, 35), (0, 34.99)]
        for found in [stand(strict, *numbers)]
    }
    assert by_numbers == {
        (0, 40): (True, True),
        (30, 0): (True, True),
        (29.99, 10): (False, True),
        (25, 0): (False, True),
        (24.99, 0): (False, False),
        (0, 35): (False, True),
        (0, 34.99): (False, False),
    }


def test_a_flag_stands_in_every_way(strict: ModelVersion) -> None:
    found = stand(strict, 30, 50, flag=True)
    assert (found.is_mql, found.keeps_mql, found.is_ready) == (False, False, False)
    assert found.why_not_mql == ["A disqualifier holds."]


def test_each_way_says_what_is_short(strict: ModelVersion) -> None:
    found = stand(strict, 20.5, 10)
    assert found.why_not_mql == [
        "The total is 30.5 of the 40 points that the MQL definition asks for.",
        "Fit is 20.5 of the 30 points that the MQL definition asks for.",
    ]
    assert found.why_not_ready == [
        "Fit is 20.5 of the 30 points and intent is 10 of the 20 points "
        "that the hand-off rule asks for.",
        "Not known yet: phone number, company.",
    ]
    assert found.missing_facts == ["phone number", "company"]


def test_a_lead_is_ready_once_the_facts_are_known(strict: ModelVersion) -> None:
    workspace = strict.workspace
    lead = make_lead(workspace, phone="+49 30 1", company=make_company(workspace, name="Acme"))
    give(lead, strict, 30, 20)
    found = standing_of(lead)
    assert found is not None
    assert (found.is_ready, found.missing_facts, found.why_not_ready) == (True, [], [])
    assert (found.fit_band, found.intent_band, found.grade, found.version) == ("Low", "Low", "D", 1)


def test_without_a_hand_off_rule_every_mql_is_ready(workspace: Workspace) -> None:
    found = stand(make_model(workspace), 0, 40)
    assert (found.is_mql, found.is_ready) == (True, True)


def test_bands_begin_at_their_floor(workspace: Workspace) -> None:
    version = make_model(workspace)
    grades = [stand(version, fit, intent).grade for fit in (49.99, 50) for intent in (49.99, 50)]
    assert grades == ["D", "C", "B", "A"]


def test_another_version_says_what_it_would_make_of_the_numbers(workspace: Workspace) -> None:
    version = make_model(workspace)
    draft = open_draft(workspace=workspace, by=None)
    draft.qualificationrules.update(total_at_least=20)
    lead = make_lead(workspace)
    give(lead, version, 0, 20)
    now, then = standing_of(lead), standing_of(lead, version=draft)
    assert now is not None
    assert then is not None
    assert (now.is_mql, then.is_mql, then.version) == (False, True, 2)


def test_lists_show_the_same_grade_and_total_as_the_lead(workspace: Workspace) -> None:
    version = make_model(workspace)
    leads = [make_lead(workspace) for _ in range(5)]
    points = [(0, 0), (50, 0), (25, 50), (100, 100)]
    for lead, (fit, intent) in zip(leads, points, strict=False):
        give(lead, version, fit, intent)
    listed = Lead.objects.annotate(grade=grade_case(version), total=total_case()).order_by("pk")
    assert list(listed.values_list("grade", "total")) == [
        ("D", 0),
        ("B", 50),
        ("C", 75),
        ("A", 200),
        ("", -1),
    ]
    found = standings(leads)
    assert [found[lead.pk].grade for lead in leads[:4]] == ["D", "B", "C", "A"]
    assert leads[4].pk not in found
    assert [lead.pk for lead in listed.filter(grade="A")] == [leads[3].pk]


bounds = st.one_of(st.none(), st.integers(0, 100))
points = st.one_of(
    st.sampled_from([0.0, 19.99, 20.0, 50.0, 100.0]), st.integers(0, 10000).map(lambda n: n / 100)
)
ways = st.lists(st.builds(Bounds, bounds, bounds, bounds), max_size=2).map(tuple)
scales = st.sampled_from([((0, "Low"),), ((0, "Low"), (20, "Mid"), (50, "High"))])


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_python_and_sql_say_the_same_of_any_numbers(db: None, data: st.DataObject) -> None:
    fit, intent, flag = data.draw(points), data.draw(points), data.draw(st.booleans())
    fit_bands, intent_bands = data.draw(scales), data.draw(scales)
    definitions = Definitions(
        number=1,
        rule_set=1,
        fit_bands=fit_bands,
        intent_bands=intent_bands,
        grades={
            (one, other): data.draw(st.sampled_from("ABCD"))
            for _, one in fit_bands
            for _, other in intent_bands
        },
        mql=data.draw(ways),
        handoff=data.draw(ways),
        margin=data.draw(st.sampled_from([0, 5])),
    )

    def holds(some: tuple[Bounds, ...], margin: int = 0) -> int:
        return int(not flag and any(way.hold(fit, intent, margin=margin) for way in some))

    bind = Binder()
    text = definitions.standing_sql(
        f"{bind(fit)}::float8", f"{bind(intent)}::float8", f"{bind(flag)}", bind
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {text}", bind.params)
        (found,) = cursor.fetchone()
    ready = definitions.handoff or definitions.mql
    expected = (
        holds(definitions.mql),
        holds(definitions.mql, definitions.margin),
        holds(ready),
        1,
    )
    assert found == definitions.grade(fit, intent) + "".join(str(flag) for flag in expected)
