"""Rules name the typed facts of the workspace's own by their labels."""

from accounts.models import User, Workspace
from leadqual.custom_fields import Kind
from scoring.comparison import compare
from scoring.engine.fields import label_of
from scoring.explanations import explain
from scoring.models import AttributeRule
from scoring.models.rules import Operator
from scoring.publishing import open_draft, publish
from scoring.rule_words import in_words
from scoring.scorers import score_lead
from scoring.standing import standing_of
from tests.builders import MONDAY_NOON, make_company, make_custom_field, make_lead
from tests.scoring.builders import make_model


def test_a_label_is_looked_up_where_it_is_known() -> None:
    own = {"attributes.budget": "Budget in EUR"}
    assert label_of("attributes.budget", own) == "Budget in EUR"
    assert label_of("attributes.credit_limit", own) == "credit limit"
    assert label_of("country", own) == "country"


def test_a_rule_reads_back_with_the_label_of_its_fact(workspace: Workspace, ana: User) -> None:
    make_custom_field(workspace, key="budget", label="Budget in EUR", kind=Kind.NUMBER)
    make_custom_field(workspace, key="fleet", label="Own fleet", kind=Kind.BOOL, of="company")
    old = make_model(workspace)
    new = open_draft(workspace=workspace, by=ana, now=MONDAY_NOON)
    rule = AttributeRule.objects.create(
        version=new,
        name="Can pay",
        field="attributes.budget",
        operator=Operator.AT_LEAST,
        value=[10000],
        points=10,
    )
    assert "Budget in EUR is at least 10000" in in_words(rule)
    assert "Budget in EUR is at least 10000" in " ".join(compare(old, new))
    rule.field, rule.operator, rule.value = "company.attributes.fleet", Operator.EQUALS, [True]
    assert "company’s Own fleet is yes" in in_words(rule)
    rule.field, rule.value = "attributes.loose_one", ["x"]
    assert "loose one is x" in in_words(rule)


def test_a_score_is_explained_with_labels_and_words(workspace: Workspace, ana: User) -> None:
    make_custom_field(workspace, key="budget", label="Budget in EUR", kind=Kind.NUMBER)
    make_custom_field(workspace, key="fleet", label="Own fleet", kind=Kind.BOOL, of="company")
    make_model(workspace)
    draft = open_draft(workspace=workspace, by=ana, now=MONDAY_NOON)
    for name, operator, value in (
        ("attributes.budget", Operator.AT_LEAST, [10000]),
        ("company.attributes.fleet", Operator.EQUALS, [True]),
    ):
        AttributeRule.objects.create(
            version=draft, name=name, field=name, operator=operator, value=value, points=10
        )
    draft.required_facts = ["company.attributes.fleet", "attributes.budget", "phone"]
    draft.save()
    publish(draft, by=ana, now=MONDAY_NOON)
    company = make_company(workspace, attributes={"fleet": True})
    lead = make_lead(workspace, company=company, attributes={"budget": 12500})
    score_lead(lead, now=MONDAY_NOON)
    explanation = explain(lead)
    assert explanation is not None
    told = {rule["name"]: rule["arithmetic"] for rule in explanation["rules"]}
    assert told["attributes.budget"] == "Budget in EUR is “12,500”"
    assert told["company.attributes.fleet"] == "company’s Own fleet is “Yes”"

    stranger = make_lead(workspace)
    score_lead(stranger, now=MONDAY_NOON)
    standing = standing_of(stranger, now=MONDAY_NOON)
    assert standing is not None
    assert standing.missing_facts == ["company’s Own fleet", "Budget in EUR", "phone number"]
