"""A model comes to a workspace: what comes along, what is created, what is named as missing."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Role, User, Workspace
from leadqual.models import CustomField, EventKind
from scoring import library
from scoring.comparison import grouped, sentences
from scoring.contents import PARTS, Contents, contents_of
from scoring.copying import arrive, from_library, from_version
from scoring.drafts import DraftInTheWay, open_draft
from scoring.models import AttributeRule, IntentRule, ModelVersion, NamedList, Signal
from scoring.models.rules import Operator
from scoring.models.signals import SIGNALS_PER_WORKSPACE
from scoring.publishing import compare, publish
from scoring.readiness import problems
from scoring.starter import install_starter_model
from tests.at_once import at_once
from tests.builders import (
    MONDAY_NOON,
    make_custom_field,
    make_lead,
    make_member,
    make_source,
    make_workspace,
)
from tests.scoring.builders import make_draft, make_model, make_signal

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(db: None) -> Workspace:
    return make_workspace(name="Harbour", slug="harbour")


def copied(version: ModelVersion, workspace: Workspace, *, by: User | None = None) -> ModelVersion:
    return open_draft(workspace=workspace, by=by, from_=from_version(version, to=workspace))


def test_a_copy_says_the_same_with_signals_of_its_own_workspace(
    workspace: Workspace, other: Workspace
) -> None:
    original = install_starter_model(workspace, by=None, now=MONDAY_NOON)
    draft = copied(original, other)
    assert (draft.workspace, draft.number, draft.status) == (other, 1, "draft")
    assert compare(original, draft) == []
    assert problems(draft) == []
    said, rows = contents_of(original), contents_of(draft)
    assert {part: len(rows.rows(part)) for part in PARTS} == {
        part: len(said.rows(part)) for part in PARTS
    }
    signals = {rule.signal for rule in rows.rows(IntentRule)}
    assert {signal.workspace for signal in signals} == {other}
    assert Signal.objects.of(other).count() == Signal.objects.of(workspace).count() == 10


@pytest.mark.parametrize("code", library.ORDER)
def test_what_is_in_force_already_changes_nothing(code: str, workspace: Workspace) -> None:
    draft = open_draft(workspace=workspace, by=None, from_=from_library(code))
    version = publish(draft, by=None, now=MONDAY_NOON)
    for original in (from_library(code), from_version(version, to=workspace)):
        arrival = arrive(original, workspace)
        assert grouped(contents_of(version), arrival.contents) == []


def test_nothing_crosses_besides_the_model(workspace: Workspace, other: Workspace) -> None:
    """Neither the name of the other workspace, nor who wrote what there, nor signals not asked."""
    author = make_member(workspace, name="Ana Marques", role=Role.MARKETING_MANAGER)
    draft = make_draft(workspace, by=author)
    ModelVersion.objects.filter(pk=draft.pk).update(note="For Acme only")
    original = publish(draft, by=author, now=MONDAY_NOON)
    make_signal(workspace, code="secret")
    draft = copied(original, other)
    assert draft.note == "A copy of a model of another workspace."
    assert (draft.author, draft.published_by) == (None, None)
    assert list(Signal.objects.of(other).values_list("code", flat=True)) == ["view-1"]


def test_what_the_target_lacks_is_named_before(workspace: Workspace, other: Workspace) -> None:
    draft = make_draft(workspace)
    IntentRule.objects.filter(version=draft).update(source_points={"fair": 30, "Site": 5})
    for field in ("attributes.budget", "attributes.team", "first_source"):
        AttributeRule.objects.create(
            version=draft, name=field, points=1, field=field, operator="equals", value=["partner"]
        )
    draft.required_facts = ["name", "company.attributes.fleet"]
    draft.save()
    make_source(other, code="site")
    make_lead(other, attributes={"team": "red"})
    found = arrive(from_version(draft, to=other), other)
    assert found.unknown_sources == ["fair", "partner"]
    assert found.unknown_facts == ["attributes.budget", "company.attributes.fleet"]
    assert found.sentences() == [
        "Signal to be created: “view-1” (view-1): page view.",
        "There is no source “fair” here.",
        "There is no source “partner” here.",
        "No lead here has said its budget (attributes.budget).",
        "No lead here has said its company’s fleet (company.attributes.fleet).",
    ]
    assert not Signal.objects.of(other).exists()  # looking saves nothing


def test_a_fact_of_another_label_here_is_named(workspace: Workspace, other: Workspace) -> None:
    for here, label in ((workspace, "Budget in EUR"), (other, "Budget in GBP")):
        make_custom_field(here, key="budget", label=label, kind="number")
        make_custom_field(here, key="tier", label="Tier")
    draft = make_draft(workspace)
    for key in ("budget", "tier"):
        AttributeRule.objects.create(
            version=draft, name=key, points=1, field=f"attributes.{key}", operator="known"
        )
    assert arrive(from_version(draft, to=other), other).sentences()[1:] == [
        "“Budget in EUR” is “Budget in GBP” here (attributes.budget): see that its rules still "
        "hold.",
    ]
    assert arrive(from_version(draft, to=workspace), workspace).other_labels == []


def test_sources_are_looked_for_in_lists_and_not_in_parts_of_words(
    workspace: Workspace, other: Workspace
) -> None:
    draft = make_draft(workspace)
    NamedList.objects.create(version=draft, name="Fairs", entries=["hannover", "berlin"])
    for operator, value in (("on_list", "Fairs"), ("begins_with", "fair-")):
        AttributeRule.objects.create(
            version=draft,
            name=value,
            points=1,
            field="first_source",
            operator=operator,
            value=[value],
        )
    make_source(other, code="berlin")
    assert arrive(from_version(draft, to=other), other).unknown_sources == ["hannover"]


def test_a_signal_of_the_same_code_keeps_its_meaning_here(
    workspace: Workspace, other: Workspace
) -> None:
    original = install_starter_model(workspace, by=None, now=MONDAY_NOON)
    here = make_signal(other, code="pricing-page", path_prefix="/preise")
    make_signal(other, code="download", kind=EventKind.DOWNLOAD)
    found = arrive(from_version(original, to=other), other)
    assert [(there.path_prefix, mine.path_prefix) for there, mine in found.other_meaning] == [
        ("/pricing", "/preise")
    ]
    assert (
        "The signal “pricing-page” (pricing-page): page view, path begins with /preise stays as "
        "it is here. The model comes from where it was “Visited pricing page” (pricing-page): "
        "page view, path begins with /pricing."
    ) in found.sentences()
    draft = copied(original, other)
    assert draft.intentrules.get(name="Visited pricing page").signal == here
    here.refresh_from_db()
    assert here.path_prefix == "/preise"


def test_a_typed_fact_has_one_name_in_what_is_in_force_and_in_what_comes(
    workspace: Workspace,
) -> None:
    CustomField.objects.create(workspace=workspace, key="budget", label="Yearly budget")
    draft = make_draft(workspace)
    AttributeRule.objects.create(
        version=draft, name="Rich", points=5, field="attributes.budget", operator=Operator.IS_KNOWN
    )
    version = publish(draft, by=None, now=MONDAY_NOON)
    arrival = arrive(from_version(version, to=workspace), workspace)
    assert grouped(contents_of(version), arrival.contents) == []
    words = sentences(Contents(), arrival.contents)
    assert "Rule added: “Rich”: 5 points when Yearly budget is known." in words


def test_the_steps_of_a_sequence_bring_their_signals(
    workspace: Workspace, other: Workspace
) -> None:
    draft = make_draft(workspace)
    IntentRule.objects.filter(version=draft).delete()
    first, _ = make_signal(workspace, code="one"), make_signal(workspace, code="two")
    IntentRule.objects.create(
        version=draft, name="Both", signal=first, shape="sequence", later_steps=["two"], points=9
    )
    copied(draft, other)
    codes = Signal.objects.of(other).order_by("code").values_list("code", flat=True)
    assert list(codes) == ["one", "two"]


def test_a_retired_version_comes_back_as_a_draft(workspace: Workspace, ana: User) -> None:
    first = make_model(workspace, by=ana)
    draft = open_draft(workspace=workspace, by=ana)
    AttributeRule.objects.filter(version=draft).update(points=35)
    publish(draft, by=ana, now=MONDAY_NOON)
    back = copied(first, workspace, by=ana)
    assert (back.number, back.note) == (3, "Version 1, brought back.")
    assert compare(first, back) == []
    assert publish(back, by=ana, now=MONDAY_NOON).rule_set == first


def test_an_open_draft_is_replaced_only_by_whoever_names_it(
    workspace: Workspace, ana: User
) -> None:
    make_model(workspace)
    draft = open_draft(workspace=workspace, by=ana)
    starter = from_library(library.STARTER)
    with pytest.raises(DraftInTheWay) as told:
        open_draft(workspace=workspace, by=None, from_=starter)
    assert told.value.messages == [
        "Ana Marques has opened draft 2. Nothing was replaced: look at it first."
    ]
    assert ModelVersion.objects.draft().get() == draft
    new = open_draft(workspace=workspace, by=None, from_=starter, replacing=draft)
    assert (ModelVersion.objects.draft().get(), new.number) == (new, 2)
    with pytest.raises(DraftInTheWay):  # it was replaced itself meanwhile
        open_draft(workspace=workspace, by=None, from_=starter, replacing=draft)


def test_a_workspace_full_of_signals_refuses_the_model_and_keeps_its_draft(
    workspace: Workspace,
) -> None:
    make_model(workspace)
    draft = open_draft(workspace=workspace, by=None)
    Signal.objects.bulk_create(
        Signal(workspace=workspace, code=f"s{n}", name=f"S {n}", kind="chat", bit=n)
        for n in range(1, SIGNALS_PER_WORKSPACE - 3)
    )
    starter = from_library(library.STARTER)
    assert arrive(starter, workspace).lacking_room == 7
    with pytest.raises(ValidationError, match="room for 63 signals"):
        open_draft(workspace=workspace, by=None, from_=starter, replacing=draft)
    assert ModelVersion.objects.draft().get() == draft
    assert Signal.objects.of(workspace).count() == SIGNALS_PER_WORKSPACE - 3


def test_looking_at_a_model_costs_the_same_whatever_it_holds(
    workspace: Workspace, other: Workspace, django_assert_max_num_queries: Any
) -> None:
    starter = install_starter_model(workspace, by=None, now=MONDAY_NOON)
    small = make_model(other)
    for version, target in ((starter, other), (small, workspace)):
        with django_assert_max_num_queries(20):
            arrive(from_version(version, to=target), target)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_start_from_a_model_at_once_one_is_told(db: None) -> None:
    workspace = make_workspace()
    people = [make_member(workspace, name=name) for name in ("Ana Marques", "Omar Diaz")]
    codes = library.ORDER[:2]

    def start(n: int) -> ModelVersion:
        return open_draft(workspace=workspace, by=people[n], from_=from_library(codes[n]))

    outcomes = at_once(2, start)
    (draft,) = [outcome for outcome in outcomes if isinstance(outcome, ModelVersion)]
    (told,) = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert isinstance(told, DraftInTheWay)
    assert told.messages == [
        f"{draft.author} has opened draft 1. Nothing was replaced: look at it first."
    ]
    assert ModelVersion.objects.get(workspace=workspace) == draft
