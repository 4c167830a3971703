"""What is promised of a lead from its first offer on: when it starts, and what ends it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User, Workspace
from handoff import detours, handoffs, merging, opportunities
from handoff.erasure import erase
from handoff.models import Handoff, HandoffPolicy, RejectionReason
from handoff.promises import own_clock
from handoff.rejection_review import review
from handoff.touch_rules import TOUCHED
from leadqual.models import Lead, TouchKind, TouchOutcome
from leadqual.stages import Stage
from sla import clocks
from sla.models import BusinessCalendar, Clock, Commitment
from tests.builders import join_pool, make_member, receive_hot_lead, visit_pricing_page
from tests.handoff.promised import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Code,
    ended,
    promise,
    promise_all,
    the,
    touch,
)
from tests.sla.agreements import make_agreement
from tests.sla.promises import running

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(workspace: Workspace, ben_takes_turns: User) -> Handoff:
    promise_all(workspace)
    return receive_hot_lead(workspace).handoffs.get()


def reason(workspace: Workspace, code: str) -> RejectionReason:
    return RejectionReason.objects.get(workspace=workspace, code=code)


def test_a_first_offer_starts_the_lead_s_own_clock_beside_the_rep_s(
    offer: Handoff, ben: User
) -> None:
    started = running(offer.lead, Code.DECIDE_OFFER, Code.TOUCH_OF_OFFER)
    assert {(clock.code, clock.subject_key, clock.person) for clock in started} == {
        (Code.DECIDE_OFFER, f"handoff:{offer.pk}", ben),
        (Code.TOUCH_OF_OFFER, f"cycle:{offer.pk}", ben),
    }
    assert {clock.started_at for clock in started} == {offer.offered_at}


def test_rerouted_the_lead_s_own_goes_on_with_the_next_rep_and_deciding_starts_anew(
    workspace: Workspace, offer: Handoff, ben: User
) -> None:
    nia = make_member(workspace, name="Nia Berg")
    join_pool(workspace, nia)
    second = handoffs.not_mine(offer, by=ben, at=NOON + 20 * MINUTE)
    assert second is not None
    own = Clock.objects.get(lead=offer.lead, code=Code.TOUCH_OF_OFFER)
    assert (own.started_at, own.stopped_at, own.person) == (NOON, None, nia)
    decide = Clock.objects.get(subject_key=f"handoff:{second.pk}", code=Code.DECIDE_OFFER)
    assert (decide.started_at, decide.person) == (NOON + 20 * MINUTE, nia)


def test_a_touch_that_keeps_no_promise_holds_up_no_clock(offer: Handoff, ben: User) -> None:
    """What an earlier touch has kept stays kept: a talk a day costs no more locks by the day."""
    handoffs.accept(offer, by=ben, at=NOON + 5 * MINUTE)
    touch(offer.lead, ben, NOON + 20 * MINUTE, outcome=TouchOutcome.REACHED)
    kept = set(Clock.objects.filter(lead=offer.lead, stopped_by=TOUCHED).values_list("code"))
    assert kept == {(Code.TOUCH_OF_OFFER,), (Code.FIRST_TOUCH,), (Code.FOLLOW_UP,)}
    with CaptureQueriesContext(connection) as said:
        touch(offer.lead, ben, NOON + 50 * MINUTE)
    locked = [each["sql"] for each in said.captured_queries if "FOR UPDATE" in each["sql"]]
    assert [sql for sql in locked if 'FROM "sla_clock"' in sql] == []


def test_with_nobody_left_to_offer_it_to_the_clock_runs_on_and_is_nobody_s(
    offer: Handoff, ben: User
) -> None:
    handoffs.not_mine(offer, by=ben, at=NOON + 20 * MINUTE)
    own = the(offer.lead, Code.TOUCH_OF_OFFER)
    assert (own.stopped_at, own.person) == (None, None)


def test_acceptance_starts_three_promises_and_leaves_the_lead_s_own(
    offer: Handoff, ben: User
) -> None:
    at = NOON + 10 * MINUTE
    handoffs.accept(offer, by=ben, at=at)
    codes = (Code.FIRST_TOUCH, Code.FOLLOW_UP, Code.QUALIFY)
    started = running(offer.lead, *codes)
    assert [(clock.code, clock.started_at, clock.person) for clock in started] == [
        (code, at, ben) for code in codes
    ]
    assert the(offer.lead, Code.TOUCH_OF_OFFER).started_at == NOON
    handoffs.undo(offer, by=ben, at=at + timedelta(seconds=30))
    assert set(ended(offer.lead)) == {Code.DECIDE_OFFER, Code.TOUCH_OF_OFFER}
    assert the(offer.lead, Code.TOUCH_OF_OFFER).stopped_at is None


def test_one_touch_by_anybody_keeps_both_first_touches(
    offer: Handoff, ben: User, mara: User
) -> None:
    handoffs.accept(offer, by=ben, at=NOON + 10 * MINUTE)
    at = NOON + 25 * MINUTE
    touch(offer.lead, mara, at)
    own, first = the(offer.lead, Code.TOUCH_OF_OFFER), the(offer.lead, Code.FIRST_TOUCH)
    assert (own.stopped_at, own.stopped_by, own.business_seconds) == (at, TOUCHED, 25 * 60)
    assert (first.stopped_at, first.stopped_by, first.business_seconds) == (at, TOUCHED, 15 * 60)
    assert the(offer.lead, Code.FOLLOW_UP).stopped_at is None


def test_a_touch_before_the_offer_was_recorded_counts_with_no_time_at_all(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise_all(workspace)
    lead = receive_hot_lead(workspace, pricing_page=False)  # MQL, and not ready
    touch(lead, ben_takes_turns, NOON + 5 * MINUTE)
    visit_pricing_page(lead, at=NOON + 10 * MINUTE)
    own = the(lead, Code.TOUCH_OF_OFFER)
    assert (own.stopped_by, own.business_seconds) == (TOUCHED, 0)
    assert own.stopped_at == own.started_at == NOON + 10 * MINUTE


def test_a_touch_before_it_became_mql_counts_for_nothing(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise_all(workspace)
    lead = receive_hot_lead(workspace)
    touch(lead, ben_takes_turns, NOON - DAY, now=NOON + MINUTE)
    assert the(lead, Code.TOUCH_OF_OFFER).stopped_at is None


def test_a_touch_logged_late_counts_by_its_own_moment_and_is_marked(
    offer: Handoff, ben: User
) -> None:
    at, logged = NOON + 20 * MINUTE, NOON + 2 * HOUR
    clocks.sweep(now=logged)
    assert the(offer.lead, Code.TOUCH_OF_OFFER).breached_at == NOON + HOUR
    touch(offer.lead, ben, at, now=logged)
    own = the(offer.lead, Code.TOUCH_OF_OFFER)
    assert (own.stopped_at, own.breached_at, own.stop_recorded_at) == (at, None, logged)


def test_an_earlier_touch_that_was_logged_later_takes_the_place_of_the_first(
    offer: Handoff, ben: User
) -> None:
    touch(offer.lead, ben, NOON + 3 * HOUR)
    assert the(offer.lead, Code.TOUCH_OF_OFFER).breached_at == NOON + HOUR
    touch(offer.lead, ben, NOON + 30 * MINUTE, now=NOON + 4 * HOUR)
    own = the(offer.lead, Code.TOUCH_OF_OFFER)
    assert (own.stopped_at, own.breached_at) == (NOON + 30 * MINUTE, None)
    assert own.stop_recorded_at == NOON + 4 * HOUR


def test_a_touch_logged_after_the_lead_had_left_sales_keeps_what_it_was_in_time_for(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    for code in (Code.TOUCH_OF_OFFER, Code.FIRST_TOUCH, Code.FOLLOW_UP):
        promise(workspace, code, days=5)
    offer = receive_hot_lead(workspace).handoffs.get()
    handoffs.accept(offer, by=ben_takes_turns, at=NOON)
    lead, at = offer.lead, NOON + 20 * MINUTE
    lead.refresh_from_db()
    no_budget = reason(workspace, "no-budget")
    detours.recycle(lead, by=ben_takes_turns, at=NOON + HOUR, reason=no_budget, note="No")
    touch(lead, ben_takes_turns, NOON + 90 * MINUTE, now=NOON + 2 * HOUR)  # no longer owed
    kept = {Code.TOUCH_OF_OFFER, Code.FIRST_TOUCH, Code.FOLLOW_UP}
    assert {code for code, how in ended(lead).items() if how[1] == clocks.TAKEN_BACK} == kept
    touch(lead, ben_takes_turns, at, now=NOON + 3 * HOUR, outcome=TouchOutcome.REACHED)
    for code in kept:
        clock = the(lead, code)
        assert (clock.stopped_at, clock.stopped_by, clock.breached_at) == (at, TOUCHED, None)
        assert (clock.stop_recorded_at, clock.business_seconds) == (NOON + 3 * HOUR, 20 * 60)
    assert running(lead, *Code.values) == []


def test_a_late_touch_of_one_cycle_leaves_the_lead_s_own_clock_of_the_next(
    workspace: Workspace, offer: Handoff, ben: User
) -> None:
    no_budget = reason(workspace, "no-budget")
    handoffs.reject(offer, by=ben, at=NOON + 30 * MINUTE, reason=no_budget, note="Next year")
    visit_pricing_page(offer.lead, at=NOON + HOUR)
    touch(offer.lead, ben, NOON + 10 * MINUTE, now=NOON + 80 * MINUTE)
    first, second = Clock.objects.filter(code=Code.TOUCH_OF_OFFER).order_by("pk")
    assert (first.stopped_at, first.stopped_by) == (NOON + 10 * MINUTE, TOUCHED)
    assert (second.started_at, second.stopped_at) == (NOON + HOUR, None)
    assert own_clock(Lead.objects.get()) == second


@pytest.mark.parametrize(
    ("asked", "kind", "outcome", "counts"),
    [
        ("any", TouchKind.EMAIL, TouchOutcome.SENT, True),
        ("spoken", TouchKind.EMAIL, TouchOutcome.SENT, False),
        ("spoken", TouchKind.CALL, TouchOutcome.NO_ANSWER, True),
        ("spoken", TouchKind.MEETING, TouchOutcome.REACHED, True),
        ("reached", TouchKind.CALL, TouchOutcome.NO_ANSWER, False),
        ("reached", TouchKind.EMAIL, TouchOutcome.REPLIED, True),
        ("reached", TouchKind.CALL, TouchOutcome.CALL_BACK, True),
        ("reached", TouchKind.CALL, TouchOutcome.WRONG_PERSON, False),
    ],
)
def test_what_counts_as_a_touch_is_part_of_the_promise(
    workspace: Workspace,
    ben_takes_turns: User,
    asked: str,
    kind: TouchKind,
    outcome: TouchOutcome,
    counts: bool,
) -> None:
    promise(workspace, Code.TOUCH_OF_OFFER, touch_counts=asked)
    lead = receive_hot_lead(workspace)
    touch(lead, ben_takes_turns, NOON + 5 * MINUTE, kind=kind, outcome=outcome)
    assert (the(lead, Code.TOUCH_OF_OFFER).stopped_at is not None) == counts


def test_a_follow_up_is_kept_by_as_many_touches_as_promised(offer: Handoff, ben: User) -> None:
    handoffs.accept(offer, by=ben, at=NOON)
    for number in (1, 2, 3):
        assert the(offer.lead, Code.FOLLOW_UP).stopped_at is None
        touch(offer.lead, ben, NOON + number * HOUR)
    kept = the(offer.lead, Code.FOLLOW_UP)
    assert (kept.stopped_at, kept.stopped_by) == (NOON + 3 * HOUR, TOUCHED)


def test_a_follow_up_is_kept_by_reaching_the_lead_at_the_first_try(
    offer: Handoff, ben: User
) -> None:
    handoffs.accept(offer, by=ben, at=NOON)
    touch(offer.lead, ben, NOON + HOUR, outcome=TouchOutcome.REACHED)
    assert the(offer.lead, Code.FOLLOW_UP).stopped_at == NOON + HOUR


def test_sql_keeps_both_the_follow_up_and_qualifying(offer: Handoff, ben: User) -> None:
    HandoffPolicy.objects.update(scorecard_gate=HandoffPolicy.Gate.OFF)
    handoffs.accept(offer, by=ben, at=NOON)
    opportunities.qualify(Lead.objects.get(), by=ben, at=NOON + DAY)
    said = ended(offer.lead)
    assert said[Code.FOLLOW_UP] == said[Code.QUALIFY] == (NOON + DAY, "qualified")


def test_given_back_an_accepted_lead_is_qualified_out_and_the_rest_is_owed_no_more(
    workspace: Workspace, offer: Handoff, ben: User
) -> None:
    handoffs.accept(offer, by=ben, at=NOON)
    lead = Lead.objects.get()
    detours.recycle(lead, by=ben, at=NOON + DAY, reason=reason(workspace, "no-budget"), note="No")
    said = ended(lead)
    assert said[Code.QUALIFY] == (NOON + DAY, "given_back")
    for code in (Code.TOUCH_OF_OFFER, Code.FIRST_TOUCH, Code.FOLLOW_UP):
        assert said[code] == (NOON + DAY, clocks.TAKEN_BACK)
    taken_back = Clock.objects.taken_back().filter(code=Code.FOLLOW_UP)
    assert taken_back.exists()


def test_back_in_sales_in_another_cycle_everything_is_promised_anew(
    workspace: Workspace, offer: Handoff, ben: User
) -> None:
    no_budget = reason(workspace, "no-budget")
    handoffs.reject(offer, by=ben, at=NOON + MINUTE, reason=no_budget, note="Next year")
    assert the(offer.lead, Code.TOUCH_OF_OFFER).stopped_by == clocks.TAKEN_BACK
    visit_pricing_page(offer.lead, at=NOON + HOUR)
    again = offer.lead.handoffs.open().get()
    assert again.cycle == 2
    own = the(offer.lead, Code.TOUCH_OF_OFFER)
    assert (own.subject_key, own.started_at) == (f"cycle:{again.pk}", NOON + HOUR)


def test_a_rejection_is_to_be_reviewed_and_the_review_keeps_that(
    workspace: Workspace, offer: Handoff, ben: User, ana: User
) -> None:
    no_budget = reason(workspace, "no-budget")
    handoffs.reject(offer, by=ben, at=NOON, reason=no_budget, note="Next year")
    to_review = the(offer.lead, Code.REVIEW_REJECTION)
    assert (to_review.started_at, to_review.person, to_review.stopped_at) == (NOON, None, None)
    review(offer, upheld=True, by=ana, at=NOON + DAY)
    assert ended(offer.lead)[Code.REVIEW_REJECTION] == (NOON + DAY, "reviewed")
    review(offer, upheld=False, by=ana, at=NOON + 2 * DAY)  # the first word kept the promise
    assert ended(offer.lead)[Code.REVIEW_REJECTION] == (NOON + DAY, "reviewed")


def test_where_nothing_of_it_is_promised_nothing_of_it_runs(
    workspace: Workspace, ben_takes_turns: User, ana: User
) -> None:
    Commitment.objects.of(workspace).delete()
    lead = receive_hot_lead(workspace)
    offer = lead.handoffs.get()
    handoffs.accept(offer, by=ben_takes_turns, at=NOON)
    touch(lead, ben_takes_turns, NOON + MINUTE)
    other = receive_hot_lead(workspace).handoffs.get()
    no_budget = reason(workspace, "no-budget")
    handoffs.reject(other, by=ben_takes_turns, at=NOON, reason=no_budget, note="Next year")
    review(other, upheld=True, by=ana, at=NOON)
    assert not Clock.objects.exists()


def test_the_tier_s_own_promise_counts_before_the_one_for_any(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    tier = receive_hot_lead(workspace).handoffs.get().tier
    assert tier is not None
    promise(workspace, Code.TOUCH_OF_OFFER)
    promise(workspace, Code.TOUCH_OF_OFFER, tier_code=tier.code, minutes=5)
    lead = receive_hot_lead(workspace)
    own = the(lead, Code.TOUCH_OF_OFFER)
    assert (own.tier_code, own.due_at) == (tier.code, NOON + 5 * MINUTE)


def test_running_clocks_keep_the_promise_they_were_started_with(
    workspace: Workspace, offer: Handoff, ben: User
) -> None:
    before = the(offer.lead, Code.TOUCH_OF_OFFER).commitment
    signed = make_agreement(workspace, at=NOON + MINUTE)
    handoffs.accept(offer, by=ben, at=NOON + 2 * MINUTE)
    assert the(offer.lead, Code.TOUCH_OF_OFFER).commitment == before
    assert the(offer.lead, Code.FOLLOW_UP).commitment.agreement == signed
    touch(offer.lead, ben, NOON + 3 * MINUTE)
    assert the(offer.lead, Code.TOUCH_OF_OFFER).stopped_by == TOUCHED


def test_an_erased_lead_is_owed_nothing_in_any_of_its_promises(
    offer: Handoff, ben: User, ana: User
) -> None:
    handoffs.accept(offer, by=ben, at=NOON)
    Clock.objects.update(acknowledgement="Hanna was on holiday")
    erase(offer.lead, by=ana, at=NOON + HOUR)
    assert not Clock.objects.running().exists()
    assert set(Clock.objects.values_list("acknowledgement", flat=True)) == {""}


def test_of_two_leads_that_are_one_one_first_touch_is_owed_and_reviews_stay(
    workspace: Workspace, offer: Handoff, ben: User, ana: User
) -> None:
    other = receive_hot_lead(workspace)
    no_budget = reason(workspace, "no-budget")
    rejected = receive_hot_lead(workspace)
    handoffs.reject(rejected.handoffs.get(), by=ben, at=NOON, reason=no_budget, note="No")
    merging.merge(offer.lead, other, by=ana, at=NOON + MINUTE)
    running = Clock.objects.running().filter(lead=offer.lead, code=Code.TOUCH_OF_OFFER)
    assert [clock.subject_key for clock in running] == [f"cycle:{offer.pk}"]
    merge = merging.merge(offer.lead, rejected, by=ana, at=NOON + 2 * MINUTE)
    assert the(offer.lead, Code.REVIEW_REJECTION).stopped_at is None
    merging.undo(merge, by=ana, at=NOON + 3 * MINUTE)
    assert the(rejected, Code.REVIEW_REJECTION).stopped_at is None


def test_a_merge_that_takes_over_the_other_s_offer_takes_over_its_promise(
    workspace: Workspace, offer: Handoff, ben: User, ana: User
) -> None:
    waiting = receive_hot_lead(workspace, pricing_page=False)
    merging.merge(waiting, offer.lead, by=ana, at=NOON + MINUTE)
    own = the(waiting, Code.TOUCH_OF_OFFER)
    assert (own.subject_key, own.stopped_at, own.person) == (f"cycle:{offer.pk}", None, ben)
    touch(waiting, ben, NOON + 5 * MINUTE)
    assert ended(waiting)[Code.TOUCH_OF_OFFER] == (NOON + 5 * MINUTE, TOUCHED)


def test_stage_and_promises_agree_after_a_win(offer: Handoff, ben: User) -> None:
    HandoffPolicy.objects.update(scorecard_gate=HandoffPolicy.Gate.OFF)
    handoffs.accept(offer, by=ben, at=NOON)
    lead = Lead.objects.get()
    opportunities.qualify(lead, by=ben, at=NOON + HOUR)
    lead.refresh_from_db()
    opportunities.open_opportunity(lead, by=ben, at=NOON + HOUR, amount=1000)  # type: ignore[arg-type]
    lead.refresh_from_db()
    opportunities.win(lead, by=ben, at=NOON + 2 * HOUR)
    assert lead.stage == Stage.WON
    assert not Clock.objects.running().exists()


def test_with_too_few_touches_in_time_an_accepted_lead_is_called_unworked(
    workspace: Workspace, offer: Handoff, ben: User, as_ben: Client
) -> None:
    """By the real clock, which is far beyond the deadline."""
    handoffs.accept(offer, by=ben, at=NOON)
    touch(offer.lead, ben, NOON + HOUR)

    def says_so(name: str, *gaps: object) -> bool:
        page = as_ben.get(reverse(name, args=[workspace.slug, *gaps]))
        return "unworked" in page.content.decode().lower()

    def listed() -> list[Lead]:
        page = as_ben.get(reverse("leads", args=[workspace.slug]), {"follow_up": "unworked"})
        return [row.lead for row in page.context["list"].rows]

    panel = ("lead_panel", offer.lead_id, "touch")
    assert (says_so("queue_leads"), says_so(*panel), listed()) == (True, True, [offer.lead])
    for days in (8, 9):  # late, and made good
        touch(offer.lead, ben, NOON + days * DAY)
    assert the(offer.lead, Code.FOLLOW_UP).breached_at is not None
    assert (says_so("queue_leads"), says_so(*panel), listed()) == (False, False, [])


@pytest.mark.parametrize("answer", ["accept", "reject"])
def test_a_calendar_that_never_opens_again_keeps_nobody_from_deciding(
    workspace: Workspace, offer: Handoff, ben: User, answer: str
) -> None:
    over = BusinessCalendar.objects.create(workspace=workspace, name="The fair of last year")
    for code in (Code.FOLLOW_UP, Code.REVIEW_REJECTION):
        promise(workspace, code, days=5, calendar=over)
    at = NOON + 20 * MINUTE
    if answer == "accept":
        handoffs.accept(offer, by=ben, at=at)
        started = {Code.FIRST_TOUCH, Code.QUALIFY}
    else:
        why = reason(workspace, "no-budget")
        handoffs.reject(offer, by=ben, at=at, reason=why, note="None this year")
        started = set()
    found = Clock.objects.filter(subject_key=f"handoff:{offer.pk}").exclude(code=Code.DECIDE_OFFER)
    assert {clock.code for clock in found} == started
