"""Promises in the admin: the defaults, which count while no agreement is signed."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import User, Workspace
from handoff.models import Tier
from sla.clocks import promise, start
from sla.models import BusinessCalendar, Clock, Commitment
from sla.starter import install_starter_sla
from tests.admin_pages import Fields, errors_of, fields_of, messages_of
from tests.builders import MONDAY_NOON, make_lead
from tests.sla.agreements import make_agreement

PROMISES = "/admin/sla/commitment/"
ADD = f"{PROMISES}add/"
FORM = "commitment_form"
DECIDE = Commitment.Code.DECIDE_OFFER


@pytest.fixture
def calendar(workspace: Workspace) -> BusinessCalendar:
    return install_starter_sla(workspace, timezone="Europe/Berlin", country="DE")


@pytest.fixture
def decide(workspace: Workspace, calendar: BusinessCalendar) -> Commitment:
    return Commitment.objects.get(workspace=workspace, code=DECIDE)


def page_of(promise: Commitment) -> str:
    return f"{PROMISES}{promise.pk}/change/"


def new(client: Client, calendar: BusinessCalendar, **values: Any) -> Fields:
    return fields_of(client.get(ADD), FORM) | {"calendar": calendar.pk, **values}


def started(workspace: Workspace, *, key: str = "handoff:1") -> Clock:
    lead = make_lead(workspace)
    clock = start(lead=lead, code=DECIDE, subject_key=key, person=None, at=MONDAY_NOON)
    assert clock is not None
    return clock


def in_force(workspace: Workspace, code: str = DECIDE, *, tier: str = "") -> Commitment:
    found = promise(workspace.pk, code, tier=tier)
    assert found is not None
    return found.commitment


def test_a_promise_is_changed_in_minutes_of_work(as_mara: Client, decide: Commitment) -> None:
    fields = fields_of(as_mara.get(page_of(decide)), FORM)
    assert as_mara.post(page_of(decide), {**fields, "minutes": "120"}).status_code == 302
    decide.refresh_from_db()
    assert (decide.minutes, decide.retired_at) == (120, None)
    change = LogEntry.objects.latest("action_time").get_change_message()
    assert change == "Business minutes from 240 to 120."


def test_saving_a_promise_without_a_change_changes_nothing(
    as_mara: Client, decide: Commitment, workspace: Workspace
) -> None:
    started(workspace)
    fields = fields_of(as_mara.get(page_of(decide)), FORM)
    assert as_mara.post(page_of(decide), fields).status_code == 302
    assert in_force(workspace) == decide
    assert LogEntry.objects.count() == 0


def test_a_promise_that_clocks_run_on_is_retired_and_another_takes_its_place(
    as_mara: Client, decide: Commitment, workspace: Workspace
) -> None:
    before = started(workspace)
    fields = fields_of(as_mara.get(page_of(decide)), FORM)
    page = as_mara.post(page_of(decide), {**fields, "minutes": "30"}, follow=True)
    assert "1 running clock keeps the promise as it was: 240 business minutes." in messages_of(page)
    after = started(workspace, key="handoff:2")
    before.refresh_from_db()
    decide.refresh_from_db()
    assert (before.commitment, before.minutes, decide.minutes) == (decide, 240, 240)
    assert decide.retired_at is not None
    assert (after.minutes, after.commitment) == (30, in_force(workspace))
    assert after.commitment != decide


def test_the_history_of_a_promise_goes_on_when_another_takes_its_place(
    as_mara: Client, decide: Commitment, workspace: Workspace
) -> None:
    fields = fields_of(as_mara.get(page_of(decide)), FORM)
    as_mara.post(page_of(decide), {**fields, "minutes": "120"})
    started(workspace)
    fields = fields_of(as_mara.get(page_of(decide)), FORM)
    as_mara.post(page_of(decide), {**fields, "minutes": "30"})
    now = in_force(workspace)
    told = LogEntry.objects.filter(object_id=str(now.pk)).order_by("pk")
    assert [entry.get_change_message() for entry in told] == [
        "Business minutes from 240 to 120.",
        "Business minutes from 120 to 30.",
    ]


def test_of_two_people_the_later_one_is_told_before_anything_is_lost(
    as_mara: Client, decide: Commitment, workspace: Workspace
) -> None:
    old = fields_of(as_mara.get(page_of(decide)), FORM)
    as_mara.post(page_of(decide), {**old, "minutes": "120"})
    page = as_mara.post(page_of(decide), {**old, "target_percent": "80"})
    assert "somebody saved this promise while you were editing" in errors_of(page)["__all__"][0]
    started(workspace)
    fields = fields_of(as_mara.get(page_of(decide)), FORM)
    as_mara.post(page_of(decide), {**fields, "minutes": "30"})
    page = as_mara.post(page_of(decide), {**fields, "minutes": "20"}, follow=True)
    assert messages_of(page)[-1] == (
        "Nothing was saved: somebody changed this promise. This is how it is now."
    )
    assert page.redirect_chain == [(page_of(in_force(workspace)), 302)]
    assert in_force(workspace).minutes == 30


def test_a_new_promise_begins_with_the_usual_warnings(
    as_mara: Client, calendar: BusinessCalendar, workspace: Workspace
) -> None:
    fields = new(as_mara, calendar, code="qualify", minutes="", days="3")
    assert as_mara.post(ADD, fields).status_code == 302
    made = in_force(workspace, "qualify")
    assert (made.warn_percents, made.warns, made.tells) == ([75], ["person"], ["sales_managers"])


def test_a_tier_may_have_a_promise_of_its_own(
    as_mara: Client, calendar: BusinessCalendar, workspace: Workspace, decide: Commitment
) -> None:
    tier = Tier.objects.create(workspace=workspace, name="Top tier")
    fields = new(as_mara, calendar, code="decide_offer", tier_code=tier.code, minutes="5")
    assert as_mara.post(ADD, fields).status_code == 302
    own = in_force(workspace, tier=tier.code)
    assert (own.minutes, own.tier_name) == (5, "Top tier")
    assert in_force(workspace, tier="another") == decide
    listed = as_mara.get(PROMISES).content.decode()
    assert "Top tier" in listed


def test_a_tier_takes_its_promises_along_and_stays_while_it_has_some(
    as_mara: Client, calendar: BusinessCalendar, workspace: Workspace, decide: Commitment
) -> None:
    tier = Tier.objects.create(workspace=workspace, name="Top tier")
    own = Commitment.objects.create(
        workspace=workspace, code=DECIDE, tier_code=tier.code, minutes=5, calendar=calendar
    )
    address = f"/admin/handoff/tier/{tier.pk}/"
    fields = fields_of(as_mara.get(f"{address}change/"), "tier_form")
    assert as_mara.post(f"{address}change/", {**fields, "name": "Gold"}).status_code == 302
    own.refresh_from_db()
    assert (own.tier_code, own.tier_name) == ("top-tier", "Gold")
    page = as_mara.post(f"{address}delete/", {"post": "yes"}, follow=True)
    assert messages_of(page)[-1] == (
        "“Gold” stays: there is a promise for it, “Decide an offer (Gold) within 5 business "
        "minutes”. Remove that one first."
    )


def test_a_second_promise_of_the_same_kind_is_refused(
    as_mara: Client, calendar: BusinessCalendar
) -> None:
    page = as_mara.post(ADD, new(as_mara, calendar, code="decide_offer", minutes="10"))
    assert errors_of(page) == {
        "code": ["There is this promise for leads of any tier already: change that one instead."]
    }


@pytest.mark.parametrize(("minutes", "days"), [("0", "0"), ("", ""), ("30", "2")])
def test_a_promise_is_of_minutes_or_of_days(
    as_mara: Client, calendar: BusinessCalendar, minutes: str, days: str
) -> None:
    page = as_mara.post(ADD, new(as_mara, calendar, code="qualify", minutes=minutes, days=days))
    assert errors_of(page) == {
        "minutes": ["Write either business minutes or business days, one of them above 0."]
    }


def test_follow_up_is_so_many_touches_in_so_many_days(
    as_mara: Client, calendar: BusinessCalendar, workspace: Workspace
) -> None:
    fields = new(as_mara, calendar, code="follow_up", minutes="", days="10", touches="6")
    fields |= {"touch_counts": "spoken", "warn_percents": "75, 50 %,75", "tells": "person"}
    assert as_mara.post(ADD, fields).status_code == 302
    made = in_force(workspace, "follow_up")
    assert (made.days, made.touches, made.touch_counts) == (10, 6, "spoken")
    assert (made.warn_percents, made.tells) == ([50, 75], ["person"])
    assert "6 touches in 10 business days" in as_mara.get(PROMISES).content.decode()
    assert fields_of(as_mara.get(page_of(made)), FORM)["warn_percents"] == "50, 75"


@pytest.mark.parametrize("typed", ["half", "0", "100", "50; 75", "²"])
def test_warnings_are_percentages(as_mara: Client, decide: Commitment, typed: str) -> None:
    fields = fields_of(as_mara.get(page_of(decide)), FORM)
    page = as_mara.post(page_of(decide), {**fields, "warn_percents": typed})
    assert errors_of(page) == {
        "warn_percents": ["Write whole numbers from 1 to 99, such as 50, 75."]
    }


def test_only_a_lead_on_offer_can_be_offered_to_the_next_rep(
    as_mara: Client, decide: Commitment, workspace: Workspace
) -> None:
    fields = fields_of(as_mara.get(page_of(decide)), FORM)
    assert as_mara.post(page_of(decide), {**fields, "on_breach": "reroute"}).status_code == 302
    assert in_force(workspace).on_breach == "reroute"
    touch = in_force(workspace, "first_touch")
    fields = fields_of(as_mara.get(page_of(touch)), FORM)
    page = as_mara.post(page_of(touch), {**fields, "on_breach": "reroute"})
    assert list(errors_of(page)) == ["on_breach"]


def test_nobody_is_told_as_a_person_of_what_no_single_person_is_held_to(
    as_mara: Client, calendar: BusinessCalendar
) -> None:
    fields = new(as_mara, calendar, code="scored", minutes="5", counts_by="person")
    fields |= {"warns": "person", "tells": "person", "on_breach": "reroute", "tier_code": ""}
    assert errors_of(as_mara.post(ADD, fields)) == {
        "on_breach": ["“Score a captured lead” cannot do that at a breach."],
        "counts_by": ["No single person is held to this promise: choose the calendar named here."],
        "warns": ["No single person is held to this promise: tell managers."],
        "tells": ["No single person is held to this promise: tell managers."],
    }


def test_a_calendar_of_another_workspace_measures_nothing_here(
    as_mara: Client, decide: Commitment, cleo: User
) -> None:
    theirs = install_starter_sla(cleo.workspaces.get(), timezone="UTC")
    fields = fields_of(as_mara.get(page_of(decide)), FORM)
    page = as_mara.post(page_of(decide), {**fields, "calendar": theirs.pk})
    assert errors_of(page) == {
        "calendar": ["Select a valid choice. That choice is not one of the available choices."]
    }


def test_a_promise_that_was_made_stays(
    as_mara: Client, decide: Commitment, workspace: Workspace
) -> None:
    started(workspace)
    page = as_mara.post(f"{PROMISES}{decide.pk}/delete/", {"post": "yes"}, follow=True)
    assert messages_of(page) == [
        "“Decide an offer within 240 business minutes” stays: it was promised to leads, and its "
        "record is kept."
    ]
    assert Commitment.objects.filter(pk=decide.pk).exists()


def test_while_an_agreement_counts_the_page_says_so_and_leads_to_it(
    as_mara: Client, decide: Commitment, workspace: Workspace
) -> None:
    for page in (PROMISES, page_of(decide)):
        assert "No agreement is signed" in as_mara.get(page).content.decode()
    agreement = make_agreement(workspace)
    for page in (PROMISES, page_of(decide)):
        read = as_mara.get(page).content.decode()
        assert f"These do not count now in {workspace}:" in read
        assert f"agreement {agreement.number} is signed" in read
        assert f'href="/w/{workspace.slug}/agreement/#commitments"' in read
    assert agreement.commitments.count() == 3


def test_what_was_signed_is_not_edited_among_the_defaults(
    as_mara: Client, decide: Commitment, workspace: Workspace
) -> None:
    agreement = make_agreement(workspace)
    signed = agreement.commitments.get(code=DECIDE)
    assert as_mara.get(page_of(signed)).status_code == 404
    listed = as_mara.get(PROMISES).context["cl"].result_list
    assert {row.agreement_id for row in listed} == {None}
