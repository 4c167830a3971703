"""A lead wants to be called back: the promises that pause stand still until then."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import call_backs, detours, handoffs, merging
from handoff.call_backs import NoSuchMoment
from handoff.erasure import erase
from handoff.models import CallBack, Handoff, RejectionReason, Task
from handoff.transitions import SomeoneWasFaster
from leadqual.models import Lead, Touch, TouchOutcome
from sla.models import Absence, ClockPause
from tests.builders import receive_hot_lead
from tests.handoff.promised import DAY, HOUR, MINUTE, NOON, Code, promise_all, the, touch

pytestmark = pytest.mark.django_db

THURSDAY = NOON + 3 * DAY
CALL_BACK = TouchOutcome.CALL_BACK


@pytest.fixture
def accepted(workspace: Workspace, ben_takes_turns: User) -> Handoff:
    """At noon, with every promise running."""
    promise_all(workspace)
    return handoffs.accept(receive_hot_lead(workspace).handoffs.get(), by=ben_takes_turns, at=NOON)


def test_asked_in_a_call_the_promises_stand_still_until_then(accepted: Handoff, ben: User) -> None:
    lead = accepted.lead
    before = the(lead, Code.FOLLOW_UP).due_at
    touch(lead, ben, NOON + HOUR, outcome=CALL_BACK, call_back=THURSDAY)
    follow_up, qualify = the(lead, Code.FOLLOW_UP), the(lead, Code.QUALIFY)
    # Monday 14:00 to Thursday 13:00 in Berlin: 3 h, two days of 7 h, 3 h.
    assert follow_up.paused_seconds == qualify.paused_seconds == 20 * 3600
    assert follow_up.due_at > before
    assert the(lead, Code.FIRST_TOUCH).stopped_at == NOON + HOUR  # that was a touch
    asked = CallBack.objects.get()
    assert (asked.until, asked.ended_at, asked.by) == (THURSDAY, None, ben)


def test_whoever_has_the_lead_gets_a_task_for_that_moment(
    accepted: Handoff, ben: User, mara: User
) -> None:
    call_backs.ask(
        Lead.objects.get(), until=THURSDAY, asked_at=NOON, by=mara, now=NOON, note="Budget by then"
    )
    task = Task.objects.get()
    assert (task.person, task.due_at) == (ben, THURSDAY)
    assert task.text == "Call back on Thu 05 Mar 2026, 13:00: Budget by then"


def test_promises_started_meanwhile_stand_still_from_their_start(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise_all(workspace)
    offer = receive_hot_lead(workspace).handoffs.get()
    call_backs.ask(offer.lead, until=THURSDAY, asked_at=NOON, by=ben_takes_turns, now=NOON)
    handoffs.accept(offer, by=ben_takes_turns, at=NOON + HOUR)
    first = the(offer.lead, Code.FIRST_TOUCH)
    # An hour of work, from Thursday 13:00 in Berlin on.
    assert first.due_at == THURSDAY + HOUR


def test_an_open_offer_shows_the_deadline_that_moved(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    offer = receive_hot_lead(workspace).handoffs.get()
    call_backs.ask(offer.lead, until=THURSDAY, asked_at=NOON, by=ben_takes_turns, now=NOON)
    offer.refresh_from_db()
    assert offer.due_at == the(offer.lead, Code.DECIDE_OFFER).due_at == THURSDAY + 4 * HOUR


def test_reached_before_the_promises_run_again_at_once_and_the_task_is_done(
    accepted: Handoff, ben: User
) -> None:
    lead = accepted.lead
    touch(lead, ben, NOON + HOUR, outcome=CALL_BACK, call_back=THURSDAY)
    touch(lead, ben, NOON + 2 * HOUR, outcome=TouchOutcome.REPLIED)
    assert CallBack.objects.get().ended_at == NOON + 2 * HOUR
    assert the(lead, Code.QUALIFY).paused_seconds == 3600
    assert Task.objects.get().done_by == ben


def test_an_attempt_at_the_moment_itself_is_the_call_that_was_asked_for(
    accepted: Handoff, ben: User
) -> None:
    touch(accepted.lead, ben, NOON + HOUR, outcome=CALL_BACK, call_back=THURSDAY)
    touch(accepted.lead, ben, NOON + 2 * HOUR)  # no answer, and not yet the moment
    assert CallBack.objects.pending().exists()
    touch(accepted.lead, ben, THURSDAY + 5 * MINUTE)
    assert CallBack.objects.get().ended_at == THURSDAY
    assert the(accepted.lead, Code.QUALIFY).paused_seconds == 20 * 3600


def test_asked_for_another_day_the_later_word_counts(accepted: Handoff, ben: User) -> None:
    lead = accepted.lead
    touch(lead, ben, NOON + HOUR, outcome=CALL_BACK, call_back=THURSDAY)
    touch(lead, ben, NOON + 2 * HOUR, outcome=CALL_BACK, call_back=NOON + DAY)
    assert CallBack.objects.pending().get().until == NOON + DAY
    # From Monday 14:00 to Tuesday 13:00: 3 h and 3 h.
    assert the(lead, Code.QUALIFY).paused_seconds == 6 * 3600
    assert [task.due_at for task in Task.objects.filter(done_at=None)] == [NOON + DAY]


def test_a_slip_is_taken_back_as_if_it_had_never_been(accepted: Handoff, ben: User) -> None:
    lead = accepted.lead
    before = the(lead, Code.QUALIFY).due_at
    asked = call_backs.ask(lead, until=THURSDAY, asked_at=NOON + HOUR, by=ben, now=NOON + HOUR)
    assert call_backs.take_back(asked, now=NOON + 2 * HOUR)
    assert not call_backs.take_back(asked, now=NOON + 2 * HOUR)
    qualify = the(lead, Code.QUALIFY)
    assert (qualify.due_at, qualify.paused_seconds) == (before, 0)
    assert not Task.objects.filter(done_at=None).exists()


def test_given_back_nobody_calls_any_more(
    workspace: Workspace, accepted: Handoff, ben: User
) -> None:
    call_backs.ask(accepted.lead, until=THURSDAY, asked_at=NOON, by=ben, now=NOON)
    no_budget = RejectionReason.objects.get(workspace=workspace, code="no-budget")
    detours.recycle(Lead.objects.get(), by=ben, at=NOON + HOUR, reason=no_budget, note="No")
    assert CallBack.objects.get().ended_at == NOON + HOUR
    assert not Task.objects.filter(done_at=None).exists()


def test_the_acceptance_stands_once_the_lead_has_asked(accepted: Handoff, ben: User) -> None:
    soon = NOON + timedelta(seconds=20)
    call_backs.ask(accepted.lead, until=THURSDAY, asked_at=soon, by=ben, now=soon)
    with pytest.raises(SomeoneWasFaster, match="called back"):
        handoffs.undo(accepted, by=ben, at=NOON + timedelta(seconds=40))


def test_an_absent_rep_never_pauses_a_promise(workspace: Workspace, ben_takes_turns: User) -> None:
    promise_all(workspace)
    offer = receive_hot_lead(workspace).handoffs.get()
    handoffs.accept(offer, by=ben_takes_turns, at=NOON)
    before = the(offer.lead, Code.FOLLOW_UP).due_at
    day = NOON.date()
    Absence.objects.create(
        workspace=workspace, person=ben_takes_turns, first_day=day, last_day=day + 9 * DAY
    )
    other = receive_hot_lead(workspace, at=NOON + MINUTE)
    assert the(offer.lead, Code.FOLLOW_UP).due_at == before
    assert not ClockPause.objects.exists()
    assert not other.handoffs.exists()


@pytest.mark.parametrize("days", [-1, 0, 181])
def test_a_moment_that_cannot_be_is_refused(accepted: Handoff, ben: User, days: int) -> None:
    with pytest.raises(NoSuchMoment):
        call_backs.ask(accepted.lead, until=NOON + days * DAY, asked_at=NOON, by=ben, now=NOON)
    assert not CallBack.objects.exists()


def test_merged_the_wish_of_the_one_in_sales_holds_and_parted_each_has_its_own(
    workspace: Workspace, accepted: Handoff, ben: User, ana: User
) -> None:
    other = receive_hot_lead(workspace)
    for lead, until in ((accepted.lead, THURSDAY), (other, THURSDAY + DAY)):
        call_backs.ask(lead, until=until, asked_at=NOON, by=ben, now=NOON + MINUTE)
    merge = merging.merge(accepted.lead, other, by=ana, at=NOON + HOUR)
    assert CallBack.objects.pending().get().until == THURSDAY
    assert CallBack.objects.filter(lead=accepted.lead).count() == 2
    merging.undo(merge, by=ana, at=NOON + 2 * HOUR)
    pending = CallBack.objects.pending().values_list("lead", "until")
    assert set(pending) == {(accepted.lead.pk, THURSDAY), (other.pk, THURSDAY + DAY)}


def test_erased_what_was_said_goes_and_that_it_asked_stays(
    accepted: Handoff, ben: User, ana: User
) -> None:
    call_backs.ask(accepted.lead, until=THURSDAY, asked_at=NOON, by=ben, now=NOON, note="Surgery")
    erase(accepted.lead, by=ana, at=NOON + HOUR)
    asked = CallBack.objects.get()
    assert (asked.note, asked.ended_at is None) == ("", False)


@pytest.fixture
def mine(offer_to_ben: Callable[[], Handoff], ben: User) -> Lead:
    """Accepted by ben a moment ago, by the real clock."""
    offer = offer_to_ben()
    handoffs.accept(offer, by=ben, at=timezone.now())
    return Lead.objects.get(pk=offer.lead_id)


def url(name: str, lead: Lead) -> str:
    return reverse(name, args=[lead.workspace.slug, lead.pk])


def in_days(days: int) -> str:
    return f"{timezone.localtime() + timedelta(days=days):%Y-%m-%dT%H:%M}"


def test_the_form_of_touches_asks_for_the_moment_and_the_page_shows_it(
    mine: Lead, as_ben: Client
) -> None:
    said = {"kind": "call", "outcome": "call_back", "call_back": in_days(2)}
    as_ben.post(url("log_touch", mine), said)
    assert Touch.objects.get().outcome == CALL_BACK
    asked = CallBack.objects.get()
    words = call_backs.when(asked)
    panel = as_ben.get(reverse("lead_panel", args=[mine.workspace.slug, mine.pk, "touch"]))
    assert "Call back" in panel.content.decode()
    assert "That was a slip" in panel.content.decode()
    timeline = as_ben.get(reverse("lead_panel", args=[mine.workspace.slug, mine.pk, "timeline"]))
    assert f"To be called back on {words}" in timeline.content.decode()
    queue = as_ben.get(reverse("queue_leads", args=[mine.workspace.slug]))
    assert "Call back" in queue.content.decode()
    listed = as_ben.get(reverse("leads", args=[mine.workspace.slug]), {"follow_up": "call_back"})
    assert listed.context["list"].rows[0].lead == mine
    as_ben.post(url("call_back_slip", mine))
    assert not CallBack.objects.pending().exists()


@pytest.mark.parametrize(
    ("moment", "words"),
    [("", "Say when"), (-1, "That moment is over"), (200, "At most 180 days ahead")],
)
def test_what_cannot_be_is_refused_at_the_field(
    mine: Lead, as_ben: Client, moment: int | str, words: str
) -> None:
    typed = in_days(moment) if isinstance(moment, int) else moment
    said = {"kind": "call", "outcome": "call_back", "call_back": typed}
    answer = as_ben.post(url("log_touch", mine), said)
    assert answer.status_code == 422
    [error] = answer.context["touch_form"].errors["call_back"]
    assert error.startswith(words)
    by_mail = as_ben.post(url("call_back", mine), {"until": typed})
    assert by_mail.context["call_back_form"].errors["until"][0].startswith(words)
    assert not Touch.objects.exists()
    assert not CallBack.objects.exists()


def test_the_enter_key_in_the_field_logs_no_other_outcome(mine: Lead, as_ben: Client) -> None:
    said = {"kind": "call", "outcome": "reached", "call_back": in_days(2)}
    assert as_ben.post(url("log_touch", mine), said).status_code == 422
    assert not Touch.objects.exists()


def test_asked_by_mail_it_is_no_touch_of_ours(mine: Lead, as_ben: Client) -> None:
    as_ben.post(url("call_back", mine), {"until": in_days(3), "said": "After the fair"})
    assert CallBack.objects.get().note == "After the fair"
    assert not Touch.objects.exists()


def test_a_stranger_finds_no_lead_to_call_back(mine: Lead, as_cleo: Client) -> None:
    assert as_cleo.post(url("call_back", mine), {"until": in_days(3)}).status_code == 404
    assert as_cleo.post(url("call_back_slip", mine)).status_code == 404
