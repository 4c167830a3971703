"""The lead's page: what is known, why the score, what was promised, what may happen next."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User, Workspace
from handoff import handoffs, scorecards
from handoff.lead_pages import TIMELINE_PAGE
from handoff.models import Handoff, Opportunity, PoolMember, RejectionReason, ScorecardAnswer
from leadqual.models import EventKind, Lead, Touch
from leadqual.stages import Stage
from sla.models import Clock
from tests.builders import (
    make_company,
    make_event,
    make_lead,
    make_member,
    make_user,
    receive_hot_lead,
)

HTMX = {"HX-Request": "true"}
PANELS = [
    *("header", "offer", "touch", "scorecard", "gaps", "packet"),
    *("moves", "score", "company", "timeline"),
]


def url(lead: Lead, below: str = "") -> str:
    return f"/w/northwind/leads/{lead.pk}/{below}"


def events_of(answer: object) -> dict[str, object]:
    events: dict[str, object] = json.loads(answer["HX-Trigger"])  # type: ignore[index]
    return events


@pytest.fixture
def offered(workspace: Workspace, ben_takes_turns: User) -> Lead:
    return receive_hot_lead(workspace, at=timezone.now())


@pytest.fixture
def accepted(offered: Lead, ben: User) -> Lead:
    handoffs.accept(offered.handoffs.get(), by=ben, at=timezone.now())
    return Lead.objects.get(pk=offered.pk)


def pass_scorecard(lead: Lead, by: User) -> None:
    for question in scorecards.BANT_PLUS:
        scorecards.answer(
            lead,
            by=by,
            at=timezone.now(),
            question=question.code,
            value=ScorecardAnswer.Value.CONFIRMED,
        )


def test_the_page_says_who_it_is_where_it_stands_and_why(as_ana: Client, offered: Lead) -> None:
    page = as_ana.get(url(offered)).content.decode()
    for words in (
        "Hanna Weiss",
        "Head of IT at Acme",
        "<strong>80</strong> = fit 35 + intent 45",
        "model version 1, as of",
        "Visited pricing page",
        "1 event × 20",
        "Came from",
        "LinkedIn",
        "MQL definition:</strong> holds.",
        "Hand-off rule:</strong> holds.",
    ):
        assert words in page


def test_the_packet_is_shown_as_it_was_at_the_offer(as_ben: Client, offered: Lead) -> None:
    offer = offered.handoffs.get()
    Lead.objects.filter(pk=offered.pk).update(first_name="Johanna", job_title="Intern")
    page = as_ben.get(url(offered, "panels/packet/")).content.decode()
    assert offer.why_now in page
    assert offer.packet["next_action"] in page
    assert "Hanna Weiss, Head of IT at Acme" in page


def test_opening_the_page_is_the_reps_first_view_and_nobody_elses(
    as_ben: Client, as_mara: Client, offered: Lead
) -> None:
    as_mara.get(url(offered))
    assert offered.handoffs.get().viewed_at is None
    as_ben.get(url(offered))
    assert offered.handoffs.get().viewed_at is not None


def test_only_who_may_decide_the_offer_gets_its_buttons(
    as_ben: Client, as_mara: Client, as_ana: Client, offered: Lead
) -> None:
    buttons = f"/w/northwind/offers/{offered.handoffs.get().pk}/accept/"
    pages = [client.get(url(offered)).content.decode() for client in (as_ben, as_mara, as_ana)]
    assert [buttons in page for page in pages] == [True, True, False]


def test_a_touch_is_logged_with_kind_and_outcome_alone_and_stops_the_first_touch(
    as_ben: Client, ben: User, accepted: Lead
) -> None:
    answer = as_ben.post(
        url(accepted, "touches/"), {"kind": "call", "outcome": "reached"}, headers=HTMX
    )
    touch = Touch.objects.get(lead=accepted)
    clock = Clock.objects.get(lead=accepted, commitment__code="first_touch")
    assert (answer.status_code, touch.kind, touch.outcome, touch.by) == (
        *(204, "call", "reached", ben),
    )
    assert clock.stopped_by == "touched"
    assert events_of(answer)["lead-touched"] is True


def test_a_touch_may_be_logged_at_its_own_moment_in_the_workspaces_time(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    hour_ago = (timezone.now() - timedelta(hours=1)).replace(second=0, microsecond=0)
    local = hour_ago.astimezone(workspace.zone)
    said = {"kind": "email", "outcome": "sent", "moment": f"{local:%Y-%m-%dT%H:%M}", "note": "Hi"}
    as_ben.post(url(accepted, "touches/"), said, headers=HTMX)
    touch = Touch.objects.get(lead=accepted)
    assert (touch.occurred_at, touch.note) == (hour_ago, "Hi")


def test_a_touch_in_the_future_is_refused_and_the_note_is_kept(
    as_ben: Client, accepted: Lead
) -> None:
    said = {"kind": "call", "outcome": "reached", "moment": "2199-01-01T10:00", "note": "typed"}
    answer = as_ben.post(url(accepted, "touches/"), said, headers=HTMX)
    assert answer.status_code == 422
    assert "The moment lies in the future" in answer.content.decode()
    assert "typed" in answer.content.decode()
    assert not Touch.objects.exists()


def test_an_answer_of_the_scorecard_is_saved_as_it_is_given(
    as_ben: Client, ben: User, accepted: Lead
) -> None:
    said = {"value": "2", "evidence": "Three tools, no data"}
    answer = as_ben.post(url(accepted, "scorecard/need/"), said, headers=HTMX)
    row = ScorecardAnswer.objects.get()
    assert (row.question, row.value, row.evidence, row.by) == (
        *("need", 2, "Three tools, no data", ben),
    )
    assert "Saved" in answer.content.decode()
    assert events_of(answer) == {"scorecard-changed": True}
    page = as_ben.get(url(accepted, "panels/gaps/")).content.decode()
    assert "4 gaps before SQL" in page


def test_evidence_without_a_value_is_not_taken_for_an_answer(
    as_ben: Client, accepted: Lead
) -> None:
    answer = as_ben.post(url(accepted, "scorecard/need/"), {"evidence": "x"}, headers=HTMX)
    assert answer.status_code == 422
    assert "choose how far it is confirmed" in answer.content.decode()
    assert not ScorecardAnswer.objects.exists()


def test_a_scorecard_is_not_filled_before_sales_has_accepted(as_ben: Client, offered: Lead) -> None:
    answer = as_ben.post(url(offered, "scorecard/need/"), {"value": "2"}, headers=HTMX)
    assert answer.status_code == 422
    assert "once sales has accepted" in answer.content.decode()


def test_the_gaps_of_the_scorecard_say_why_it_is_no_sql_yet(
    as_ben: Client, ben: User, accepted: Lead
) -> None:
    panel = as_ben.get(url(accepted, "panels/moves/")).content.decode()
    refused = as_ben.post(url(accepted, "moves/sql/"), {"seen": "sal"}, headers=HTMX)
    assert "Budget awareness is unknown." in panel
    assert refused.status_code == 422
    assert "Budget awareness is unknown." in refused.content.decode()
    pass_scorecard(accepted, ben)
    answer = as_ben.post(url(accepted, "moves/sql/"), {"seen": "sal"}, headers=HTMX)
    assert answer.status_code == 204
    assert Lead.objects.get(pk=accepted.pk).stage == Stage.SQL


def test_the_road_from_acceptance_to_won_is_walked_on_the_page(
    as_ben: Client, ben: User, accepted: Lead
) -> None:
    pass_scorecard(accepted, ben)
    as_ben.post(url(accepted, "moves/sql/"), headers=HTMX)
    empty = as_ben.post(url(accepted, "moves/opportunity/"), {"amount": "0"}, headers=HTMX)
    as_ben.post(url(accepted, "moves/opportunity/"), {"amount": "12500"}, headers=HTMX)
    answer = as_ben.post(url(accepted, "moves/won/"), {"seen": "opportunity"}, headers=HTMX)
    deal = Opportunity.objects.get(lead=accepted)
    assert empty.status_code == 422
    assert "above zero" in empty.content.decode()
    assert (deal.amount, deal.won) == (Decimal(12500), True)
    assert events_of(answer)["toast"] == {"text": "Hanna Weiss is now Won.", "level": "success"}


def test_recycling_takes_a_reason_and_a_day_to_wake(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    form = as_ben.get(url(accepted, "moves/nurture/"), headers=HTMX).content.decode()
    assert "Timeline too long" in form
    assert "Wrong territory" not in form  # leads to disqualified
    reason = RejectionReason.objects.of(workspace).get(code="timeline-too-long")
    without = as_ben.post(url(accepted, "moves/nurture/"), {"seen": "sal"}, headers=HTMX)
    said = {"seen": "sal", "reason": reason.pk, "wake_on": "2199-05-01", "note": "In spring"}
    answer = as_ben.post(url(accepted, "moves/nurture/"), said, headers=HTMX)
    stay = accepted.nurture_stays.get()
    assert (without.status_code, answer.status_code) == (422, 204)
    assert "Choose a reason." in without.content.decode()
    assert stay.wake_at is not None
    assert f"{stay.wake_at.astimezone(workspace.zone):%Y-%m-%d %H:%M}" == "2199-05-01 00:00"
    assert accepted.moves.get(to_stage=Stage.NURTURE).note == "In spring"


def test_the_timeline_names_reasons_as_people_do(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    as_ben.post(url(accepted, "moves/nurture/"), {"reason": reason.pk}, headers=HTMX)
    panel = as_ben.get(url(accepted, "panels/timeline/")).content.decode()
    assert "recycled (no budget)" in panel


def test_a_wake_day_in_the_past_is_refused(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    said = {"seen": "sal", "reason": reason.pk, "wake_on": "2020-05-01"}
    answer = as_ben.post(url(accepted, "moves/nurture/"), said, headers=HTMX)
    assert answer.status_code == 422
    assert "Choose a day after today." in answer.content.decode()


def test_who_moves_a_lead_that_has_moved_on_is_told_who_was_faster(
    as_ben: Client, as_mara: Client, workspace: Workspace, accepted: Lead
) -> None:
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    said = {"seen": "sal", "reason": reason.pk}
    assert as_mara.post(url(accepted, "moves/nurture/"), said, headers=HTMX).status_code == 204
    answer = as_ben.post(url(accepted, "moves/nurture/"), said, headers=HTMX)
    opened = as_ben.get(url(accepted, "moves/nurture/?seen=sal"), headers=HTMX)
    assert (answer.status_code, opened.status_code) == (409, 409)
    assert "Mara Lindt was faster on" in answer.content.decode()
    assert "the lead is now Nurture" in opened.content.decode()


def test_a_rep_moves_only_leads_of_their_own(
    as_ben: Client, as_mara: Client, workspace: Workspace
) -> None:
    tom = make_member(workspace, name="Tom Hale")
    lead = make_lead(workspace, stage=Stage.SAL, owner=tom, cycle=1)
    panel = as_ben.get(url(lead, "panels/moves/")).content.decode()
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    said = {"seen": "sal", "reason": reason.pk}
    refused = as_ben.post(url(lead, "moves/nurture/"), said, headers=HTMX)
    assert "The lead is Tom Hale’s." in panel
    assert (refused.status_code, Lead.objects.get(pk=lead.pk).stage) == (422, Stage.SAL)
    assert as_mara.post(url(lead, "moves/nurture/"), said, headers=HTMX).status_code == 204


def test_only_marketing_reopens_and_says_why(
    as_ana: Client, as_mara: Client, workspace: Workspace
) -> None:
    lead = make_lead(workspace, stage=Stage.DISQUALIFIED)
    said = {"seen": "disqualified", "why": "They have grown"}
    refused = as_mara.post(url(lead, "moves/new/"), said, headers=HTMX)
    without = as_ana.post(url(lead, "moves/new/"), {"seen": "disqualified"}, headers=HTMX)
    answer = as_ana.post(url(lead, "moves/new/"), said, headers=HTMX)
    assert (refused.status_code, without.status_code, answer.status_code) == (422, 422, 204)
    assert "As sales manager you may not reopen disqualified leads." in refused.content.decode()


def test_the_page_says_why_a_new_lead_is_no_mql(as_ana: Client, workspace: Workspace) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False, at=timezone.now())
    Lead.objects.filter(pk=lead.pk).update(timeline="", job_title="", company=None)
    as_ana.post(url(lead, "edit/"), {"first_name": "Hanna", "email": lead.email})
    panel = as_ana.get(url(lead, "panels/moves/")).content.decode()
    assert "that the MQL definition asks for." in panel


def test_a_manager_offers_a_waiting_mql_to_a_rep(
    as_mara: Client, as_ben: Client, ben: User, mara: User, workspace: Workspace
) -> None:
    PoolMember.objects.create(workspace=workspace, user=ben, is_active=False)
    PoolMember.objects.create(workspace=workspace, user=mara, is_active=False)
    lead = receive_hot_lead(workspace, at=timezone.now())
    assert not lead.handoffs.exists()
    waiting = as_mara.get("/w/northwind/queue/everyone/").content.decode()
    assert f'id="waiting-{lead.pk}"' in waiting
    assert as_ben.post(url(lead, "offer/"), {"rep": ben.pk}, headers=HTMX).status_code == 403
    stranger = make_user(name="Zoe Nobody")
    as_mara.post(url(lead, "offer/"), {"rep": stranger.pk}, headers=HTMX)
    assert not lead.handoffs.exists()
    as_mara.post(url(lead, "offer/"), {"rep": ben.pk}, headers=HTMX)
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
    as_mara.post(f"/w/northwind/offers/{second.pk}/withdraw/", headers=HTMX)
    second.refresh_from_db()
    assert (second.status, second.decided_by) == ("withdrawn", mara)


def test_the_company_shows_its_other_leads(as_ana: Client, workspace: Workspace) -> None:
    company = make_company(workspace, name="Acme")
    lead = make_lead(workspace, company=company, first_name="Ida")
    make_lead(workspace, company=company, first_name="Otto")
    make_lead(workspace, first_name="Elsewhere")
    panel = as_ana.get(url(lead, "panels/company/")).content.decode()
    assert "Otto" in panel
    assert "Elsewhere" not in panel


def test_the_timeline_is_paged_without_loss_even_within_one_moment(
    as_ana: Client, workspace: Workspace
) -> None:
    lead = make_lead(workspace)
    count = TIMELINE_PAGE + 5
    for n in range(count):
        make_event(lead, kind=EventKind.PAGE_VIEW, url=f"https://x.example/{n}/")
    first = as_ana.get(url(lead, "panels/timeline/")).content.decode()
    more = first.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
    assert "/timeline/?at=" in more
    second = as_ana.get(more).content.decode()
    shown = [n for n in range(count) if f"x.example/{n}/" in first]
    rest = [n for n in range(count) if f"x.example/{n}/" in second]
    assert (len(shown), sorted(shown + rest)) == (TIMELINE_PAGE, list(range(count)))
    assert "Older" not in second


def test_the_score_at_a_move_is_the_one_stored_then(as_ana: Client, offered: Lead) -> None:
    move = offered.moves.get(to_stage=Stage.MQL)
    panel = as_ana.get(url(offered, f"moves/{move.pk}/score/")).content.decode()
    assert "Decision-maker role" in panel
    assert f"total {move.fit + move.intent:g}" in panel  # type: ignore[operator]


def test_facts_are_corrected_and_the_score_follows(as_ana: Client, offered: Lead) -> None:
    form = as_ana.get(url(offered, "edit/")).content.decode()
    assert 'value="Head of IT"' in form
    said = {"first_name": "Hanna", "email": offered.email, "job_title": "Student", "timeline": ""}
    answer = as_ana.post(url(offered, "edit/"), said)
    lead = Lead.objects.select_related("score").get(pk=offered.pk)
    assert (answer.status_code, answer["Location"]) == (302, url(offered))
    assert (lead.job_title, lead.last_name, lead.company) == ("Student", "", None)
    assert lead.score.total < 80


def test_correcting_the_company_leaves_another_company_alone(
    as_ana: Client, workspace: Workspace
) -> None:
    acme = make_company(workspace, name="Acme", domain="acme.example", industry="software")
    beta = make_company(workspace, name="Beta", domain="beta.example", industry="finance")
    lead = make_lead(workspace, company=acme, first_name="Ida")
    said = {"first_name": "Ida", "company_name": "Beta", "domain": "https://www.beta.example/x"}
    as_ana.post(url(lead, "edit/"), {**said, "industry": "software"})
    beta.refresh_from_db()
    assert Lead.objects.get(pk=lead.pk).company == beta
    assert (beta.industry, acme.leads.count()) == ("finance", 0)


def test_an_address_of_somebody_else_is_refused_with_a_link(
    as_ana: Client, workspace: Workspace
) -> None:
    known = make_lead(workspace, email="ida@acme.example", first_name="Ida")
    lead = make_lead(workspace, first_name="Otto")
    answer = as_ana.post(url(lead, "edit/"), {"email": "IDA@acme.example ", "first_name": "Otto"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Ida is known under this address." in page
    assert url(known) in page


def test_a_merged_lead_leads_to_its_survivor_and_an_erased_one_says_so(
    as_ana: Client, workspace: Workspace
) -> None:
    survivor = make_lead(workspace)
    merged = make_lead(workspace, merged_into=survivor)
    erased = make_lead(workspace, erased_at=timezone.now())
    assert as_ana.get(url(merged))["Location"] == url(survivor)
    assert "This person was erased" in as_ana.get(url(erased)).content.decode()
    assert as_ana.get(url(erased, "edit/")).status_code == 404


@pytest.mark.parametrize("panel", PANELS)
def test_each_panel_can_be_fetched_alone(as_ben: Client, accepted: Lead, panel: str) -> None:
    answer = as_ben.get(url(accepted, f"panels/{panel}/"), headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()


def test_there_are_no_other_panels(as_ben: Client, accepted: Lead) -> None:
    assert as_ben.get(url(accepted, "panels/base/")).status_code == 404


@pytest.mark.parametrize(
    "below", ["", "edit/", "panels/score/", "timeline/", "moves/nurture/", "moves/1/score/"]
)
def test_a_stranger_finds_no_lead(as_cleo: Client, workspace: Workspace, below: str) -> None:
    lead = make_lead(workspace)
    assert as_cleo.get(url(lead, below)).status_code == 404
    foreign = url(lead, below).replace("northwind", "elsewhere")
    assert as_cleo.get(foreign).status_code == 404


def test_leadership_looks_but_does_not_touch(workspace: Workspace, client: Client) -> None:
    client.force_login(make_member(workspace, name="Lea Falk", role=Role.LEADERSHIP))
    lead = make_lead(workspace)
    page = client.get(url(lead)).content.decode()
    assert "Log a touch" not in page
    assert "Edit facts" not in page
    for below in ("edit/", "touches/", "moves/nurture/", "scorecard/need/"):
        assert client.post(url(lead, below)).status_code == 403


@pytest.mark.parametrize("times", [1, 3])
def test_the_page_costs_the_same_whatever_has_happened(
    as_ben: Client,
    ben: User,
    accepted: Lead,
    times: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for n in range(times):
        make_lead(accepted.workspace, company=accepted.company, owner=ben)
        make_event(accepted, kind=EventKind.DOWNLOAD)
        as_ben.post(url(accepted, "touches/"), {"kind": "call", "outcome": "reached"})
        question = scorecards.BANT_PLUS[n].code
        as_ben.post(url(accepted, f"scorecard/{question}/"), {"value": "2"})
    with django_assert_num_queries(30):
        assert as_ben.get(url(accepted)).status_code == 200
