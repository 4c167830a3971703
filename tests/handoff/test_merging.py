"""Two leads are one person: what survives, what ends, and what is refused."""

from datetime import timedelta

import pytest

from accounts.models import User, Workspace
from handoff import handoffs, merging, promises
from handoff.intake import take_lead
from handoff.merging import CannotMerge
from handoff.models import Handoff, NurtureStay, RejectionReason
from leadqual.capture import EventFacts, LeadFacts
from leadqual.models import AttributeChange, Event, Lead
from leadqual.stages import Stage
from scoring.models import Score
from sla.models import Clock
from tests.builders import (
    MONDAY_NOON,
    make_company,
    make_lead,
    make_source,
    receive_event,
    receive_hot_lead,
)

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(hours=2)


def fresh(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def visit(lead: Lead, *, at: timedelta, kind: str = "page_view") -> None:
    facts = EventFacts(kind, MONDAY_NOON + at, lead.email, url="/pricing")
    receive_event(workspace=lead.workspace, facts=facts, now=LATER)


def test_facts_are_the_survivors_and_where_it_has_none_the_others(
    workspace: Workspace, ana: User
) -> None:
    survivor = make_lead(
        workspace, email="h@acme.example", first_name="Hanna", attributes={"plan": "pro", "x": ""}
    )
    absorbed = make_lead(
        workspace,
        email="hanna@gmail.example",
        external_id="crm-17",
        first_name="H.",
        phone="+49 17",
        company=make_company(workspace, name="Acme"),
        attributes={"plan": "free", "seats": 3, "x": 1},
    )
    merging.merge(survivor, absorbed, by=ana, at=LATER)
    lead = fresh(survivor)
    assert (lead.email, lead.external_id, lead.first_name, lead.phone) == (
        "h@acme.example",
        "crm-17",
        "Hanna",
        "+49 17",
    )
    assert lead.company == absorbed.company
    assert lead.attributes == {"plan": "pro", "seats": 3, "x": 1}
    assert fresh(absorbed).merged_into == survivor


def test_facts_of_the_other_were_known_of_the_person_since_they_were_said(
    workspace: Workspace, ana: User
) -> None:
    """Whoever looks back sees what was on record then, in either of the two."""
    hour = timedelta(hours=1)
    days = [MONDAY_NOON - 9 * hour, MONDAY_NOON - 6 * hour]
    absorbed = make_lead(workspace, captured_at=days[0], job_title="Intern", phone="+49 17")
    survivor = make_lead(workspace, captured_at=days[1], job_title="CTO")
    merge = merging.merge(survivor, absorbed, by=ana, at=LATER)
    known = [
        {fact.field: fact.value for fact in recorded(survivor) if fact.at <= at}
        for at in (days[0], days[1], LATER)
    ]
    both = {"job_title": "CTO", "phone": "+49 17"}
    assert known == [{"job_title": "Intern", "phone": "+49 17"}, both, both]
    assert {fact.at for fact in recorded(survivor)} == {*days, LATER}
    merging.undo(merge, by=ana, at=LATER)
    assert [(fact.field, fact.value) for fact in recorded(survivor)] == [("job_title", "CTO")]
    assert {fact.field: fact.value for fact in recorded(absorbed)} == known[0]


def recorded(lead: Lead) -> list[AttributeChange]:
    facts = AttributeChange.objects.filter(lead=lead, field__in=["job_title", "phone"])
    return list(facts.order_by("at", "pk"))


def test_the_first_touch_is_the_earlier_the_last_the_later(workspace: Workspace, ana: User) -> None:
    google, linkedin = make_source(workspace, code="google"), make_source(workspace, code="li")
    hour = timedelta(hours=1)
    survivor = make_lead(
        workspace,
        captured_at=MONDAY_NOON,
        first_source=google,
        first_touch_at=MONDAY_NOON,
        last_source=google,
        last_touch_at=MONDAY_NOON,
    )
    absorbed = make_lead(
        workspace,
        captured_at=MONDAY_NOON - hour,
        first_source=linkedin,
        first_touch={"gclid": "1"},
        first_touch_at=MONDAY_NOON - hour,
        last_source=linkedin,
        last_touch_at=MONDAY_NOON + hour,
    )
    merging.merge(survivor, absorbed, by=ana, at=LATER)
    lead = fresh(survivor)
    assert (lead.first_source, lead.first_touch) == (linkedin, {"gclid": "1"})
    assert (lead.last_source, lead.last_touch_at) == (linkedin, MONDAY_NOON + hour)
    assert lead.captured_at == MONDAY_NOON - hour


def test_an_event_that_both_have_counts_once_and_points_are_not_doubled(
    workspace: Workspace, ana: User
) -> None:
    survivor = receive_hot_lead(workspace, pricing_page=False)
    absorbed = receive_hot_lead(workspace, pricing_page=False)
    visit(survivor, at=timedelta(0))
    alone = Score.objects.get(lead=survivor).intent
    visit(absorbed, at=timedelta(milliseconds=400))
    visit(absorbed, at=timedelta(0), kind="demo_request")
    merge = merging.merge(survivor, absorbed, by=ana, at=LATER)
    assert survivor.events.count() == 2
    assert absorbed.events.count() == 1
    twice = Score.objects.get().intent
    assert Score.objects.get().lead == survivor
    merging.undo(merge, by=ana, at=LATER)
    visit(survivor, at=timedelta(0), kind="demo_request")
    assert Score.objects.get(lead=survivor).intent == twice > alone


def test_what_arrives_for_the_absorbed_lead_finds_the_survivor(
    workspace: Workspace, ana: User
) -> None:
    survivor, absorbed = make_lead(workspace), make_lead(workspace, external_id="old")
    merging.merge(survivor, absorbed, by=ana, at=LATER)
    visit(absorbed, at=timedelta(0))
    facts = LeadFacts(external_id="old", job_title="CTO")
    receipt = take_lead(workspace=workspace, facts=facts, at=LATER, now=LATER)
    assert receipt.lead == survivor == Event.objects.get().lead
    assert fresh(survivor).job_title == "CTO"


@pytest.mark.parametrize(
    ("survivor", "absorbed", "result"),
    [
        ("new", "mql", "mql"),
        ("mql", "nurture", "mql"),
        ("won", "sal", "won"),
        ("won", "opportunity", "opportunity"),
        ("disqualified", "new", "new"),
        ("lost", "nurture", "nurture"),
        ("lost", "disqualified", "lost"),
    ],
)
def test_the_stage_is_that_of_the_lead_that_stands_further_along(
    workspace: Workspace, ana: User, ben: User, survivor: str, absorbed: str, result: str
) -> None:
    since = MONDAY_NOON - timedelta(days=3)
    kept = make_lead(workspace, stage=Stage(survivor), stage_since=MONDAY_NOON)
    gone = make_lead(workspace, stage=Stage(absorbed), stage_since=since, owner=ben)
    merging.merge(kept, gone, by=ana, at=LATER)
    lead = fresh(kept)
    assert lead.stage == result
    assert lead.stage_since == (since if result == absorbed else MONDAY_NOON)
    assert lead.owner == ben


def test_of_two_open_offers_the_one_that_holds_stays(
    workspace: Workspace, ana: User, ben_takes_turns: User
) -> None:
    survivor, absorbed = receive_hot_lead(workspace), receive_hot_lead(workspace)
    kept, taken_back = survivor.handoffs.get(), absorbed.handoffs.get()
    merge = merging.merge(survivor, absorbed, by=ana, at=LATER)
    kept.refresh_from_db()
    taken_back.refresh_from_db()
    assert (kept.status, kept.cycle, kept.lead) == ("open", 2, survivor)
    assert (taken_back.status, taken_back.cycle, taken_back.lead) == ("withdrawn", 1, survivor)
    assert Clock.objects.running().get().subject_key == f"handoff:{kept.pk}"
    merging.undo(merge, by=ana, at=LATER + timedelta(minutes=1))
    taken_back.refresh_from_db()
    assert (taken_back.status, taken_back.lead, taken_back.withdrawn_at) == ("open", absorbed, None)
    assert Clock.objects.running().count() == 2


def test_an_accepted_lead_keeps_its_rep_its_promise_and_its_scorecard(
    workspace: Workspace, ana: User, ben_takes_turns: User, mara: User
) -> None:
    survivor = receive_hot_lead(workspace)
    no_budget = RejectionReason.objects.get(workspace=workspace, code="no-budget")
    handoffs.reject(survivor.handoffs.get(), by=mara, at=MONDAY_NOON, reason=no_budget)
    absorbed = receive_hot_lead(workspace)
    handoffs.accept(absorbed.handoffs.get(), by=ben_takes_turns, at=MONDAY_NOON)
    merging.merge(survivor, absorbed, by=ana, at=LATER)
    lead = fresh(survivor)
    assert (lead.stage, lead.owner, lead.cycle) == (Stage.SAL, ben_takes_turns, 2)
    accepted = lead.handoffs.get(status=Handoff.Status.ACCEPTED)
    assert accepted.cycle == 2
    assert Clock.objects.running().get().lead == lead
    promises.left_sales(lead, at=LATER)
    assert not Clock.objects.running().exists()
    assert NurtureStay.objects.get().left_at == LATER
    assert sorted(lead.moves.filter(to_stage="mql").values_list("cycle", flat=True)) == [1, 2]


def test_two_open_deals_are_not_merged(workspace: Workspace, ana: User) -> None:
    deals = [make_lead(workspace, stage=Stage.OPPORTUNITY) for _ in "12"]
    with pytest.raises(CannotMerge, match="Both have an open deal"):
        merging.merge(deals[0], deals[1], by=ana, at=LATER)


def test_what_makes_no_sense_is_refused_with_the_reason(
    workspace: Workspace, ana: User, cleo: User
) -> None:
    lead, third = make_lead(workspace), make_lead(workspace)
    other = make_lead(workspace, first_name="Ida")
    theirs = make_lead(cleo.workspaces.get())
    erased = make_lead(workspace, email="", erased_at=MONDAY_NOON)
    for absorbed, why in (
        (lead, "A lead cannot be merged into itself."),
        (theirs, "Leads of two workspaces cannot be merged."),
        (erased, "An erased person cannot be merged."),
    ):
        with pytest.raises(CannotMerge) as refused:
            merging.merge(lead, absorbed, by=ana, at=LATER)
        assert str(refused.value) == why
    merging.merge(lead, other, by=ana, at=LATER)
    with pytest.raises(CannotMerge, match="Ida was merged into another lead already"):
        merging.merge(third, fresh(other), by=ana, at=LATER)
    with pytest.raises(CannotMerge, match="was merged into another lead already"):
        merging.merge(third, other, by=ana, at=LATER)  # seen before the other merge
