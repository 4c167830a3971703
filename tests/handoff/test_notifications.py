"""How a rep hears of an offer, as they chose: by mail, bell or webhook; and when they first did."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as mailbox
from pytest_django import Settings

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.models import Handoff, MessageTemplate, Rep, Tier
from handoff.notification_choices import NoWayLeft, choose
from handoff.notifications import choice_of, note_notified, tell_of_offer
from leadqual import outbox, sending
from leadqual.models import Notice, OutboxMessage
from tests.builders import MONDAY_NOON, join_pool, receive_hot_lead
from tests.leadqual.test_outbox import Receiver, closed_port, receiver

__all__ = ["receiver"]

NOW = MONDAY_NOON
SOON = NOW + timedelta(seconds=20)


def offer(workspace: Workspace, rep: User, **chosen: Any) -> Handoff:
    join_pool(workspace, rep, **chosen)
    return receive_hot_lead(workspace).handoffs.get()


def mails() -> list[str]:
    return list(OutboxMessage.objects.filter(channel="mail").values_list("key", flat=True))


def hooks() -> list[dict[str, Any]]:
    found = OutboxMessage.objects.filter(channel="webhook").order_by("pk")
    return [json.loads(message.body) for message in found]


def test_without_a_choice_a_mail_goes_at_once_and_the_bell_rings(
    workspace: Workspace, ben: User
) -> None:
    made = offer(workspace, ben)
    assert mails() == [f"offered:{made.pk}"]
    assert Notice.objects.get(user=ben).key == f"offered:{made.pk}"
    assert hooks() == []
    assert (made.notified_at, made.mail_key) == (NOW, f"offered:{made.pk}")


def test_told_twice_is_heard_once(workspace: Workspace, ben: User) -> None:
    made = offer(workspace, ben, webhook_url="https://hooks.example/ben")
    tell_of_offer(made)
    assert OutboxMessage.objects.count() == 2
    assert Notice.objects.filter(user=ben).count() == 1


@pytest.mark.parametrize(
    ("mail", "is_hot", "mailed"),
    [
        ("at_once", False, True),
        ("at_once", True, True),
        ("digest", False, False),
        ("digest", True, True),
        ("never", False, False),
        ("never", True, False),
    ],
)
def test_a_digest_never_delays_a_hot_lead_and_never_is_never(
    workspace: Workspace, ben: User, mail: str, is_hot: bool, mailed: bool
) -> None:
    Tier.objects.update(is_hot=is_hot)
    made = offer(workspace, ben, mail=mail)
    assert made.tier
    assert mails() == ([f"offered:{made.pk}"] if mailed else [])
    assert Notice.objects.filter(user=ben).count() == 1


def test_a_rep_without_the_bell_finds_nothing_in_it(workspace: Workspace, ben: User) -> None:
    made = offer(workspace, ben, in_app=False)
    assert not Notice.objects.filter(user=ben).exists()
    assert made.notified_at is None


def test_a_webhook_says_who_why_and_until_when(
    workspace: Workspace, ben: User, settings: Settings, receiver: str
) -> None:
    settings.LEADQUAL_INTERNAL_WEBHOOKS = True
    made = offer(workspace, ben, mail="never", in_app=False, webhook_url=receiver)
    message = OutboxMessage.objects.get()
    OutboxMessage.objects.update(next_attempt_at=NOW)
    assert made.due_at is not None
    assert outbox.deliver(now=SOON) == 1
    [(path, document, idempotency)] = Receiver.received
    assert (path, idempotency) == ("/hook", sending.identity(message))
    assert document == {
        "id": f"offered:{made.pk}",
        "occasion": "offered",
        "workspace": "northwind",
        "rep": ben.email,
        "lead": "Hanna Weiss",
        "company": "Acme",
        "tier": made.tier.name if made.tier else None,
        "grade": made.grade,
        "why_now": made.why_now,
        "due_at": made.due_at.isoformat(),
        "link": f"{settings.LEADQUAL_URL}/w/northwind/leads/{made.lead_id}/",
    }


def test_notified_is_when_the_mail_left_where_the_bell_is_off(
    workspace: Workspace, ben: User
) -> None:
    made = offer(workspace, ben, in_app=False)
    OutboxMessage.objects.update(next_attempt_at=NOW)
    assert note_notified(now=NOW) == 0
    assert outbox.deliver(now=SOON) == 1
    assert len(mailbox.outbox) == 1
    assert note_notified(now=SOON) == 1
    made.refresh_from_db()
    assert made.notified_at == SOON
    assert note_notified(now=SOON + timedelta(minutes=1)) == 0


def test_notified_is_the_first_word_and_stays(
    workspace: Workspace, ben: User, settings: Settings, receiver: str
) -> None:
    settings.LEADQUAL_INTERNAL_WEBHOOKS = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port()
    made = offer(workspace, ben, in_app=False, webhook_url=receiver)
    OutboxMessage.objects.update(next_attempt_at=NOW)
    assert outbox.deliver(now=SOON) == 1  # the mail server is down, the webhook is not
    assert note_notified(now=SOON) == 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    later = SOON + timedelta(minutes=2)
    assert outbox.deliver(now=later) == 1
    assert note_notified(now=later) == 0
    made.refresh_from_db()
    assert made.notified_at == SOON


def test_who_hears_by_bell_is_notified_when_it_rings_whatever_the_mail_does(
    workspace: Workspace, ben: User
) -> None:
    made = offer(workspace, ben)
    OutboxMessage.objects.update(next_attempt_at=NOW)
    assert outbox.deliver(now=SOON) == 1
    assert note_notified(now=SOON) == 0
    made.refresh_from_db()
    assert made.notified_at == NOW


def test_the_rep_hears_that_an_offer_ran_out_or_was_taken_back_but_not_of_their_own_decision(
    workspace: Workspace, ben: User, mara: User
) -> None:
    ran_out, taken, decided = (offer(workspace, ben) for _ in range(3))
    handoffs.expire(ran_out, at=SOON)
    handoffs.withdraw(taken, at=SOON, note="Offered to Mara Lindt instead", by=mara)
    handoffs.accept(decided, by=ben, at=SOON)
    told = Notice.objects.filter(user=ben, key__startswith="ended:").order_by("pk")
    assert list(told.values_list("text", flat=True)) == [
        "The time to decide on Hanna Weiss of Acme has run out; it goes to somebody else.",
        "Hanna Weiss of Acme is no longer offered to you: Offered to Mara Lindt instead.",
    ]
    rung = Notice.objects.filter(user=ben, key__startswith="offered:")
    assert {notice.read_at for notice in rung} == {SOON}


def test_without_a_bell_the_end_of_an_offer_is_mailed_and_a_webhook_hears_it_too(
    workspace: Workspace, ben: User
) -> None:
    made = offer(workspace, ben, in_app=False, webhook_url="https://hooks.example/ben")
    handoffs.expire(made, at=SOON)
    mail = OutboxMessage.objects.get(channel="mail", key=f"ended:{made.pk}")
    assert mail.to == ben.email
    assert "has run out" in mail.subject
    assert [(each["id"], each["occasion"]) for each in hooks()] == [
        (f"offered:{made.pk}", "offered"),
        (f"ended:{made.pk}", "expired"),
    ]


def test_the_workspaces_own_words_are_what_the_rep_reads(workspace: Workspace, ben: User) -> None:
    MessageTemplate.objects.create(
        workspace=workspace, code="offered", subject="For $rep: $lead", body="$why_now"
    )
    offer(workspace, ben)
    assert OutboxMessage.objects.get().subject == "For Ben: Hanna Weiss"
    assert Notice.objects.get(user=ben).text == "For Ben: Hanna Weiss"


def test_a_choice_is_one_workspaces_and_makes_nobody_a_taker_of_offers(
    workspace: Workspace, mara: User, cleo: User
) -> None:
    rep = choose(workspace=workspace, by=mara, mail="digest", in_app=True, webhook_url="", at=NOW)
    assert (rep.mail, rep.in_app, rep.is_active) == ("digest", True, False)
    elsewhere = cleo.memberships.get().workspace
    assert choice_of(elsewhere, mara).mail == "at_once"


def test_a_rep_who_chooses_before_their_first_offer_still_takes_turns(
    workspace: Workspace, ben: User
) -> None:
    choose(workspace=workspace, by=ben, mail="never", in_app=True, webhook_url="", at=NOW)
    assert receive_hot_lead(workspace).handoffs.get().rep == ben
    assert mails() == []


def test_at_least_one_way_stays_on(workspace: Workspace, ben: User) -> None:
    with pytest.raises(NoWayLeft, match="Keep at least one way on"):
        choose(workspace=workspace, by=ben, mail="never", in_app=False, webhook_url="", at=NOW)
    assert not Rep.objects.exists()
