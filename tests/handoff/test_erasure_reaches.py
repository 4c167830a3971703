"""How far an erasure reaches: merged records, former names, a firm called after the person."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import User, Workspace
from handoff import handoffs, merging, nurture
from handoff.erasure import erase
from handoff.escalation import answer_breaches, tell_warnings
from handoff.intake import How, take_lead
from handoff.models import LeadMerge, MessageTemplate, RejectionReason
from handoff.promotion import settle_due, wake_due
from leadqual.capture import CompanyFacts, EventFacts, LeadFacts
from leadqual.models import Event, Lead, Notice, OutboxMessage
from scoring.scorers import score_dirty
from sla import clocks
from sla.models import Clock
from tests.at_once import at_once
from tests.builders import HOT, MONDAY_NOON, make_lead, receive_event, receive_hot_lead
from tests.handoff.promised import promise

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(minutes=30)


def texts() -> Iterator[str]:
    """Every row of every table, as text in small letters."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT lower(t::text) FROM "{table}" t')  # noqa: S608 - our own names
            for (row,) in cursor.fetchall():
                yield f"{table}: {row}"


def rows_with(*traces: str) -> list[str]:
    return [row for row in texts() if any(trace in row for trace in traces)]


def hot(**facts: object) -> LeadFacts:
    return replace(HOT, **facts)  # type: ignore[arg-type]


def test_what_was_merged_into_the_person_goes_too_with_its_former_names(
    workspace: Workspace, ana: User, ben_takes_turns: User
) -> None:
    survivor = receive_hot_lead(
        workspace, email="xan@one.example", facts=hot(first_name="Xanthippe", last_name="Quandt")
    )
    absorbed = receive_hot_lead(
        workspace,
        email="quandt@two.example",
        facts=hot(first_name="Xan", last_name="Quandt", phone="+49 7654321", external_id="crm-x1"),
    )
    renamed = LeadFacts(email="xan@one.example", last_name="Umlauf", attributes={"Spitz": "Xanti"})
    take_lead(workspace=workspace, facts=renamed, at=LATER, now=LATER)
    undone = merging.merge(survivor, absorbed, by=ana, at=LATER)
    merging.undo(undone, by=ana, at=LATER)
    lead, other = Lead.objects.get(pk=survivor.pk), Lead.objects.get(pk=absorbed.pk)
    merging.merge(lead, other, by=ana, at=LATER)
    traces = ("xan", "quandt", "umlauf", "7654321", "crm-x1", "spitz")
    assert len(rows_with(*traces)) > 15
    erase(Lead.objects.get(pk=survivor.pk), by=ana, at=LATER)
    for _ in range(2):
        score_dirty(now=LATER)
        settle_due(now=LATER)
    assert rows_with(*traces) == []
    assert list(Lead.objects.filter(erased_at=None)) == []
    assert [(merge.moved, merge.before) for merge in LeadMerge.objects.all()] == [({}, {})] * 2
    with pytest.raises(merging.CannotMerge, match="The person was erased since"):
        merging.undo(LeadMerge.objects.get(undone_at=None), by=ana, at=LATER)


def test_mails_in_the_workspaces_own_words_are_scrubbed_without_a_link(
    workspace: Workspace, ana: User, ben_takes_turns: User
) -> None:
    MessageTemplate.objects.create(
        workspace=workspace, code="offered", subject="Call $lead", body="$why_now"
    )
    lead = receive_hot_lead(workspace, facts=hot(last_name="Quandt"))
    other = receive_hot_lead(workspace)
    assert OutboxMessage.objects.filter(subject="Call Hanna Quandt").count() == 1
    erase(lead, by=ana, at=LATER)
    assert rows_with("quandt") == []
    assert OutboxMessage.objects.filter(subject="Call Hanna Weiss").count() == 1
    assert Notice.objects.filter(text="Call Hanna Weiss").count() == 1
    assert other.handoffs.open().exists()


def test_what_was_told_of_promises_in_the_workspaces_own_words_is_scrubbed(
    workspace: Workspace, ana: User, mara: User, ben_takes_turns: User
) -> None:
    promise(workspace, "touch_of_offer", warn_percents=[50], warns=["person"])
    for code in ("warned", "breached"):
        MessageTemplate.objects.create(workspace=workspace, code=code, subject="$lead", body="Go!")
    lead = receive_hot_lead(workspace, facts=hot(last_name="Quandt"))
    other = receive_hot_lead(workspace)
    for minutes in (31, 61):
        now = MONDAY_NOON + timedelta(minutes=minutes)
        clocks.sweep(now=now)
        tell_warnings(now=now)
        answer_breaches(now=now)
    assert OutboxMessage.objects.filter(subject="Hanna Quandt").count() == 3
    erase(lead, by=ana, at=LATER)
    assert rows_with("quandt") == []
    assert OutboxMessage.objects.filter(subject="Hanna Weiss").count() == 3
    assert other.handoffs.open().exists()


def test_a_firm_called_after_the_person_loses_the_name_unless_others_work_there(
    workspace: Workspace, ana: User
) -> None:
    firm = CompanyFacts(
        name="Quandt Design", domain="quandt.example", industry="software", employees=1
    )
    lead = receive_hot_lead(workspace, facts=hot(last_name="Quandt", company=firm))
    assert lead.company is not None
    colleague = make_lead(workspace, company=lead.company)
    again = receive_hot_lead(
        workspace, facts=hot(last_name="Quandt", company=replace(firm, domain="q2.example"))
    )
    erase(lead, by=ana, at=LATER)
    lead.company.refresh_from_db()
    assert lead.company.name == "Quandt Design"
    erase(colleague, by=ana, at=LATER)
    erase(again, by=ana, at=LATER)
    assert again.company is not None
    again.company.refresh_from_db()
    assert (again.company.name, again.company.domain) == ("Erased company", "")
    assert (again.company.industry, again.company.employees) == ("software", 1)


def test_no_promise_of_an_earlier_cycle_runs_on(
    workspace: Workspace, ana: User, ben_takes_turns: User
) -> None:
    lead = receive_hot_lead(workspace)
    handoffs.accept(lead.handoffs.get(), by=ben_takes_turns, at=MONDAY_NOON)
    Lead.objects.filter(pk=lead.pk).update(cycle=2)
    assert Clock.objects.running().count() == 1
    erase(Lead.objects.get(pk=lead.pk), by=ana, at=LATER)
    clock = Clock.objects.get(stopped_by="withdrawn")
    assert (clock.stopped_at, clock.breached_at) == (LATER, None)
    assert not Clock.objects.running().exists()


def test_a_sleeping_person_who_was_erased_is_never_woken(workspace: Workspace, ana: User) -> None:
    lead = make_lead(workspace)
    reason = RejectionReason.objects.get(workspace=workspace, code="no-budget")
    nurture.enter(lead, rule="not_ready", at=MONDAY_NOON, by=ana, reason=reason)
    erase(Lead.objects.get(pk=lead.pk), by=ana, at=LATER)
    moves = lead.moves.count()
    wake_due(now=LATER + timedelta(days=400))
    assert lead.moves.count() == moves


@pytest.mark.django_db(transaction=True)
def test_what_arrives_during_an_erasure_is_erased_with_it_or_refused(
    workspace: Workspace, ana: User
) -> None:
    for n in range(5):
        lead = make_lead(workspace, email=f"quandt-{n}@x.example")

        def arrive(number: int) -> object:
            if number == 0:
                return erase(lead, by=ana, at=LATER)  # noqa: B023
            visit = EventFacts("chat", LATER, lead.email, external_id=f"e{n}-{number}")  # noqa: B023
            return receive_event(workspace=workspace, facts=visit, now=LATER).how

        erased, *answers = at_once(3, arrive)
        assert type(erased).__name__ == "Erasure"
        assert set(answers) <= {How.CREATED, How.REFUSED}
    assert Event.objects.count() == 0
    assert rows_with("quandt") == []
