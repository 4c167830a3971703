"""Several people of one company active at once: what one of them does counts for the others."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from leadqual.models import Company, Event, EventKind, Lead
from scoring.checking import differences
from scoring.engine.evaluate import evaluate
from scoring.engine.gather import gather
from scoring.engine.rules import rules_of
from scoring.models import IntentRule, ModelVersion, QualificationDue, Rescore, Score, ScoreDirty
from scoring.publishing import open_draft, publish
from scoring.score_history import score_history
from scoring.scorers import rescore_workspace, score_dirty, score_lead, sweep_expired
from tests.at_once import at_once, meanwhile
from tests.builders import MONDAY_NOON, make_company, make_lead, make_workspace
from tests.scoring.builders import DAY, WEEK, do, learn, make_draft

pytestmark = pytest.mark.django_db
NOW = MONDAY_NOON


@pytest.fixture
def company(workspace: Workspace) -> Company:
    """In force: 20 a page view, up to 60, and 15 once two people viewed pages within a week."""
    return in_force(workspace)


def in_force(workspace: Workspace) -> Company:
    draft = make_draft(workspace)
    IntentRule.objects.create(
        version=draft,
        name="Several people",
        signal=draft.intentrules.get().signal,
        points=15,
        shape=IntentRule.Shape.PEOPLE,
        at_least=2,
        window_days=7,
    )
    publish(draft, by=None, now=NOW)
    Rescore.objects.update(finished_at=NOW)  # there is no lead yet
    return make_company(workspace)


def work_off(now: datetime = NOW) -> None:
    while score_dirty(now=now):
        pass


def intents() -> dict[int, float]:
    return dict(Score.objects.values_list("pk", "intent"))


def settled(workspace: Workspace) -> bool:
    """Nothing waits, and everything is what the rules say of it."""
    assert not ScoreDirty.objects.exists()
    return list(differences(workspace)) == []


def test_a_colleague_who_becomes_active_lifts_the_others(company: Company) -> None:
    first, second, third = (make_lead(company.workspace, company=company) for _ in range(3))
    stranger = make_lead(company.workspace)
    do(first, NOW)
    do(stranger, NOW)
    work_off()
    assert intents() == {first.pk: 20, second.pk: 0, third.pk: 0, stranger.pk: 20}
    do(second, NOW - DAY)
    work_off()
    assert intents() == {first.pk: 35, second.pk: 35, third.pk: 15, stranger.pk: 20}
    assert settled(company.workspace)


def test_two_events_of_one_person_are_one_person(company: Company) -> None:
    first, _ = (make_lead(company.workspace, company=company) for _ in range(2))
    do(first, NOW, NOW - DAY)
    work_off()
    assert intents()[first.pk] == 40


def test_one_lead_scored_at_once_reaches_the_others_through_the_queue(company: Company) -> None:
    first, second = (make_lead(company.workspace, company=company) for _ in range(2))
    do(first, NOW)
    work_off()
    do(second, NOW)
    score = score_lead(second, now=NOW)
    assert score is not None
    assert score.intent == 35
    assert intents()[first.pk] == 20
    work_off()
    assert intents()[first.pk] == 35
    assert settled(company.workspace)


def test_those_who_follow_do_not_make_others_follow(company: Company) -> None:
    leads = [make_lead(company.workspace, company=company) for _ in range(3)]
    work_off()
    do(leads[0], NOW)
    assert score_dirty(now=NOW) == 1
    assert score_dirty(now=NOW) == 2
    assert score_dirty(now=NOW) == 0


def test_only_those_whose_numbers_changed_are_settled_as_followers(company: Company) -> None:
    first, second = (make_lead(company.workspace, company=company) for _ in range(2))
    do(first, NOW)
    work_off()
    QualificationDue.objects.all().delete()
    do(first, NOW)  # still one person
    work_off()
    assert set(QualificationDue.objects.values_list("lead_id", flat=True)) == {first.pk}
    do(second, NOW)
    work_off()
    assert set(QualificationDue.objects.values_list("lead_id", flat=True)) == {first.pk, second.pk}


def move_away(lead: Lead) -> None:
    lead.company = make_company(lead.workspace)
    lead.save()


def leave_without_company(lead: Lead) -> None:
    Lead.objects.filter(pk=lead.pk).update(company=None)


def merge_into_stranger(lead: Lead) -> None:
    kept = make_lead(lead.workspace)
    Event.objects.filter(lead=lead).update(lead=kept)
    Lead.objects.filter(pk=lead.pk).update(merged_into=kept)


def erase(lead: Lead) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL leadqual.erasing = 'on'")
    Event.objects.filter(lead=lead).delete()
    Lead.objects.filter(pk=lead.pk).update(company=None, erased_at=NOW)


@pytest.mark.parametrize(
    "leave",
    [move_away, leave_without_company, merge_into_stranger, erase],
    ids=lambda f: f.__name__,
)
def test_who_leaves_counts_no_longer_for_those_who_stay(
    company: Company, leave: Callable[[Lead], None]
) -> None:
    first, second = (make_lead(company.workspace, company=company) for _ in range(2))
    do(first, NOW)
    do(second, NOW)
    work_off()
    assert intents()[first.pk] == 35
    leave(second)
    work_off()
    assert intents()[first.pk] == 20
    assert settled(company.workspace)


def test_who_comes_counts_from_then_on(company: Company) -> None:
    first, second = make_lead(company.workspace, company=company), make_lead(company.workspace)
    do(first, NOW)
    do(second, NOW)
    work_off()
    second.company = company
    second.save()
    work_off()
    assert intents() == {first.pk: 35, second.pk: 35}
    assert settled(company.workspace)


def test_time_ends_the_company_and_begins_it(company: Company) -> None:
    first, second = (make_lead(company.workspace, company=company) for _ in range(2))
    do(first, NOW - 6 * DAY)
    do(second, NOW + 2 * timedelta(hours=1))
    work_off()
    assert Score.objects.get(pk=first.pk).next_expiry == NOW + timedelta(hours=2)
    sweep_expired(now=NOW + timedelta(hours=2))
    assert intents() == {first.pk: 35, second.pk: 35}
    sweep_expired(now=NOW + DAY)
    assert intents()[second.pk] == 20
    assert settled(company.workspace)


def test_time_alone_moves_everybody_of_the_company_at_the_same_moment(company: Company) -> None:
    """Three are active, two are asked for: when one of them leaves, two still are."""
    leads = [make_lead(company.workspace, company=company) for _ in range(4)]
    for lead, days in zip(leads, (1, 4, 6), strict=False):
        do(lead, NOW - days * DAY)
    work_off()
    tick = timedelta(microseconds=1)
    expiries = set(Score.objects.values_list("next_expiry", flat=True))
    assert expiries == {NOW + 3 * DAY}
    sweep_expired(now=NOW + 3 * DAY - tick)
    assert [intents()[lead.pk] for lead in leads] == [35, 35, 35, 15]
    sweep_expired(now=NOW + 3 * DAY)
    assert [intents()[lead.pk] for lead in leads] == [20, 20, 20, 0]
    assert settled(company.workspace)


hours = st.integers(0, 24 * 40)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lived=st.dictionaries(
        hours, st.tuples(st.integers(0, 2), st.sampled_from(["view", "come", "go"])), max_size=14
    )
)
def test_the_history_of_each_is_what_was_stored_while_people_came_and_went(
    company: Company, lived: dict[int, tuple[int, str]]
) -> None:
    """Of every moment at which something happened to any of them."""
    with transaction.atomic():
        leads = [make_lead(company.workspace, company=company) for _ in range(3)]
        stored: list[tuple[datetime, dict[int, float]]] = []
        for hour, (who, what) in sorted(lived.items()):
            at = NOW + hour * timedelta(hours=1)
            if what == "view":
                do(leads[who], at)
            else:
                learn(at, leads[who], company=company if what == "come" else None)
            sweep_expired(now=at)
            work_off(at)
            stored.append((at, intents()))
        end = NOW + 41 * DAY
        for lead in leads:
            score_lead(lead, now=end)
            found = score_history(lead, also_at=[at for at, _ in stored])
            assert found is not None
            told = [(at, found.at(at)) for at, _ in stored]
            assert [point and point.intent for _, point in told] == [
                numbers[lead.pk] for _, numbers in stored
            ]
        transaction.set_rollback(True)


def test_without_such_a_rule_nobody_follows(workspace: Workspace) -> None:
    publish(make_draft(workspace), by=None, now=NOW)
    company = make_company(workspace)
    first, _ = (make_lead(workspace, company=company) for _ in range(2))
    work_off()
    do(first, NOW)
    assert score_dirty(now=NOW) == 1
    assert not ScoreDirty.objects.exists()


def test_a_whole_rescore_says_the_same(company: Company) -> None:
    leads = [make_lead(company.workspace, company=company) for _ in range(3)]
    for lead in leads:
        do(lead, NOW)
    work_off()
    before = intents()
    draft = open_draft(workspace=company.workspace, by=None)
    draft.intentrules.filter(shape="people").update(points=5)
    version = publish(draft, by=None, now=NOW)
    rescore_workspace(version, now=NOW + WEEK / 7, chunk=2)
    assert {pk: intent - 10 for pk, intent in before.items()} == intents()
    assert settled(company.workspace)


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_the_later_commit_finds_the_other() -> None:
    company = in_force(make_workspace())
    first, second = make_lead(company.workspace, company=company), make_lead(company.workspace)
    do(second, NOW)
    work_off()

    def another_acts() -> None:
        with transaction.atomic():
            do(first, NOW)
            score_lead(first, now=NOW)
        work_off()

    with transaction.atomic():
        Lead.objects.filter(pk=second.pk).update(company=company)
        score_lead(second, now=NOW)
        with meanwhile(another_acts) as outcome:
            pass
    assert outcome == [None]
    work_off()
    assert intents() == {first.pk: 35, second.pk: 35}
    assert settled(company.workspace)


@pytest.mark.django_db(transaction=True)
def test_many_workers_and_visitors_leave_nothing_stale() -> None:
    company = in_force(make_workspace())
    elsewhere = make_company(company.workspace)
    leads = [
        make_lead(company.workspace, company=company if n % 2 else elsewhere) for n in range(8)
    ]

    def live(number: int) -> None:
        if number >= 4:
            for _ in range(15):
                score_dirty(now=NOW, limit=3)
            return
        for lead in leads[2 * number : 2 * number + 2]:
            with transaction.atomic():
                do(lead, NOW - number * DAY)
                score_lead(lead, now=NOW)
            other = elsewhere if lead.company_id == company.pk else company
            with transaction.atomic():
                Lead.objects.filter(pk=lead.pk).update(company=other)
                score_lead(lead, now=NOW)

    assert [r for r in at_once(6, live) if r is not None] == []
    work_off()
    assert intents() == dict.fromkeys((lead.pk for lead in leads), 35)
    assert settled(company.workspace)


def test_of_colleagues_only_what_is_counted_is_read(
    company: Company, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And with so many events that all points would take too long, there are fewer points."""
    version = ModelVersion.objects.published().get()
    lead, colleague = (make_lead(workspace, company=company) for _ in range(2))
    do(lead, *(NOW + n * DAY for n in range(30)))
    do(colleague, NOW + DAY, NOW + 20 * DAY)
    do(colleague, NOW + 2 * DAY, kind=EventKind.FORM)
    facts = gather([lead.pk], rules_of(version))[lead.pk]
    assert (len(facts.events), [len(each) for each in facts.people]) == (30, [30, 2])
    score = score_lead(lead, now=NOW + 40 * DAY)
    whole = score_history(lead)
    assert score is not None
    assert whole is not None
    for point in whole.points:
        [then] = gather([lead.pk], rules_of(version), as_of=point.at).values()
        assert point.intent == evaluate(then, rules_of(version), at=point.at).intent
    # Two rules look at 30 events of its own and 32 of the company: 124 a point.
    monkeypatch.setattr("scoring.score_history.WORK", 124 * 30)
    thinned = score_history(lead)
    assert thinned is not None
    assert (whole.is_thinned, thinned.is_thinned) == (False, True)
    assert (thinned.points[-1].intent, thinned.until) == (score.intent, whole.until)
