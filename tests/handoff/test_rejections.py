"""What follows from a rejection is what its reason says, whole or not at all."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User, Workspace
from handoff import detours, handoffs, reasons
from handoff.forms.asked_facts import AskedFacts
from handoff.models import Handoff, NurtureStay, NurtureTrack, RejectionReason
from handoff.reasons import Correction
from handoff.touches import log_touch
from handoff.transitions import MoveNotAllowed
from leadqual.models import AttributeChange, Lead, TouchKind, TouchOutcome
from leadqual.stages import Stage
from tests.builders import MONDAY_NOON, join_pool, make_member, receive_hot_lead

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(minutes=20)


def reason_of(workspace: Workspace, code: str, **fields: object) -> RejectionReason:
    RejectionReason.objects.of(workspace).filter(code=code).update(**fields)
    return RejectionReason.objects.of(workspace).get(code=code)


def said(lead: Lead, reason: RejectionReason, **facts: str) -> Correction | None:
    """What the form makes of these answers; everything else is as it was prefilled."""
    lead = Lead.objects.select_related("company").get(pk=lead.pk)
    known = AskedFacts(lead=lead, names=reason.asks).initial
    form = AskedFacts({**known, **facts}, lead=lead, names=reason.asks)
    assert form.is_valid(), form.errors
    return form.correction(reason.asks)


@pytest.fixture
def offer(workspace: Workspace, ben_takes_turns: User) -> Handoff:
    return receive_hot_lead(workspace).handoffs.get()


@pytest.fixture
def nia(workspace: Workspace) -> User:
    nia = make_member(workspace, name="Nia Berg")
    join_pool(workspace, nia)
    return nia


def test_nurture_takes_the_reasons_track_points_and_days(
    workspace: Workspace, offer: Handoff, ben: User
) -> None:
    track = NurtureTrack.objects.create(workspace=workspace, name="Budget")
    reason = reason_of(workspace, "no-budget", track=track, wake_points=45)
    handoffs.reject(offer, by=ben, at=LATER, reason=reason)
    stay = NurtureStay.objects.get(lead=offer.lead)
    assert (stay.track, stay.wake_points) == (track, 45)
    assert stay.wake_at == LATER + timedelta(days=90)


def test_the_day_that_the_rep_names_counts_before_the_reasons_days(
    workspace: Workspace, offer: Handoff, ben: User
) -> None:
    reason = reason_of(workspace, "timeline-too-long")
    day = LATER + timedelta(days=200)
    handoffs.reject(offer, by=ben, at=LATER, reason=reason, wake_at=day)
    assert NurtureStay.objects.get(lead=offer.lead).wake_at == day


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("not-a-decision-maker", "needs a note. Who decides there?"),
        ("timeline-too-long", "needs the day"),
        ("bad-data", "at least one fact corrected"),
        ("unreachable", "needs 3 more attempts without an answer: 0 of 3 are logged"),
    ],
)
def test_what_a_reason_asks_is_due_and_nothing_is_half_done(
    workspace: Workspace, offer: Handoff, ben: User, code: str, told: str
) -> None:
    with pytest.raises(MoveNotAllowed, match=told):
        handoffs.reject(offer, by=ben, at=LATER, reason=reason_of(workspace, code))
    offer.refresh_from_db()
    assert (offer.status, offer.lead.stage) == ("open", Stage.MQL)


def test_corrected_and_still_ready_it_goes_to_the_next_rep_by_its_new_facts(
    workspace: Workspace, offer: Handoff, ben: User, nia: User
) -> None:
    reason = reason_of(workspace, "bad-data")
    correction = said(offer.lead, reason, phone="+49 30 1234")
    handoffs.reject(offer, by=ben, at=LATER, reason=reason, correction=correction)
    lead = Lead.objects.get(pk=offer.lead_id)
    offer.refresh_from_db()
    assert (lead.phone, lead.stage, lead.cycle) == ("+49 30 1234", Stage.MQL, 1)
    assert lead.handoffs.open().get().rep == nia
    assert (offer.status, offer.answers) == (
        "rejected",
        {"phone": {"label": "Phone", "was": "", "is": "+49 30 1234"}},
    )
    change = AttributeChange.objects.filter(lead=lead, field="phone").get()
    assert (change.value, change.at) == ("+49 30 1234", LATER)


def test_corrected_and_no_longer_ready_it_is_what_settling_says(
    workspace: Workspace, offer: Handoff, ben: User, nia: User
) -> None:
    reason = reason_of(workspace, "bad-data", asks=["job_title", "timeline"])
    correction = said(offer.lead, reason, job_title="Intern", timeline="just researching")
    handoffs.reject(offer, by=ben, at=LATER, reason=reason, correction=correction)
    lead = Lead.objects.get(pk=offer.lead_id)
    assert not lead.handoffs.open().exists()
    assert (lead.stage, lead.job_title) == (Stage.NEW, "Intern")  # 35 of the 40 points


def test_rerouted_it_counts_as_a_rejection_and_the_next_rep_is_asked(
    workspace: Workspace, offer: Handoff, ben: User, nia: User
) -> None:
    reason = reason_of(workspace, "wrong-territory")
    correction = said(offer.lead, reason, company_country="Austria")
    handoffs.reject(offer, by=ben, at=LATER, reason=reason, correction=correction)
    lead = Lead.objects.select_related("company").get(pk=offer.lead_id)
    assert lead.company
    assert lead.company.country == "AT"
    assert lead.handoffs.get(status="rejected").answers == {
        "company_country": {"label": "Company’s country", "was": "Germany", "is": "Austria"}
    }
    assert lead.handoffs.open().get().rep == nia


@pytest.mark.parametrize("code", ["wrong-territory", "bad-data"])
def test_with_nobody_else_it_is_never_offered_to_the_rejecter_again(
    workspace: Workspace, offer: Handoff, ben: User, code: str
) -> None:
    reason = reason_of(workspace, code)
    phone = said(offer.lead, reason, phone="+49 30 1234") if code == "bad-data" else None
    handoffs.reject(offer, by=ben, at=LATER, reason=reason, correction=phone)
    assert not Handoff.objects.open().exists()
    assert Lead.objects.get(pk=offer.lead_id).stage == Stage.MQL


def test_facts_that_come_with_a_disqualification_are_written_too(
    workspace: Workspace, offer: Handoff, ben: User
) -> None:
    reason = reason_of(workspace, "too-small")
    correction = said(offer.lead, reason, employees="4")
    handoffs.reject(offer, by=ben, at=LATER, reason=reason, correction=correction)
    lead = Lead.objects.select_related("company").get(pk=offer.lead_id)
    assert lead.company
    assert lead.company.employees == 4
    assert lead.stage == Stage.DISQUALIFIED


def attempt(lead: Lead, by: User, outcome: TouchOutcome, minutes: int) -> None:
    at = MONDAY_NOON + timedelta(minutes=minutes)
    log_touch(lead, by=by, kind=TouchKind.CALL, outcome=outcome, at=at, now=at)


@settings(max_examples=25, deadline=None)
@given(
    outcomes=st.lists(st.sampled_from([o.value for o in TouchOutcome]), max_size=6),
    needed=st.integers(0, 5),
)
def test_as_many_attempts_are_missing_as_were_not_logged_without_an_answer_since_the_offer(
    outcomes: list[str], needed: int
) -> None:
    unanswered = {"no_answer", "left_message", "sent"}
    tried = sum(outcome in unanswered for outcome in outcomes)
    reason = RejectionReason(name="Unreachable", attempts=needed)
    told = reasons.missing_attempts(reason, tried=tried)
    assert bool(told) == (tried < needed)
    if needed - tried > 1:
        assert f"needs {needed - tried} more attempts" in told


def test_attempts_count_since_the_offer_and_answered_ones_do_not(
    workspace: Workspace, offer: Handoff, ben: User
) -> None:
    reason = reason_of(workspace, "unreachable")
    lead = offer.lead
    attempt(lead, ben, TouchOutcome.NO_ANSWER, -30)  # before it was offered
    attempt(lead, ben, TouchOutcome.WRONG_PERSON, 1)
    for minutes, outcome in enumerate(reasons.UNANSWERED, start=2):
        assert reasons.unanswered_touches(lead) == minutes - 2
        attempt(lead, ben, outcome, minutes)
    handoffs.reject(offer, by=ben, at=LATER, reason=reason)
    assert Lead.objects.get(pk=lead.pk).stage == Stage.NURTURE


def test_after_acceptance_a_reason_asks_the_same(
    workspace: Workspace, accepted: Lead, ben: User
) -> None:
    now = accepted.stage_since + timedelta(minutes=5)
    reason = reason_of(workspace, "unreachable")
    with pytest.raises(MoveNotAllowed, match="3 more attempts"):
        detours.recycle(accepted, by=ben, at=now, reason=reason)
    with pytest.raises(MoveNotAllowed, match="leads elsewhere"):
        detours.recycle(accepted, by=ben, at=now, reason=reason_of(workspace, "bad-data"))
