"""Silence: the offer expires at its true deadline, the manager hears, the next rep is asked."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User, Workspace
from handoff import call_backs, escalation, handoffs, offering
from handoff.compliance import circumstances
from handoff.escalation import answer_breaches, tell_warnings
from handoff.models import Handoff, Rep, Task
from handoff.offer_deadlines import follow_moved_deadlines
from handoff.promise_news import of_deadline
from leadqual.models import Notice, OutboxMessage
from leadqual.stages import Stage
from sla import clocks
from sla.models import Clock
from tests.builders import MONDAY_NOON, join_pool, make_member, receive_hot_lead
from tests.handoff.promised import HOUR, MINUTE, NOON, Code, promise, the, touch

pytestmark = pytest.mark.django_db


def sweep(now: datetime) -> None:
    clocks.sweep(now=now)
    answer_breaches(now=now)


def test_an_undecided_offer_expires_at_its_deadline_and_goes_to_the_next_rep(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    nia = make_member(workspace, name="Nia Berg")
    first = receive_hot_lead(workspace).handoffs.get()
    join_pool(workspace, nia)
    assert first.due_at is not None
    noticed_at = first.due_at + timedelta(hours=1)  # the worker was down for an hour
    sweep(noticed_at)
    first.refresh_from_db()
    assert (first.status, first.expired_at) == (Handoff.Status.EXPIRED, first.due_at)
    clock = Clock.objects.get(subject_key=offering.subject_key(first))
    assert (clock.breached_at, clock.noticed_at) == (first.due_at, noticed_at)
    second = first.lead.handoffs.open().get()
    assert second.rep == nia
    assert first.lead.stage == Stage.MQL
    assert "Nobody decided on Hanna Weiss" in Notice.objects.get(user=mara).text
    assert OutboxMessage.objects.filter(to=mara.email).count() == 1


def test_sweeping_twice_changes_and_tells_nothing_twice(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    handoff = receive_hot_lead(workspace).handoffs.get()
    assert handoff.due_at is not None
    for minutes in (1, 2, 3):
        sweep(handoff.due_at + timedelta(minutes=minutes))
    assert handoff.lead.handoffs.count() == 1  # ben is not asked again in this cycle
    assert Notice.objects.filter(user=mara, key=f"expired:{handoff.pk}").count() == 1


def test_an_open_offer_follows_the_deadline_of_its_clock(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    handoff = receive_hot_lead(workspace).handoffs.get()
    moved = MONDAY_NOON + timedelta(days=3)
    Clock.objects.update(due_at=moved)
    assert follow_moved_deadlines() == 1
    assert follow_moved_deadlines() == 0
    handoff.refresh_from_db()
    assert handoff.due_at == moved


def test_a_missing_first_touch_is_told_and_its_clock_runs_on(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    handoff = receive_hot_lead(workspace).handoffs.get()
    handoffs.accept(handoff, by=ben_takes_turns, at=MONDAY_NOON)
    clock = Clock.objects.get(stopped_at=None)
    sweep(clock.due_at + timedelta(minutes=1))
    clock.refresh_from_db()
    assert (clock.breached_at, clock.stopped_at) == (clock.due_at, None)
    assert Notice.objects.get(user=mara).text.startswith("Missed: First touch after acceptance")


def text_of(user: User, key: str) -> str:
    return Notice.objects.get(user=user, key__startswith=key).text


def mail_to(user: User, key: str) -> str:
    return OutboxMessage.objects.get(to=user.email, key__startswith=key).body


def warned(now: datetime) -> int:
    clocks.sweep(now=now)
    return tell_warnings(now=now)


def test_the_rep_is_warned_once_a_percentage_with_a_key_that_names_it_and_the_deadline(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    promise(workspace, Code.DECIDE_OFFER, minutes=100, warn_percents=[50, 80])
    offer = receive_hot_lead(workspace).handoffs.get()
    assert (warned(NOON + 49 * MINUTE), warned(NOON + 51 * MINUTE)) == (0, 1)
    assert warned(NOON + 60 * MINUTE) == 0
    assert warned(NOON + 81 * MINUTE) == 1
    clock = the(offer.lead, Code.DECIDE_OFFER)
    for percent in (50, 80):
        key = f"warned:{clock.pk}:20260302T134000Z:{percent}"
        assert text_of(ben_takes_turns, key).startswith(f"{percent} % of the time is over")
        assert "Decide an offer" in mail_to(ben_takes_turns, key)
    assert not Notice.objects.filter(user=mara, key__startswith="warned").exists()


def test_after_an_hour_without_a_worker_only_the_last_warning_is_told(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise(workspace, Code.DECIDE_OFFER, minutes=100, warn_percents=[50, 80])
    receive_hot_lead(workspace)
    assert warned(NOON + 90 * MINUTE) == 1
    assert Notice.objects.get(user=ben_takes_turns, key__startswith="warned").key.endswith(":80")


def test_a_promise_that_warns_nobody_says_nothing_and_is_not_asked_again(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise(workspace, Code.DECIDE_OFFER, minutes=100, warns=[])
    receive_hot_lead(workspace)
    assert (warned(NOON + 90 * MINUTE), warned(NOON + 91 * MINUTE)) == (1, 0)
    assert not Notice.objects.filter(key__startswith="warned").exists()


def test_a_rep_s_own_choice_counts_for_warnings_and_a_webhook_gets_the_key(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    Rep.objects.update(mail=Rep.Mail.NEVER, webhook_url="https://hooks.example/ben")
    offer = receive_hot_lead(workspace).handoffs.get()
    assert warned(NOON + 200 * MINUTE) == 1
    clock = the(offer.lead, Code.DECIDE_OFFER)
    key = f"{of_deadline('warned', clock)}:75"
    [sent] = OutboxMessage.objects.filter(key=key)
    assert sent.to == "https://hooks.example/ben"
    assert json.loads(sent.body)["id"] == key
    assert Notice.objects.filter(user=ben_takes_turns, key=key).count() == 1


def test_a_breach_is_told_to_those_whom_the_promise_names_with_its_cause_kept(
    workspace: Workspace, ben_takes_turns: User, ana: User, mara: User
) -> None:
    promise(workspace, Code.TOUCH_OF_OFFER, tells=["person", "marketing_managers"])
    offer = receive_hot_lead(workspace).handoffs.get()
    sweep(NOON + HOUR + MINUTE)
    clock = the(offer.lead, Code.TOUCH_OF_OFFER)
    assert (clock.cause, clock.answered_at) == ("person", NOON + HOUR + MINUTE)
    told = Notice.objects.filter(key=of_deadline("breached", clock)).values_list(
        "user__name", flat=True
    )
    # The administrator is everything, and so a marketing manager too; Mara of sales is not.
    assert set(told) == {"Ben Okoye", "Ana Marques", "Olga Root"}
    assert "noticed late" not in mail_to(ana, "breached")


def test_found_an_hour_late_a_breach_is_dated_truly_and_told_once_with_a_word_of_it(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    promise(workspace, Code.TOUCH_OF_OFFER)
    offer = receive_hot_lead(workspace).handoffs.get()
    for minutes in (120, 121):
        sweep(NOON + minutes * MINUTE)
    clock = the(offer.lead, Code.TOUCH_OF_OFFER)
    assert (clock.breached_at, clock.noticed_at) == (NOON + HOUR, NOON + 2 * HOUR)
    body = mail_to(mara, "breached")
    assert "was due on Mon 02 Mar 2026, 14:00" in body
    assert "This was noticed late, on Mon 02 Mar 2026, 15:00" in body


def test_a_breach_that_was_made_good_before_anybody_looked_is_told_all_the_same(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    promise(workspace, Code.TOUCH_OF_OFFER)
    lead = receive_hot_lead(workspace)
    touch(lead, ben_takes_turns, NOON + 2 * HOUR)
    sweep(NOON + 3 * HOUR)
    assert text_of(mara, "breached").startswith("Missed: First touch after the first offer")


def test_a_task_is_given_to_who_is_held_to_it_where_the_promise_says_so(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise(workspace, Code.TOUCH_OF_OFFER, on_breach="task")
    receive_hot_lead(workspace)
    for minutes in (61, 62):
        sweep(NOON + minutes * MINUTE)
    task = Task.objects.get()
    assert (task.person, task.text) == (
        ben_takes_turns,
        "Missed: First touch after the first offer, due Mon 02 Mar, 14:00",
    )


def test_untouched_and_undecided_it_goes_to_the_next_rep_where_the_promise_says_so(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise(workspace, Code.TOUCH_OF_OFFER, on_breach="reroute")
    first = receive_hot_lead(workspace).handoffs.get()
    nia = make_member(workspace, name="Nia Berg")
    join_pool(workspace, nia)
    sweep(NOON + HOUR + MINUTE)
    first.refresh_from_db()
    assert (first.status, first.expired_at) == (Handoff.Status.EXPIRED, NOON + HOUR)
    assert first.lead.handoffs.open().get().rep == nia
    decide = Clock.objects.get(subject_key=f"handoff:{first.pk}", code=Code.DECIDE_OFFER)
    assert (decide.stopped_by, decide.breached_at) == (clocks.TAKEN_BACK, None)
    own = the(first.lead, Code.TOUCH_OF_OFFER)
    assert (own.person, own.stopped_at, own.breached_at) == (nia, None, NOON + HOUR)


def test_who_has_accepted_it_keeps_it_though_it_is_untouched(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise(workspace, Code.TOUCH_OF_OFFER, on_breach="reroute")
    promise(workspace, Code.FIRST_TOUCH, on_breach="reroute")
    first = receive_hot_lead(workspace).handoffs.get()
    handoffs.accept(first, by=ben_takes_turns, at=NOON)
    sweep(NOON + 2 * HOUR)
    first.refresh_from_db()
    assert first.status == Handoff.Status.ACCEPTED
    assert first.lead.handoffs.count() == 1


def test_a_breach_that_cannot_be_answered_holds_up_no_other(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    """There is no hand-off behind the first; and more of them than a batch holds."""
    for _ in range(3):
        receive_hot_lead(workspace)
    clocks.sweep(now=NOON + 5 * HOUR)
    broken = Clock.objects.earliest("pk")
    Clock.objects.filter(pk=broken.pk).update(warn_percents=[75])
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NEW.id = {broken.pk} THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON sla_clock FOR EACH ROW"
            " EXECUTE FUNCTION refuse()"
        )
    assert answer_breaches(now=NOON + 5 * HOUR, limit=1) == 1
    assert answer_breaches(now=NOON + 5 * HOUR, limit=1) == 1
    assert answer_breaches(now=NOON + 5 * HOUR, limit=1) == 0
    assert [clock.pk for clock in clocks.unanswered_breaches()] == [broken.pk]


def test_a_breach_whose_cause_cannot_be_found_holds_up_no_other(
    workspace: Workspace,
    ben_takes_turns: User,
    mara: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        receive_hot_lead(workspace)
    clocks.sweep(now=NOON + 5 * HOUR)
    riddle, found = Clock.objects.earliest("pk"), circumstances.causes_of

    def causes_of(missed: Sequence[Clock]) -> dict[int, Clock.Cause]:
        if riddle in missed:
            raise LookupError
        return found(missed)

    monkeypatch.setattr(escalation, "causes_of", causes_of)
    assert answer_breaches(now=NOON + 5 * HOUR) == 2
    assert [clock.pk for clock in clocks.unanswered_breaches()] == [riddle.pk]


def test_each_breach_costs_as_many_queries_however_many_there_are(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    promise(workspace, Code.TOUCH_OF_OFFER)

    def queries(count: int) -> int:
        Clock.objects.all().delete()
        Handoff.objects.all().delete()
        for _ in range(count):
            receive_hot_lead(workspace)
        clocks.sweep(now=NOON + HOUR + MINUTE)
        with CaptureQueriesContext(connection) as said:
            assert answer_breaches(now=NOON + HOUR + MINUTE) == count
        return len(said)

    of_one, of_two, of_four = (queries(count) for count in (1, 2, 4))
    assert of_four - of_two == 2 * (of_two - of_one)


@pytest.mark.parametrize(("late", "says_so"), [(5 * MINUTE, False), (6 * MINUTE, True)])
def test_what_the_board_marks_as_noticed_late_the_mail_says_too(
    workspace: Workspace, ben_takes_turns: User, mara: User, late: timedelta, says_so: bool
) -> None:
    promise(workspace, Code.TOUCH_OF_OFFER)
    lead = receive_hot_lead(workspace).handoffs.get().lead
    sweep(NOON + HOUR + late)
    assert the(lead, Code.TOUCH_OF_OFFER).noticed_late is says_so
    assert ("noticed late" in mail_to(mara, "breached")) is says_so


def test_a_deadline_put_off_is_warned_of_and_missed_again_and_people_hear_of_both(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    terms: dict[str, Any] = {"warn_percents": [50], "warns": ["person"], "on_breach": "task"}
    promise(workspace, Code.TOUCH_OF_OFFER, **terms)
    lead = receive_hot_lead(workspace).handoffs.get().lead

    def told() -> list[str]:
        tell_warnings(now=NOON)
        return [
            notice.key.split(":")[2]
            for what, who in (("warned", ben_takes_turns), ("breached", mara))
            for notice in Notice.objects.filter(user=who, key__startswith=what).order_by("pk")
        ]

    clocks.sweep(now=NOON + 31 * MINUTE)
    assert told() == ["20260302T130000Z"]
    sweep(NOON + 61 * MINUTE)
    assert told() == ["20260302T130000Z"] * 2
    # At 13:10 it had asked for a call at 15:00, in Berlin; written down at 14:02.
    asked: dict[str, Any] = {"asked_at": NOON + 10 * MINUTE, "until": NOON + 2 * HOUR}
    call_backs.ask(lead, by=ben_takes_turns, now=NOON + 62 * MINUTE, **asked)
    clock = the(lead, Code.TOUCH_OF_OFFER)
    assert (clock.breached_at, clock.due_at) == (None, NOON + 2 * HOUR + 50 * MINUTE)
    for _ in ("at its time", "again"):
        clocks.sweep(now=clock.due_at - MINUTE)
        tell_warnings(now=NOON)
        sweep(clock.due_at + MINUTE)
        assert told() == ["20260302T130000Z", "20260302T145000Z"] * 2
    assert Task.objects.filter(key__startswith=f"missed:{clock.pk}:").count() == 2


def test_what_is_resumed_with_its_old_deadline_is_told_of_once(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    promise(workspace, Code.TOUCH_OF_OFFER)
    clock = the(receive_hot_lead(workspace).handoffs.get().lead, Code.TOUCH_OF_OFFER)
    about: dict[str, Any] = {
        "workspace": workspace,
        "subject_key": clock.subject_key,
        "code": clock.code,
    }
    for minutes in (61, 70):
        sweep(NOON + minutes * MINUTE)
        clocks.stop(**about, at=NOON + (minutes + 1) * MINUTE, how="a slip")
        clocks.resume(**about)
    sweep(NOON + 2 * HOUR)
    assert the(clock.lead, Code.TOUCH_OF_OFFER).answered_at == NOON + 2 * HOUR
    assert Notice.objects.filter(user=mara, key__startswith="breached:").count() == 1
