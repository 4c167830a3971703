"""Rules name the typed facts of the workspace's own by their labels."""

from accounts.models import User, Workspace
from leadqual.custom_fields import Kind
from scoring.comparison import compare
from scoring.fields import label_of
from scoring.models import AttributeRule
from scoring.models.rules import Operator
from scoring.publishing import open_draft
from scoring.rule_words import in_words
from tests.builders import MONDAY_NOON, make_custom_field
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
    assert "company's Own fleet is yes" in in_words(rule)
    rule.field, rule.value = "attributes.loose_one", ["x"]
    assert "loose one is x" in in_words(rule)
