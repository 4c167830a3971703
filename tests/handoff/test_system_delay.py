"""The system's own promises are measured from facts, at their true moments, apart from people's."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.compliance import system_facts
from handoff.compliance.system_breaches import answer_late
from handoff.compliance.system_delay import measure
from handoff.models import FallbackEntry, Handoff
from handoff.offering import offer
from leadqual.models import Heartbeat, Lead, Notice, OutboxMessage, StageMove
from leadqual.stages import Stage
from scoring.models import ModelVersion, Score
from sla.clocks import sweep
from sla.models import BusinessCalendar, Clock, Commitment, WorkingRange
from tests.builders import make_lead, make_member, receive_hot_lead

pytestmark = pytest.mark.django_db

Code = Commitment.Code
MINUTE = timedelta(minutes=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def promised(workspace: Workspace) -> dict[str, Commitment]:
    """Scored within five minutes and offered within ten, around the clock."""
    Commitment.objects.of(workspace).filter(code__in=[Code.SCORED, Code.OFFERED]).delete()
    always, fresh = BusinessCalendar.objects.get_or_create(
        workspace=workspace, name="Around the clock"
    )
    if fresh:
        for day in range(7):
            WorkingRange.objects.create(calendar=always, weekday=day, start="00:00", end="00:00")
    measure(now=timezone.now())  # what was there before is history
    return {
        code: Commitment.objects.create(
            workspace=workspace, code=code, minutes=minutes, calendar=always
        )
        for code, minutes in ((Code.SCORED, 5), (Code.OFFERED, 10))
    }


def captured(workspace: Workspace, *, at: datetime, scored: datetime | None = None) -> Lead:
    """A lead that came in at that moment, and was scored at another, if at all."""
    lead = make_lead(workspace, captured_at=at)
    StageMove.objects.create(
        workspace=workspace,
        lead=lead,
        cycle=0,
        to_stage="new",
        at=at,
        recorded_at=at,
        rule="captured",
    )
    if scored:
        score(lead, at=scored)
    return lead


def score(lead: Lead, *, at: datetime) -> None:
    version = ModelVersion.objects.published().get(workspace=lead.workspace)
    Score.objects.create(
        workspace=lead.workspace,
        lead=lead,
        fit=1,
        intent=1,
        disqualified=False,
        scored_at=at,
        first_scored_at=at,
        rule_set=version,
    )


def clock_of(lead: Lead, code: str) -> Clock:
    return Clock.objects.get(lead=lead, code=code)


def has_clock(lead: Lead, code: str) -> bool:
    return Clock.objects.filter(lead=lead, code=code).exists()


def test_a_lead_scored_in_time_keeps_the_promise_by_its_own_moments(
    workspace: Workspace, promised: Any, now: datetime
) -> None:
    lead = captured(workspace, at=now - 9 * MINUTE, scored=now - 6 * MINUTE)
    assert measure(now=now) == 1
    clock = clock_of(lead, Code.SCORED)
    assert (clock.started_at, clock.stopped_at) == (now - 9 * MINUTE, now - 6 * MINUTE)
    assert (clock.stopped_by, clock.business_seconds, clock.breached_at) == ("scored", 180, None)
    assert clock.subject_key == f"lead:{lead.pk}"


def test_a_clock_runs_until_the_score_comes_and_a_breach_is_dated_at_its_true_moment(
    workspace: Workspace, promised: Any, now: datetime
) -> None:
    lead = captured(workspace, at=now - 30 * MINUTE)
    measure(now=now - 29 * MINUTE)
    assert clock_of(lead, Code.SCORED).stopped_at is None
    score(lead, at=now - 20 * MINUTE)
    measure(now=now)
    clock = clock_of(lead, Code.SCORED)
    assert clock.stopped_at == now - 20 * MINUTE
    assert (clock.breached_at, clock.noticed_at) == (now - 25 * MINUTE, now)
    assert clock.noticed_late


def test_measuring_twice_or_behind_an_older_id_changes_nothing_and_loses_nothing(
    workspace: Workspace, promised: Any, now: datetime
) -> None:
    first = captured(workspace, at=now - MINUTE, scored=now)
    measure(now=now)
    marks = dict(Heartbeat.objects.get(name=system_facts.MARKS).detail)
    assert measure(now=now) == 0
    assert marks == Heartbeat.objects.get(name=system_facts.MARKS).detail
    measure(now=now + 6 * MINUTE)
    assert Heartbeat.objects.get(name=system_facts.MARKS).detail["captured"] > marks["captured"]
    assert Clock.objects.filter(lead=first, code=Code.SCORED).count() == 1


def test_more_than_a_run_takes_is_gone_on_with(
    workspace: Workspace, promised: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_facts, "BATCH", 2)
    monkeypatch.setattr("handoff.compliance.system_delay.MOST", 1)
    monkeypatch.setattr("handoff.compliance.system_delay.AT_ONCE", 2)
    leads = [captured(workspace, at=now - 20 * MINUTE, scored=now) for _ in range(5)]
    for _ in range(3):
        measure(now=now)
    assert Clock.objects.filter(code=Code.SCORED).count() == len(leads)


def test_history_imported_leads_and_the_unknown_are_not_measured(
    workspace: Workspace, now: datetime
) -> None:
    captured(workspace, at=now - MINUTE, scored=now)
    measure(now=now)
    calendar = BusinessCalendar.objects.of(workspace).earliest("pk")
    Commitment.objects.of(workspace).filter(code=Code.SCORED).delete()
    Commitment.objects.create(workspace=workspace, code=Code.SCORED, minutes=5, calendar=calendar)
    imported = captured(workspace, at=now, scored=now)
    Lead.objects.filter(pk=imported.pk).update(imported=True)
    unknown = captured(workspace, at=now, scored=now)
    Score.objects.filter(lead=unknown).update(first_scored_at=None)
    erased = captured(workspace, at=now)
    Lead.objects.filter(pk=erased.pk).update(erased_at=now)
    measure(now=now)
    assert not Clock.objects.filter(code=Code.SCORED).exists()


def test_without_promises_nothing_is_measured(workspace: Workspace, now: datetime) -> None:
    measure(now=now)
    Commitment.objects.of(workspace).filter(code__in=[Code.SCORED, Code.OFFERED]).delete()
    captured(workspace, at=now, scored=now)
    assert measure(now=now) == 0


def test_from_ready_to_offered_counts_from_the_numbers_it_was_offered_by(
    workspace: Workspace, promised: Any, ben_takes_turns: User, now: datetime
) -> None:
    lead = receive_hot_lead(workspace, at=now)
    offered = Handoff.objects.get(lead=lead)
    ready = now - 4 * MINUTE
    packet = offered.packet
    packet["explanation"]["at"] = ready.isoformat()
    Handoff.objects.filter(pk=offered.pk).update(packet=packet)
    measure(now=now)
    clock = clock_of(lead, Code.OFFERED)
    assert clock.subject_key == f"ready:{lead.pk}:{lead.cycle or 1}"
    assert (clock.started_at, clock.stopped_at) == (ready, offered.offered_at)
    assert (clock.stopped_by, clock.business_seconds) == ("offered", 240)


def test_who_waits_for_people_does_not_wait_for_the_system(
    workspace: Workspace, promised: Any, now: datetime
) -> None:
    lead = receive_hot_lead(workspace, at=now)  # nobody is there to take it
    entry = FallbackEntry.objects.get(lead=lead)
    measure(now=now)
    clock = clock_of(lead, Code.OFFERED)
    assert (clock.stopped_at, clock.stopped_by) == (entry.entered_at, "waiting for people")
    assert clock.breached_at is None


def test_one_that_could_not_be_offered_for_an_error_waits_for_the_system_until_it_is(
    workspace: Workspace, promised: Any, now: datetime
) -> None:
    lead = receive_hot_lead(workspace, at=now)
    FallbackEntry.objects.filter(lead=lead).update(why=FallbackEntry.Why.FAILED)
    measure(now=now)
    assert clock_of(lead, Code.OFFERED).stopped_by == ""
    ben = make_member(workspace, name="Ben Okoye")
    late = now + 30 * MINUTE
    offered = offer(Lead.objects.get(pk=lead.pk), at=late, to=ben)
    assert offered is not None
    measure(now=late)
    clock = clock_of(lead, Code.OFFERED)
    assert (clock.stopped_at, clock.stopped_by) == (late, "offered")
    assert clock.breached_at == clock.due_at == now + 10 * MINUTE


def test_an_offer_by_name_and_a_second_offer_are_no_business_of_the_systems(
    workspace: Workspace, promised: Any, ben_takes_turns: User, mara: User, now: datetime
) -> None:
    by_name = make_named_offer(workspace, mara, at=now)
    lead = receive_hot_lead(workspace, at=now)
    measure(now=now)
    first = clock_of(lead, Code.OFFERED)
    open_offer = Handoff.objects.get(lead=lead)
    handoffs.not_mine(open_offer, by=ben_takes_turns, at=now + MINUTE)
    offer(Lead.objects.get(pk=lead.pk), at=now + MINUTE, to=mara)
    measure(now=now + MINUTE)
    assert clock_of(lead, Code.OFFERED) == first
    assert not has_clock(by_name, Code.OFFERED)


def make_named_offer(workspace: Workspace, to: User, *, at: datetime) -> Lead:
    lead = make_lead(workspace, stage=Stage.MQL, cycle=1, captured_at=at)
    score(lead, at=at)
    assert offer(lead, at=at, to=to) is not None
    return lead


def test_a_thousand_late_leads_are_one_word_to_whom_the_promise_names(
    workspace: Workspace, promised: dict[str, Commitment], mara: User, now: datetime
) -> None:
    for _ in range(3):
        captured(workspace, at=now - 20 * MINUTE, scored=now - 6 * MINUTE)
    running = captured(workspace, at=now - 8 * MINUTE)
    measure(now=now)
    sweep(now=now)
    assert answer_late(now=now) == 4
    assert answer_late(now=now) == 0
    assert {clock.cause for clock in Clock.objects.filter(code=Code.SCORED)} == {"system"}
    assert clock_of(running, Code.SCORED).answered_at == now
    (notice,) = Notice.objects.filter(user=mara, key__startswith="system_late:")
    assert notice.text == (
        "The system was late with 4 leads (Score a captured lead within 5 business minutes);"
        " the longest has waited 14 minutes."
    )
    assert notice.url == "/w/northwind/sla/missed/?promise=scored"
    mails = OutboxMessage.objects.filter(key__startswith="system_late:")
    assert mails.count() == 2  # mara and olga


def test_late_promises_that_cannot_be_answered_keep_no_others_waiting(
    workspace: Workspace, promised: dict[str, Commitment], now: datetime
) -> None:
    lead = captured(workspace, at=now - 20 * MINUTE, scored=now - 6 * MINUTE)
    measure(now=now)
    poison, other = clock_of(lead, Code.SCORED), clock_of(lead, Code.SCORED)
    other.pk, other._state.adding, other.subject_key = None, True, f"ready:{lead.pk}:1"
    other.code, other.commitment = Code.OFFERED, promised[Code.OFFERED]
    other.save()
    with connection.cursor() as cursor:
        cursor.execute(f"""
            SET CONSTRAINTS ALL IMMEDIATE;
            CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'this row is poison'; END $$;
            CREATE TRIGGER poison BEFORE UPDATE ON sla_clock FOR EACH ROW
            WHEN (NEW.id = {poison.pk}) EXECUTE FUNCTION poison();
        """)
    assert answer_late(now=now) == 1
    assert clock_of(lead, Code.SCORED).answered_at is None
    assert clock_of(lead, Code.OFFERED).answered_at == now


def test_a_calendar_that_cannot_be_used_keeps_nobody_else_from_being_measured(
    workspace: Workspace, promised: dict[str, Commitment], ben_takes_turns: User, now: datetime
) -> None:
    calendar = promised[Code.SCORED].calendar
    broken = BusinessCalendar.objects.create(workspace=workspace, name="Closed")
    Commitment.objects.filter(pk=promised[Code.SCORED].pk).update(calendar=broken)
    assert calendar != broken
    lead = receive_hot_lead(workspace, at=now)
    measure(now=now)
    assert not has_clock(lead, Code.SCORED)
    assert has_clock(lead, Code.OFFERED)


def test_the_cost_does_not_grow_with_the_leads(
    workspace: Workspace, promised: Any, now: datetime, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        captured(workspace, at=now - MINUTE, scored=now)
    with django_assert_max_num_queries(25):
        assert measure(now=now) == 30
