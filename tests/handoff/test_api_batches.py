"""Batches: each item answered for itself, and the same as if the items had come one by one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from handoff.intake import (
    How,
    Receipt,
    receive_events,
    receive_leads,
    take_lead,
)
from handoff.promotion import settle_due
from leadqual.capture import CompanyFacts, EventFacts, LeadFacts
from leadqual.models import Company, Event, Lead, StageMove
from leadqual.stages import Stage
from scoring.models import ScoreDirty
from scoring.scorers import score_dirty
from tests.builders import MONDAY_NOON, make_lead, make_workspace
from tests.handoff.api_client import Machine

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(workspace: Workspace, ana: User) -> Machine:
    return Machine(workspace, ana)


def lead(n: int, **more: Any) -> dict[str, Any]:
    return {"external_id": f"crm-{n}", "email": f"lead-{n}@acme.example", **more}


def visit(n: int, **more: Any) -> dict[str, Any]:
    return {
        "external_id": f"pv-{n}",
        "lead_external_id": f"crm-{n}",
        "kind": "page_view",
        "occurred_at": "2026-03-02T12:00:00Z",
        **more,
    }


def test_what_can_go_in_goes_in_and_each_item_is_answered_for(machine: Machine) -> None:
    first = machine.post("leads", [lead(1), lead(2, employees=7), lead(3), "x", lead(1)])
    assert first.status == 200
    counts = {name: first.json[name] for name in How}
    assert counts == {"created": 2, "updated": 0, "unchanged": 1, "known": 0, "refused": 2}
    assert [item["status"] for item in first.json["items"]] == [
        "created", "refused", "created", "refused", "unchanged",
    ]  # fmt: skip
    assert first.json["items"][1] == {
        "index": 1,
        "status": "refused",
        "errors": [{"field": "employees", "message": "There is no such field."}],
    }
    assert first.json["items"][3]["errors"][0]["message"] == (
        "Send an object with named fields here."
    )
    second = machine.post("leads", [lead(1), lead(2), lead(3, job_title="CTO")])
    assert [item["status"] for item in second.json["items"]] == ["unchanged", "created", "updated"]
    assert StageMove.objects.filter(to_stage=Stage.NEW).count() == Lead.objects.count() == 3


def test_a_batch_of_events_counts_exactly(machine: Machine) -> None:
    machine.post("leads", [lead(1), lead(2)])
    machine.post("events", visit(1))
    answer = machine.post("events", [visit(1), visit(2), visit(2), visit(3), visit(4, kind="x")])
    assert answer.status == 200
    assert [item["status"] for item in answer.json["items"]] == [
        "known", "created", "known", "refused", "refused",
    ]  # fmt: skip
    assert answer.json["items"][3]["errors"] == [
        {"field": "email", "message": "No lead of this workspace is known as crm-3."}
    ]
    assert Event.objects.count() == 2


def test_a_batch_of_which_nothing_can_be_taken_is_a_400(machine: Machine) -> None:
    assert machine.post("events", [visit(1), visit(2)]).status == 400
    assert machine.post("leads", [{}, {}]).status == 400
    assert machine.post("leads", []).status == 200


def test_a_batch_that_is_too_long_is_refused_as_a_whole(machine: Machine) -> None:
    answer = machine.post("leads", [lead(n) for n in range(501)])
    assert answer.status == 400
    assert answer.json["detail"] == (
        "A batch holds up to 500 items; this one has 501. Nothing was taken."
    )
    assert Lead.objects.count() == 0


def test_a_batch_is_scored_and_settled_by_the_queue(machine: Machine) -> None:
    company = {"domain": "acme.example", "industry": "software", "country": "DE", "employees": 200}
    hot = {"job_title": "Head of IT", "timeline": "immediate", "company": company}
    machine.post("leads", [lead(1, **hot), lead(2)])
    assert ScoreDirty.objects.count() > 0
    assert set(Lead.objects.values_list("stage", flat=True)) == {Stage.NEW}
    assert score_dirty(now=MONDAY_NOON) > 0
    settle_due(now=MONDAY_NOON)
    assert Lead.objects.get(external_id="crm-1").stage == Stage.MQL
    assert Lead.objects.get(external_id="crm-2").stage == Stage.NEW


def queries(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        work()
    return len(captured)


def test_a_batch_costs_the_same_statements_whatever_its_size(workspace: Workspace) -> None:
    def batch(start: int, count: int) -> list[tuple[LeadFacts, Any]]:
        return [
            (
                LeadFacts(
                    external_id=f"crm-{n}",
                    company=CompanyFacts(name=f"Company {n}", domain=f"company-{n}.example"),
                    touch={"utm_source": f"source-{start}-{n % 3}", "utm_campaign": f"c-{n}"},
                ),
                MONDAY_NOON,
            )
            for n in range(start, start + count)
        ]

    def visits(start: int, count: int) -> list[EventFacts]:
        return [
            EventFacts(
                kind="page_view",
                occurred_at=MONDAY_NOON + timedelta(minutes=start + n),
                external_id=f"pv-{start}-{n}",
                lead_external_id=f"crm-{10 + n % 20}",
                properties={"utm_source": f"visit-{start}-{n}", "utm_campaign": f"v-{start}-{n}"},
            )
            for n in range(count)
        ]

    few = queries(lambda: receive_leads(workspace=workspace, batch=batch(0, 3), now=MONDAY_NOON))
    many = queries(lambda: receive_leads(workspace=workspace, batch=batch(10, 60), now=MONDAY_NOON))
    assert (few, many) == (19, 19)
    changed = [
        (LeadFacts(external_id=f"crm-{n}", phone=str(n)), MONDAY_NOON) for n in range(10, 60)
    ]
    one = queries(lambda: receive_leads(workspace=workspace, batch=changed[:1], now=MONDAY_NOON))
    all_ = queries(lambda: receive_leads(workspace=workspace, batch=changed, now=MONDAY_NOON))
    assert (one, all_) == (11, 11)
    few = queries(lambda: receive_events(workspace=workspace, batch=visits(0, 3), now=MONDAY_NOON))
    many = queries(
        lambda: receive_events(workspace=workspace, batch=visits(9, 99), now=MONDAY_NOON)
    )
    assert (few, many) == (15, 15)


def test_an_event_that_names_no_source_costs_five_statements(workspace: Workspace) -> None:
    """The model's lock, the lead by its name, the lead locked, the signals, the event."""
    visit = EventFacts("page_view", MONDAY_NOON, email=make_lead(workspace).email)
    savepoint = 2  # of the test's transaction
    one = queries(lambda: receive_events(workspace=workspace, batch=[visit], now=MONDAY_NOON))
    assert one == 5 + savepoint


# ---- a batch says the same as its items one by one ----

addresses = st.sampled_from(["", "a@x.example", "A@X.example ", "b@x.example", "old@x.example"])
ids = st.sampled_from(["", "1", "2", "old"])
moments = st.integers(0, 5).map(lambda n: MONDAY_NOON + timedelta(hours=n))
touches = st.sampled_from([{}, {"utm_source": "google", "gclid": "g"}, {"utm_campaign": "spring"}])
companies = st.builds(
    CompanyFacts,
    name=st.sampled_from(["", "Acme", "ACME", "Bolt"]),
    domain=st.sampled_from(["", "acme.example", "bolt.example"]),
    external_id=st.sampled_from(["", "c1", "c2"]),
    employees=st.sampled_from([None, 5, 50]),
)
leads = st.builds(
    LeadFacts,
    email=addresses,
    external_id=ids,
    first_name=st.sampled_from(["", "Hanna", "Ida"]),
    attributes=st.sampled_from([{}, {"plan": "pro"}, {"plan": "free", "seats": 3}]),
    company=companies,
    source=st.sampled_from(["", "LinkedIn", "微信"]),
    touch=touches,
).filter(lambda facts: bool(facts.email or facts.external_id))
events = st.builds(
    EventFacts,
    kind=st.just("page_view"),
    occurred_at=moments,
    email=addresses,
    lead_external_id=ids,
    external_id=st.sampled_from(["", "e1", "e2", "e3"]),
    source=st.sampled_from(["", "LinkedIn"]),
    properties=touches,
).filter(lambda facts: bool(facts.email or facts.lead_external_id))


def a_workspace_with_a_merged_lead() -> Workspace:
    workspace = make_workspace()
    survivor = make_lead(workspace, email="b@x.example")
    make_lead(workspace, email="old@x.example", external_id="old", merged_into=survivor)
    return workspace


def what_is_known(workspace: Workspace) -> list[Any]:
    """Everything but ids and the moments of writing."""
    rows: list[Any] = list(
        Lead.objects.of(workspace)
        .order_by("pk")
        .values_list(
            "email", "email_normalised", "external_id", "first_name", "attributes", "captured_at",
            "company__name", "company__domain", "company__external_id", "company__employees",
            "first_source__code", "first_campaign__code", "first_touch", "first_touch_at",
            "last_source__code", "last_campaign__code", "last_touch", "last_touch_at", "stage",
        )
    )  # fmt: skip
    rows += sorted(Company.objects.of(workspace).values_list("name", "domain", "external_id"))
    rows += sorted(
        Event.objects.of(workspace).values_list(
            "lead__email", "lead__external_id", "external_id", "occurred_at"
        )
    )
    rows += sorted(StageMove.objects.of(workspace).values_list("lead__email", "to_stage", "at"))
    return rows


def answers(receipts: list[Receipt]) -> list[tuple[How, str]]:
    return [(one.how, str(one.refusal or "")) for one in receipts]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(people=st.lists(st.tuples(leads, moments), max_size=6), visits=st.lists(events, max_size=6))
def test_a_batch_says_the_same_as_its_items_one_by_one(
    db: None, people: list[tuple[LeadFacts, Any]], visits: list[EventFacts]
) -> None:
    with transaction.atomic():
        together, apart = a_workspace_with_a_merged_lead(), a_workspace_with_a_merged_lead()
        at_once = receive_leads(workspace=together, batch=people, now=MONDAY_NOON)
        one_by_one = [
            take_lead(workspace=apart, facts=facts, at=at, now=MONDAY_NOON) for facts, at in people
        ]
        assert answers(at_once) == answers(one_by_one)
        assert what_is_known(together) == what_is_known(apart)
        at_once = receive_events(workspace=together, batch=visits, now=MONDAY_NOON)
        one_by_one = [
            receive_events(workspace=apart, batch=[facts], now=MONDAY_NOON)[0] for facts in visits
        ]
        assert answers(at_once) == answers(one_by_one)
        assert what_is_known(together) == what_is_known(apart)
        before = what_is_known(together)
        repeated = receive_events(workspace=together, batch=visits, now=MONDAY_NOON)
        assert all(
            one.how in (How.KNOWN, How.REFUSED)
            for one, facts in zip(repeated, visits, strict=True)
            if facts.external_id
        )
        if all(facts.external_id for facts in visits):
            assert what_is_known(together) == before
        transaction.set_rollback(True)


def test_a_visit_under_the_old_address_does_not_rename_the_survivor(workspace: Workspace) -> None:
    survivor = make_lead(workspace, email="new@x.example", external_id="new")
    make_lead(workspace, email="old@x.example", external_id="old", merged_into=survivor)
    facts = LeadFacts(email="old@x.example", external_id="old", phone="17")
    receipt = take_lead(workspace=workspace, facts=facts, at=MONDAY_NOON, now=MONDAY_NOON)
    survivor.refresh_from_db()
    assert (receipt.how, receipt.lead) == (How.UPDATED, survivor)
    assert (survivor.email, survivor.external_id, survivor.phone) == (
        "new@x.example",
        "new",
        "17",
    )


def test_an_event_of_an_address_in_another_spelling_is_the_leads(workspace: Workspace) -> None:
    make_lead(workspace, email="Hanna@X.example")
    facts = EventFacts(kind="chat", occurred_at=MONDAY_NOON, email=" hanna@x.EXAMPLE")
    [receipt] = receive_events(workspace=workspace, batch=[facts], now=MONDAY_NOON)
    assert receipt == Receipt(How.CREATED, Event.objects.get().lead)


def test_of_two_new_companies_of_one_name_the_one_named_first_is_meant(
    workspace: Workspace,
) -> None:
    def said(**company: Any) -> tuple[LeadFacts, Any]:
        return LeadFacts(external_id="1", company=CompanyFacts(**company)), MONDAY_NOON

    batch = [
        said(name="Acme", external_id="c1"),
        said(name="Acme", external_id="c2"),
        said(external_id="c1"),
        said(name="Acme"),
    ]
    receive_leads(workspace=workspace, batch=batch, now=MONDAY_NOON)
    company = Lead.objects.of(workspace).get().company
    assert company is not None
    assert company.external_id == "c1"
