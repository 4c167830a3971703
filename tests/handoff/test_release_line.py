"""Who waits to be released, who leaves the line, and what keeps to the day of each rep."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User, Workspace
from handoff import fallback, handoffs, offering, score_overrides
from handoff.escalation import answer_breaches
from handoff.merging import merge
from handoff.models import (
    Handoff,
    Pool,
    PoolMember,
    Release,
    Rep,
    RoutingPlan,
    RoutingRule,
)
from handoff.promotion import settle_due
from handoff.release_pace import outlook
from handoff.releases import release_due
from leadqual.models import Company, Lead, Notice
from leadqual.stages import Stage
from scoring.drafts import open_draft
from scoring.models import AttributeRule, QualificationDue, QualificationRule, Score, ScoreOverride
from scoring.overrides import sweep_expired_overrides
from scoring.publishing import publish
from sla import clocks
from sla.models import Absence, Commitment
from tests.builders import MONDAY_NOON, make_member, receive_hot_lead, visit_pricing_page
from tests.handoff.pages import LEADS, names_in
from tests.handoff.publications import (
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

pytestmark = pytest.mark.django_db

PUBLISHED = MONDAY_NOON + HOUR
LATER = MONDAY_NOON + 2 * HOUR
TUESDAY = MONDAY_NOON + DAY


@pytest.fixture
def nia(workspace: Workspace, ben: User) -> User:
    """A second rep; each of the two takes two offers a day."""
    nia = make_member(workspace, name="Nia Berg")
    takes(ben, workspace, 2)
    takes(nia, workspace, 2)
    return nia


def waiting() -> set[Lead]:
    return {release.lead for release in Release.objects.waiting().select_related("lead")}


def line_of(workspace: Workspace, n: int) -> list[Lead]:
    """So many leads that a publication has made ready."""
    leads = [cool_lead(workspace) for _ in range(n)]
    lower_thresholds(workspace, at=PUBLISHED)
    assert waiting() == set(leads)
    return leads


def raise_hand_off(workspace: Workspace, *, to: int, at: datetime) -> None:
    """They stay MQLs; only ready for sales are fewer of them."""
    draft = open_draft(workspace=workspace, by=None, now=at)
    rules = QualificationRule.objects.filter(version=draft, purpose="handoff")
    assert rules.update(total_at_least=to) == 1
    publish(draft, by=None, now=at)
    work_off(now=at)


def put_override(lead: Lead, *, by: User, points: int, until: datetime, now: datetime) -> None:
    score_overrides.put(
        Lead.objects.get(pk=lead.pk),
        by=by,
        fit=points,
        intent=points,
        reason="Asked us to wait",
        expires_at=until,
        now=now,
    )


def let_run_out(*, due: datetime) -> None:
    """The deadline of every offer has come, and the worker finds them all together."""
    assert set(Handoff.objects.open().values_list("due_at", flat=True)) == {due}
    now = due + timedelta(minutes=1)
    clocks.sweep(now=now)
    assert answer_breaches(now=now) == 5


def had(rep: User) -> int:
    """How many offers the rep has had, whatever became of them."""
    return Handoff.objects.filter(rep=rep).count()


def test_a_tighter_hand_off_rule_leaves_only_those_still_ready_in_the_line(
    workspace: Workspace, ben: User
) -> None:
    """Also at night and on a day without room."""
    takes(ben, workspace, 1)
    leads = [cool_lead(workspace) for _ in range(5)]
    for lead in leads[:2]:
        visit_pricing_page(lead, at=MONDAY_NOON)  # 55
    lower_thresholds(workspace, at=PUBLISHED)
    assert release_due(now=PUBLISHED) == 1
    assert len(waiting()) == 4
    raise_hand_off(workspace, to=50, at=LATER)
    assert {Lead.objects.get(pk=lead.pk).stage for lead in leads} == {Stage.MQL}
    assert waiting() == {lead for lead in leads[:2] if not offered(lead)}
    told = outlook(workspace, now=LATER)
    assert told is not None
    assert (told.waiting, f"{told.done_on:%a %d %b}") == (1, "Tue 03 Mar")


def test_tighter_rules_too_leave_only_those_still_ready_in_the_line(
    workspace: Workspace, ben: User
) -> None:
    lead = cool_lead(workspace)
    draft = with_thresholds(workspace, to=30)
    QualificationRule.objects.filter(version=draft, purpose="handoff").update(total_at_least=70)
    worth_more(draft)  # 75
    publish(draft, by=None, now=PUBLISHED)
    work_off(now=PUBLISHED)
    assert waiting() == {lead}
    tighter = open_draft(workspace=workspace, by=None, now=LATER)
    rule = AttributeRule.objects.get(version=tighter, points__gt=40)
    AttributeRule.objects.filter(pk=rule.pk).update(points=rule.points - 40)
    publish(tighter, by=None, now=LATER)
    work_off(now=LATER)
    assert Lead.objects.get(pk=lead.pk).stage == Stage.MQL
    assert not Release.objects.exists()


def test_those_not_ready_any_more_leave_in_a_few_statements(
    workspace: Workspace, ben: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    line_of(workspace, 12)
    draft = open_draft(workspace=workspace, by=None, now=LATER)
    QualificationRule.objects.filter(version=draft, purpose="handoff").update(total_at_least=50)
    publish(draft, by=None, now=LATER)
    assert QualificationDue.objects.count() == 12
    with django_assert_max_num_queries(40):
        settle_due(now=LATER)
    assert not Release.objects.exists()


def test_a_lead_passed_on_goes_to_a_rep_with_room(
    workspace: Workspace, ben: User, nia: User
) -> None:
    line_of(workspace, 2)
    takes(nia, workspace, 3)
    assert release_due(now=PUBLISHED) == 2
    handoff = Handoff.objects.open().get(rep=ben)
    passed = handoffs.not_mine(handoff, by=ben, at=LATER)
    assert passed is not None
    assert passed.rep == nia


def test_a_lead_passed_on_while_all_days_are_full_goes_back_to_the_head_of_the_line(
    workspace: Workspace, ben: User, nia: User
) -> None:
    takes(ben, workspace, 1)
    takes(nia, workspace, 1)
    leads = [cool_lead(workspace) for _ in range(4)]
    lower_thresholds(workspace, at=PUBLISHED)
    assert release_due(now=PUBLISHED) == 2
    handoff = Handoff.objects.open().get(rep=ben)
    Score.objects.filter(lead__in=set(leads) - {handoff.lead}).update(fit=60)  # all are better
    assert handoffs.not_mine(handoff, by=ben, at=LATER) is None
    assert handoff.lead in waiting()
    work_off(now=LATER)
    assert release_due(now=LATER) == 0  # what is not his is answered, and his day stays full
    assert (had(ben), had(nia)) == (1, 1)
    takes(nia, workspace, 2)
    assert release_due(now=LATER + HOUR) == 1  # within the hour, as caps are edited
    assert handoff.lead.handoffs.open().get().rep == nia


def test_offers_that_run_out_together_land_on_nobody_whose_day_is_full(
    workspace: Workspace, ben: User, nia: User
) -> None:
    pia = make_member(workspace, name="Pia Lund")
    takes(pia, workspace, 1)
    Commitment.objects.filter(code=offering.DECIDE).update(minutes=60)
    leads = line_of(workspace, 5)
    assert release_due(now=PUBLISHED) == 5
    takes(pia, workspace, 3)
    let_run_out(due=LATER)
    work_off(now=LATER)
    assert (had(ben), had(nia), had(pia)) == (2, 2, 3)
    assert [offered(lead) for lead in leads].count(True) == 2
    assert waiting() == {lead for lead in leads if not offered(lead)}  # nothing is lost
    assert release_due(now=LATER) == 0
    back = waiting()
    assert release_due(now=TUESDAY) == 3
    for lead in back:  # to somebody who has not had it yet
        assert lead.handoffs.values("rep").distinct().count() == 2


def test_what_a_hot_lead_earned_passes_full_days_as_before(
    workspace: Workspace, ben: User, nia: User
) -> None:
    takes(ben, workspace, 1)
    takes(nia, workspace, 1)
    hot = [receive_hot_lead(workspace) for _ in range(2)]
    first = hot[0].handoffs.open().get()
    passed = handoffs.not_mine(first, by=first.rep, at=LATER)
    assert passed is not None
    assert had(passed.rep) == 2


def test_a_released_lead_that_does_something_is_handed_on_as_a_hot_one(
    workspace: Workspace, ben: User, nia: User
) -> None:
    takes(ben, workspace, 1)
    takes(nia, workspace, 1)
    line_of(workspace, 2)
    assert release_due(now=PUBLISHED) == 2
    handoff = Handoff.objects.open().get(rep=ben)
    visit_pricing_page(handoff.lead, at=LATER)
    passed = handoffs.not_mine(handoff, by=ben, at=LATER + HOUR)
    assert passed is not None
    assert (passed.rep, had(nia)) == (nia, 2)


def test_whom_everybody_gave_back_is_told_to_the_managers_at_once(
    workspace: Workspace, ben: User, nia: User, mara: User
) -> None:
    """Though all days are full: tomorrow nobody could take it either."""
    takes(ben, workspace, 1)
    takes(nia, workspace, 1)
    line_of(workspace, 2)
    assert release_due(now=PUBLISHED) == 2
    handoff = Handoff.objects.open().get(rep=ben)
    gave_back(handoff.lead, nia)
    assert handoffs.not_mine(handoff, by=ben, at=LATER) is None
    work_off(now=LATER)
    assert waiting() == set()
    assert Notice.objects.get(user=mara).text.startswith("Nobody can take Hanna Weiss")
    assert [each.lead for each in fallback.waiting(workspace)] == [handoff.lead]


def test_those_who_wait_for_a_full_rep_keep_nobody_from_the_others(
    workspace: Workspace, ben: User, nia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.releases.MOST_IN_VAIN", 2)
    takes(ben, workspace, 8)
    takes(nia, workspace, 1)
    receive_hot_lead(workspace)
    Handoff.objects.update(rep=nia)
    leads = line_of(workspace, 5)
    only_nia = leads[:3]
    for lead in only_nia:
        gave_back(lead, ben)
    gone = Handoff.objects.filter(lead__in=only_nia)
    gone.update(offered_at=PUBLISHED, decided_at=PUBLISHED)  # the head of the line
    assert release_due(now=PUBLISHED) == 2
    assert waiting() == set(only_nia)
    assert release_due(now=TUESDAY) == 1  # nia's


def test_the_best_leads_of_a_full_pool_keep_those_of_another_from_nothing(
    workspace: Workspace, ben: User, nia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ben, whom the rule leads them to, can take none; those behind them go to Nia."""
    monkeypatch.setattr("handoff.releases.MOST_IN_VAIN", 2)
    leads = line_of(workspace, 5)
    Lead.objects.filter(pk__in=[lead.pk for lead in leads[:4]]).update(country="DE")
    Company.objects.update(country="")
    north = Pool.objects.create(workspace=workspace, name="North")
    PoolMember.objects.create(pool=north, rep=Rep.objects.get(user=ben))
    plan = RoutingPlan.objects.create(
        workspace=workspace, number=1, status="in_force", created_at=MONDAY_NOON
    )
    RoutingRule.objects.create(plan=plan, name="North", countries=["DE"], pool=north)
    today = PUBLISHED.date()
    Absence.objects.create(workspace=workspace, person=ben, first_day=today, last_day=today)
    assert [release_due(now=PUBLISHED) for _ in range(3)] == [0, 0, 1]
    assert leads[4].handoffs.get().rep == nia
    assert waiting() == set(leads[:4])
    monkeypatch.undo()
    assert release_due(now=TUESDAY) == 2  # Ben's day


def test_a_lead_not_settled_yet_does_not_wait_for_somebody_to_take_it(
    workspace: Workspace, ben: User, as_mara: Client
) -> None:
    lead = receive_hot_lead(workspace, pricing_page=False)  # 60: an MQL
    publish(with_thresholds(workspace, to=30), by=None, now=PUBLISHED)
    assert list(fallback.waiting(workspace)) == []
    page = as_mara.get(f"{LEADS}{lead.pk}/").content.decode()
    assert "who can take it is being looked for at this moment" in page
    assert "nobody in the pool could take it" not in page


def test_the_list_shows_which_leads_wait_to_be_released(
    workspace: Workspace, ben: User, as_mara: Client, as_cleo: Client
) -> None:
    takes(ben, workspace, 1)
    line_of(workspace, 3)
    receive_hot_lead(workspace)
    Lead.objects.filter(pk__in=[lead.pk for lead in waiting()]).update(last_name="Line")
    board = as_mara.get("/w/northwind/queue/everyone/").content.decode()
    assert f'href="{LEADS}?offer=waiting&amp;sort=score">3 leads wait to be released</a>' in board
    found = as_mara.get(f"{LEADS}?offer=waiting&sort=score").content
    assert names_in(found) == ["Hanna Line"] * 3
    assert "Filter: Offer waits to be released" in found.decode()
    assert len(names_in(as_mara.get(f"{LEADS}?offer=nonsense").content)) == 4
    assert as_cleo.get(f"{LEADS}?offer=waiting").status_code == 404


def test_managers_read_that_today_is_full(
    workspace: Workspace, ben: User, as_mara: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes(ben, workspace, 1)
    line_of(workspace, 3)
    assert release_due(now=PUBLISHED) == 1
    told = outlook(workspace, now=PUBLISHED)
    assert told is not None
    assert (told.waiting, told.works_today, told.room_today) == (2, True, 0)
    evening = outlook(workspace, now=MONDAY_NOON + 9 * HOUR)
    assert evening is not None
    assert (evening.works_today, evening.room_today) == (False, 0)
    monkeypatch.setattr(timezone, "now", lambda: PUBLISHED)
    page = as_mara.get("/w/northwind/queue/everyone/").content.decode()
    assert "until about Wed 4 Mar; today is full." in page


@pytest.mark.parametrize("points", [0, 16])
def test_who_was_held_back_by_an_override_returns_to_the_line_when_it_ends(
    workspace: Workspace, ben: User, mara: User, points: int
) -> None:
    """Demoted by it (0), or an MQL still but not ready (32 of 35)."""
    takes(ben, workspace, 1)
    leads = [cool_lead(workspace) for _ in range(2)]
    publish_two_lines(workspace)
    assert release_due(now=PUBLISHED) == 1
    [lead] = waiting()
    put_override(lead, by=mara, points=points, until=TUESDAY, now=LATER)
    work_off(now=LATER)
    assert outlook(workspace, now=LATER) is None
    assert Lead.objects.get(pk=lead.pk).stage == (Stage.NEW if points == 0 else Stage.MQL)
    receive_hot_lead(workspace, at=TUESDAY - HOUR)  # fills Tuesday
    release_due(now=TUESDAY)  # the override has expired, and nobody has noticed yet
    sweep_expired_overrides(now=TUESDAY)
    work_off(now=TUESDAY)
    assert Lead.objects.get(pk=lead.pk).stage == Stage.MQL
    assert not offered(lead)
    assert waiting() == {lead}
    assert release_due(now=TUESDAY) == 0
    assert release_due(now=TUESDAY + DAY) == 1
    assert all(offered(each) for each in leads)


def publish_two_lines(workspace: Workspace) -> None:
    """35 points are ready, 31 are an MQL."""
    draft = with_thresholds(workspace, to=30)
    QualificationRule.objects.filter(version=draft, purpose="handoff").update(total_at_least=35)
    publish(draft, by=None, now=PUBLISHED)
    work_off(now=PUBLISHED)


def test_an_override_ended_by_hand_returns_it_to_the_line_too(
    workspace: Workspace, ben: User, mara: User
) -> None:
    [lead] = line_of(workspace, 1)
    put_override(lead, by=mara, points=0, until=TUESDAY, now=PUBLISHED)
    assert waiting() == set()
    score_overrides.end(ScoreOverride.objects.get(), by=mara, now=LATER)
    work_off(now=LATER)
    assert waiting() == {lead}
    assert not offered(lead)


def test_what_a_held_back_lead_does_by_itself_passes_the_line(
    workspace: Workspace, ben: User, mara: User
) -> None:
    [lead] = line_of(workspace, 1)
    put_override(lead, by=mara, points=0, until=TUESDAY, now=PUBLISHED)
    visit_pricing_page(lead, at=LATER)
    assert not offered(lead)
    sweep_expired_overrides(now=TUESDAY)
    work_off(now=TUESDAY)
    assert offered(lead)


def test_a_held_back_lead_loses_its_place_where_it_would_not_wait_any_more(
    workspace: Workspace, ben: User, mara: User
) -> None:
    [lead] = line_of(workspace, 1)
    put_override(lead, by=mara, points=0, until=TUESDAY, now=PUBLISHED)
    raise_hand_off(workspace, to=50, at=LATER)
    assert Release.objects.get(lead=lead).held
    sweep_expired_overrides(now=TUESDAY)
    work_off(now=TUESDAY)
    assert not Release.objects.exists()
    assert not offered(lead)


def test_a_merge_of_one_held_back_with_one_that_waits_keeps_one_place(
    workspace: Workspace, ben: User, ana: User, mara: User
) -> None:
    held, waits = line_of(workspace, 2)
    put_override(held, by=mara, points=0, until=TUESDAY, now=PUBLISHED)
    merge(held, waits, by=ana, at=LATER)
    assert Release.objects.filter(released_at=None).count() == 1
