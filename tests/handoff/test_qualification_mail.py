"""The qualification e-mail: written by the rep, sent once, counted as a touch."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.models import Handoff, Tier
from handoff.qualification_form import address_of
from leadqual import outbox
from leadqual.models import Lead, OutboxMessage, Touch
from sla.models import Clock
from tests.builders import make_lead
from tests.handoff.pages import HTMX, lead_url, offer_url


@pytest.fixture
def by_mail(workspace: Workspace) -> Tier:
    """The tier of the hot lead is worked by e-mail."""
    tiers = Tier.objects.of(workspace)
    asks = {"form_asks": ["timeline", "challenge", "company.employees"]}
    tiers.filter(name="High value").update(playbook=Tier.Playbook.EMAIL_FORM, **asks)
    return tiers.get(name="High value")


def mail_url(lead: Lead) -> str:
    return lead_url(lead, "qualification-mail/")


def button(lead: Lead) -> str:
    return f'href="{mail_url(lead)}"'


def shown(client: Client, lead: Lead) -> dict[str, str]:
    """What the form would send, unchanged."""
    form: Any = client.get(mail_url(lead)).context["form"]
    return {name: form.initial[name] for name in ("subject", "body", "once")}


def messages() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(key__startswith="qualification:"))


def test_the_mail_is_shown_as_it_will_leave(as_ben: Client, by_mail: Tier, accepted: Lead) -> None:
    said = shown(as_ben, accepted)
    assert said["subject"] == "Hanna, a few questions before we talk"
    assert said["body"].startswith("Hello Hanna,\n")
    assert "Kind regards\nBen Okoye\nNorthwind\n" in said["body"]
    assert "$" not in said["body"]


def test_it_leaves_through_the_outbox_and_replies_go_to_the_rep(
    as_ben: Client, ben: User, by_mail: Tier, accepted: Lead
) -> None:
    said = shown(as_ben, accepted) | {"subject": "My own words"}
    assert as_ben.post(mail_url(accepted), said).status_code == 302
    [message] = messages()
    assert (message.to, message.subject) == (accepted.email, "My own words")
    assert message.headers == {"Reply-To": f"Ben Okoye <{ben.email}>"}
    outbox.deliver(now=timezone.now())
    [letter] = [letter for letter in mail.outbox if letter.subject == "My own words"]
    assert letter.to == [accepted.email]
    assert "Reply-To: Ben Okoye" in str(letter.message())
    assert "List-Unsubscribe" not in str(letter.message())


def test_it_is_a_touch_that_keeps_the_promise_of_the_first_one(
    as_ben: Client, ben: User, by_mail: Tier, accepted: Lead
) -> None:
    first_touch = Clock.objects.filter(lead=accepted, code="first_touch")
    assert first_touch.running().count() == 1
    as_ben.post(mail_url(accepted), shown(as_ben, accepted))
    touch = Touch.objects.get(lead=accepted)
    assert (touch.kind, touch.outcome, touch.by) == ("email", "sent", ben)
    assert touch.note == "Qualification e-mail: Hanna, a few questions before we talk"
    assert first_touch.running().count() == 0


def test_a_double_click_sends_one_mail(as_ben: Client, by_mail: Tier, accepted: Lead) -> None:
    said = shown(as_ben, accepted)
    for _ in range(2):
        assert as_ben.post(mail_url(accepted), said).status_code == 302
    assert (len(messages()), Touch.objects.filter(lead=accepted).count()) == (1, 1)


def test_it_may_be_sent_again_on_purpose_and_the_page_says_when_it_was(
    as_ben: Client, by_mail: Tier, accepted: Lead
) -> None:
    for _ in range(2):
        as_ben.post(mail_url(accepted), shown(as_ben, accepted))
    assert len(messages()) == 2
    assert "Ben Okoye sent one on" in as_ben.get(mail_url(accepted)).content.decode()


@pytest.mark.parametrize("body", ["", "Hello Hanna", "See https://example.com/q/forged/"])
def test_a_mail_that_nobody_could_answer_is_refused_where_it_is_typed(
    as_ben: Client, by_mail: Tier, accepted: Lead, body: str
) -> None:
    answer: Any = as_ben.post(mail_url(accepted), shown(as_ben, accepted) | {"body": body})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["body"]
    assert messages() == []


def test_the_form_of_another_lead_is_not_the_form_of_this_one(
    as_ben: Client, by_mail: Tier, accepted: Lead, workspace: Workspace
) -> None:
    theirs = make_lead(workspace, email="else@acme.example")
    said = shown(as_ben, accepted)

    body = f"Hello {address_of(theirs, by_mail, at=timezone.now())}"
    assert as_ben.post(mail_url(accepted), said | {"body": body}).status_code == 422


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (
            {"unsubscribed_at": timezone.now()},
            "The lead has unsubscribed, so it gets no mail from us. Call instead.",
        ),
        (
            {"email": "", "email_normalised": ""},
            "No e-mail address of the lead is known. Add one, or call.",
        ),
    ],
)
def test_the_button_is_off_and_says_why(
    as_ben: Client, by_mail: Tier, accepted: Lead, fields: dict[str, Any], why: str
) -> None:
    said = shown(as_ben, accepted)
    Lead.objects.filter(pk=accepted.pk).update(**fields)
    page = as_ben.get(lead_url(accepted)).content.decode()
    assert why in page
    assert button(accepted) not in page
    answer = as_ben.post(mail_url(accepted), said)
    assert (answer.status_code, messages()) == (422, [])
    assert why in answer.content.decode()


def test_the_button_stands_on_the_page_of_a_lead_of_such_a_tier_alone(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    assert button(accepted) not in as_ben.get(lead_url(accepted)).content.decode()
    Tier.objects.filter(name="High value").update(
        playbook=Tier.Playbook.EMAIL_FORM, form_asks=["timeline"]
    )
    assert button(accepted) in as_ben.get(lead_url(accepted)).content.decode()


def test_right_after_the_acceptance_the_row_in_the_queue_leads_to_the_mail(
    as_ben: Client, by_mail: Tier, offered: Lead
) -> None:
    offer = offered.handoffs.get()
    assert offer.tier == by_mail
    row = as_ben.post(offer_url(offer, "accept"), headers=HTMX).content.decode()
    assert f"{button(offered)}>Send the qualification e-mail</a>" in row


def test_before_it_is_accepted_nobody_writes(as_ben: Client, by_mail: Tier, offered: Lead) -> None:
    page = as_ben.get(lead_url(offered)).content.decode()
    assert button(offered) not in page
    assert "Write first: send the qualification e-mail" in page
    told = "The lead is not in sales: accept it first."
    assert told in as_ben.get(mail_url(offered)).content.decode()


def test_a_colleague_does_not_write_to_it_but_a_manager_may(
    as_ana: Client, as_mara: Client, by_mail: Tier, accepted: Lead
) -> None:
    told = "The lead is Ben Okoye’s, who writes to it."
    assert told in as_ana.get(mail_url(accepted)).content.decode()
    assert as_mara.post(mail_url(accepted), shown(as_mara, accepted)).status_code == 302
    assert len(messages()) == 1


def test_the_tier_is_that_of_the_offer_even_if_the_lead_is_of_another_now(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    mid = Tier.objects.of(workspace).get(name="Mid value")
    Handoff.objects.filter(lead=accepted).update(tier=mid)
    assert button(accepted) in as_ben.get(lead_url(accepted)).content.decode()


def test_a_stranger_finds_no_mail(as_cleo: Client, by_mail: Tier, accepted: Lead) -> None:
    assert as_cleo.get(mail_url(accepted)).status_code == 404


def test_the_link_in_the_mail_opens_the_form(
    as_ben: Client, client: Client, by_mail: Tier, accepted: Lead
) -> None:
    [path] = re.findall(r"https?://[^/]+(/q/\S+)", shown(as_ben, accepted)["body"])
    page = client.get(path).content.decode()
    assert "Northwind" in page
    assert "When do you want to start?" in page
