"""What an offer tells the rep beyond the score: what came before, and what to do next."""

from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.models import Handoff, RejectionReason, Tier
from handoff.packets import next_action
from leadqual.models import Timeline
from tests.builders import MONDAY_NOON, join_pool, make_lead, receive_hot_lead, visit_pricing_page
from tests.handoff.pages import lead_url
from tests.handoff.tracks import MAIL, make_track, run

DAY = timedelta(days=1)


def test_the_packet_of_a_returning_lead_names_its_earlier_offers_and_its_nurture(
    as_mara: Client, workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    track = make_track(workspace, MAIL, name="Letters")
    join_pool(workspace, mara)
    first = receive_hot_lead(workspace).handoffs.get()
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    reason.track = track
    reason.save()
    handoffs.reject(first, by=first.rep, at=MONDAY_NOON + DAY, reason=reason, note="Ask in May")
    run(MONDAY_NOON + 2 * DAY)
    visit_pricing_page(first.lead, at=MONDAY_NOON + 4 * DAY)

    again = first.lead.handoffs.get(status=Handoff.Status.OPEN)
    assert again.cycle == 2
    assert again.packet["earlier"] == [
        {
            "at": "2026-03-03T12:00:00+00:00",
            "title": "In nurture for 3 days on the track Letters, No budget",
            "detail": "",
        },
        {
            "at": "2026-03-02T12:00:00+00:00",
            "title": f"Cycle 1, offered to {first.rep}: rejected, No budget",
            "detail": "Ask in May",
        },
    ]
    titles = [entry["title"] for entry in again.packet["timeline"]]
    assert "Nurture mail of the track Letters" in titles
    page = as_mara.get(lead_url(first.lead)).content.decode()
    assert "Before this offer" in page
    assert f"Cycle 1, offered to {first.rep}: rejected, No budget" in page


def test_a_lead_that_comes_for_the_first_time_has_nothing_before_and_costs_no_queries_for_it(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    with CaptureQueriesContext(connection) as asked:
        offer = receive_hot_lead(workspace).handoffs.get()
    assert offer.packet["earlier"] == []
    assert not [each for each in asked if 'FROM "handoff_stepdone"' in each["sql"]]


def test_the_next_action_is_that_of_the_tier(workspace: Workspace) -> None:
    lead = make_lead(workspace, phone="+49 30 1234", timeline=Timeline.IMMEDIATE)
    call, write, content = (Tier(playbook=each) for each in Tier.Playbook)
    by_call = "Call +49 30 1234 today: they want to start immediately."
    assert next_action(lead) == next_action(lead, call) == by_call
    assert next_action(lead, write) == (
        "Send the qualification e-mail, and call +49 30 1234 once the form is answered: "
        "they want to start immediately."
    )
    assert next_action(lead, content).startswith("Content only: ")
    lead.unsubscribed_at = MONDAY_NOON
    assert next_action(lead, write) == by_call


def test_the_next_action_is_one_that_can_be_done(workspace: Workspace) -> None:
    lead = make_lead(workspace, email="hanna@acme.example")
    assert next_action(lead) == "Write an e-mail and ask for a call and when they want to start."
    lead.unsubscribed_at = MONDAY_NOON
    assert next_action(lead) == (
        "Find a phone number first: they have unsubscribed from our mails."
    )
    lead.email, lead.unsubscribed_at = "", None
    assert next_action(lead) == "Find a phone number first: no address is known either."
