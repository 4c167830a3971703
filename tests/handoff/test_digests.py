"""The digest: one mail an hour, sooner where time runs out; nothing twice, nothing lost."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail as mailbox
from django.db import transaction

from accounts.models import Membership, User, Workspace
from handoff import erasure, handoffs
from handoff.digests import send_digests
from handoff.models import Handoff, Rep, Tier
from handoff.notification_choices import choose
from handoff.notifications import note_notified
from leadqual import outbox
from leadqual.models import OutboxMessage
from sla.models import BusinessCalendar, Commitment, WorkingRange
from tests.at_once import at_once
from tests.builders import MONDAY_NOON, join_pool, receive_hot_lead

NOW = MONDAY_NOON
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bens(workspace: Workspace, ben: User) -> Rep:
    """Ben has chosen the digest, and has two hours to decide an offer, none of which is hot."""
    Tier.objects.update(is_hot=False)
    Commitment.objects.of(workspace).filter(code="decide_offer").update(minutes=120)
    return join_pool(workspace, ben, mail="digest")


def offer(workspace: Workspace, *, at: datetime = NOW) -> Handoff:
    return receive_hot_lead(workspace, at=at).handoffs.get()


def digests() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(key__startswith="digest:").order_by("pk"))


def told(handoff: Handoff) -> str:
    handoff.refresh_from_db()
    return handoff.mail_key


def test_nothing_to_tell_is_no_mail(bens: Rep) -> None:
    assert send_digests(now=NOW) == 0
    assert OutboxMessage.objects.count() == 0


def test_a_digest_lists_what_waits_the_most_urgent_first(workspace: Workspace, bens: Rep) -> None:
    later, sooner = offer(workspace), offer(workspace)
    Handoff.objects.filter(pk=sooner.pk).update(due_at=NOW + timedelta(hours=1))
    assert send_digests(now=NOW) == 1
    [mail] = digests()
    assert (mail.to, mail.subject) == (bens.user.email, "2 leads for you to decide")
    first, second = (
        mail.body.index(f"leads/{sooner.lead_id}/"),
        mail.body.index(f"leads/{later.lead_id}/"),
    )
    assert first < second
    assert "1. Hanna Weiss of Acme, grade" in mail.body
    assert "by Mon 02 Mar 2026, 14:00 (Europe/Berlin)\n   " + sooner.why_now in mail.body
    assert mail.body.rstrip().endswith("/w/northwind/queue/")
    assert told(later) == told(sooner) == mail.key


def test_what_was_told_is_not_told_again_and_the_next_digest_is_an_hour_later(
    workspace: Workspace, bens: Rep
) -> None:
    offer(workspace)
    assert send_digests(now=NOW) == 1
    second = offer(workspace, at=NOW + MINUTE)
    assert [send_digests(now=NOW + minutes * MINUTE) for minutes in (1, 30, 59)] == [0, 0, 0]
    assert send_digests(now=NOW + 60 * MINUTE) == 1
    assert [mail.subject for mail in digests()] == ["1 lead for you to decide"] * 2
    assert f"leads/{second.lead_id}/" in digests()[1].body
    assert send_digests(now=NOW + 120 * MINUTE) == 0


def test_no_offer_waits_beyond_half_its_time_to_decide(workspace: Workspace, bens: Rep) -> None:
    offer(workspace)
    send_digests(now=NOW)
    short = offer(workspace, at=NOW + MINUTE)
    Handoff.objects.filter(pk=short.pk).update(due_at=short.offered_at + 20 * MINUTE)
    assert send_digests(now=NOW + 9 * MINUTE) == 0
    assert send_digests(now=NOW + 10 * MINUTE) == 1
    assert told(short) == digests()[1].key


def test_a_decided_offer_drops_out(workspace: Workspace, bens: Rep, ben: User) -> None:
    decided, open_still = offer(workspace), offer(workspace)
    handoffs.accept(decided, by=ben, at=NOW)
    assert send_digests(now=NOW) == 1
    assert f"leads/{decided.lead_id}/" not in digests()[0].body
    assert (told(decided), told(open_still)) == ("", digests()[0].key)


def test_digests_keep_to_the_reps_hours_but_for_what_runs_out(
    workspace: Workspace, bens: Rep
) -> None:
    hours = BusinessCalendar.objects.create(
        workspace=workspace, name="Ben's", timezone="Europe/Berlin"
    )
    offered = offer(workspace)  # 13:00 in Berlin
    for day in range(5):
        WorkingRange.objects.create(calendar=hours, weekday=day, start=time(13, 30), end=time(17))
    Rep.objects.update(calendar=hours)
    assert send_digests(now=NOW + 29 * MINUTE) == 0
    assert send_digests(now=NOW + 30 * MINUTE) == 1
    night = NOW + timedelta(hours=8)
    late = offer_like(offered, at=night, due_at=night + 60 * MINUTE)
    assert send_digests(now=night + 28 * MINUTE) == 0
    assert send_digests(now=night + 29 * MINUTE) == 1
    assert told(late) == digests()[1].key


def offer_like(handoff: Handoff, **fields: Any) -> Handoff:
    """Another lead's offer, made at a moment of its own."""
    offered_at = fields.pop("at")
    other = offer(handoff.workspace, at=NOW + 60 * MINUTE)
    Handoff.objects.filter(pk=other.pk).update(offered_at=offered_at, **fields)
    return other


def test_a_calendar_without_hours_holds_nothing_back_for_ever(
    workspace: Workspace, bens: Rep
) -> None:
    offer(workspace)
    empty = BusinessCalendar.objects.create(workspace=workspace, name="Empty", timezone="UTC")
    Rep.objects.update(calendar=empty)
    assert send_digests(now=NOW) == 1


def test_who_left_hears_nothing_more(workspace: Workspace, bens: Rep, ben: User) -> None:
    offer(workspace)
    Membership.objects.filter(user=ben).update(ended_at=NOW)
    assert send_digests(now=NOW) == 0


def test_notified_is_when_the_digest_left_where_the_bell_is_off(
    workspace: Workspace, bens: Rep
) -> None:
    Rep.objects.update(in_app=False)
    one, other = offer(workspace), offer(workspace)
    send_digests(now=NOW)
    OutboxMessage.objects.update(next_attempt_at=NOW)
    left = NOW + MINUTE
    assert outbox.deliver(now=left) == 1
    assert len(mailbox.outbox) == 1
    assert note_notified(now=left) == 2
    for made in (one, other):
        made.refresh_from_db()
        assert made.notified_at == left


def test_a_digest_that_was_never_taken_comes_again(workspace: Workspace, bens: Rep) -> None:
    made = offer(workspace)
    send_digests(now=NOW)
    OutboxMessage.objects.update(given_up_at=NOW)
    assert send_digests(now=NOW + 61 * MINUTE) == 1
    assert told(made) == digests()[1].key


def test_erasing_one_person_does_not_keep_the_others_from_the_rep(
    workspace: Workspace, bens: Rep, ben: User
) -> None:
    erased, kept = offer(workspace), offer(workspace)
    send_digests(now=NOW)
    erasure.erase(erased.lead, by=ben, at=NOW)
    assert digests()[0].body == ""
    assert send_digests(now=NOW + 61 * MINUTE) == 1
    [_, second] = digests()
    assert f"leads/{kept.lead_id}/" in second.body
    assert f"leads/{erased.lead_id}/" not in second.body


def test_who_goes_over_to_mails_at_once_is_told_what_waited(
    workspace: Workspace, bens: Rep, ben: User
) -> None:
    made = offer(workspace)
    choose(
        workspace=workspace, by=ben, mail="at_once", in_app=True, webhook_url="", at=NOW + MINUTE
    )
    assert told(made) == digests()[0].key


def test_what_was_offered_while_mails_were_off_is_in_the_first_digest(
    workspace: Workspace, bens: Rep, ben: User
) -> None:
    Rep.objects.update(mail="never")
    made = offer(workspace)
    choose(workspace=workspace, by=ben, mail="digest", in_app=True, webhook_url="", at=NOW)
    assert send_digests(now=NOW) == 1
    assert told(made) == digests()[0].key


def test_killed_in_between_nothing_was_said_and_it_is_said_next_time(
    workspace: Workspace, bens: Rep
) -> None:
    made = offer(workspace)
    with transaction.atomic():
        assert send_digests(now=NOW) == 1
        transaction.set_rollback(True)  # as when the worker dies before the commit
    assert (digests(), told(made)) == ([], "")
    assert Rep.objects.get().digested_at is None
    assert send_digests(now=NOW) == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_write_one_digest(workspace: Workspace, bens: Rep) -> None:
    made = [offer(workspace) for _ in range(3)]
    assert sum(at_once(4, lambda _: send_digests(now=NOW))) == 1
    [mail] = digests()
    assert {told(each) for each in made} == {mail.key}
    assert mail.subject == "3 leads for you to decide"


@pytest.mark.django_db(transaction=True)
def test_an_offer_that_somebody_is_deciding_is_not_waited_for_nor_forgotten(
    workspace: Workspace, bens: Rep, ben: User
) -> None:
    held, free = offer(workspace), offer(workspace)
    with transaction.atomic():
        Handoff.objects.select_for_update().get(pk=held.pk)
        [sent] = at_once(1, lambda _: send_digests(now=NOW))
    assert sent == 1
    assert (told(held), told(free)) == ("", digests()[0].key)
    assert send_digests(now=NOW + 60 * MINUTE) == 1
    assert told(held) == digests()[1].key
