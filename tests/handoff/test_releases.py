"""What a publication makes ready is released at the reps' pace; new intent passes the line."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User, Workspace
from handoff import detours, erasure, fallback, handoffs, offering, score_overrides
from handoff.corrections import correct_lead
from handoff.intake import receive_lead
from handoff.merging import merge
from handoff.models import Handoff, RejectionReason, Release, Rep
from handoff.promotion import settle_due, take_back
from handoff.release_pace import outlook
from handoff.releases import release_due
from handoff.transitions import move
from handoff.unmerging import undo
from leadqual.capture import EventFacts, LeadFacts
from leadqual.models import EventKind, Lead, Notice
from leadqual.stages import Stage
from scoring.drafts import open_draft
from scoring.models import (
    ModelVersion,
    Score,
    ScoreOverride,
    Signal,
)
from scoring.publishing import publish
from scoring.reclassification import reclassify
from scoring.redefinition import redefine
from sla.models import Commitment
from tests.builders import (
    HOT,
    MONDAY_NOON,
    make_member,
    receive_event,
    receive_hot_lead,
    visit_pricing_page,
)
from tests.handoff.publications import (
    COOL,
    DAY,
    HOUR,
    cool_lead,
    gave_back,
    lower_thresholds,
    offered,
    takes,
    with_thresholds,
    work_off,
    worth_more,
)
from tests.scoring.builders import do

pytestmark = pytest.mark.django_db


def test_new_mqls_of_a_publication_are_mql_at_once_and_offered_day_by_day(
    workspace: Workspace, ben: User
) -> None:
    takes(ben, workspace, 2)
    leads = [cool_lead(workspace) for _ in range(5)]
    version = lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    assert {Lead.objects.get(pk=lead.pk).stage for lead in leads} == {Stage.MQL}
    assert not Handoff.objects.exists()
    assert set(Release.objects.values_list("version", "queued_at")) == {
        (version.number, MONDAY_NOON + HOUR)
    }
    assert release_due(now=MONDAY_NOON + 2 * HOUR) == 2
    assert release_due(now=MONDAY_NOON + 3 * HOUR) == 0
    assert release_due(now=MONDAY_NOON + DAY) == 2
    assert release_due(now=MONDAY_NOON + 2 * DAY) == 1
    assert release_due(now=MONDAY_NOON + 3 * DAY) == 0
    assert all(offered(lead) for lead in leads)
    assert not Release.objects.filter(released_at=None).exists()


def test_a_rescore_by_new_rules_releases_as_a_new_threshold_does(
    workspace: Workspace, ben: User
) -> None:
    takes(ben, workspace, 1)
    leads = [cool_lead(workspace) for _ in range(2)]
    draft = open_draft(workspace=workspace, by=None, now=MONDAY_NOON)
    worth_more(draft)
    publish(draft, by=None, now=MONDAY_NOON + HOUR)
    work_off(now=MONDAY_NOON + HOUR)
    assert {Lead.objects.get(pk=lead.pk).stage for lead in leads} == {Stage.MQL}
    assert Release.objects.waiting().count() == 2
    assert release_due(now=MONDAY_NOON + HOUR) == 1


def test_the_leads_page_says_that_it_waits(workspace: Workspace, ben: User, as_ben: Client) -> None:
    lead = cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    page = as_ben.get(f"/w/northwind/leads/{lead.pk}/").content.decode()
    assert "Version 2 of the model made it ready for sales on Mon 2 Mar, 14:00." in page
    assert "nobody in the pool could take it" not in page


def test_who_was_an_mql_already_waits_for_the_new_hand_off_rule_too(
    workspace: Workspace, ben: User
) -> None:
    takes(ben, workspace, 1)
    lead = receive_hot_lead(workspace, pricing_page=False)  # 60 points: an MQL, not yet ready
    assert lead.stage == Stage.MQL
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    assert Release.objects.waiting().get().lead == lead
    assert release_due(now=MONDAY_NOON + HOUR) == 1


def test_the_best_is_released_first_and_a_persons_number_counts(
    workspace: Workspace, ben: User, ana: User
) -> None:
    takes(ben, workspace, 1)
    low, high, seen = (cool_lead(workspace) for _ in range(3))
    visit_pricing_page(high, at=MONDAY_NOON)  # 55: an MQL already, not yet ready
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    ScoreOverride.objects.create(
        workspace=workspace,
        lead=seen,
        fit=90,
        by=ana,
        reason="Met at the fair",
        at=MONDAY_NOON + HOUR,
        expires_at=MONDAY_NOON + 9 * DAY,
    )
    order = []
    for day in range(3):
        release_due(now=MONDAY_NOON + HOUR + day * DAY)
        order.append(Handoff.objects.latest("offered_at", "pk").lead)
    assert order == [seen, high, low]


def test_new_intent_of_a_waiting_lead_is_offered_at_once(workspace: Workspace, ben: User) -> None:
    takes(ben, workspace, 1)
    first, second = cool_lead(workspace), cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    assert release_due(now=MONDAY_NOON + HOUR) == 1
    waiting = second if offered(first) else first
    visit_pricing_page(waiting, at=MONDAY_NOON + 2 * HOUR)
    assert offered(waiting)  # though the day is full
    assert Release.objects.get(lead=waiting).released_at == MONDAY_NOON + 2 * HOUR


def test_a_lead_that_acts_between_publication_and_settling_does_not_wait(
    workspace: Workspace, ben: User
) -> None:
    takes(ben, workspace, 1)
    quick, slow = cool_lead(workspace), cool_lead(workspace)
    publish(with_thresholds(workspace, to=30), by=None, now=MONDAY_NOON + HOUR)
    acts = MONDAY_NOON + HOUR + timedelta(minutes=1)
    do(quick, acts, url="https://northwind.example/pricing")
    do(slow, acts, url="https://northwind.example/imprint")  # earns nothing: no intent
    settle_due(now=MONDAY_NOON + 2 * HOUR)
    assert (offered(quick), offered(slow)) == (True, False)
    assert Release.objects.get().lead == slow


@pytest.mark.parametrize("by_rules", [False, True])
def test_the_same_facts_sent_again_do_not_pass_the_line(
    workspace: Workspace, ben: User, by_rules: bool
) -> None:
    lead = cool_lead(workspace)
    draft = with_thresholds(workspace, to=30)
    if by_rules:
        worth_more(draft)
    publish(draft, by=None, now=MONDAY_NOON + HOUR)
    for hours in (2, 3):  # before and after it was scored and settled anew
        facts = replace(COOL, email=lead.email)
        now = MONDAY_NOON + hours * HOUR
        again, _ = receive_lead(workspace=workspace, facts=facts, at=now, now=now)
        assert (again.pk, again.stage, offered(lead)) == (lead.pk, Stage.MQL, False)
        work_off(now=now)
    assert Release.objects.waiting().get().lead == lead


def test_a_correction_on_its_page_does_not_pass_the_line(workspace: Workspace, ben: User) -> None:
    lead = cool_lead(workspace)
    publish(with_thresholds(workspace, to=30), by=None, now=MONDAY_NOON + HOUR)
    facts = replace(COOL, email=lead.email, phone="+49 30 1234")
    correct_lead(lead, facts=facts, now=MONDAY_NOON + 2 * HOUR)
    assert Release.objects.waiting().get().lead == lead
    assert not offered(lead)


def test_what_a_lead_does_before_it_was_settled_is_offered_at_once(
    workspace: Workspace, ben: User
) -> None:
    lead = cool_lead(workspace)
    publish(with_thresholds(workspace, to=30), by=None, now=MONDAY_NOON + HOUR)
    visit_pricing_page(lead, at=MONDAY_NOON + 2 * HOUR)
    assert offered(lead)


def test_a_signal_defined_anew_counts_and_releases_with_its_publication(
    workspace: Workspace, ben: User, ana: User
) -> None:
    """Also while its older events are still being matched."""
    takes(ben, workspace, 1)
    leads = [receive_hot_lead(workspace, pricing_page=False) for _ in range(4)]  # 60
    for lead in leads:
        do(lead, MONDAY_NOON, url="https://northwind.example/offers")
    signal = Signal.objects.of(workspace).get(path_prefix="/pricing")
    signal.path_prefix = "/offers"
    successor = redefine(signal, by=ana, now=MONDAY_NOON)
    work_off(now=MONDAY_NOON)
    assert not Release.objects.waiting().exists()  # nobody stands elsewhere by a draft
    changed = MONDAY_NOON + HOUR
    draft = ModelVersion.objects.draft().get(workspace=workspace)
    publish(draft, by=ana, now=changed)
    facts = replace(HOT, email=leads[0].email)
    receive_lead(workspace=workspace, facts=facts, at=changed, now=changed)  # not reached yet
    visit = EventFacts(
        kind=EventKind.PAGE_VIEW,
        occurred_at=changed + HOUR,
        email=leads[1].email,
        url="https://northwind.example/offers",
    )
    receive_event(workspace=workspace, facts=visit, now=changed + HOUR)
    work_off(now=changed + HOUR)
    assert [offered(lead) for lead in leads] == [False, True, False, False]
    assert set(Release.objects.waiting().values_list("lead", "queued_at")) == {
        (leads[0].pk, changed),
        (leads[2].pk, changed + HOUR),
        (leads[3].pk, changed + HOUR),
    }
    successor.refresh_from_db()
    assert successor.classified is False
    assert reclassify(workspace) == 4
    work_off(now=changed + HOUR)
    assert [offered(lead) for lead in leads] == [False, True, False, False]


def test_an_override_of_a_waiting_lead_has_it_offered_at_once(
    workspace: Workspace, ben: User, mara: User
) -> None:
    lead, other = cool_lead(workspace), cool_lead(workspace)
    vouched: dict[str, Any] = {"by": mara, "intent": None, "reason": "Met at the fair"}
    vouched["expires_at"] = MONDAY_NOON + 9 * DAY
    score_overrides.put(other, fit=35, now=MONDAY_NOON, **vouched)  # before: as good as computed
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    now = MONDAY_NOON + 2 * HOUR
    score_overrides.put(lead, fit=90, now=now, **vouched)
    work_off(now=now)
    assert (offered(lead), offered(other)) == (True, False)
    assert Release.objects.get(lead=lead).released_at == now


@pytest.mark.parametrize("which", ["the absorbed", "the survivor", "the absorbed of two MQLs"])
def test_a_merge_does_not_pass_the_line_and_its_undoing_neither(
    workspace: Workspace, ben: User, ana: User, which: str
) -> None:
    waits = cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    takes(ben, workspace, 1)
    other = receive_lead(
        workspace=workspace,
        facts=LeadFacts(email="hw@acme.example", last_name="Weiss"),
        at=MONDAY_NOON,
        now=MONDAY_NOON + HOUR,
    )[0]
    if which == "the absorbed of two MQLs":
        move(other, Stage.MQL, rule="mql_definition", at=MONDAY_NOON + 2 * HOUR)
    now = MONDAY_NOON + 3 * HOUR
    survivor, absorbed = (waits, other) if which == "the survivor" else (other, waits)
    done = merge(survivor, absorbed, by=ana, at=now)
    work_off(now=now)
    assert Release.objects.waiting().get().lead == survivor
    assert not offered(survivor)
    undo(done, by=ana, at=now)
    work_off(now=now)
    assert Release.objects.waiting().get().lead == waits
    assert not Handoff.objects.exists()
    assert release_due(now=now) == 1


def test_offers_of_every_kind_use_up_the_day(workspace: Workspace, ben: User) -> None:
    takes(ben, workspace, 2)
    cool_lead(workspace), cool_lead(workspace)
    receive_hot_lead(workspace)  # offered at once
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    assert release_due(now=MONDAY_NOON + HOUR) == 1
    assert release_due(now=MONDAY_NOON + HOUR) == 0


def test_each_rep_gets_no_more_than_their_own_day(workspace: Workspace, ben: User) -> None:
    nora = make_member(workspace, name="Nora Falk")
    takes(ben, workspace, 1)
    takes(nora, workspace, 3)
    for _ in range(6):
        cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    assert release_due(now=MONDAY_NOON + HOUR) == 4
    assert [Handoff.objects.filter(rep=rep).count() for rep in (ben, nora)] == [1, 3]


def test_a_rep_with_too_many_takes_nothing_from_the_others(workspace: Workspace, ben: User) -> None:
    nora = make_member(workspace, name="Nora Falk")
    takes(ben, workspace, 1)
    for _ in range(4):
        receive_hot_lead(workspace)  # ben is alone in the pool, and nora a newcomer from then on
    Handoff.objects.update(rep=ben)
    takes(nora, workspace, 2)
    for _ in range(3):
        cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    told = outlook(workspace, now=MONDAY_NOON + HOUR)
    assert told is not None
    assert (told.per_day, told.room_today) == (3, 2)
    assert release_due(now=MONDAY_NOON + HOUR) == 2
    assert Handoff.objects.filter(rep=nora).count() == 2


def test_what_was_taken_back_leaves_room_and_what_was_not_theirs_does_not(
    workspace: Workspace, ben: User, mara: User
) -> None:
    nora = make_member(workspace, name="Nora Falk")
    takes(ben, workspace, 2)
    takes(nora, workspace, 0)
    passed, withdrawn = receive_hot_lead(workspace), receive_hot_lead(workspace)
    Handoff.objects.update(rep=ben)
    handoffs.not_mine(passed.handoffs.get(), by=ben, at=MONDAY_NOON + HOUR)
    assert passed.handoffs.open().get().rep == nora
    cool_lead(workspace), cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    assert release_due(now=MONDAY_NOON + HOUR) == 0
    take_back(withdrawn.handoffs.get(), by=mara, at=MONDAY_NOON + HOUR)
    assert release_due(now=MONDAY_NOON + HOUR) == 1


def test_who_is_ready_no_more_leaves_the_line_in_one_go(
    workspace: Workspace, ben: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    takes(ben, workspace, 8)
    leads = [cool_lead(workspace) for _ in range(12)]
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    Score.objects.filter(lead__in=leads).update(fit=0)
    with django_assert_max_num_queries(60):
        assert release_due(now=MONDAY_NOON + HOUR) == 0
    assert not Release.objects.exists()


def test_failures_are_bounded_and_the_next_run_goes_on(
    workspace: Workspace, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes(ben, workspace, 8)
    for _ in range(5):
        cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    tried = []

    def breaks(lead: Lead, **how: object) -> Handoff | None:
        tried.append(lead.pk)
        raise RuntimeError("no packet")

    monkeypatch.setattr("handoff.releases.offer", breaks)
    monkeypatch.setattr("handoff.releases.MOST_IN_VAIN", 3)
    assert release_due(now=MONDAY_NOON + HOUR) == 0
    assert len(tried) == len(set(tried)) == 3
    assert Release.objects.waiting().count() == 5
    monkeypatch.undo()
    assert release_due(now=MONDAY_NOON + HOUR) == 5


def test_nothing_is_released_outside_working_hours(workspace: Workspace, ben: User) -> None:
    takes(ben, workspace, 8)
    cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    saturday = MONDAY_NOON + 5 * DAY
    assert release_due(now=MONDAY_NOON + 6 * HOUR) == 0  # 19:00 in Berlin
    assert release_due(now=saturday) == 0
    assert release_due(now=saturday + 2 * DAY) == 1


def test_without_a_promise_every_hour_is_one_of_work(workspace: Workspace, ben: User) -> None:
    takes(ben, workspace, 8)
    cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    Commitment.objects.all().delete()
    assert release_due(now=MONDAY_NOON + 11 * HOUR) == 1


def test_who_falls_back_is_merged_or_erased_falls_out(
    workspace: Workspace, ben: User, mara: User, ana: User
) -> None:
    takes(ben, workspace, 8)
    erased, disqualified, demoted = (cool_lead(workspace) for _ in range(3))
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    assert Release.objects.waiting().count() == 3
    reason = RejectionReason.objects.get(workspace=workspace, code="duplicate")
    erasure.erase(erased, by=ana, at=MONDAY_NOON + HOUR)
    disqualified.refresh_from_db()
    detours.disqualify(disqualified, by=mara, at=MONDAY_NOON + HOUR, reason=reason)
    lower_thresholds(workspace, to=60, at=MONDAY_NOON + 2 * HOUR)
    demoted.refresh_from_db()
    assert demoted.stage == Stage.NEW
    assert not Release.objects.waiting().exists()
    assert release_due(now=MONDAY_NOON + 2 * HOUR) == 0
    assert not Release.objects.exists()


def test_who_is_demoted_and_comes_back_by_themselves_waits_for_nobody(
    workspace: Workspace, ben: User
) -> None:
    takes(ben, workspace, 8)
    lead = cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    lower_thresholds(workspace, to=50, at=MONDAY_NOON + 2 * HOUR)  # demoted
    visit_pricing_page(lead, at=MONDAY_NOON + 3 * HOUR)  # 55
    assert offered(lead)


def test_a_lead_offered_by_hand_is_released_with_it(workspace: Workspace, ben: User) -> None:
    takes(ben, workspace, 8)
    lead = cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    assert offering.offer(lead, to=ben, at=MONDAY_NOON + 2 * HOUR)
    assert Release.objects.get().released_at == MONDAY_NOON + 2 * HOUR
    assert release_due(now=MONDAY_NOON + 3 * HOUR) == 0


def test_who_only_a_rep_with_a_full_day_could_take_waits_for_tomorrow(
    workspace: Workspace, ben: User, mara: User
) -> None:
    nora = make_member(workspace, name="Nora Falk")
    takes(ben, workspace, 8)
    takes(nora, workspace, 1)
    receive_hot_lead(workspace, at=MONDAY_NOON)  # ben's turn
    receive_hot_lead(workspace, at=MONDAY_NOON)  # nora's: her day is full
    lead = cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    gave_back(lead, ben)
    assert release_due(now=MONDAY_NOON + 2 * HOUR) == 0
    assert not Notice.objects.filter(user=mara, text__startswith="Nobody can take").exists()
    assert Release.objects.waiting().get().lead == lead
    assert release_due(now=MONDAY_NOON + DAY) == 1
    assert Handoff.objects.open().get(lead=lead).rep == nora


def test_whom_nobody_can_take_is_told_to_the_managers_and_waits_with_the_others(
    workspace: Workspace, ben: User, mara: User
) -> None:
    takes(ben, workspace, 8)
    lead = cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)
    gave_back(lead, ben)
    now = MONDAY_NOON + HOUR
    assert list(fallback.waiting(workspace)) == []
    assert release_due(now=now) == 0
    assert Notice.objects.get(user=mara).text.startswith("Nobody can take Hanna Weiss")
    assert [each.lead for each in fallback.waiting(workspace)] == [lead]


def test_a_lead_that_cannot_be_offered_does_not_stop_the_line(
    workspace: Workspace, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes(ben, workspace, 8)
    broken, fine = cool_lead(workspace), cool_lead(workspace)
    lower_thresholds(workspace, at=MONDAY_NOON + HOUR)

    def breaks(lead: Lead, **how: object) -> Handoff | None:
        if lead == broken:
            raise RuntimeError("no packet")
        return offering.offer(lead, **how)  # type: ignore[arg-type]

    monkeypatch.setattr("handoff.releases.offer", breaks)
    assert release_due(now=MONDAY_NOON + HOUR) == 1
    assert offered(fine)
    assert Release.objects.waiting().get().lead == broken


def test_managers_are_told_the_pace_and_the_day_it_is_done(
    workspace: Workspace, ben: User, mara: User, as_mara: Client
) -> None:
    takes(ben, workspace, 2)
    for _ in range(5):
        cool_lead(workspace)
    assert outlook(workspace, now=MONDAY_NOON) is None
    thursday = MONDAY_NOON + 3 * DAY
    lower_thresholds(workspace, at=thursday)
    told = outlook(workspace, now=thursday)
    assert told is not None
    assert (told.waiting, told.per_day, told.room_today) == (5, 2, 2)
    assert f"{told.done_on:%a %d %b}" == "Mon 09 Mar"  # two today, two on Friday, one then
    evening = outlook(workspace, now=thursday + 9 * HOUR)
    assert evening is not None
    assert (evening.room_today, f"{evening.done_on:%a %d %b}") == (0, "Tue 10 Mar")
    page = as_mara.get("/w/northwind/queue/everyone/").content.decode()
    assert "5 leads wait to be released" in page
    Rep.objects.update(is_active=False)
    assert (
        "nobody in the pool takes offers"
        in as_mara.get("/w/northwind/queue/everyone/").content.decode()
    )
