"""Signals: decided at intake, matched anew when their definition changes, never wrong between."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from leadqual.models import Event, EventKind, Lead
from scoring import shadows
from scoring.checking import differences
from scoring.engine.rules import rules_of
from scoring.engine.sql import Binder
from scoring.models import ModelVersion, Rescore, Score, Signal
from scoring.publishing import open_draft, publish
from scoring.reclassification import reclassify, workspaces_waiting
from scoring.rescoring import rescore_next
from scoring.signals import Definition, classify, path_of, shows, shows_sql
from tests.at_once import at_once
from tests.builders import MONDAY_NOON, make_event, make_lead, make_workspace
from tests.scoring.builders import by_all_four, do, make_draft, make_model, make_signal
from tests.scoring.strategies import custom_values

pytestmark = pytest.mark.django_db

URLS = st.one_of(
    st.sampled_from(
        [
            "",
            "/",
            "/pricing",
            "/PRICING/team?x=/blog#y",
            "https://x.example/pricing",
            "HTTP://x.example",
            "//x.example/pricing",
            "https://x.example?back=/pricing",
            "pricing",
            "/pricing\n/blog",
            "mailto:ada@x.example",
            "/Ärzte",
        ]
    ),
    st.text(alphabet="/ap?#:.Äİ\n", max_size=8),
)
NAMES = st.sampled_from(["utm_medium", "utm_source", "form"])
PROPERTIES = st.dictionaries(NAMES, custom_values, max_size=2)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    url=URLS,
    kind=st.sampled_from(["page_view", "form"]),
    properties=PROPERTIES,
    prefix=st.sampled_from(["", "/", "/pricing", "/p", "/ä", "/Ä"]),
    wanted=st.lists(
        st.tuples(NAMES, st.sampled_from(["", "cto", "20", "20.5", "0.0000001", "true"])),
        max_size=2,
    ),
)
def test_python_and_sql_see_the_same_signals(
    db: None,
    url: str,
    kind: str,
    properties: dict[str, Any],
    prefix: str,
    wanted: list[tuple[str, str]],
) -> None:
    definition = Definition(3, "page_view", prefix, tuple(wanted))
    event = Event(kind=kind, url=url, properties=properties)
    bind = Binder()
    text = (
        f"SELECT {shows_sql(definition, bind)}"  # noqa: S608 - our own compiler's text
        " FROM (SELECT %(kind)s AS kind, %(url)s AS url, %(properties)s::jsonb AS properties) e"
    )
    encoded = Event._meta.get_field("properties").get_db_prep_value(properties, connection)
    with connection.cursor() as cursor:
        cursor.execute(text, {**bind.params, "kind": kind, "url": url, "properties": encoded})
        found = cursor.fetchone()[0]
    assert (found or False) is shows(event, definition)


def test_the_path_is_what_stands_between_host_and_question_mark() -> None:
    assert path_of("https://northwind.example/pricing/team?plan=pro#top") == "/pricing/team"
    assert path_of("https://northwind.example?x=1") == "/"
    assert path_of("/pricing") == "/pricing"
    assert path_of("") == ""


def test_classifying_stores_one_bit_for_each_signal(workspace: Workspace) -> None:
    make_signal(workspace, code="pricing", path_prefix="/pricing")
    make_signal(workspace, code="any-page")
    make_signal(
        workspace, code="enquiry", kind=EventKind.FORM, property_name="form", property_value="full"
    )
    make_signal(make_workspace(), code="theirs")
    lead = make_lead(workspace)
    events = [
        Event(workspace=workspace, lead=lead, occurred_at=MONDAY_NOON, **fields)
        for fields in (
            {"kind": "page_view", "url": "/pricing"},
            {"kind": "page_view", "url": "/blog"},
            {"kind": "form", "properties": {"form": "Full"}},
            {"kind": "form", "properties": {"form": "newsletter"}},
        )
    ]
    classify(events, workspace)
    assert [event.signals for event in events] == [0b011, 0b010, 0b100, 0]


def test_a_new_signal_takes_the_first_free_bit_until_there_is_none(workspace: Workspace) -> None:
    signals = [make_signal(workspace, code=f"s{n}") for n in range(63)]
    assert [signal.bit for signal in signals] == list(range(63))
    with pytest.raises(ValidationError, match="room for 63 signals"), transaction.atomic():
        make_signal(workspace, code="one-too-many")
    signals[5].delete()
    assert make_signal(workspace, code="again").bit == 5
    lead = make_lead(workspace)
    do(lead, MONDAY_NOON)
    assert Event.objects.get().signals == 2**63 - 1


@pytest.mark.parametrize("change", [{"bit": 7}, {"code": "other"}])
def test_a_signal_keeps_its_bit_and_its_code(workspace: Workspace, change: Any) -> None:
    signal = make_signal(workspace, code="page")
    with pytest.raises(IntegrityError, match="keeps its place"), transaction.atomic():
        Signal.objects.filter(pk=signal.pk).update(**change)


@pytest.fixture
def viewed(workspace: Workspace) -> tuple[ModelVersion, Signal, Lead]:
    """A draft that gives 20 points a page view, and a lead with one view of /pricing."""
    draft = make_draft(workspace)
    lead = make_lead(workspace)
    do(lead, MONDAY_NOON, url="/pricing")
    return draft, Signal.objects.get(), lead


def redefine(signal: Signal, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(signal, name, value)
    signal.save()


def is_classified(signal: Signal) -> bool:
    return Signal.objects.get(pk=signal.pk).classified


def intent_of(lead: Lead, draft: ModelVersion) -> float:
    """What all evaluators say of it."""
    return by_all_four(rules_of(draft), [lead.pk], at=MONDAY_NOON)[lead.pk][1]


def test_until_older_events_are_matched_the_raw_columns_decide(
    workspace: Workspace, viewed: tuple[ModelVersion, Signal, Lead]
) -> None:
    draft, signal, lead = viewed
    assert intent_of(lead, draft) == 20
    redefine(signal, path_prefix="/blog")
    assert not is_classified(signal)
    assert Event.objects.get().signals == 1  # not yet matched
    assert intent_of(lead, draft) == 0
    assert workspaces_waiting() == [workspace.pk]
    assert reclassify(workspace) == 1
    assert is_classified(signal)
    assert Event.objects.get().signals == 0
    assert intent_of(lead, draft) == 0
    assert workspaces_waiting() == []
    assert reclassify(workspace) == 0


def test_a_version_published_while_its_signals_are_matched_has_every_score_right_all_along(
    workspace: Workspace, viewed: tuple[ModelVersion, Signal, Lead]
) -> None:
    """So nobody is scored again when the matching is done."""
    draft, signal, _ = viewed
    redefine(signal, path_prefix="/blog")
    redefine(signal, path_prefix="/pricing")  # there and back: not known to be matched
    publish(draft, by=None, now=MONDAY_NOON)
    while rescore_next(now=MONDAY_NOON):
        pass
    assert not is_classified(signal)
    assert Score.objects.get().intent == 20
    assert list(differences(workspace)) == []
    assert reclassify(workspace) == 0
    assert not Rescore.objects.filter(finished_at=None).exists()
    assert list(differences(workspace)) == []


@pytest.mark.parametrize("status", ["published", "retired", "shadow", "ended"])
def test_what_a_final_version_uses_is_final_and_its_name_is_not(
    workspace: Workspace, status: str
) -> None:
    make_model(workspace)
    version = open_draft(workspace=workspace, by=None)
    first, last = make_signal(workspace, code="first"), make_signal(workspace, code="last")
    version.intentrules.update(signal=first, shape="sequence", cap=None, later_steps=["last"])
    redefine(first, path_prefix="/pricing")  # as long as only a draft uses it
    if status in ("shadow", "ended"):
        shadows.start(version, by=None, now=MONDAY_NOON)
    else:
        publish(version, by=None, now=MONDAY_NOON)
    if status == "ended":
        shadows.end(version, by=None, now=MONDAY_NOON)
    if status == "retired":
        publish(open_draft(workspace=workspace, by=None), by=None, now=MONDAY_NOON)
    assert ModelVersion.objects.get(pk=version.pk).status == status
    for signal in (first, last):  # by its row, and by its code
        mine = Signal.objects.filter(pk=signal.pk)
        for change in ({"path_prefix": "/x"}, {"kind": "form"}, {"utm_source": "ads"}):
            with pytest.raises(IntegrityError, match="keeps its definition"), transaction.atomic():
                mine.update(**change)
        assert mine.update(name="Corrected") == 1
    with pytest.raises(IntegrityError, match="keeps its definition"), transaction.atomic():
        last.delete()


def test_only_the_one_who_matched_may_say_that_a_signal_is_matched(
    workspace: Workspace, viewed: tuple[ModelVersion, Signal, Lead]
) -> None:
    _, signal, _ = viewed
    redefine(signal, path_prefix="/blog")
    signal.classified = True
    redefine(signal, name="Another name")
    signal.refresh_from_db()
    assert (signal.name, signal.classified) == ("Another name", False)


def test_a_new_signal_is_matched_against_what_happened_before(
    workspace: Workspace, viewed: tuple[ModelVersion, Signal, Lead]
) -> None:
    make_event(viewed[2], kind=EventKind.FORM)
    assert make_signal(workspace, code="form", kind=EventKind.FORM).classified is False
    assert reclassify(workspace, chunk=1) == 1
    assert sorted(Event.objects.values_list("signals", flat=True)) == [1, 2]


def test_other_workspaces_events_keep_their_bits(
    workspace: Workspace, viewed: tuple[ModelVersion, Signal, Lead]
) -> None:
    elsewhere = make_workspace()
    make_signal(elsewhere, code="page")
    do(make_lead(elsewhere), MONDAY_NOON, url="/pricing")
    redefine(viewed[1], path_prefix="/blog")
    assert reclassify(workspace) == 1
    assert Event.objects.get(workspace=elsewhere).signals == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_that_comes_in_while_a_definition_changes_is_matched_too(db: None) -> None:
    """Whoever is first: the event ends up with the bits of the new definition."""
    workspace = make_workspace()
    signal = make_signal(workspace, code="page", path_prefix="/pricing")
    lead = make_lead(workspace)
    do(lead, MONDAY_NOON, url="/blog")

    def take_in_or_redefine(n: int) -> None:
        with transaction.atomic():
            if n:
                Signal.objects.filter(pk=signal.pk).update(path_prefix="/blog")
            else:
                do(lead, *[MONDAY_NOON] * 20, url="/blog")

    assert at_once(2, take_in_or_redefine) == [None, None]
    reclassify(workspace)
    assert set(Event.objects.values_list("signals", flat=True)) == {1}


def test_whether_there_are_events_to_match_is_planned_for_the_workspace_that_asks(db: None) -> None:
    """The plan for any workspace reads everybody's events to find that a new one has none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT proconfig FROM pg_proc WHERE proname = 'scoring_signal_defined'")
        assert cursor.fetchall() == [(["plan_cache_mode=force_custom_plan"],)]
