"""Drafts and versions: what is refused, what is final, who is scored again."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.models import User, Workspace
from scoring.models import (
    AttributeRule,
    Band,
    Disqualifier,
    IcpCriterion,
    IntentRule,
    ModelVersion,
    QualificationDue,
    QualificationRule,
    Rescore,
    Score,
)
from scoring.models.rules import Operator
from scoring.publishing import AlreadyPublished, compare, open_draft, problems, publish
from scoring.rules import rules_of
from scoring.scorers import score_dirty
from scoring.standing import published_version
from tests.builders import MONDAY_NOON, make_lead, make_member, make_workspace
from tests.scoring.builders import do, make_draft, make_model, make_signal

pytestmark = pytest.mark.django_db

Change = Callable[[ModelVersion], object]


def republish(workspace: Workspace, change: Change) -> ModelVersion:
    draft = open_draft(workspace=workspace, by=None)
    change(draft)
    return publish(draft, by=None, now=MONDAY_NOON)


def mql_at(total: int) -> Change:
    return lambda draft: draft.qualificationrules.update(total_at_least=total)


def buyers_get(points: int) -> Change:
    return lambda draft: draft.attributerules.update(points=points)


def unfinished() -> list[str]:
    return list(Rescore.objects.filter(finished_at=None).values_list("reason", flat=True))


def test_the_draft_is_a_copy_of_the_version_in_force(workspace: Workspace, ana: User) -> None:
    first = make_model(workspace, by=ana)
    draft = open_draft(workspace=workspace, by=ana)
    assert (draft.number, draft.status, draft.author) == (2, "draft", ana)
    assert compare(first, draft) == []
    assert open_draft(workspace=workspace, by=None) == draft
    assert published_version(workspace) == first


def test_publishing_retires_what_it_replaces(workspace: Workspace, ana: User) -> None:
    first = make_model(workspace, by=ana)
    assert unfinished() == ["published"]
    second = republish(workspace, buyers_get(35))
    first.refresh_from_db()
    assert (first.status, second.status) == ("retired", "published")
    assert (first.rule_set, second.rule_set) == (first, second)
    assert published_version(workspace) == second
    assert unfinished() == ["published", "published"]


def test_the_same_rules_score_nobody_again(workspace: Workspace) -> None:
    first = make_model(workspace)
    Rescore.objects.all().delete()
    renamed = republish(workspace, lambda d: d.attributerules.update(name="Purchasing"))
    assert renamed.rule_set == first
    assert unfinished() == []
    changed = republish(workspace, buyers_get(31))
    assert changed.rule_set == changed
    back = republish(workspace, buyers_get(30))
    assert back.rule_set == first
    assert unfinished() == ["published", "published"]


def test_a_threshold_settles_exactly_the_leads_that_stand_elsewhere(workspace: Workspace) -> None:
    make_model(workspace)
    cold, warm, hot = (make_lead(workspace, job_title="Buyer") for _ in range(3))
    do(warm, MONDAY_NOON)
    do(hot, MONDAY_NOON, MONDAY_NOON)
    score_dirty(now=MONDAY_NOON)
    before = list(Score.objects.order_by("pk").values())
    QualificationDue.objects.all().delete()
    republish(workspace, mql_at(60))  # the totals are 30, 50 and 70
    assert list(QualificationDue.objects.values_list("lead_id", flat=True)) == [warm.pk]
    assert list(Score.objects.order_by("pk").values()) == before
    QualificationDue.objects.all().delete()
    republish(
        workspace,
        lambda d: ModelVersion.objects.filter(pk=d.pk).update(required_facts=["company.name"]),
    )
    assert set(QualificationDue.objects.values_list("lead_id", flat=True)) == {
        cold.pk,
        warm.pk,
        hot.pk,
    }


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
    draft.intentrules.update(at_least=3, cap=None, source_points={"ads": 5})


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
                "MQL definition: fit of 31 is out of reach, the rules give at most 30.",
                "MQL definition: a total of 91 is out of reach, the rules give at most 90.",
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
            ["Ideal customer profile: country cannot be compared by “is at least”."],
        ),
        (
            with_half_a_range,
            ["Ideal customer profile: “is between” compares with two numbers."],
        ),
        (with_no_value, ["“Buyer”: say what job title is compared with."]),
        (
            with_no_profile,
            ["“ICP” asks for the ideal customer profile, which has no line yet."],
        ),
        (
            with_points_by_source_for_many,
            ["“Views” gives its points once for 3 events, so the points cannot differ by source."],
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


@pytest.mark.parametrize(
    "part",
    ["attributerules", "intentrules", "bands", "gradecells", "qualificationrules"],
)
def test_the_parts_of_a_published_version_are_final(workspace: Workspace, part: str) -> None:
    version = make_model(workspace)
    draft = open_draft(workspace=workspace, by=None)
    rows = getattr(version, part)
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        rows.update(version=draft)
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        rows.all().delete()
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        getattr(draft, part).update(version=version)
    copy = rows.first()
    copy.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()
    assert getattr(draft, part).count() == rows.count() > 0


def test_a_published_version_is_final_itself(workspace: Workspace, ana: User) -> None:
    version = make_model(workspace, by=ana)
    for change in (
        {"inactivity_percent": 0},
        {"note": "Was never like this."},
        {"status": "draft", "published_at": None, "rule_set": None},
        {"published_by": None},
    ):
        with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
            ModelVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(IntegrityError, match="kept for ever"), transaction.atomic():
        ModelVersion.objects.filter(pk=version.pk)._raw_delete("default")
    republish(workspace, buyers_get(31))
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        ModelVersion.objects.filter(pk=version.pk).update(status="published")


def test_a_draft_may_be_thrown_away(workspace: Workspace) -> None:
    make_model(workspace)
    open_draft(workspace=workspace, by=None).delete()
    assert ModelVersion.objects.of(workspace).count() == 1


def test_changes_read_as_sentences(workspace: Workspace) -> None:
    first = make_model(workspace)
    draft = open_draft(workspace=workspace, by=None)
    buyers_get(35)(draft)
    IntentRule.objects.filter(version=draft).delete()
    Band.objects.filter(version=draft, axis="intent", floor=50).update(floor=45)
    draft.gradecells.filter(grade="C").update(grade="B")
    mql_at(35)(draft)
    QualificationRule.objects.create(version=draft, purpose="handoff", fit_at_least=30)
    Disqualifier.objects.create(
        version=draft,
        name="Student",
        reason="They do not buy.",
        field="job_title",
        operator=Operator.HAS_WORD,
        value=["student"],
    )
    draft.inactivity_percent, draft.required_facts = 5, ["name"]
    draft.save()
    draft.refresh_from_db()
    assert compare(first, draft) == [
        "Rule changed: “Buyer”: 35 points when job title has the word buyer "
        "(was: 30 points when job title has the word buyer).",
        "Rule removed: “Views”: 20 points for each “view-1”, together at most 60.",
        "Disqualifier added: “Student”: not handed to sales when job title has the word student,"
        " because: They do not buy.",
        "Decay per idle week: 10 → 5 %.",
        "Facts a rep needs: name.",
        "Band High intent: from 50 → 45 points.",
        "Grade of Low fit with High intent: C → B.",
        "No longer: MQL when total is at least 40.",
        "Now: MQL when total is at least 35.",
        "Now: Ready for sales when fit is at least 30.",
    ]
    assert compare(None, first) == ["The first version of the model."]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_the_same_draft_at_once_one_wins(db: None) -> None:
    workspace = make_workspace()
    people = [make_member(workspace, name=name) for name in ("Ana Marques", "Ana Bell")]
    draft = make_draft(workspace)
    outcomes = at_once(lambda n: publish(draft, by=people[n], now=MONDAY_NOON).published_by)
    (winner,) = [outcome for outcome in outcomes if isinstance(outcome, User)]
    (loser,) = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert isinstance(loser, AlreadyPublished)
    assert loser.messages == [
        f"{winner.name} already published version 1 on 02 March 2026, 12:00 UTC."
    ]
    assert ModelVersion.objects.get(workspace=workspace).published_by == winner


@pytest.mark.django_db(transaction=True)
def test_two_who_open_a_draft_at_once_get_the_same(db: None) -> None:
    workspace = make_workspace()
    make_model(workspace)
    outcomes = at_once(lambda _: open_draft(workspace=workspace, by=None))
    assert outcomes[0] == outcomes[1] == ModelVersion.objects.draft().get(workspace=workspace)


@pytest.mark.django_db(transaction=True)
def test_an_edit_that_comes_too_late_does_not_reach_the_published_version(db: None) -> None:
    """The publication waits for the edit before it, and the edit after it is refused."""
    workspace = make_workspace()
    draft = make_draft(workspace)

    def edit_or_publish(n: int) -> object:
        if n:
            return publish(draft, by=None, now=MONDAY_NOON)
        return AttributeRule.objects.filter(version=draft).update(points=25)

    outcomes = at_once(edit_or_publish)
    points = AttributeRule.objects.get(version=draft).points
    assert points == (25 if outcomes[0] == 1 else 30)
    assert isinstance(outcomes[0], IntegrityError) or outcomes[0] == 1
    version = outcomes[1]
    assert isinstance(version, ModelVersion)
    assert rules_of(version).attributes[0].points == points


def at_once(act: Callable[[int], object]) -> list[object]:
    """What two threads, each with its own connection, get when they do it at the same moment."""
    outcomes: list[object] = [None, None]
    start = Barrier(2)

    def run(n: int) -> None:
        try:
            start.wait(timeout=10)
            outcomes[n] = act(n)
        except Exception as error:
            outcomes[n] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes
