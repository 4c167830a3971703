"""Models of one's own making for tests about scoring, and the four evaluators side by side."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import User, Workspace
from leadqual.models import Event, EventKind, Lead
from scoring.engine.compiled import Scope, compiled
from scoring.engine.evaluate import Evaluation, evaluate
from scoring.engine.gather import gather, unclassified
from scoring.engine.rules import IntentPoints, RuleSet
from scoring.locks import share_model
from scoring.models import (
    AttributeRule,
    Band,
    GradeCell,
    IntentRule,
    ModelVersion,
    QualificationRule,
    Signal,
)
from scoring.models.rules import Operator
from scoring.models.versions import Axis
from scoring.publishing import open_draft, publish
from scoring.signals import add_signal, classify
from tests.builders import MONDAY_NOON

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)

Numbers = tuple[float, float, bool, datetime | None, datetime | None]


def make_signal(
    workspace: Workspace, *, code: str, kind: EventKind = EventKind.PAGE_VIEW, **fields: Any
) -> Signal:
    return add_signal(Signal(workspace=workspace, code=code, name=code, kind=kind, **fields))


def make_draft(workspace: Workspace, *, by: User | None = None) -> ModelVersion:
    """A small draft that may be published: a job title on fit, every page view on intent.

    Bands low and high from 50; MQL from 40 in total.
    """
    draft = open_draft(workspace=workspace, by=by, now=MONDAY_NOON)
    signal = make_signal(workspace, code=f"view-{draft.number}")
    AttributeRule.objects.create(
        version=draft,
        name="Buyer",
        points=30,
        field="job_title",
        operator=Operator.HAS_WORD,
        value=["buyer"],
    )
    IntentRule.objects.create(version=draft, name="Views", signal=signal, points=20, cap=60)
    for axis in Axis:
        Band.objects.create(version=draft, axis=axis, name="Low", floor=0)
        Band.objects.create(version=draft, axis=axis, name="High", floor=50)
    for fit, intent, grade in (
        ("Low", "Low", "D"),
        ("Low", "High", "C"),
        ("High", "Low", "B"),
        ("High", "High", "A"),
    ):
        GradeCell.objects.create(version=draft, fit_band=fit, intent_band=intent, grade=grade)
    QualificationRule.objects.create(
        version=draft, purpose=QualificationRule.Purpose.MQL, total_at_least=40
    )
    return draft


def make_model(workspace: Workspace, *, by: User | None = None) -> ModelVersion:
    """The version in force: that of `make_draft`."""
    return publish(make_draft(workspace, by=by), by=by, now=MONDAY_NOON)


def do(
    lead: Lead, *moments: datetime, kind: EventKind = EventKind.PAGE_VIEW, **fields: Any
) -> None:
    """The lead does something at each of the moments; classified as at intake."""
    events = [
        Event(workspace=lead.workspace, lead=lead, kind=kind, occurred_at=at, **fields)
        for at in moments
    ]
    share_model(lead.workspace_id)
    classify(events, lead.workspace)
    Event.objects.bulk_create(events)


def known_from(moment: datetime) -> None:
    """What is written from now on was learned then, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('leadqual.fact_at', %s, true)", [moment.isoformat()])


def learn(moment: datetime, lead: Lead, **facts: Any) -> None:
    """The lead says something at that moment; what is written afterwards is dated by the clock."""
    known_from(moment)
    Lead.objects.filter(pk=lead.pk).update(**facts)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('leadqual.fact_at', '', true)")


def rule(**fields: Any) -> IntentPoints:
    """A rule for the signal of bit 0, ten points for each event."""
    return IntentPoints(**{"name": "r", "signal_id": 0, "bit": 0, "points": 10, **fields})


def numbers_of(found: Evaluation) -> Numbers:
    return (found.fit, found.intent, bool(found.flags), found.last_event_at, found.next_expiry)


def sql_numbers(rules: RuleSet, scope: Scope, *, at: datetime, **reach: Any) -> dict[int, Numbers]:
    query = compiled(rules, unclassified(rules.workspace_id), scope)
    with connection.cursor() as cursor:
        cursor.execute(query.filled(query.text, at, **reach))  # as scoring.writing does
        return {row[0]: row[2:] for row in cursor.fetchall()}


def by_all_four(rules: RuleSet, ids: list[int], *, at: datetime) -> dict[int, Numbers]:
    """What Python says of the leads, after asserting that SQL says the same in each scope."""
    facts = gather(ids, rules)
    in_python = {pk: numbers_of(evaluate(facts[pk], rules, at=at)) for pk in ids}
    one_by_one = {pk: sql_numbers(rules, Scope.EACH, at=at, ids=[pk])[pk] for pk in ids}
    assert one_by_one == in_python
    assert sql_numbers(rules, Scope.EACH, at=at, ids=ids) == in_python
    reach = {"after": min(ids, default=0) - 1, "until": max(ids, default=0)}
    everyone = sql_numbers(rules, Scope.ALL, at=at, **reach)
    assert {pk: everyone[pk] for pk in ids} == in_python
    return in_python
