"""What a signal notices is changed by a draft: the versions that use it keep what they mean."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from leadqual.models import Lead
from scoring import library
from scoring.comparison import compare, grouped
from scoring.contents import contents_of
from scoring.copying import arrive, from_library, from_version
from scoring.drafts import open_draft
from scoring.engine.rules import rules_of
from scoring.explanations import explain
from scoring.models import IntentRule, ModelVersion, Score, Signal
from scoring.models.signals import SIGNALS_PER_WORKSPACE
from scoring.previews.runs import fingerprint
from scoring.publishing import publish
from scoring.readiness import problems
from scoring.reclassification import reclassify
from scoring.redefinition import Use, redefine
from scoring.rescoring import rescore_next
from scoring.scorers import score_lead
from scoring.signal_use import current, unused, versions_using
from scoring.signal_words import told_apart
from tests.at_once import at_once
from tests.builders import MONDAY_NOON, make_lead, make_member, make_workspace
from tests.scoring.builders import by_all_four, do, make_draft, make_model, make_signal

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(hours=1)


def defined(signal: Signal, *, by: User | None = None, **fields: Any) -> Signal:
    """As the form saves it: an instance with what was typed."""
    typed = Signal.objects.get(pk=signal.pk)
    for name, value in fields.items():
        setattr(typed, name, value)
    return redefine(typed, by=by, now=LATER)


def draft_of(workspace: Workspace) -> ModelVersion:
    return ModelVersion.objects.draft().get(workspace=workspace)


def intent(version: ModelVersion, lead: Lead) -> float:
    """What all evaluators say."""
    return by_all_four(rules_of(version), [lead.pk], at=LATER)[lead.pk][1]


@pytest.fixture
def pricing(workspace: Workspace) -> Signal:
    """In force: 20 points for each view of /pricing."""
    model = make_draft(workspace)
    signal = make_signal(workspace, code="pricing-page", path_prefix="/pricing")
    model.intentrules.update(signal=signal)
    publish(model, by=None, now=MONDAY_NOON)
    Signal.objects.filter(code="view-1").delete()
    return signal


def test_a_changed_definition_is_a_successor_in_a_draft(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    lead = make_lead(workspace)
    do(lead, MONDAY_NOON, url="/pricing")
    do(lead, MONDAY_NOON, MONDAY_NOON, url="/preise")
    new = defined(pricing, by=ana, path_prefix="/preise")
    draft = draft_of(workspace)
    assert (new.code, new.name, new.bit) == ("pricing-page-2", "pricing-page", 0)
    assert (new.replaces, new.made_for, draft.author) == (pricing, draft, ana)
    pricing.refresh_from_db()
    assert pricing.path_prefix == "/pricing"
    published = ModelVersion.objects.published().get()
    for matched in (False, True):
        new.refresh_from_db()
        assert new.classified is matched
        assert (intent(published, lead), intent(draft, lead)) == (20, 40)
        reclassify(workspace)
    assert compare(published, draft) == [
        "“pricing-page” means something else: path begins with /pricing → /preise."
    ]
    logged = LogEntry.objects.filter(user=ana).values_list("object_id", "change_message")
    told = "Signal “pricing-page” defined anew: path begins with /pricing → /preise."
    assert set(logged) == {(str(draft.pk), told), (str(new.pk), told)}


def test_a_version_brought_back_after_its_signal_was_replaced_brings_it_back(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    lead = make_lead(workspace)
    do(lead, MONDAY_NOON, url="/pricing")
    first = ModelVersion.objects.get()
    new = defined(pricing, by=ana, path_prefix="/preise")
    second = publish(draft_of(workspace), by=ana, now=LATER)
    assert second.rule_set == second
    assert (intent(first, lead), intent(second, lead)) == (20, 0)
    arrival = arrive(from_version(first, to=workspace), workspace)
    assert (arrival.new_signals, arrival.other_meaning) == ([], [])
    back = open_draft(workspace=workspace, by=ana, from_=from_version(first, to=workspace))
    assert back.intentrules.get().signal == pricing
    assert compare(second, back) == [
        "“pricing-page” means something else: path begins with /preise → /pricing."
    ]
    assert compare(first, back) == []
    assert publish(back, by=ana, now=LATER).rule_set == first
    while rescore_next(now=LATER):
        pass
    assert Score.objects.get(lead=lead).intent == 20
    # Now the first one is changed again: its successor is the second of that name.
    third = defined(pricing, by=ana, path_prefix="/prices")
    assert (third.code, third.replaces) == ("pricing-page-3", pricing)
    assert versions_using(new) == [second]


def test_a_draft_that_uses_both_says_which_is_which(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    lead = make_lead(workspace)
    first = ModelVersion.objects.get()
    new = defined(pricing, by=ana, path_prefix="/preise")
    publish(draft_of(workspace), by=ana, now=LATER)
    back = open_draft(workspace=workspace, by=ana, from_=from_version(first, to=workspace))
    IntentRule.objects.create(version=back, name="Both", signal=new, points=5)
    IntentRule.objects.create(
        version=back,
        name="Then",
        signal=new,
        points=5,
        shape="sequence",
        later_steps=[pricing.code],
    )
    (group,) = [g for g in grouped(contents_of(first), contents_of(back)) if "do" in g.title]
    assert group.changes == [
        "Rule changed: “Views”: 20 points for each “pricing-page (page view, path begins with "
        "/pricing)”, together at most 60 (was: 20 points for each “pricing-page”, together at "
        "most 60).",
        "Rule added: “Both”: 5 points for each “pricing-page (page view, path begins with "
        "/preise)”.",
        "Rule added: “Then”: 5 points once, for “pricing-page (page view, path begins with "
        "/preise)”, then “pricing-page (page view, path begins with /pricing)”, in this order.",
    ]
    do(lead, MONDAY_NOON, url="/preise")
    publish(back, by=ana, now=LATER)
    score_lead(lead, now=LATER)
    explanation = explain(lead, at=LATER)
    assert explanation is not None
    assert "pricing-page (page view, path begins with /preise)" in repr(explanation)


def test_lists_offer_the_successor_and_not_what_it_replaced(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    here = Signal.objects.of(workspace)
    first = ModelVersion.objects.get()
    new = defined(pricing, by=ana, path_prefix="/preise")
    draft = draft_of(workspace)
    assert set(current(here, by=draft)) == {new}
    assert set(current(here)) == {new, pricing}  # the one is in force, the other in the draft
    publish(draft, by=ana, now=LATER)
    assert set(current(here)) == {new}
    back = open_draft(workspace=workspace, by=ana, from_=from_version(first, to=workspace))
    assert set(current(here, by=back)) == {new, pricing}
    assert told_apart([new, pricing]) == {
        "pricing-page": "pricing-page (page view, path begins with /pricing)",
        "pricing-page-2": "pricing-page (page view, path begins with /preise)",
    }


def test_what_only_a_draft_uses_is_edited_in_place(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    new = defined(pricing, by=ana, path_prefix="/preise")
    assert defined(new, by=ana, path_prefix="/prices") == new
    new.refresh_from_db()
    assert (new.path_prefix, Signal.objects.count()) == ("/prices", 2)


def test_a_preview_made_before_such_an_edit_is_of_something_else(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    new = defined(pricing, by=ana, path_prefix="/preise")
    before = fingerprint(draft_of(workspace))
    defined(new, by=ana, name="Saw the prices")
    assert fingerprint(draft_of(workspace)) == before
    defined(new, by=ana, path_prefix="/prices")
    assert fingerprint(draft_of(workspace)) != before


def test_a_new_name_is_no_new_definition(workspace: Workspace, pricing: Signal, ana: User) -> None:
    assert defined(pricing, by=ana, name="Saw the prices") == pricing
    assert not ModelVersion.objects.draft().exists()
    assert Signal.objects.get().name == "Saw the prices"


def test_later_steps_follow_to_the_successor(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    draft = open_draft(workspace=workspace, by=ana)
    film = make_signal(workspace, code="film")
    draft.intentrules.update(
        signal=film, shape="sequence", cap=None, later_steps=[pricing.code, film.code]
    )
    new = defined(pricing, by=ana, path_prefix="/preise")
    rule = draft.intentrules.get()
    assert (rule.signal, rule.later_steps) == (film, [new.code, film.code])
    assert problems(draft) == []


def test_what_neither_draft_nor_version_in_force_uses_is_settled(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    draft = open_draft(workspace=workspace, by=ana)
    draft.intentrules.update(signal=make_signal(workspace, code="film"))
    with pytest.raises(ValidationError) as told:
        defined(pricing, by=ana, path_prefix="/preise")
    assert told.value.messages == [
        "Nothing was saved. What it notices is final, for the versions that use it (1), and draft "
        "2 does not use it. For something else, add a signal of its own."
    ]
    assert Use.of(pricing).is_settled
    publish(draft, by=ana, now=LATER)
    with pytest.raises(ValidationError, match="what is in force does not use it"):
        defined(pricing, by=ana, path_prefix="/preise")
    assert not ModelVersion.objects.draft().exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_replace_the_same_signal_one_is_told(db: None) -> None:
    workspace = make_workspace()
    people = [make_member(workspace, name=name) for name in ("Ana Marques", "Omar Diaz")]
    make_model(workspace)
    paths = ("/preise", "/prices")
    signal = Signal.objects.get()

    def replace(n: int) -> Signal:
        return defined(signal, by=people[n], path_prefix=paths[n])

    outcomes = at_once(2, replace)
    (new,) = [outcome for outcome in outcomes if isinstance(outcome, Signal)]
    (told,) = [outcome for outcome in outcomes if isinstance(outcome, ValidationError)]
    who = people[paths.index(new.path_prefix)]
    assert told.messages == [
        f"Nothing was saved. {who} has put another definition in its place in draft 2: page view, "
        f"path begins with {new.path_prefix}."
    ]
    assert draft_of(workspace).intentrules.get().signal == new
    assert Signal.objects.count() == 2


def test_a_discarded_draft_takes_the_signals_that_came_with_it(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    by_hand = make_signal(workspace, code="film")
    new = defined(pricing, by=ana, path_prefix="/preise")
    draft = draft_of(workspace)
    IntentRule.objects.create(version=draft, name="Film", signal=by_hand, points=5)
    draft.delete()
    assert set(Signal.objects.all()) == {pricing, by_hand}
    assert set(current(Signal.objects.all())) == {pricing, by_hand}
    again = defined(pricing, by=ana, path_prefix="/prices")
    assert (again.code, again.bit) == (new.code, new.bit)


def test_a_replaced_draft_takes_what_its_model_brought_and_the_new_one_brings_its_own(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    draft = open_draft(workspace=workspace, by=ana, from_=from_library("product-led"))
    brought = set(Signal.objects.filter(made_for=draft).values_list("code", flat=True))
    assert brought
    original = from_library("product-led")
    arrival = arrive(original, workspace, replacing=draft)
    assert {signal.code for signal in arrival.leaving} == brought
    assert {signal.code for signal in arrival.new_signals} == brought
    starter = from_library(library.STARTER)
    new = open_draft(workspace=workspace, by=ana, from_=starter, replacing=draft)
    assert set(Signal.objects.exclude(made_for=new)) == {pricing}
    version = publish(new, by=ana, now=LATER)
    kept = Signal.objects.filter(made_for=version).count()
    open_draft(workspace=workspace, by=ana).delete()
    assert Signal.objects.filter(made_for=version).count() == kept > 0


def test_a_model_travels_by_the_first_code_and_meets_what_is_in_force(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    other = make_workspace(name="Harbour", slug="harbour")
    defined(pricing, by=ana, path_prefix="/preise")
    version = publish(draft_of(workspace), by=ana, now=LATER)
    fresh = arrive(from_version(version, to=other), other)
    assert [(s.code, s.path_prefix) for s in fresh.new_signals] == [("pricing-page", "/preise")]
    # There it was replaced as well: what is in force there keeps its meaning.
    copy = open_draft(workspace=other, by=None, from_=from_version(version, to=other))
    publish(copy, by=None, now=LATER)
    theirs = defined(copy.intentrules.get().signal, path_prefix="/prijzen")
    publish(draft_of(other), by=None, now=LATER)
    arrival = arrive(from_version(version, to=other), other)
    assert arrival.new_signals == []
    assert arrival.sentences() == [
        "The signal “pricing-page” (pricing-page-2): page view, path begins with /prijzen stays "
        "as it is here. The model comes from where it was “pricing-page” (pricing-page-2): page "
        "view, path begins with /preise."
    ]
    draft = open_draft(workspace=other, by=None, from_=from_version(version, to=other))
    assert draft.intentrules.get().signal == theirs


def test_two_of_one_first_code_travel_as_two(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    other = make_workspace(name="Harbour", slug="harbour")
    first = ModelVersion.objects.get()
    new = defined(pricing, by=ana, path_prefix="/preise")
    publish(draft_of(workspace), by=ana, now=LATER)
    back = open_draft(workspace=workspace, by=ana, from_=from_version(first, to=workspace))
    back.intentrules.update(signal=new, shape="sequence", cap=None, later_steps=[pricing.code])
    draft = open_draft(workspace=other, by=None, from_=from_version(back, to=other))
    rule = draft.intentrules.get()
    assert (rule.signal.code, rule.signal.path_prefix) == ("pricing-page-2", "/preise")
    assert rule.later_steps == ["pricing-page"]
    assert Signal.objects.of(other).get(code="pricing-page").path_prefix == "/pricing"
    assert compare(back, draft) == []


def test_a_full_workspace_names_what_may_go(
    workspace: Workspace, pricing: Signal, ana: User
) -> None:
    spare = make_signal(workspace, code="spare")
    draft = open_draft(workspace=workspace, by=ana)
    for n in range(2, SIGNALS_PER_WORKSPACE):
        signal = make_signal(workspace, code=f"s{n}")
        IntentRule.objects.create(version=draft, name=f"S {n}", signal=signal, points=1)
    assert unused(workspace) == [spare]
    with pytest.raises(ValidationError) as told:
        defined(pricing, by=ana, path_prefix="/preise")
    assert told.value.messages == [
        "A workspace has room for 63 signals. Delete what no version of the model uses: “spare” "
        "(spare)."
    ]
    assert draft.intentrules.get(name="Views").signal == pricing
    spare.delete()
    assert defined(pricing, by=ana, path_prefix="/preise").bit == spare.bit
    with pytest.raises(ValidationError, match="none can be deleted"):
        make_signal(workspace, code="one-too-many")


PATHS = ("/pricing", "/preise", "/prices")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    visits=st.lists(st.sampled_from(PATHS), max_size=6),
    acts=st.lists(
        st.sampled_from([*PATHS, "publish", "discard", "match", "bring back"]), max_size=10
    ),
)
def test_no_final_version_ever_means_something_else(
    workspace: Workspace, visits: list[str], acts: list[str]
) -> None:
    """Whatever is edited, published, discarded, matched and brought back: each version gives the
    points that it gave when it was published, and all evaluators agree."""
    # One workspace an example: what is final cannot be taken back.
    workspace = make_workspace()
    model = make_draft(workspace)
    model.intentrules.update(
        signal=make_signal(workspace, code="seen", path_prefix=PATHS[0]), cap=None
    )
    publish(model, by=None, now=MONDAY_NOON)
    lead = make_lead(workspace)
    for path in visits:
        do(lead, MONDAY_NOON, url=path)
    wants = {model.pk: PATHS[0]}
    for act in acts:
        drafts = ModelVersion.objects.draft().filter(workspace=workspace)
        draft = drafts.first()
        versions = ModelVersion.objects.filter(workspace=workspace)
        if act == "publish" and draft:
            publish(draft, by=None, now=MONDAY_NOON)
        elif act == "discard":
            drafts.delete()
        elif act == "match":
            reclassify(workspace)
        elif act == "bring back":
            first = versions.earliest("number")
            original = from_version(first, to=workspace)
            back = open_draft(workspace=workspace, by=None, from_=original, replacing=draft)
            wants[back.pk] = wants[first.pk]
        elif act in PATHS:
            source = draft or versions.published().get()
            defined(source.intentrules.get().signal, path_prefix=act)
            changed = act != wants[source.pk]
            if draft := drafts.first():
                wants[draft.pk] = act if changed else wants[source.pk]
        for version in versions:
            expected = min(100, 20 * visits.count(wants[version.pk]))
            assert intent(version, lead) == expected
