"""Python, SQL for one lead, for some and for all: four ways to the same numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from leadqual.models import Company, Event, EventKind, Lead, Source
from scoring.compiled import Scope, compiled
from scoring.evaluate import evaluate
from scoring.gather import gather, unclassified
from scoring.models import Signal
from scoring.rules import RuleSet
from tests.builders import make_lead, make_source, make_workspace
from tests.scoring.builders import by_all_four, make_signal, rule
from tests.scoring.strategies import BITS, SOURCES, fold, leads, rule_sets, texts

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 29, 3, 0, tzinfo=UTC)  # the hour after Europe's clocks went forward


@pytest.fixture
def ground(workspace: Workspace) -> tuple[Workspace, dict[str, Source]]:
    """A workspace with its sources and signals, and another that shares the tables with it."""
    other = make_workspace()
    make_source(other, code="ads")
    for n in range(BITS):
        make_signal(workspace, code=f"s{n}", kind=EventKind.CHAT)
    Company.objects.create(workspace=workspace, name="Shared")
    sources = {code: make_source(workspace, code=code) for code in SOURCES}
    Source.objects.filter(code="event").update(direction="outbound")
    return workspace, sources


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_the_four_evaluators_give_every_lead_the_same_numbers(
    ground: tuple[Workspace, dict[str, Source]], data: st.DataObject
) -> None:
    workspace, sources = ground
    rules = data.draw(rule_sets(workspace_id=workspace.pk))
    drawn = data.draw(st.lists(leads(at=AT), min_size=1, max_size=4))
    redefined = data.draw(st.sampled_from([False, False, True]))
    with transaction.atomic():
        ids = [_store(workspace, lead, sources) for lead in drawn]
        if redefined:
            Signal.objects.filter(workspace=workspace, bit=0).update(
                kind="page_view", path_prefix="/pricing"
            )
        assert len(unclassified(workspace.pk)) == int(redefined)
        present = [pk for pk, lead in zip(ids, drawn, strict=True) if not lead["gone"]]
        assert gather(ids, rules).keys() == set(present)
        by_all_four(rules, present, at=AT)
        transaction.set_rollback(True)


@settings(max_examples=50, deadline=None)
@given(text=texts)
def test_the_tests_fold_texts_as_the_database_does(text: str) -> None:
    assert fold(text) == fold(fold(text))


def test_a_session_in_another_zone_changes_no_number(
    ground: tuple[Workspace, dict[str, Source]],
) -> None:
    """Days are 24 hours, also across the night when the clocks go forward."""
    workspace, sources = ground
    rules = RuleSet(0, workspace.pk, 10, intents=(rule(window=timedelta(days=30)),))
    event = {"occurred_at": AT - timedelta(days=29, hours=23, minutes=30), "signals": 1}
    lead = {
        "facts": {"captured_at": AT - timedelta(days=60)},
        "source": None,
        "company": None,
        "gone": None,
        "events": [{**event, "source": None, "kind": "chat", "url": "", "properties": {}}],
    }
    pk = _store(workspace, lead, sources)
    expected = evaluate(gather([pk], rules)[pk], rules, at=AT)
    assert expected.intent == 6.56  # 10 × 0.9⁴
    assert expected.next_expiry == AT + timedelta(minutes=30)
    query = compiled(rules, (), Scope.EACH)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Europe/Berlin'")
        cursor.execute(
            f"SELECT intent, date_part('epoch', next_expiry) FROM ({query.text}) q",  # noqa: S608 - our own compiler's text
            query.values(AT, ids=[pk]),
        )
        assert cursor.fetchall() == [(6.56, expected.next_expiry.timestamp())]


def _store(workspace: Workspace, lead: dict[str, Any], sources: dict[str, Source]) -> int:
    stored = Lead.objects.bulk_create(
        [
            Lead(
                workspace=workspace,
                company=_company(workspace, lead["company"]),
                first_source=sources.get(lead["source"]),
                **lead["facts"],
            )
        ]
    )[0]
    Event.objects.bulk_create(
        Event(workspace=workspace, lead=stored, **{**event, "source": sources.get(event["source"])})
        for event in lead["events"]
    )
    if lead["gone"] == "merged":
        Lead.objects.filter(pk=stored.pk).update(merged_into=make_lead(workspace))
    elif lead["gone"] == "erased":
        Lead.objects.filter(pk=stored.pk).update(erased_at=AT)
    return stored.pk


def _company(workspace: Workspace, company: Any) -> Company | None:
    if company == "shared":
        return Company.objects.get(workspace=workspace, name="Shared")
    return Company.objects.create(workspace=workspace, name="C", **company) if company else None
