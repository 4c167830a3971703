"""Overriding a score on the lead's page: what follows at once, who may, what stays on record."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.timezone import localdate

from accounts.models import Role, User, Workspace
from handoff import handoffs, score_overrides
from handoff.erasure import erase
from handoff.lead_exports import header
from handoff.merging import merge
from handoff.models import Handoff, RejectionReason
from handoff.nurture import enter
from handoff.packets import grade_words
from handoff.promotion import settle_due
from handoff.unmerging import undo
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.models import ScoreOverride
from scoring.overrides import sweep_expired_overrides
from scoring.scorers import score_lead
from scoring.standing import standing_of
from tests.builders import make_member, receive_hot_lead
from tests.handoff.pages import HTMX, LEADS, lead_url

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SAID = {"fit": 90, "intent": 80, "reason": "Met at the fair", "until": ""}


@pytest.fixture
def cold(workspace: Workspace, ben_takes_turns: User) -> Lead:
    """An MQL by its facts alone, which the hand-off rule does not yet let through."""
    return receive_hot_lead(workspace, pricing_page=False, at=timezone.now())


def today() -> date:
    """Where the workspace is."""
    return localdate(timezone=ZoneInfo("Europe/Berlin"))


def said(**fields: Any) -> dict[str, Any]:
    return {**SAID, "until": str(today() + 14 * DAY), **fields}


def put(lead: Lead, by: User, **fields: Any) -> Lead:
    now = timezone.now()
    usual = {"fit": 90, "intent": 80, "reason": "Met at the fair", "expires_at": now + 14 * DAY}
    return score_overrides.put(lead, by=by, **{**usual, "now": now, **fields})


def post(client: Client, lead: Lead, **fields: Any) -> Any:
    return client.post(lead_url(lead, "override/"), said(**fields), headers=HTMX)


def test_the_lead_is_offered_at_once_and_the_packet_says_who_said_so(
    as_mara: Client, cold: Lead
) -> None:
    assert not cold.handoffs.exists()
    assert post(as_mara, cold).status_code == 204
    offer = cold.handoffs.get()
    assert "Mara Lindt says “Met at the fair”" in offer.why_now
    kept = offer.packet["explanation"]["override"]
    assert (kept["fit"], kept["intent"], kept["by"], kept["reason"]) == (
        *(90, 80, "Mara Lindt", "Met at the fair"),
    )
    assert (offer.fit, offer.intent, offer.grade) == (35, 25, offer.packet["explanation"]["grade"])
    page = as_mara.get(lead_url(cold, "panels/packet/")).content.decode()
    assert f"Grade {offer.grade} when offered, overridden to {kept['grade']} by Mara Lindt" in page


def test_a_lead_without_any_points_can_be_offered_too(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False, at=timezone.now())
    Lead.objects.filter(pk=lead.pk).update(job_title="", timeline="", company=None, stage="new")
    now = timezone.now()
    score = score_lead(lead, now=now)
    assert score is not None
    assert score.total == 0
    assert put(lead, mara).stage == Stage.MQL
    standing = standing_of(lead)
    assert standing is not None
    assert (standing.is_mql, standing.missing_facts == []) == (True, standing.is_ready)


def test_the_move_keeps_the_computed_numbers_and_the_override(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False, at=timezone.now())
    put(lead, mara, fit=0, intent=0)
    demoted = lead.moves.latest("pk")
    assert (demoted.to_stage, demoted.rule, demoted.fit, demoted.intent) == (
        *(Stage.NEW, "demoted", 35, 25),
    )
    assert demoted.explanation is not None
    assert demoted.explanation["override"]["total"] == 0
    assert demoted.explanation["total"] == 60
    put(lead, mara)
    promoted = lead.moves.latest("pk")
    assert (promoted.to_stage, promoted.note) == (Stage.MQL, "By the override of Mara Lindt.")


def test_when_it_expires_the_lead_is_settled_by_the_computed_score(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False, at=timezone.now())
    put(lead, mara, fit=0, intent=0, expires_at=timezone.now() + DAY)
    lead.refresh_from_db()
    assert lead.stage == Stage.NEW
    later = timezone.now() + 2 * DAY
    assert sweep_expired_overrides(now=later) == 1
    settle_due(now=later)
    lead.refresh_from_db()
    assert lead.stage == Stage.MQL


def test_ending_and_undoing_answer_in_place(as_mara: Client, cold: Lead) -> None:
    post(as_mara, cold, fit="", intent=1)
    found = ScoreOverride.objects.get()
    end_url = lead_url(cold, f"overrides/{found.pk}/end/")
    assert as_mara.post(end_url, headers=HTMX).status_code == 204
    assert as_mara.post(end_url, headers=HTMX).status_code == 409
    panel = as_mara.get(lead_url(cold, "panels/score/")).content.decode()
    assert "Undo: back to intent 1" in panel
    undo_url = lead_url(cold, f"overrides/{found.pk}/undo/")
    assert as_mara.post(undo_url, headers=HTMX).status_code == 204
    found.refresh_from_db()
    assert found.ended_at is None
    panel = as_mara.get(lead_url(cold, "panels/score/")).content.decode()
    assert "<strong>intent 1</strong>" in panel
    assert "“Met at the fair”" in panel


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"fit": "", "intent": ""}, "Say a fit, an intent, or both."),
        ({"fit": "101"}, "less than or equal to 100"),
        ({"reason": " "}, "Say why"),
        ({"until": "2020-01-01"}, "Choose today or a day after it."),
        ({"until": "2199-01-01"}, "valid for a year at most"),
        ({"until": "soon"}, "valid date"),
    ],
)
def test_the_form_says_what_is_wrong(
    as_mara: Client, cold: Lead, fields: dict[str, str], words: str
) -> None:
    answer = post(as_mara, cold, **fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ScoreOverride.objects.exists()


def test_without_htmx_what_is_refused_comes_on_a_whole_page(as_mara: Client, cold: Lead) -> None:
    answer = as_mara.post(lead_url(cold, "override/"), said(fit="101"))
    text = answer.content.decode()
    assert (answer.status_code, "<!doctype html>" in text) == (422, True)
    assert "less than or equal to 100" in text
    assert f'<a class="btn" href="{lead_url(cold)}">Cancel</a>' in text
    assert "<!doctype html>" not in post(as_mara, cold, fit="101").content.decode()


def test_the_form_begins_with_a_fortnight_and_what_is_put_already(
    as_mara: Client, cold: Lead, mara: User
) -> None:
    form = as_mara.get(lead_url(cold, "override/")).content.decode()
    assert f'value="{today() + 14 * DAY}"' in form
    assert "Empty: as computed, 35 now." in form
    put(cold, mara, fit=77, intent=None)
    assert 'value="77"' in as_mara.get(lead_url(cold, "override/")).content.decode()


def test_the_last_day_counts_whole_where_the_workspace_is(as_mara: Client, cold: Lead) -> None:
    post(as_mara, cold)
    end = ScoreOverride.objects.get().expires_at.astimezone(cold.workspace.zone)
    assert (end.hour, end.minute) == (0, 0)
    assert end.date() == today() + 15 * DAY


def test_who_may_and_who_may_not(
    as_ben: Client, as_ana: Client, as_cleo: Client, cold: Lead, mara: User
) -> None:
    assert post(as_ben, cold).status_code == 403
    assert post(as_cleo, cold).status_code == 404
    assert "Override the score" not in as_ben.get(lead_url(cold)).content.decode()
    assert post(as_ana, cold).status_code == 204
    found = ScoreOverride.objects.get()
    for client, status in ((as_ben, 403), (as_cleo, 404)):
        for deed in ("end", "undo"):
            address = lead_url(cold, f"overrides/{found.pk}/{deed}/")
            assert client.post(address).status_code == status
    assert "Met at the fair" in as_ben.get(lead_url(cold)).content.decode()


def test_both_numbers_stand_wherever_the_score_does(
    as_mara: Client, as_ben: Client, workspace: Workspace, cold: Lead, mara: User
) -> None:
    put(cold, mara)
    mark = "By Mara Lindt until"
    assert mark in as_mara.get(LEADS).content.decode()
    assert mark in as_mara.get(lead_url(cold, "panels/header/")).content.decode()
    assert mark in as_mara.get(lead_url(cold, "panels/offer/")).content.decode()
    queue = as_ben.get("/w/northwind/queue/").content.decode()
    assert "overridden to fit 90 and intent 80 by Mara Lindt" in queue
    export = as_mara.get(f"{LEADS}export.csv").getvalue().decode().splitlines()
    row = dict(zip(header(workspace), export[1].split(","), strict=True))
    assert (row["override_fit"], row["override_intent"], row["fit"]) == ("90.0", "80.0", "35.0")


def test_what_the_person_left_as_computed_is_empty_in_the_file(
    as_mara: Client, workspace: Workspace, cold: Lead, mara: User
) -> None:
    put(cold, mara, intent=None)
    export = as_mara.get(f"{LEADS}export.csv").getvalue().decode().splitlines()
    row = dict(zip(header(workspace), export[1].split(","), strict=True))
    assert (row["override_fit"], row["override_intent"], row["intent"]) == ("90.0", "", "25.0")


def test_a_long_reason_leaves_room_for_the_others(cold: Lead, mara: User) -> None:
    put(cold, mara, reason="very " * 99 + "good")
    offer = cold.handoffs.get()
    assert offer.why_now == (
        f"Mara Lindt says “{' '.join(['very'] * 23)}…” of Hanna Weiss, Head of IT at Acme, who "
        "wants to start immediately, decides on IT, works for a software company of 200 people "
        "and names “Too many tools” as the main challenge."
    )


def test_an_override_below_every_grade_is_said_in_words() -> None:
    override = {"grade": "", "by": "Mara Lindt"}
    offer = Handoff(grade="", packet={"explanation": {"override": override}})
    assert grade_words(offer) == "no grade, overridden to no grade by Mara Lindt"


def test_what_waits_for_a_rep_is_listed_by_its_override(
    as_mara: Client, workspace: Workspace, mara: User
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False, at=timezone.now())
    put(lead, mara)
    settle_due(now=timezone.now())
    page = as_mara.get("/w/northwind/queue/everyone/").content.decode()
    assert f'id="waiting-{lead.pk}"' in page
    assert "By Mara Lindt until" in page


def test_a_nurtured_lead_is_not_woken_by_an_override(
    workspace: Workspace, cold: Lead, mara: User, as_mara: Client
) -> None:
    reason = RejectionReason.objects.of(workspace).get(code="no-budget")
    enter(cold, rule="recycled", by=mara, at=timezone.now(), reason=reason)
    form = as_mara.get(lead_url(cold, "override/")).content.decode()
    assert "An override wakes nobody" in form
    assert put(cold, mara).stage == Stage.NURTURE


def test_a_merge_keeps_the_survivors_override_and_undoing_it_both(
    workspace: Workspace, ben_takes_turns: User, mara: User, ana: User
) -> None:
    now = timezone.now()
    survivor, absorbed = (receive_hot_lead(workspace, pricing_page=False, at=now) for _ in "12")
    put(survivor, mara, fit=1, intent=1)
    put(absorbed, mara, fit=2, intent=2)
    done = merge(survivor, absorbed, by=ana, at=timezone.now())
    own, other = ScoreOverride.objects.order_by("fit")
    assert (own.ended_at, other.ended_by) == (None, ana)
    undo(done, by=ana, at=timezone.now())
    other.refresh_from_db()
    assert (other.ended_at, other.ended_by, other.lead) == (None, None, absorbed)


def test_an_erasure_takes_the_reason_and_leaves_the_count(
    workspace: Workspace, cold: Lead, mara: User
) -> None:
    boss = make_member(workspace, name="Olga Chef", role=Role.ADMINISTRATOR)
    put(cold, mara, reason="Hanna Weiss is my cousin")
    erase(cold, by=boss, at=timezone.now())
    found = ScoreOverride.objects.get()
    assert (found.reason, found.ended_by, found.fit) == ("", boss, 90)


# The report

REPORT = "/w/northwind/overrides/"


def test_the_report_says_what_became_of_each(
    as_mara: Client,
    workspace: Workspace,
    offer_to_ben: Callable[[], Handoff],
    mara: User,
    ana: User,
    ben: User,
) -> None:
    accepted, undecided = (offer_to_ben().lead for _ in "12")
    earlier = offer_to_ben().lead
    handoffs.accept(earlier.handoffs.get(), by=ben, at=timezone.now())
    for lead, by in ((accepted, mara), (undecided, ana), (earlier, ana)):
        put(lead, by)
    handoffs.accept(accepted.handoffs.get(), by=ben, at=timezone.now())
    page = as_mara.get(REPORT).content.decode()
    text = " ".join(page.split())
    assert "<strong>3</strong>, 3 valid now" in text
    assert '<strong>33.3 %</strong>: <a href="?became=decided">1</a> of 3' in text
    assert '<strong>100 %</strong>: <a href="?became=accepted">1</a> of 1 decided' in text
    assert '<strong>0 %</strong>: <a href="?became=won">0</a> of 3' in text
    assert text.count("Not decided by sales since") == 2


def test_the_report_follows_a_lead_through_every_merge(
    as_mara: Client,
    workspace: Workspace,
    offer_to_ben: Callable[[], Handoff],
    mara: User,
    ana: User,
    ben: User,
) -> None:
    now = timezone.now()
    first, second = (receive_hot_lead(workspace, pricing_page=False, at=now) for _ in "12")
    put(first, mara, fit=1, intent=1)
    merge(second, first, by=ana, at=timezone.now())
    last = offer_to_ben().lead
    merge(last, Lead.objects.get(pk=second.pk), by=ana, at=timezone.now())
    handoffs.accept(last.handoffs.get(status="open"), by=ben, at=timezone.now())
    text = " ".join(as_mara.get(REPORT).content.decode().split())
    assert f'href="{lead_url(last)}"' in text
    assert ">SAL</span> now" in text
    assert '<strong>100 %</strong>: <a href="?became=accepted">1</a> of 1 decided' in text


def test_the_report_is_filtered_by_person_state_and_outcome(
    as_mara: Client, workspace: Workspace, ben_takes_turns: User, mara: User, ana: User
) -> None:
    now = timezone.now()
    leads = [receive_hot_lead(workspace, pricing_page=False, at=now) for _ in range(3)]
    for lead, by in zip(leads, (mara, ana, ana), strict=True):
        put(lead, by)
    score_overrides.end(ScoreOverride.objects.get(lead=leads[1]), by=ana, now=timezone.now())
    ScoreOverride.objects.filter(lead=leads[2]).update(at=now - 2 * DAY, expires_at=now - DAY)

    def shown(query: str) -> list[bool]:
        page = as_mara.get(f"{REPORT}?{query}").content.decode()
        return [f'/leads/{lead.pk}/"' in page for lead in leads]

    assert shown("") == [True, True, True]
    assert shown(f"by={ana.pk}") == [False, True, True]
    assert shown("state=valid") == [True, False, False]
    assert shown("state=ended") == [False, True, False]
    assert shown("state=expired") == [False, False, True]
    assert shown("became=accepted") == [False, False, False]
    assert shown("by=x&state=y&became=z&before=w") == [True, True, True]


def test_the_report_is_paged_without_loss_at_a_constant_cost(
    as_mara: Client,
    workspace: Workspace,
    ben_takes_turns: User,
    mara: User,
    django_assert_num_queries: Any,
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False, at=timezone.now())
    now = timezone.now()

    def past(fit: int) -> ScoreOverride:
        return ScoreOverride(
            workspace=workspace, lead=lead, fit=fit, by=mara, reason=f"No {fit}.", at=now - DAY,
            expires_at=now, ended_at=now,
        )  # fmt: skip

    ScoreOverride.objects.bulk_create([past(n) for n in range(3)])
    with django_assert_num_queries(11):
        as_mara.get(REPORT)
    ScoreOverride.objects.bulk_create([past(n) for n in range(3, 60)])
    with django_assert_num_queries(11):
        first = as_mara.get(REPORT).content.decode()
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = as_mara.get(f"{REPORT}{older}").content.decode()
    shown = [n for n in range(60) if f"“No {n}.”" in first]
    rest = [n for n in range(60) if f"“No {n}.”" in second]
    assert (len(shown), sorted(shown + rest)) == (50, list(range(60)))


def test_a_stranger_sees_no_report(as_cleo: Client, workspace: Workspace) -> None:
    assert as_cleo.get(REPORT).status_code == 404
