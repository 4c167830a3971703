"""The fallback queue: who waits there, by which clock, when it is tried again, how it ends."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from handoff import detours, fallback, handoffs, nurture, offering, promotion
from handoff.escalation import answer_breaches
from handoff.fallback_tries import WITH_NOBODY_FREE, find_lost, leave_gone, try_again
from handoff.models import (
    FallbackEntry,
    Handoff,
    HandoffPolicy,
    NurtureStay,
    NurtureTrack,
    Pool,
    PoolMember,
    RejectionReason,
    Rep,
    RoutingPlan,
    RoutingRule,
    Tier,
)
from handoff.routing_plans import open_draft, put_in_force
from handoff.workspaces import create_workspace
from leadqual.models import Lead, Notice
from leadqual.stages import Stage
from sla import clocks
from sla.models import Absence, BusinessCalendar, Clock
from tests.admin_pages import fields_of
from tests.builders import (
    MONDAY_NOON,
    join_pool,
    make_member,
    make_user,
    receive_hot_lead,
    visit_pricing_page,
)

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LATER = MONDAY_NOON + 20 * MINUTE


def entry() -> FallbackEntry:
    return FallbackEntry.objects.get(left_at=None)


def clock_of(entry: FallbackEntry) -> Clock:
    return Clock.objects.get(subject_key=fallback.subject_key(entry))


def sweep(now: datetime) -> None:
    clocks.sweep(now=now)
    answer_breaches(now=now)


def test_a_lead_that_nobody_can_take_stands_in_the_queue_with_a_clock(
    workspace: Workspace, ben: User, mara: User
) -> None:
    join_pool(workspace, ben)
    Absence.objects.create(
        workspace=workspace, person=ben, first_day=date(2026, 3, 2), last_day=date(2026, 3, 3)
    )
    lead = receive_hot_lead(workspace)
    waiting = entry()
    assert (waiting.lead, waiting.why, waiting.cycle) == (lead, "nobody", 1)
    assert waiting.trace["people"][0]["skipped"] == "is away until 03 Mar 2026"
    assert waiting.next_try_at == MONDAY_NOON + HOUR  # absences are edited
    assert (clock_of(waiting).person, clock_of(waiting).started_at) == (None, MONDAY_NOON)
    assert list(fallback.waiting(workspace)) == [waiting]
    assert Notice.objects.filter(user=mara).count() == 1
    visit_pricing_page(lead, at=LATER)
    assert FallbackEntry.objects.count() == 1
    assert Notice.objects.filter(user=mara).count() == 1


def test_it_is_tried_again_by_itself_and_its_clock_is_kept(workspace: Workspace, ben: User) -> None:
    join_pool(workspace, ben, most_open=1)
    first, second = receive_hot_lead(workspace), receive_hot_lead(workspace)
    waiting = entry()
    assert (waiting.lead, waiting.next_try_at) == (second, MONDAY_NOON + MINUTE)
    assert try_again(now=MONDAY_NOON + MINUTE) == 1
    assert entry().next_try_at == MONDAY_NOON + 2 * MINUTE
    handoffs.accept(first.handoffs.get(), by=ben, at=MONDAY_NOON + 61 * timedelta(seconds=1))
    assert entry().next_try_at == MONDAY_NOON + 61 * timedelta(seconds=1)  # at once
    assert try_again(now=MONDAY_NOON + 70 * timedelta(seconds=1)) == 1
    assert second.handoffs.get().rep == ben
    waiting.refresh_from_db()
    assert (waiting.left_by, waiting.next_try_at) == ("offered", None)
    assert (clock_of(waiting).stopped_by, clock_of(waiting).breached_at) == ("offered", None)
    assert try_again(now=LATER) == 0


def test_outside_working_hours_it_is_tried_at_the_next_opening(
    workspace: Workspace, ben: User
) -> None:
    rep = join_pool(workspace, ben)
    Rep.objects.filter(pk=rep.pk).update(calendar=BusinessCalendar.objects.get(workspace=workspace))
    half_past_six = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)  # 8:30 in Berlin
    receive_hot_lead(workspace, at=half_past_six)
    assert entry().next_try_at == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    assert try_again(now=datetime(2026, 3, 3, 8, 0, tzinfo=UTC)) == 1
    assert Handoff.objects.get().rep == ben


def test_the_many_of_one_workspace_keep_nobody_else_waiting(workspace: Workspace) -> None:
    """Elsewhere, eight wait for nobody at all, longer than the one here whom Ben can take."""
    olga = make_user(name="Olga Root")
    elsewhere = create_workspace(name="Crowd", slug="crowd", by=olga, at=MONDAY_NOON)
    for _ in range(8):
        receive_hot_lead(elsewhere)
    lead = receive_hot_lead(workspace, at=LATER)
    ben = make_member(workspace, name="Ben Okoye")
    now = LATER + HOUR
    assert try_again(now=now, limit=4) == 4
    assert lead.handoffs.get().rep == ben
    due = FallbackEntry.objects.filter(left_at=None, next_try_at__lte=now)
    assert due.count() == 5  # three were tried: they are due again later


def test_of_those_whose_reps_can_take_nothing_a_few_are_tried_in_turn(
    workspace: Workspace,
) -> None:
    leads = [receive_hot_lead(workspace) for _ in range(WITH_NOBODY_FREE + 3)]
    assert try_again(now=LATER) == WITH_NOBODY_FREE
    assert try_again(now=LATER + MINUTE) == 3  # those not tried a minute ago
    assert FallbackEntry.objects.filter(left_at=None).count() == len(leads)
    make_member(workspace, name="Ben Okoye")
    assert try_again(now=LATER + HOUR) == len(leads)
    assert Handoff.objects.open().count() == len(leads)


def test_too_long_in_the_queue_is_told_to_the_managers_once(
    workspace: Workspace, mara: User
) -> None:
    receive_hot_lead(workspace)
    due = clock_of(entry()).due_at
    for minutes in (1, 2, 3):
        sweep(due + minutes * MINUTE)
    told = Notice.objects.filter(user=mara, key__startswith=f"breached:{clock_of(entry()).pk}:")
    assert told.count() == 1
    assert clock_of(entry()).stopped_at is None


def test_a_lead_that_moves_on_leaves_the_queue_and_its_clock_counts_for_nobody(
    workspace: Workspace, mara: User
) -> None:
    lead = receive_hot_lead(workspace)
    waiting = entry()
    reason = RejectionReason.objects.filter(workspace=workspace, outcome="nurture").first()
    assert reason is not None
    detours.recycle(lead, by=mara, at=LATER, reason=reason, note="Next year")
    waiting.refresh_from_db()
    assert (waiting.left_by, waiting.left_at) == ("moved", LATER)
    assert clock_of(waiting).stopped_by == clocks.TAKEN_BACK
    assert try_again(now=LATER + HOUR) == 0


def test_one_that_moved_on_by_another_way_is_found_and_leaves(workspace: Workspace) -> None:
    lead = receive_hot_lead(workspace)
    Lead.objects.filter(pk=lead.pk).update(stage=Stage.DISQUALIFIED)
    assert list(fallback.waiting(workspace)) == []
    assert leave_gone(now=LATER) == 1
    assert FallbackEntry.objects.get().left_by == "moved"


def test_what_a_manager_took_back_waits_for_their_word_whatever_the_lead_does(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    lead = receive_hot_lead(workspace)
    promotion.take_back(lead.handoffs.get(), by=mara, at=LATER)
    assert (entry().why, entry().next_try_at) == ("taken_back", None)
    visit_pricing_page(lead, at=LATER + MINUTE)
    assert try_again(now=LATER + HOUR) == 0
    assert not lead.handoffs.open().exists()
    offering.offer(lead, to=ben_takes_turns, by=mara, at=LATER + HOUR)
    assert FallbackEntry.objects.get().left_by == "offered"
    assert lead.handoffs.open().get().trace["by"] == "Mara Lindt"


def test_the_second_silence_of_a_cycle_goes_to_a_manager_and_never_to_acceptance(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    for name in ("Nia Berg", "Pia Lund"):
        join_pool(workspace, make_member(workspace, name=name))
    lead = receive_hot_lead(workspace)
    for _ in range(2):
        due = lead.handoffs.open().get().due_at
        assert due is not None
        sweep(due + MINUTE)
    assert [offer.status for offer in lead.handoffs.all()] == ["expired", "expired"]
    assert (entry().why, entry().next_try_at) == ("silence", None)
    assert Notice.objects.filter(user=mara, key__startswith="silence").count() == 1
    assert Lead.objects.get().stage == Stage.MQL


def test_a_lead_that_comes_back_too_often_goes_to_a_person(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    HandoffPolicy.objects.update(max_cycles=1)
    lead = receive_hot_lead(workspace)
    reason = RejectionReason.objects.get(workspace=workspace, code="no-budget")
    handoffs.reject(
        lead.handoffs.get(), by=ben_takes_turns, at=LATER, reason=reason, note="Next year"
    )
    visit_pricing_page(lead, at=LATER + HOUR)
    lead.refresh_from_db()
    assert (lead.stage, lead.cycle, lead.handoffs.open().count()) == (Stage.MQL, 2, 0)
    assert entry().why == "cycles"


def test_an_offer_that_fails_is_seen_with_its_error_and_tried_again(
    workspace: Workspace, ben_takes_turns: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("The packet fell apart")

    with monkeypatch.context() as broken:
        broken.setattr("handoff.offer_facts.build_packet", fail)
        lead = receive_hot_lead(workspace)
        assert (lead.stage, entry().why) == (Stage.MQL, "failed")
        assert entry().trace == {"error": "RuntimeError: The packet fell apart"}
        assert try_again(now=MONDAY_NOON + MINUTE) == 1
        assert entry().why == "failed"
    assert try_again(now=MONDAY_NOON + 3 * MINUTE) == 1
    assert lead.handoffs.get().rep == ben_takes_turns
    assert FallbackEntry.objects.get().left_by == "offered"


def test_an_mql_that_stands_in_no_line_is_found(workspace: Workspace) -> None:
    imported, lead = receive_hot_lead(workspace), receive_hot_lead(workspace)
    Lead.objects.filter(pk=imported.pk).update(imported=True)
    FallbackEntry.objects.all().delete()
    ben = make_member(workspace, name="Ben Okoye")
    assert find_lost(now=LATER) == 1
    assert find_lost(now=LATER) == 0
    assert entry().lead == lead
    assert try_again(now=LATER) == 1
    assert lead.handoffs.get().rep == ben


def test_rules_send_leads_to_pools_and_tracks_in_the_database_too(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    nia = make_member(workspace, name="Nia Berg")
    rep = join_pool(workspace, nia)
    north = Pool.objects.create(workspace=workspace, name="North")
    PoolMember.objects.create(pool=north, rep=rep)
    plan = RoutingPlan.objects.create(
        workspace=workspace, number=1, status="in_force", created_at=MONDAY_NOON
    )
    rule = RoutingRule.objects.create(plan=plan, name="Germany", countries=["DE"], pool=north)
    offer = receive_hot_lead(workspace).handoffs.get()
    assert (offer.rep, offer.pool, offer.trace["to"]) == (nia, north, "pool North")
    assert offer.trace["rules"] == [{"rule": "Germany", "unmet": []}]
    assert PoolMember.objects.get(pool=north).last_assigned_at == MONDAY_NOON
    track = NurtureTrack.objects.create(workspace=workspace, name="Warm")
    RoutingRule.objects.filter(pk=rule.pk).update(pool=None, track=track)
    lead = receive_hot_lead(workspace)
    assert (lead.stage, lead.handoffs.count()) == (Stage.NURTURE, 0)
    assert NurtureStay.objects.get(lead=lead).track == track
    moved = lead.moves.get(to_stage=Stage.NURTURE)
    assert (moved.rule, moved.reason) == (nurture.ROUTED, nurture.ROUTED)


def test_a_tier_of_content_only_is_offered_to_nobody_unless_a_person_names_somebody(
    workspace: Workspace, ben_takes_turns: User, mara: User
) -> None:
    Tier.objects.filter(workspace=workspace).delete()
    tier = Tier.objects.create(workspace=workspace, name="Content", playbook="content_only")
    lead = receive_hot_lead(workspace)
    assert (lead.stage, lead.handoffs.count()) == (Stage.NURTURE, 0)
    Tier.objects.filter(pk=tier.pk).update(playbook="full_call")
    offer = receive_hot_lead(workspace).handoffs.get()
    assert offer.tier == tier
    Tier.objects.filter(pk=tier.pk).update(playbook="content_only")
    again = handoffs.reoffer(offer, to=mara, by=mara, at=LATER)
    assert again is not None
    assert (again.rep, again.tier) == (mara, tier)


def test_another_lead_of_a_company_goes_to_who_accepted_the_first(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    join_pool(workspace, make_member(workspace, name="Nia Berg"))
    first = receive_hot_lead(workspace).handoffs.get()
    handoffs.accept(first, by=first.rep, at=LATER)
    for _ in range(2):
        offer = receive_hot_lead(workspace, at=LATER).handoffs.get()
        assert (offer.rep, offer.pool) == (first.rep, None)
        assert offer.trace["owner"] == {"person": str(first.rep), "skipped": ""}


def test_a_member_removed_in_mid_rotation_gets_no_more_and_the_others_go_on(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    users = [make_member(workspace, name=name) for name in ("Nia Berg", "Pia Lund")]
    for user in users:
        join_pool(workspace, user)
    for _ in range(4):
        receive_hot_lead(workspace)
    PoolMember.objects.filter(rep__user=users[0]).delete()
    for _ in range(4):
        receive_hot_lead(workspace)
    had = [Handoff.objects.filter(rep=user).count() for user in (ben_takes_turns, *users)]
    assert had in ([4, 1, 3], [3, 1, 4])


@pytest.mark.parametrize("what", ["rep", "pool", "absence", "plan", "own pause", "own absence"])
def test_a_change_by_hand_has_those_who_wait_tried_at_once(
    workspace: Workspace, ben: User, mara: User, as_mara: Client, as_ben: Client, what: str
) -> None:
    rep = join_pool(workspace, ben)
    pool = Pool.objects.get(takes_all=True)
    away = Absence.objects.create(
        workspace=workspace, person=ben, first_day=date(2026, 3, 1), last_day=date(2199, 1, 1)
    )
    receive_hot_lead(workspace)
    waiting = entry()
    FallbackEntry.objects.update(next_try_at=datetime(2198, 1, 1, tzinfo=UTC))
    if what == "rep":
        address = reverse("admin:handoff_rep_change", args=[rep.pk])
        as_mara.post(address, fields_of(as_mara.get(address), "rep_form"))
    elif what == "pool":
        address = reverse("admin:handoff_pool_change", args=[pool.pk])
        as_mara.post(address, fields_of(as_mara.get(address), "pool_form"))
    elif what == "absence":
        address = reverse("admin:sla_absence_delete", args=[away.pk])
        as_mara.post(address, {"post": "yes"})
    elif what == "plan":
        put_in_force(open_draft(workspace=workspace, at=LATER), by=mara, at=LATER)
    elif what == "own pause":
        as_ben.post(reverse("set_takes_offers", args=[workspace.slug]), {"takes": "yes"})
    else:
        as_ben.post(reverse("remove_absence", args=[workspace.slug, away.pk]))
    waiting.refresh_from_db()
    assert waiting.next_try_at is not None
    assert waiting.next_try_at < datetime.now(UTC) + MINUTE
