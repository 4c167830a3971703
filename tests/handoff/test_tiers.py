"""Tiers: which one a lead is of, which one nobody can be of, and those of a new workspace."""

from itertools import product

import pytest

from accounts.models import Workspace
from handoff.models import Tier
from handoff.tiers import never_reached, playbook_words, tier_of, tiers_of
from scoring.engine.definitions import definitions_of
from scoring.standing import published_version

Playbook = Tier.Playbook


def tier(pk: int, *grades: str, least: int | None = None, most: int | None = None) -> Tier:
    return Tier(
        pk=pk, name=f"Tier {pk}", grades=list(grades), employees_from=least, employees_to=most
    )


def test_a_new_workspace_has_four_tiers_in_their_order(workspace: Workspace) -> None:
    assert [
        (t.name, t.grades, t.employees_from, t.playbook, t.is_hot) for t in tiers_of(workspace)
    ] == [
        ("High value", ["A"], None, Playbook.FULL_CALL, True),
        ("Enterprise", ["B", "C"], 500, Playbook.FULL_CALL, False),
        ("Mid value", ["B", "C"], None, Playbook.EMAIL_FORM, False),
        ("Low value", ["D"], None, Playbook.CONTENT_ONLY, False),
    ]


def test_no_lead_that_the_starter_model_hands_over_is_of_content_only(workspace: Workspace) -> None:
    version = published_version(workspace)
    assert version is not None
    says, tiers = definitions_of(version), tiers_of(workspace)
    handed_over = [
        tier_of(tiers, grade=says.grade(fit, intent), employees=employees)
        for fit, intent, employees in product(range(101), range(101), (None, 1, 10_000))
        if any(way.hold(fit, intent) for way in says.handoff)
    ]
    playbooks = {each.playbook for each in handed_over if each}
    assert playbooks == {Playbook.FULL_CALL, Playbook.EMAIL_FORM}
    assert None not in handed_over


@pytest.mark.parametrize(
    ("grade", "employees", "name"),
    [
        ("A", None, "High value"),
        ("B", 500, "Enterprise"),
        ("B", 499, "Mid value"),
        ("C", None, "Mid value"),
        ("D", 10_000, "Low value"),
    ],
)
def test_the_first_tier_that_fits_counts(
    workspace: Workspace, grade: str, employees: int | None, name: str
) -> None:
    found = tier_of(tiers_of(workspace), grade=grade, employees=employees)
    assert getattr(found, "name", "") == name


def test_a_lead_of_no_tier_is_worth_a_full_call() -> None:
    assert tier_of([tier(1, "A")], grade="", employees=None) is None
    assert playbook_words(None) == playbook_words(Tier(playbook=Playbook.FULL_CALL))


def test_a_tier_behind_one_that_takes_all_is_never_reached() -> None:
    assert never_reached([tier(1), tier(2, "A")], "AB") == {
        2: "No lead can be of it: “Tier 1” comes first and takes every lead that would fit."
    }


def test_two_tiers_together_may_leave_nothing_for_a_third() -> None:
    tiers = [tier(1, "A", most=99), tier(2, "A", least=100), tier(3, "A", least=50, most=200)]
    assert never_reached(tiers, "AB") == {
        3: "No lead can be of it: “Tier 1” and “Tier 2” come first and take every lead that "
        "would fit."
    }


def test_a_tier_that_does_not_ask_for_the_size_is_reached_by_unknown_sizes() -> None:
    assert never_reached([tier(1, "A", least=1), tier(2, "A")], "AB") == {}


def test_a_tier_of_a_grade_that_the_model_does_not_have_is_never_reached() -> None:
    assert never_reached([tier(1, "E")], "AB") == {
        1: "No lead can be of it: the published model gives none of its grades."
    }


def test_sizes_are_cut_where_ranges_end_both_ends_included() -> None:
    assert never_reached(
        [tier(1, most=10), tier(2, least=11), tier(3, least=10, most=11)], "A"
    ) == {
        3: "No lead can be of it: “Tier 1” and “Tier 2” come first and take every lead that "
        "would fit."
    }
    assert (
        never_reached([tier(1, most=10), tier(2, least=12), tier(3, least=10, most=12)], "A") == {}
    )
