"""Rules over dates: “contract ends on or before 31 Dec 2026”."""

from dataclasses import replace
from typing import Any

import pytest

from accounts.models import Workspace
from leadqual.custom_fields import Kind
from scoring.engine.rules import rules_of
from scoring.explanations import explain_by
from scoring.fact_choices import own_facts
from scoring.models import AttributeRule, ModelVersion
from scoring.models.rules import Operator
from scoring.rule_words import condition
from scoring.sense import of_row
from scoring.typed_values import BadValue, fits, read, written
from tests.builders import MONDAY_NOON, make_custom_field, make_lead
from tests.scoring.builders import by_all_four, make_draft

pytestmark = pytest.mark.django_db
ENDS = "attributes.contract_ends"
ABOUT_DATES = (Operator.AT_LEAST, Operator.AT_MOST, Operator.BETWEEN)


@pytest.fixture
def draft(workspace: Workspace) -> ModelVersion:
    make_custom_field(workspace, key="contract_ends", label="Contract ends", kind=Kind.DATE)
    draft = make_draft(workspace)
    draft.attributerules.all().delete()
    draft.intentrules.all().delete()
    return draft


def row(draft: ModelVersion, operator: Operator, *value: Any, **more: Any) -> AttributeRule:
    return AttributeRule(
        version=draft, name="Ends", field=ENDS, operator=operator, value=list(value), **more
    )


@pytest.mark.parametrize(
    ("stored", "points"),
    [
        ("2026-06-30", 1 + 8),
        ("2026-07-01", 1 + 4 + 8),
        (" 2026-07-01 ", 1 + 4 + 8),
        ("2026-12-31", 1 + 2 + 4 + 8),
        ("2027-01-01", 2 + 8),
        ("20261231", 8),  # loose texts that are no date: known, and neither before nor after
        ("31.12.2026", 8),
        ("2026-12-31T10:00", 8),
        (20261231, 8),
        ("", 16),
        (None, 16),
    ],
)
def test_dates_are_compared_by_day_and_alike_by_all_evaluators(
    draft: ModelVersion, stored: Any, points: int
) -> None:
    for given, operator, value in (
        (1, Operator.AT_MOST, ["2026-12-31"]),
        (2, Operator.AT_LEAST, ["2026-12-31"]),
        (4, Operator.BETWEEN, ["2026-07-01", "2026-12-31"]),
        (8, Operator.IS_KNOWN, []),
        (16, Operator.IS_MISSING, []),
    ):
        ends = row(draft, operator, *value, points=given)
        ends.name = f"Rule {given}"
        ends.save()
    lead = make_lead(draft.workspace, attributes={"contract_ends": stored})
    assert by_all_four(rules_of(draft), [lead.pk], at=MONDAY_NOON)[lead.pk][0] == points


def test_two_periods_with_other_ends_are_two_rules(draft: ModelVersion) -> None:
    row(draft, Operator.BETWEEN, "2026-07-01", "2026-12-31", points=1).save()
    rules = rules_of(draft)
    [rule] = rules.attributes
    assert rule.condition is not None
    turned = replace(rule.condition, texts=rule.condition.texts[::-1])
    other = replace(rules, attributes=(replace(rule, condition=turned),))
    assert other.meaning() != rules.meaning()


@pytest.mark.parametrize(
    ("operator", "text", "stored", "words"),
    [
        (Operator.AT_LEAST, "2026-12-31", ["2026-12-31"], "is on or after 31 Dec 2026"),
        (Operator.AT_MOST, "2026-12-31", ["2026-12-31"], "is on or before 31 Dec 2026"),
        (
            Operator.BETWEEN,
            "2026-07-01 to 2026-12-31",
            ["2026-07-01", "2026-12-31"],
            "is between 1 Jul 2026 and 31 Dec 2026",
        ),
        (Operator.IS_KNOWN, "", [], "is known"),
    ],
)
def test_a_rule_over_a_date_is_typed_and_reads_back(
    draft: ModelVersion, operator: Operator, text: str, stored: list[str], words: str
) -> None:
    own = own_facts(draft.workspace).typed
    assert fits(ENDS, operator, own=own)
    assert read(text, name=ENDS, operator=operator, own=own) == stored
    assert written(ENDS, stored, operator=operator) == text
    ends = row(draft, operator, *stored, points=1)
    assert condition(ends) == f"Contract ends {words}"
    assert list(of_row(ends, own=own)) == []


@pytest.mark.parametrize(
    ("operator", "text", "told"),
    [
        (
            Operator.AT_MOST,
            "31.12.2026",
            "“31.12.2026” is no date: write year, month and day, as 2026-12-31.",
        ),
        (
            Operator.AT_MOST,
            "2026-02-31",
            "“2026-02-31” is no date: write year, month and day, as 2026-12-31.",
        ),
        (
            Operator.BETWEEN,
            "2026-12-31",
            "Write the first and the last day, as 2026-01-01 to 2026-12-31.",
        ),
        (
            Operator.BETWEEN,
            "2026-12-31 – 2026-01-01",
            "The range begins after its end: write 2026-01-01 to 2026-12-31.",
        ),
    ],
)
def test_what_is_no_date_is_refused_in_words(
    draft: ModelVersion, operator: Operator, text: str, told: str
) -> None:
    with pytest.raises(BadValue) as refused:
        read(text, name=ENDS, operator=operator, own=own_facts(draft.workspace).typed)
    assert str(refused.value) == told


@pytest.mark.parametrize(
    ("operator", "value", "told"),
    [
        (Operator.AT_LEAST, [5], "“is on or after” compares with one date."),
        (Operator.BETWEEN, ["2026-01-01"], "“is between” compares with two dates."),
        (Operator.BETWEEN, ["2026-12-31", "2026-01-01"], "The range begins above its end."),
        (Operator.CONTAINS, ["2026"], "“contains one of” cannot be asked of Contract ends."),
    ],
)
def test_a_draft_that_asks_otherwise_is_told(
    draft: ModelVersion, operator: Operator, value: list[Any], told: str
) -> None:
    own = own_facts(draft.workspace).typed
    assert [found.text for found in of_row(row(draft, operator, *value), own=own)] == [told]


def test_a_loose_fact_keeps_a_rule_over_dates(draft: ModelVersion) -> None:
    """The field was deleted since; the rule reads and counts as before."""
    assert list(of_row(row(draft, Operator.AT_MOST, "2026-12-31"))) == []
    [found] = of_row(row(draft, Operator.BETWEEN, "2026-12-31", 5))
    assert found.text == "“is between” compares with two dates."


def test_a_date_is_explained_in_words(draft: ModelVersion) -> None:
    row(draft, Operator.AT_MOST, "2026-12-31", points=5).save()
    lead = make_lead(draft.workspace, attributes={"contract_ends": "2026-11-30"})
    told = explain_by(lead, draft, at=MONDAY_NOON)
    assert told is not None
    assert told["rules"][0]["arithmetic"] == "Contract ends is “30 Nov 2026”"
