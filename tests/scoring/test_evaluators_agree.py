"""Python, SQL for one lead, for some and for all: four ways to the same numbers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from leadqual.models import Company, Event, EventKind, Lead, Source
from scoring.engine.compiled import Scope, compiled
from scoring.engine.evaluate import evaluate
from scoring.engine.gather import gather, unclassified
from scoring.engine.rules import RuleSet
from scoring.models import ModelVersion, Score, Signal
from tests.builders import make_lead, make_source, make_workspace
from tests.scoring.builders import (
    Numbers,
    by_all_four,
    learn,
    make_signal,
    numbers_of,
    rule,
    sql_numbers,
)
from tests.scoring.strategies import (
    BITS,
    SOURCES,
    fold,
    leads,
    moments,
    people_rules,
    rule_sets,
    texts,
)

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
    rules = replace(rules, intents=(*rules.intents, data.draw(people_rules())))
    drawn = data.draw(st.lists(leads(at=AT), min_size=1, max_size=4))
    moved = data.draw(st.lists(st.tuples(st.integers(0, 3), moments(at=AT), st.booleans())))
    redefined = data.draw(st.sampled_from([False, False, True]))
    with transaction.atomic():
        ids = [_store(workspace, lead, sources) for lead in drawn]
        for place, at, comes in moved:
            _move(ids[place % len(ids)], "shared" if comes else None, at=at)
        if redefined:
            Signal.objects.filter(workspace=workspace, bit=0).update(
                kind="page_view", path_prefix="/pricing"
            )
        assert len(unclassified(workspace.pk)) == int(redefined)
        present = [pk for pk, lead in zip(ids, drawn, strict=True) if not lead["gone"]]
        assert gather(ids, rules).keys() == set(present)
        now = by_all_four(rules, present, at=AT)
        assert _as_scored(rules, present) == now
        assert _as_known_then(rules, present, in_sql=True) == _as_known_then(rules, present)
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


def _as_scored(rules: RuleSet, ids: list[int]) -> dict[int, Numbers]:
    """What `rescore --check` computes: each lead as of when its score was made."""
    version = ModelVersion.objects.create(workspace_id=rules.workspace_id, number=1)
    Score.objects.bulk_create(
        Score(
            lead_id=pk,
            workspace_id=rules.workspace_id,
            fit=0,
            intent=0,
            disqualified=False,
            scored_at=AT,
            rule_set=version,
        )
        for pk in ids
    )
    return sql_numbers(rules, Scope.AS_SCORED, at=AT, ids=ids)


def _as_known_then(
    rules: RuleSet, ids: list[int], *, in_sql: bool = False
) -> dict[tuple[int, datetime], Numbers]:
    """Of two moments, one before the other; each lead is asked for both at once."""
    moments = [AT - timedelta(days=7), AT]
    if not in_sql:
        return {
            (pk, moment): numbers_of(evaluate(facts, rules, at=moment))
            for moment in moments
            for pk, facts in gather(ids, rules, as_of=moment).items()
        }
    query = compiled(rules, unclassified(rules.workspace_id), Scope.AS_AT)
    asked = [(pk, moment) for pk in ids for moment in moments]
    with connection.cursor() as cursor:
        cursor.execute(
            query.text,
            query.values(ids=[pk for pk, _ in asked], ats=[moment for _, moment in asked]),
        )
        return {asked[row[-1] - 1]: row[2:-1] for row in cursor.fetchall()}


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


def _move(lead_id: int, company: str | None, *, at: datetime) -> None:
    """The lead is of that company from then on."""
    lead = Lead.objects.get(pk=lead_id)
    learn(at, lead, company=_company(lead.workspace, company))


def _company(workspace: Workspace, company: Any) -> Company | None:
    if company == "shared":
        return Company.objects.get(workspace=workspace, name="Shared")
    return Company.objects.create(workspace=workspace, name="C", **company) if company else None
