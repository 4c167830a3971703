"""The next moves on the lead's page: taken, refused with the reason, or too late."""

from decimal import Decimal

from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.models import Handoff, Opportunity, RejectionReason, Rep
from leadqual.models import Lead
from leadqual.stages import Stage
from tests.builders import (
    make_lead,
    make_member,
    make_user,
    receive_hot_lead,
)
from tests.handoff.pages import HTMX, events_of, lead_url, pass_scorecard


def test_the_gaps_of_the_scorecard_say_why_it_is_no_sql_yet(
    as_ben: Client, ben: User, accepted: Lead
) -> None:
    panel = as_ben.get(lead_url(accepted, "panels/moves/")).content.decode()
    refused = as_ben.post(lead_url(accepted, "moves/sql/"), {"seen": "sal"}, headers=HTMX)
    assert "Budget awareness is unknown." in panel
    assert refused.status_code == 422
    assert "Budget awareness is unknown." in refused.content.decode()
    pass_scorecard(accepted, ben)
    answer = as_ben.post(lead_url(accepted, "moves/sql/"), {"seen": "sal"}, headers=HTMX)
    assert answer.status_code == 204
    assert Lead.objects.get(pk=accepted.pk).stage == Stage.SQL


def test_the_road_from_acceptance_to_won_is_walked_on_the_page(
    as_ben: Client, ben: User, accepted: Lead
) -> None:
    pass_scorecard(accepted, ben)
    as_ben.post(lead_url(accepted, "moves/sql/"), headers=HTMX)
    empty = as_ben.post(lead_url(accepted, "moves/opportunity/"), {"amount": "0"}, headers=HTMX)
    as_ben.post(lead_url(accepted, "moves/opportunity/"), {"amount": "12500"}, headers=HTMX)
    answer = as_ben.post(lead_url(accepted, "moves/won/"), {"seen": "opportunity"}, headers=HTMX)
    deal = Opportunity.objects.get(lead=accepted)
    assert empty.status_code == 422
    assert "above zero" in empty.content.decode()
    assert (deal.amount, deal.won) == (Decimal(12500), True)
    assert events_of(answer)["toast"] == {"text": "Hanna Weiss is now Won.", "level": "success"}


def test_recycling_takes_a_reason_and_a_day_to_wake(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    form = as_ben.get(lead_url(accepted, "moves/nurture/"), headers=HTMX).content.decode()
    assert "Timeline too long" in form
    assert "Wrong territory" not in form  # leads to disqualified
    reason = RejectionReason.objects.of(workspace).get(code="timeline-too-long")
    without = as_ben.post(lead_url(accepted, "moves/nurture/"), {"seen": "sal"}, headers=HTMX)
    spring = f"{timezone.now().year + 1}-05-01"
    said = {"seen": "sal", "reason": reason.pk, "wake_on": spring, "note": "In spring"}
    answer = as_ben.post(lead_url(accepted, "moves/nurture/"), said, headers=HTMX)
    stay = accepted.nurture_stays.get()
    assert (without.status_code, answer.status_code) == (422, 204)
    assert "Choose a reason: marketing learns from it." in without.content.decode()
    assert stay.wake_at is not None
    assert f"{stay.wake_at.astimezone(workspace.zone):%Y-%m-%d %H:%M}" == f"{spring} 00:00"
    assert accepted.moves.get(to_stage=Stage.NURTURE).note == "In spring"


def test_a_wake_day_in_the_past_is_refused(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    said = {"seen": "sal", "reason": reason.pk, "wake_on": "2020-05-01"}
    answer = as_ben.post(lead_url(accepted, "moves/nurture/"), said, headers=HTMX)
    assert answer.status_code == 422
    assert "Choose a day after today." in answer.content.decode()


def test_a_wake_day_in_an_absurd_year_is_refused(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    said = {"seen": "sal", "reason": reason.pk, "wake_on": "2199-12-31"}
    answer = as_ben.post(lead_url(accepted, "moves/nurture/"), said, headers=HTMX)
    assert answer.status_code == 422
    assert "Choose a day within 5 years." in answer.content.decode()


def test_who_moves_a_lead_that_has_moved_on_is_told_who_was_faster(
    as_ben: Client, as_mara: Client, workspace: Workspace, accepted: Lead
) -> None:
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    said = {"seen": "sal", "reason": reason.pk}
    assert as_mara.post(lead_url(accepted, "moves/nurture/"), said, headers=HTMX).status_code == 204
    answer = as_ben.post(lead_url(accepted, "moves/nurture/"), said, headers=HTMX)
    opened = as_ben.get(lead_url(accepted, "moves/nurture/?seen=sal"), headers=HTMX)
    assert (answer.status_code, opened.status_code) == (409, 409)
    assert "Mara Lindt was faster on" in answer.content.decode()
    assert "the lead is now Nurture" in opened.content.decode()


def test_a_move_asked_for_twice_is_told_it_was_made(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    said = {"reason": reason.pk}
    first = as_ben.post(lead_url(accepted, "moves/nurture/"), said, headers=HTMX)
    again = as_ben.post(lead_url(accepted, "moves/nurture/"), said, headers=HTMX)
    nowhere = as_ben.post(lead_url(accepted, "moves/won/"), headers=HTMX)
    unknown = as_ben.post(lead_url(accepted, "moves/mars/"), headers=HTMX)
    codes = [answer.status_code for answer in (first, again, nowhere, unknown)]
    assert codes == [204, 409, 422, 404]
    assert "You have moved it to Nurture already, on" in again.content.decode()
    assert "Nobody moves a lead from Nurture to Won." in nowhere.content.decode()


def test_a_rep_moves_only_leads_of_their_own(
    as_ben: Client, as_mara: Client, workspace: Workspace
) -> None:
    tom = make_member(workspace, name="Tom Hale")
    lead = make_lead(workspace, stage=Stage.SAL, owner=tom, cycle=1)
    panel = as_ben.get(lead_url(lead, "panels/moves/")).content.decode()
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    said = {"seen": "sal", "reason": reason.pk}
    refused = as_ben.post(lead_url(lead, "moves/nurture/"), said, headers=HTMX)
    assert "The lead is Tom Hale’s." in panel
    assert (refused.status_code, Lead.objects.get(pk=lead.pk).stage) == (422, Stage.SAL)
    assert as_mara.post(lead_url(lead, "moves/nurture/"), said, headers=HTMX).status_code == 204


def test_only_marketing_reopens_and_says_why(
    as_ana: Client, as_mara: Client, workspace: Workspace
) -> None:
    lead = make_lead(workspace, stage=Stage.DISQUALIFIED)
    said = {"seen": "disqualified", "why": "They have grown"}
    refused = as_mara.post(lead_url(lead, "moves/new/"), said, headers=HTMX)
    without = as_ana.post(lead_url(lead, "moves/new/"), {"seen": "disqualified"}, headers=HTMX)
    answer = as_ana.post(lead_url(lead, "moves/new/"), said, headers=HTMX)
    assert (refused.status_code, without.status_code, answer.status_code) == (422, 422, 204)
    assert "As sales manager you may not reopen disqualified leads." in refused.content.decode()


def test_the_page_says_why_a_new_lead_is_no_mql(as_ana: Client, workspace: Workspace) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False, at=timezone.now())
    Lead.objects.filter(pk=lead.pk).update(timeline="", job_title="", company=None)
    as_ana.post(lead_url(lead, "edit/"), {"first_name": "Hanna", "email": lead.email})
    panel = as_ana.get(lead_url(lead, "panels/moves/")).content.decode()
    assert "that the MQL definition asks for." in panel


def test_a_manager_offers_a_waiting_mql_to_a_rep(
    as_mara: Client, as_ben: Client, ben: User, mara: User, workspace: Workspace
) -> None:
    Rep.objects.create(workspace=workspace, user=ben, is_active=False)
    Rep.objects.create(workspace=workspace, user=mara, is_active=False)
    lead = receive_hot_lead(workspace, at=timezone.now())
    assert not lead.handoffs.exists()
    waiting = as_mara.get("/w/northwind/queue/everyone/").content.decode()
    assert f'id="waiting-{lead.pk}"' in waiting
    assert as_ben.post(lead_url(lead, "offer/"), {"rep": ben.pk}, headers=HTMX).status_code == 403
    stranger = make_user(name="Zoe Nobody")
    as_mara.post(lead_url(lead, "offer/"), {"rep": stranger.pk}, headers=HTMX)
    assert not lead.handoffs.exists()
    as_mara.post(lead_url(lead, "offer/"), {"rep": ben.pk}, headers=HTMX)
    assert Handoff.objects.open().get(lead=lead).rep == ben


def test_a_manager_withdraws_and_offers_to_somebody_else(
    as_mara: Client, mara: User, ben: User, offered: Lead, workspace: Workspace
) -> None:
    tom = make_member(workspace, name="Tom Hale")
    offer = offered.handoffs.get()
    address = f"/w/northwind/offers/{offer.pk}"
    answer = as_mara.post(f"{address}/reoffer/", {"rep": tom.pk}, headers=HTMX)
    assert "Offered to Tom Hale instead" in answer.content.decode()
    second = Handoff.objects.open().get(lead=offered)
    assert (offer.rep, second.rep) == (ben, tom)
    assert second.trace["by"] == str(mara)
    as_mara.post(f"/w/northwind/offers/{second.pk}/withdraw/", headers=HTMX)
    second.refresh_from_db()
    assert (second.status, second.decided_by) == ("withdrawn", mara)
