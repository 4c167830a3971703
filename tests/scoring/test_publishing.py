"""Drafts and versions: what is refused, what is final, who is scored again."""

from collections.abc import Callable

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User, Workspace
from leadqual.stages import Stage
from scoring.comparison import grouped
from scoring.contents import contents_by_version
from scoring.models import (
    Band,
    Disqualifier,
    IntentRule,
    ModelVersion,
    NamedList,
    PersonaLine,
    PointsGroup,
    QualificationDue,
    QualificationRule,
    Rescore,
    Score,
    TitleLine,
)
from scoring.models.rules import Operator
from scoring.publishing import compare, open_draft, publish
from scoring.scorers import score_dirty
from scoring.standing import published_version
from tests.builders import MONDAY_NOON, make_lead
from tests.scoring.builders import do, make_draft, make_model

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


def wake_at(points: int) -> Change:
    return lambda draft: ModelVersion.objects.filter(pk=draft.pk).update(wake_points=points)


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


def test_new_rules_wake_the_worker_once_they_are_committed(
    workspace: Workspace, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as woken:
        make_model(workspace)
    assert len(woken) == 1
    with django_capture_on_commit_callbacks() as woken:
        republish(workspace, mql_at(50))
    assert woken == []


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


def test_fewer_points_to_wake_settle_the_nurtured_leads(workspace: Workspace) -> None:
    make_model(workspace)
    nurtured, _ = make_lead(workspace, stage=Stage.NURTURE), make_lead(workspace)
    republish(workspace, wake_at(25))
    assert not QualificationDue.objects.exists()
    republish(workspace, wake_at(10))
    assert list(QualificationDue.objects.values_list("lead_id", flat=True)) == [nurtured.pk]


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


def test_changes_of_what_rules_look_things_up_in_read_as_sentences(workspace: Workspace) -> None:
    draft = make_draft(workspace)
    for entries in (["DE", "AT"], ["a.example"]):
        name = "Market" if "DE" in entries else "Rivals"
        NamedList.objects.create(version=draft, name=name, kind="countries", entries=entries)
    for n, (words, seniority) in enumerate(((["cto"], "C-level"), (["head of"], "Head"))):
        TitleLine.objects.create(version=draft, position=n, words=words, seniority=seniority)
    PointsGroup.objects.create(version=draft, axis="intent", name="Visits", cap=30)
    for field, value in (("country", "DE"), ("job_title", "cto")):
        PersonaLine.objects.create(
            version=draft, persona="Boss", field=field, operator=Operator.EQUALS, value=[value]
        )
    first = publish(draft, by=None, now=MONDAY_NOON)
    draft = open_draft(workspace=workspace, by=None)
    assert compare(first, draft) == []
    draft.namedlists.filter(name="Market").update(entries=["AT", "CH", "LI"])
    draft.namedlists.filter(name="Rivals").delete()
    draft.titlelines.filter(seniority="C-level").update(position=9)
    TitleLine.objects.create(version=draft, position=10, words=["vp"], seniority="VP")
    draft.pointsgroups.update(cap=40)
    draft.personalines.filter(field="job_title").delete()
    draft.bands.filter(axis="fit", floor=50).update(name="Top")
    draft.gradecells.filter(fit_band="High").update(fit_band="Top")
    said = contents_by_version([first, draft])
    changes = {g.title: g.changes for g in grouped(said[first.pk], said[draft.pk])}
    assert changes == {
        "Caps and groups": [
            "Group changed: All rules of “Visits” together count at most 40 intent points "
            "(was: All rules of “Visits” together count at most 30 intent points)."
        ],
        "Lists": [
            "List removed: “Rivals” holds countries: a.example.",
            "List “Market”: with Switzerland, Liechtenstein; without Germany.",
        ],
        "Job titles": [
            "Now: “vp” in the job title means: seniority VP.",
            "The lines about job titles are read in another order: the first that fits counts.",
        ],
        "Personas": ["Persona removed: Is “Boss” when job title is cto."],
        "Bands": ["Band removed: High fit.", "Band added: Top fit, from 50 points."],
        "Grades": [
            "Grade of Top fit with Low intent: B.",
            "Grade of Top fit with High intent: A.",
        ],
    }
