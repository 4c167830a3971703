"""What keeps a draft from being published, each in one plain sentence."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Workspace
from scoring.models import AttributeRule, Band, Disqualifier, IcpCriterion, ModelVersion
from scoring.models.rules import Operator
from scoring.publishing import problems, publish
from tests.builders import MONDAY_NOON, make_workspace
from tests.scoring.builders import make_draft, make_signal

pytestmark = pytest.mark.django_db

Change = Callable[[ModelVersion], object]


def without_mql(draft: ModelVersion) -> None:
    draft.qualificationrules.all().delete()


def without_lowest_band(draft: ModelVersion) -> None:
    Band.objects.filter(version=draft, axis="fit", floor=0).update(floor=10)


def with_a_hole(draft: ModelVersion) -> None:
    draft.gradecells.filter(fit_band="High", intent_band="Low").delete()


def out_of_reach(draft: ModelVersion) -> None:
    draft.qualificationrules.update(fit_at_least=31, total_at_least=91)


def with_unknown_field(draft: ModelVersion) -> None:
    Disqualifier.objects.create(
        version=draft,
        name="Tall",
        reason="-",
        field="height",
        operator=Operator.AT_LEAST,
        value=[2],
    )


def with_wrong_comparison(draft: ModelVersion) -> None:
    IcpCriterion.objects.create(
        version=draft, field="country", operator=Operator.AT_LEAST, value=[1]
    )


def with_half_a_range(draft: ModelVersion) -> None:
    IcpCriterion.objects.create(
        version=draft, field="company.employees", operator=Operator.BETWEEN, value=[20]
    )


def with_no_value(draft: ModelVersion) -> None:
    draft.attributerules.update(value=[" "])


def with_no_profile(draft: ModelVersion) -> None:
    AttributeRule.objects.create(version=draft, name="ICP", points=5, field="icp", operator="known")


def with_points_by_source_for_many(draft: ModelVersion) -> None:
    draft.intentrules.update(shape="times", at_least=3, cap=None, source_points={"ads": 5})


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        (
            without_mql,
            ["Say what an MQL is: without an MQL definition no lead ever becomes one."],
        ),
        (
            without_lowest_band,
            [
                "The fit scale must begin at 0: “Low” begins at 10, "
                "and leads below it would have no band."
            ],
        ),
        (with_a_hole, ["The grade matrix says nothing about High fit with Low intent."]),
        (
            out_of_reach,
            [
                "MQL definition: no lead can reach a fit of 31: the rules give at most 30.",
                "MQL definition: no lead can reach a total of 91: the rules give at most 90.",
            ],
        ),
        (
            with_unknown_field,
            [
                "“Tall”: “height” is not a fact about a lead or its company. Custom facts are "
                "written attributes.<name> or company.attributes.<name>."
            ],
        ),
        (
            with_wrong_comparison,
            ["Ideal customer profile: “is at least” cannot be asked of country."],
        ),
        (
            with_half_a_range,
            ["Ideal customer profile: “is between” compares with two numbers."],
        ),
        (with_no_value, ["“Buyer”: say what job title is compared with."]),
        (
            with_no_profile,
            [
                "“ICP”: the ideal customer profile has no line yet: say under “ICP” who that is.",
            ],
        ),
        (
            with_points_by_source_for_many,
            ["“Views”: points that are given once cannot differ by source."],
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_draft_that_makes_no_sense_is_refused_in_plain_words(
    workspace: Workspace, change: Change, sentences: list[str]
) -> None:
    draft = make_draft(workspace)
    assert problems(draft) == []
    change(draft)
    with pytest.raises(ValidationError) as refused:
        publish(draft, by=None, now=MONDAY_NOON)
    assert refused.value.messages == sentences
    draft.refresh_from_db()
    assert (draft.status, draft.rule_set) == ("draft", None)


def test_a_signal_of_another_workspace_is_refused(workspace: Workspace) -> None:
    draft = make_draft(workspace)
    draft.intentrules.update(signal=make_signal(make_workspace(), code="theirs"))
    assert problems(draft) == ["“Views” uses a signal of another workspace."]
