"""What was known at a moment: nothing later is ever looked at."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from leadqual.models import Company, Event, EventKind, Lead, Source
from scoring.engine import hindsight
from scoring.engine.compiled import Scope, compiled
from scoring.engine.evaluate import evaluate
from scoring.engine.gather import gather, gather_through, unclassified
from scoring.engine.people import ever_present
from scoring.engine.rules import AttributePoints, Condition, RuleSet
from scoring.models.rules import Operator
from scoring.models.versions import Axis
from tests.builders import make_company, make_lead, make_source
from tests.scoring.builders import DAY, Numbers, do, known_from, make_signal, numbers_of, rule
from tests.scoring.strategies import (
    BITS,
    SOURCES,
    custom_values,
    events,
    leads,
    moments,
    people_rules,
    rule_sets,
    texts,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 29, 3, 0, tzinfo=UTC)


def as_known_then(rules: RuleSet, wanted: list[tuple[int, datetime]]) -> list[Numbers]:
    query = compiled(rules, unclassified(rules.workspace_id), Scope.AS_AT)
    ids, ats = zip(*wanted, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.values(ids=list(ids), ats=list(ats)))
        rows = sorted(cursor.fetchall(), key=lambda row: row[-1])
    assert [row[-1] for row in rows] == list(range(1, len(wanted) + 1))
    return [row[2:-1] for row in rows]


@dataclass
class Colleague:
    """Somebody else, and the company they were of from each moment on, the first being capture."""

    steps: list[tuple[datetime, str | None]]
    events: list[dict[str, Any]]
    gone: str | None

    def company_at(self, at: datetime) -> str | None:
        """What was said by the capture has always held."""
        moment = max(at, self.steps[0][0])
        return [name for begins, name in self.steps if begins <= moment][-1]


@dataclass
class Told:
    """What a lead and its company said at each step, the first at its capture."""

    lead: dict[str, Any]
    source: Source | None
    events: list[dict[str, Any]]
    colleagues: list["Colleague"] = field(default_factory=list)
    steps: list[tuple[datetime, dict[str, Any], str | None]] = field(default_factory=list)
    companies: dict[str, list[tuple[datetime, dict[str, Any]]]] = field(default_factory=dict)


LEAD_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "job_title": texts,
        "first_name": texts,
        "country": st.sampled_from(["", "DE", "FR"]),
        "attributes": st.dictionaries(st.just("seats"), custom_values, max_size=1),
    },
)
COMPANY_FACTS = st.fixed_dictionaries(
    {
        "industry": texts,
        "employees": st.sampled_from([None, 1, 20, 1000]),
        "attributes": st.dictionaries(st.just("tier"), custom_values, max_size=1),
    }
)


WHERE = st.sampled_from([None, "one", "two"])


@st.composite
def colleagues(draw: st.DrawFn) -> Colleague:
    drawn = draw(leads(at=AT))
    later = draw(st.lists(moments(at=AT), max_size=3))
    steps = [(at, draw(WHERE)) for at in sorted([drawn["facts"]["captured_at"], *later])]
    return Colleague(steps, drawn["events"], drawn["gone"])


MOMENTS = moments(at=AT)
STEPS = st.lists(st.tuples(MOMENTS, WHERE), min_size=1, max_size=4).map(
    lambda steps: sorted(steps, key=lambda step: step[0])
)
SHOWN = st.lists(events(at=AT), min_size=1, max_size=3)
GONE = st.sampled_from([*6 * [None], "merged", "erased"])


@st.composite
def told(draw: st.DrawFn, sources: dict[str, Source]) -> Told:
    drawn = draw(leads(at=AT))
    captured = drawn["facts"]["captured_at"]
    later = st.integers(0, 60).map(lambda n: captured + n * DAY / 2)
    found = Told(drawn["facts"], sources.get(drawn["source"] or ""), drawn["events"])
    facts = {name: drawn["facts"][name] for name in ("job_title", "first_name", "country")}
    facts["attributes"] = drawn["facts"]["attributes"]
    found.colleagues = draw(st.lists(colleagues(), max_size=3))
    found.steps = [(captured, facts, draw(WHERE))]
    for at in sorted(draw(st.lists(later, max_size=3))):
        facts = {**facts, **draw(LEAD_CHANGES)}
        found.steps.append((at, facts, draw(WHERE)))
    for name in ("one", "two"):
        changes = sorted(draw(st.lists(later, max_size=2)))
        found.companies[name] = [(at, draw(COMPANY_FACTS)) for at in (captured, *changes)]
    return found


def lived(workspace: Workspace, story: Told) -> int:
    """The story as it happened, in the order in which it became known."""
    companies: dict[str | None, Any] = {None: None}
    steps: list[tuple[datetime, int, Any, dict[str, Any]]] = []
    for name, changes in story.companies.items():
        known_from(changes[0][0])
        companies[name] = Company.objects.create(
            workspace=workspace, name=name, created_at=changes[0][0], **changes[0][1]
        )
        steps += [(at, 0, companies[name], facts) for at, facts in changes[1:]]
    lead = Lead(workspace=workspace, first_source=story.source, **story.lead)
    of_lead = [(at, {**facts, "company": companies[name]}) for at, facts, name in story.steps]
    steps += [(at, n, lead, facts) for n, (at, facts) in enumerate(of_lead)]
    others = [Lead(workspace=workspace, captured_at=o.steps[0][0]) for o in story.colleagues]
    for row, other in zip(others, story.colleagues, strict=True):
        steps += [
            (at, n, row, {"company": companies[name]}) for n, (at, name) in enumerate(other.steps)
        ]
    steps.sort(key=lambda step: step[:2])
    for row in (lead, *others):  # in the order of the ids that the replay gives them
        first = next(step for step in steps if step[2] is row)
        steps.remove(first)
        _know(*first)
    for step in steps:
        _know(*step)
    store_events(workspace, lead, story.events)
    for row, other in zip(others, story.colleagues, strict=True):
        store_events(workspace, row, other.events)
        leave(row, other.gone)
    return lead.pk


def _know(at: datetime, _: int, row: Any, facts: dict[str, Any]) -> None:
    known_from(at)
    for name, value in facts.items():
        setattr(row, name, value)
    row.save()


def leave(lead: Lead, gone: str | None) -> None:
    """Merged or erased, whenever that was."""
    if gone == "merged":
        Lead.objects.filter(pk=lead.pk).update(merged_into=make_lead(lead.workspace))
    elif gone == "erased":
        Lead.objects.filter(pk=lead.pk).update(erased_at=AT)


def replayed(workspace: Workspace, story: Told, at: datetime) -> int:
    """Another lead that only ever was what the first was at that moment."""
    _, facts, name = [step for step in story.steps if step[0] <= at][-1]
    company = None
    if name:
        said = [facts for moment, facts in story.companies[name] if moment <= at][-1]
        company = Company.objects.create(workspace=workspace, name=name, **said)
    row = {**story.lead, **facts}
    if row["unsubscribed_at"] and row["unsubscribed_at"] > at:
        row["unsubscribed_at"] = None
    lead = Lead(workspace=workspace, first_source=story.source, company=company, **row)
    Lead.objects.bulk_create([lead])
    store_events(workspace, lead, [e for e in story.events if e["occurred_at"] <= at])
    for other in story.colleagues:
        if name and other.company_at(at) == name and not other.gone:
            there = Lead(workspace=workspace, company=company, captured_at=other.steps[0][0])
            Lead.objects.bulk_create([there])
            store_events(workspace, there, [e for e in other.events if e["occurred_at"] <= at])
    return lead.pk


def store_events(workspace: Workspace, lead: Lead, drawn: list[dict[str, Any]]) -> None:
    sources = {source.code: source for source in Source.objects.of(workspace)}
    Event.objects.bulk_create(
        Event(workspace=workspace, lead=lead, **{**e, "source": sources.get(e["source"])})
        for e in drawn
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_sql_python_and_a_replay_by_hand_say_the_same_of_any_moment(
    workspace: Workspace, data: st.DataObject
) -> None:
    with transaction.atomic():
        sources = {code: make_source(workspace, code=code) for code in SOURCES}
        for n in range(BITS):
            make_signal(workspace, code=f"s{n}", kind=EventKind.CHAT)
        rules = data.draw(rule_sets(workspace_id=workspace.pk))
        story = data.draw(told(sources))
        first = story.steps[0][0]
        probes = [
            max(first, moment)
            for moment in (
                *data.draw(st.lists(moments(at=AT), max_size=2)),
                *(at for at, _, _ in story.steps),
                *(at - timedelta(microseconds=1) for at, _, _ in story.steps[1:]),
                *(at for changes in story.companies.values() for at, _ in changes),
                *(
                    at - tick
                    for other in story.colleagues
                    for at, _ in other.steps
                    for tick in (timedelta(0), timedelta(microseconds=1))
                ),
            )
        ]
        pk = lived(workspace, story)
        by_hand = []
        for at in probes:
            again = replayed(workspace, story, at)
            by_hand.append(numbers_of(evaluate(gather([again], rules)[again], rules, at=at)))
        gathered = [
            numbers_of(evaluate(gather([pk], rules, as_of=at)[pk], rules, at=at)) for at in probes
        ]
        assert gathered == by_hand
        assert as_known_then(rules, [(pk, at) for at in probes]) == by_hand
        transaction.set_rollback(True)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    captured=moments(at=AT),
    said=st.lists(st.tuples(moments(at=AT), st.sampled_from(["one", "two", "", "title"]))),
    probes=st.lists(moments(at=AT), max_size=3),
)
def test_whoever_is_of_a_company_is_among_its_people_at_that_moment_and_nobody_else(
    workspace: Workspace,
    captured: datetime,
    said: list[tuple[datetime, str]],
    probes: list[datetime],
) -> None:
    """Also where what was said is dated in another order than it was written down."""
    with transaction.atomic():
        companies = {name: make_company(workspace) for name in ("one", "two")}
        known_from(captured)
        lead = make_lead(workspace, company=companies["one"], captured_at=captured)
        for n, (at, what) in enumerate(said):
            known_from(at)
            if what == "title":
                Lead.objects.filter(pk=lead.pk).update(job_title=f"Buyer {n}")
            else:
                Lead.objects.filter(pk=lead.pk).update(company=companies.get(what))
        tick = timedelta(microseconds=1)
        edges = [edge for at, _ in [(captured, ""), *said] for edge in (at - tick, at)]
        asked = [*probes, *edges]
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT l.company_id FROM {hindsight.KNOWN_THEN} ORDER BY w.n",  # noqa: S608 - our own text
                {"ids": [lead.pk] * len(asked), "ats": asked},
            )
            said_then = [row[0] for row in cursor.fetchall()]
        stays = ever_present([company.pk for company in companies.values()])
        among = [
            [pk for pk, known in stays.items() for stay in known if stay.covers(at)] for at in asked
        ]
        assert among == [[pk] if pk else [] for pk in said_then]
        transaction.set_rollback(True)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_people_who_came_and_went_count_where_they_were_at_the_moment(
    workspace: Workspace, data: st.DataObject
) -> None:
    """Of all of them at each moment at which any of them came or went, and just before it."""
    rules = RuleSet(0, workspace.pk, 0, intents=tuple(data.draw(st.tuples(*2 * [people_rules()]))))
    drawn = data.draw(st.lists(st.builds(Colleague, STEPS, SHOWN, GONE), min_size=2, max_size=5))
    with transaction.atomic():
        companies = {name: make_company(workspace) for name in ("one", "two")}
        ids = {}
        for n, person in enumerate(drawn):
            known_from(person.steps[0][0])
            at, name = person.steps[0]
            lead = make_lead(workspace, captured_at=at, company=companies.get(name or ""))
            for at, name in person.steps[1:]:
                known_from(at)
                Lead.objects.filter(pk=lead.pk).update(company=companies.get(name or ""))
            store_events(workspace, lead, person.events)
            leave(lead, person.gone)
            if not person.gone:
                ids[n] = lead.pk
        tick = timedelta(microseconds=1)
        edges = {
            at - less for person in drawn for at, _ in person.steps for less in (0 * tick, tick)
        }
        asked = [(n, at) for n in ids for at in sorted({*edges, AT})]
        by_hand = [_by_hand(rules, drawn, n, at) for n, at in asked]
        in_sql = as_known_then(rules, [(ids[n], at) for n, at in asked]) if asked else []
        in_python = [
            evaluate(gather([ids[n]], rules, as_of=at)[ids[n]], rules, at=at) for n, at in asked
        ]
        assert [found.intent for found in in_python] == by_hand
        assert [numbers_of(found) for found in in_python] == in_sql
        through = (
            gather_through(ids[0], [(rules, [at for n, at in asked if n == 0])])
            if 0 in ids
            else [[]]
        )
        assert [
            evaluate(facts, rules, at=at).intent
            for facts, (n, at) in zip(through[0], asked, strict=False)
        ] == [points for points, (n, _) in zip(by_hand, asked, strict=True) if n == 0]
        transaction.set_rollback(True)


def _by_hand(rules: RuleSet, drawn: list[Colleague], n: int, at: datetime) -> float:
    company = drawn[n].company_at(at)
    there = [p for p in drawn if company and not p.gone and p.company_at(at) == company]
    points = 0.0
    for each in rules.intents:
        showing = [
            person
            for person in there
            if any(
                event["signals"] >> each.bit & 1
                and event["occurred_at"] <= at
                and (each.window is None or event["occurred_at"] > at - each.window)
                for event in person.events
            )
        ]
        points += each.points if len(showing) >= (each.at_least or 0) else 0
    return min(points, 100)


def buyer_rules(workspace: Workspace) -> RuleSet:
    make_signal(workspace, code="any", kind=EventKind.PAGE_VIEW)
    title = Condition("job_title", Operator.HAS_WORD, ("buyer",))
    large = Condition("company.employees", Operator.AT_LEAST, numbers=(100,))  # type: ignore[arg-type]
    return RuleSet(
        0,
        workspace.pk,
        0,
        attributes=(
            AttributePoints(Axis.FIT, "Buyer", 30, title),
            AttributePoints(Axis.FIT, "Large", 20, large),
        ),
        intents=(rule(),),
    )


@pytest.mark.django_db
def test_what_became_known_after_the_hand_off_is_not_looked_at(workspace: Workspace) -> None:
    rules = buyer_rules(workspace)
    known_from(AT - 30 * DAY)
    company = make_company(workspace, employees=20, created_at=AT - 30 * DAY)
    lead = make_lead(workspace, company=company, captured_at=AT - 30 * DAY)
    do(lead, AT - 5 * DAY, AT + DAY)
    known_from(AT + DAY)
    lead.job_title = "Chief buyer"
    lead.save()
    company.employees = 500
    company.save()
    then, now = as_known_then(rules, [(lead.pk, AT), (lead.pk, AT + DAY)])
    assert then[:2] == (0.0, 10.0)
    assert now[:2] == (50.0, 20.0)


def test_a_company_written_down_later_is_taken_as_first_written_down(workspace: Workspace) -> None:
    """An imported history names companies that we made rows of only at the import."""
    rules = buyer_rules(workspace)
    known_from(AT)
    company = make_company(workspace, employees=500, created_at=AT)
    known_from(AT - 30 * DAY)
    lead = make_lead(workspace, company=company, captured_at=AT - 30 * DAY)
    known_from(AT + DAY)
    company.employees = 5
    company.save()
    before, after = as_known_then(rules, [(lead.pk, AT - 20 * DAY), (lead.pk, AT + 2 * DAY)])
    assert before[0] == 20.0
    assert after[0] == 0.0


def test_every_column_whose_changes_are_recorded_is_known_as_it_was() -> None:
    for table, columns in (
        ("leadqual_lead", {*hindsight.LEAD_TEXTS, "company_id"}),
        ("leadqual_company", {*hindsight.COMPANY_TEXTS, "employees"}),
    ):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tgargs FROM pg_trigger WHERE tgname = %s", [f"{table}_facts_updated"]
            )
            [(arguments,)] = cursor.fetchall()
        assert set(bytes(arguments).decode().strip("\0").split("\0")) == columns
