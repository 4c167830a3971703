"""The lead's page: what is known, why the score, what was promised, what happened."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Role, User, Workspace
from handoff.frameworks import DISCOVERY, framework
from handoff.lead_pages import TIMELINE_PAGE
from handoff.models import RejectionReason
from leadqual.models import EventKind, Lead
from leadqual.stages import Stage
from tests.builders import (
    make_company,
    make_event,
    make_lead,
    make_member,
)
from tests.handoff.pages import HTMX, lead_url

PANELS = [
    *("header", "offer", "touch", "scorecard", "gaps", "packet"),
    *("moves", "score", "company", "timeline"),
]


def test_the_page_says_who_it_is_where_it_stands_and_why(as_ana: Client, offered: Lead) -> None:
    page = as_ana.get(lead_url(offered)).content.decode()
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
    page = as_ben.get(lead_url(offered, "panels/packet/")).content.decode()
    assert offer.why_now in page
    assert offer.packet["next_action"] in page
    assert "Hanna Weiss, Head of IT at Acme" in page


def test_opening_the_page_is_the_reps_first_view_and_nobody_elses(
    as_ben: Client, as_mara: Client, offered: Lead
) -> None:
    as_mara.get(lead_url(offered))
    assert offered.handoffs.get().viewed_at is None
    as_ben.get(lead_url(offered))
    assert offered.handoffs.get().viewed_at is not None


def test_only_who_may_decide_the_offer_gets_its_buttons(
    as_ben: Client, as_mara: Client, as_ana: Client, offered: Lead
) -> None:
    buttons = f"/w/northwind/offers/{offered.handoffs.get().pk}/accept/"
    pages = [client.get(lead_url(offered)).content.decode() for client in (as_ben, as_mara, as_ana)]
    assert [buttons in page for page in pages] == [True, True, False]


def test_the_timeline_names_reasons_as_people_do(
    as_ben: Client, workspace: Workspace, accepted: Lead
) -> None:
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    as_ben.post(lead_url(accepted, "moves/nurture/"), {"reason": reason.pk}, headers=HTMX)
    panel = as_ben.get(lead_url(accepted, "panels/timeline/")).content.decode()
    assert "recycled (no budget)" in panel


def test_the_company_shows_its_other_leads(as_ana: Client, workspace: Workspace) -> None:
    company = make_company(workspace, name="Acme")
    lead = make_lead(workspace, company=company, first_name="Ida")
    make_lead(workspace, company=company, first_name="Otto")
    make_lead(workspace, first_name="Elsewhere")
    panel = as_ana.get(lead_url(lead, "panels/company/")).content.decode()
    assert "Otto" in panel
    assert "Elsewhere" not in panel


def test_the_timeline_is_paged_without_loss_even_within_one_moment(
    as_ana: Client, workspace: Workspace
) -> None:
    lead = make_lead(workspace)
    count = TIMELINE_PAGE + 5
    for n in range(count):
        make_event(lead, kind=EventKind.PAGE_VIEW, url=f"https://x.example/{n}/")
    first = as_ana.get(lead_url(lead, "panels/timeline/")).content.decode()
    more = first.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
    assert "/timeline/?at=" in more
    second = as_ana.get(more).content.decode()
    shown = [n for n in range(count) if f"x.example/{n}/" in first]
    rest = [n for n in range(count) if f"x.example/{n}/" in second]
    assert (len(shown), sorted(shown + rest)) == (TIMELINE_PAGE, list(range(count)))
    assert "Older" not in second


def test_the_score_at_a_move_is_the_one_stored_then(as_ana: Client, offered: Lead) -> None:
    move = offered.moves.get(to_stage=Stage.MQL)
    panel = as_ana.get(lead_url(offered, f"moves/{move.pk}/score/")).content.decode()
    assert "Decision-maker role" in panel
    assert f"total {move.fit + move.intent:g}" in panel  # type: ignore[operator]


def test_a_merged_lead_leads_to_its_survivor_and_an_erased_one_says_so(
    as_ana: Client, workspace: Workspace
) -> None:
    survivor = make_lead(workspace)
    merged = make_lead(workspace, merged_into=survivor)
    erased = make_lead(workspace, erased_at=timezone.now())
    assert as_ana.get(lead_url(merged))["Location"] == lead_url(survivor)
    assert "This person was erased" in as_ana.get(lead_url(erased)).content.decode()
    assert as_ana.get(lead_url(erased, "edit/")).status_code == 404


@pytest.mark.parametrize("panel", PANELS)
def test_each_panel_can_be_fetched_alone(as_ben: Client, accepted: Lead, panel: str) -> None:
    answer = as_ben.get(lead_url(accepted, f"panels/{panel}/"), headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()


def test_there_are_no_other_panels(as_ben: Client, accepted: Lead) -> None:
    assert as_ben.get(lead_url(accepted, "panels/base/")).status_code == 404


@pytest.mark.parametrize(
    "below", ["", "edit/", "panels/score/", "timeline/", "moves/nurture/", "moves/1/score/"]
)
def test_a_stranger_finds_no_lead(as_cleo: Client, workspace: Workspace, below: str) -> None:
    lead = make_lead(workspace)
    assert as_cleo.get(lead_url(lead, below)).status_code == 404
    foreign = lead_url(lead, below).replace("northwind", "elsewhere")
    assert as_cleo.get(foreign).status_code == 404


def test_leadership_looks_but_does_not_touch(workspace: Workspace, client: Client) -> None:
    client.force_login(make_member(workspace, name="Lea Falk", role=Role.LEADERSHIP))
    lead = make_lead(workspace)
    page = client.get(lead_url(lead)).content.decode()
    assert "Log a touch" not in page
    assert "Edit facts" not in page
    for below in ("edit/", "touches/", "moves/nurture/", "scorecards/bant_plus/need/"):
        assert client.post(lead_url(lead, below)).status_code == 403


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
        as_ben.post(lead_url(accepted, "touches/"), {"kind": "call", "outcome": "reached"})
        question = framework(DISCOVERY).questions[n].code
        as_ben.post(lead_url(accepted, f"scorecards/bant_plus/{question}/"), {"value": "2"})
    with django_assert_num_queries(54):
        assert as_ben.get(lead_url(accepted)).status_code == 200
