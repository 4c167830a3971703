"""Routing as people see it: fairness, one's own availability, the fallback queue, the trace."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, User, Workspace
from handoff import fallback
from handoff.fairness import Counts, fairness
from handoff.metrics.periods import Period
from handoff.models import FallbackEntry, Handoff, Pool, PoolMember, RejectionReason, Rep
from handoff.routing_plans import open_draft, put_in_force
from handoff.trace_words import trace_words
from handoff.waiting_leads import PAGE, waiting_leads
from leadqual.models import Lead
from leadqual.stages import Stage
from sla.models import Absence
from tests.builders import MONDAY_NOON, join_pool, make_lead, make_member

TODAY = Period(date(2026, 3, 2), date(2026, 3, 2))


def make_offer(lead: Lead, rep: User, **fields: Any) -> Handoff:
    said: dict[str, Any] = {"offered_at": MONDAY_NOON, "cycle": 1, "trace": {}}
    said |= {"fit": 50, "intent": 50, "grade": "A", "model_version": 1, "why_now": "", "packet": {}}
    return Handoff.objects.create(workspace=lead.workspace, lead=lead, rep=rep, **(said | fields))


@pytest.fixture
def everybody(workspace: Workspace) -> Pool:
    pool, _ = Pool.objects.get_or_create(
        workspace=workspace, takes_all=True, defaults={"name": "Everybody"}
    )
    return pool


def url(name: str, *args: Any) -> str:
    return reverse(name, args=["northwind", *args])


# Fairness


def test_turns_stand_against_the_weights(
    workspace: Workspace, ben: User, mara: User, everybody: Pool
) -> None:
    join_pool(workspace, ben, weight=3)
    join_pool(workspace, mara, weight=1)
    for rep, times in ((ben, 2), (mara, 2)):
        for _ in range(times):
            make_offer(make_lead(workspace), rep, pool=everybody)
    [pool] = fairness(workspace, TODAY, now=MONDAY_NOON)
    shares = {share.person: share for share in pool.shares}
    assert (shares[ben].weight_share, shares[ben].turn_share) == (0.75, 0.5)
    assert (shares[ben].ideal, shares[ben].difference) == (3.0, -1.0)
    assert (shares[mara].ideal, shares[mara].difference) == (1.0, 1.0)
    assert (shares[ben].load.open, shares[ben].load.today) == (2, 2)
    assert pool.total == Counts(open=4)


def test_what_is_taken_back_or_upheld_is_no_turn(
    workspace: Workspace, ben: User, everybody: Pool
) -> None:
    join_pool(workspace, ben)
    reason = RejectionReason.objects.of(workspace)[0]
    decided = {"decided_at": MONDAY_NOON, "decided_by": ben}
    upheld = {"upheld": True, "reviewed_at": MONDAY_NOON, "reviewed_by": ben}
    for fields in (
        {"status": "accepted", **decided},
        {"status": "rejected", "reason": reason, **decided, **upheld},
        {"status": "rejected", "reason": reason, **decided},
        {"status": "not_mine", **decided},
        {"status": "expired", "expired_at": MONDAY_NOON},
        {"status": "withdrawn", "withdrawn_at": MONDAY_NOON},
    ):
        make_offer(make_lead(workspace), ben, pool=everybody, **fields)
    [pool] = fairness(workspace, TODAY, now=MONDAY_NOON)
    counts = pool.shares[0].counts
    assert counts == Counts(accepted=1, rejected=2, not_mine=1, expired=1, withdrawn=1, upheld=1)
    assert (counts.offers, counts.turns, counts.decided) == (6, 4, 3)


def test_offers_without_a_pool_and_of_who_left_the_pool_are_not_lost(
    workspace: Workspace, ben: User, everybody: Pool
) -> None:
    make_offer(make_lead(workspace), ben, pool=everybody)
    make_offer(make_lead(workspace), ben)
    make_offer(make_lead(workspace), ben, offered_at=MONDAY_NOON - timedelta(days=1))
    of_pool, without = fairness(workspace, TODAY, now=MONDAY_NOON)
    assert [(s.person, s.weight, s.weight_share) for s in of_pool.shares] == [(ben, 0, None)]
    assert (without.pool, without.total.offers) == (None, 1)


def test_fairness_asks_as_often_for_three_pools_as_for_one(
    workspace: Workspace, ben: User, everybody: Pool, django_assert_num_queries: Any
) -> None:
    rep = join_pool(workspace, ben)
    make_offer(make_lead(workspace), ben, pool=everybody)
    with django_assert_num_queries(5):
        fairness(workspace, TODAY, now=MONDAY_NOON)
    for name in ("North", "South"):
        pool = Pool.objects.create(workspace=workspace, name=name)
        PoolMember.objects.create(pool=pool, rep=rep)
        make_offer(make_lead(workspace), make_member(workspace), pool=pool)
    with django_assert_num_queries(5):
        fairness(workspace, TODAY, now=MONDAY_NOON)


def test_the_report_shows_shares_with_their_denominators(
    as_mara: Client, workspace: Workspace, ben: User, everybody: Pool
) -> None:
    join_pool(workspace, ben, weight=3)
    make_offer(make_lead(workspace), ben, pool=everybody, offered_at=timezone.now())
    page = " ".join(as_mara.get(url("routing")).content.decode().split())
    assert "3 of 3" in page
    assert "1 of 1" in page
    assert as_mara.get(url("routing") + "?days=nonsense").status_code == 200


def test_the_report_names_a_rule_in_force_whose_person_left(
    as_mara: Client, mara: User, workspace: Workspace, ben: User
) -> None:
    draft = open_draft(workspace=workspace, at=MONDAY_NOON)
    draft.rules.create(name="Ben’s", person=ben)
    put_in_force(draft, by=mara, at=MONDAY_NOON)
    told = "“Ben’s”: Ben Okoye is not, or no longer, a member who decides offers"
    assert told not in as_mara.get(url("routing")).content.decode()
    Membership.objects.filter(user=ben).update(ended_at=MONDAY_NOON)
    assert told in as_mara.get(url("routing")).content.decode()


# Availability


def test_a_rep_pauses_and_takes_offers_again(
    as_ben: Client, workspace: Workspace, ben: User
) -> None:
    join_pool(workspace, ben)
    as_ben.post(url("set_takes_offers"), {"takes": "no"})
    assert Rep.objects.get(user=ben).is_active is False
    assert "You are paused" in as_ben.get(url("availability")).content.decode()
    as_ben.post(url("set_takes_offers"), {"takes": "yes"})
    assert Rep.objects.get(user=ben).is_active is True


def test_a_rep_enters_days_away_and_removes_them(
    as_ben: Client, workspace: Workspace, ben: User
) -> None:
    said = {"first_day": "2026-03-09", "last_day": "2026-03-13", "note": "Leave"}
    assert as_ben.post(url("availability"), said).status_code == 302
    absence = Absence.objects.get()
    assert (absence.person, absence.first_day, absence.last_day, absence.note) == (
        ben,
        date(2026, 3, 9),
        date(2026, 3, 13),
        "Leave",
    )
    as_ben.post(url("remove_absence", absence.pk))
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "field", "told"),
    [
        ("2026-03-12", "2026-03-20", "first_day", "Ben Okoye is away from 9 March 2026 to"),
        ("2026-03-20", "2026-03-19", "last_day", "This is before the first day, 20 March 2026."),
        ("0001-01-01", "2026-03-01", "first_day", "Choose a day from 2000 to 2199."),
        ("", "2026-03-01", "first_day", "This field is required."),
    ],
)
def test_days_that_cannot_be_are_refused_at_their_field(
    as_ben: Client, workspace: Workspace, ben: User, first: str, last: str, field: str, told: str
) -> None:
    Absence.objects.create(
        workspace=workspace, person=ben, first_day=date(2026, 3, 9), last_day=date(2026, 3, 13)
    )
    page = as_ben.post(url("availability"), {"first_day": first, "last_day": last})
    assert page.status_code == 422
    assert page.context["form"].errors[field][0].startswith(told)
    assert Absence.objects.count() == 1


def test_nobody_removes_a_colleagues_absence(
    as_ben: Client, as_cleo: Client, workspace: Workspace, mara: User
) -> None:
    absence = Absence.objects.create(
        workspace=workspace, person=mara, first_day=date(2026, 3, 9), last_day=date(2026, 3, 13)
    )
    assert as_ben.post(url("remove_absence", absence.pk)).status_code == 404
    assert as_cleo.get(url("availability")).status_code == 404
    assert as_cleo.get(url("routing")).status_code == 404
    assert Absence.objects.filter(pk=absence.pk).exists()


def test_who_decides_no_offers_has_no_availability(as_ana: Client) -> None:
    assert as_ana.get(url("availability")).status_code == 403


# The fallback queue


def wait(workspace: Workspace, *, minutes: int = 0, **fields: Any) -> FallbackEntry:
    lead = make_lead(workspace, stage=Stage.MQL, cycle=1)
    said: dict[str, Any] = {"why": FallbackEntry.Why.NOBODY, "at": MONDAY_NOON}
    said["at"] += timedelta(minutes=minutes)
    return fallback.enter(lead, **(said | fields))


def test_who_waits_is_shown_with_why_and_whom_routing_skipped(
    as_mara: Client, workspace: Workspace
) -> None:
    trace = {"people": [{"person": "Ben Okoye", "skipped": "is away until 13 Mar 2026"}]}
    entry = wait(workspace, trace=trace)
    page = as_mara.get(url("queue_everyone")).content.decode()
    assert entry.lead.display_name in page
    assert "Nobody is available" in page
    assert "is away until 13 Mar 2026" in page
    assert "Waits for a manager" in page


def test_nobody_waits(as_mara: Client, workspace: Workspace) -> None:
    assert "nobody waits" in as_mara.get(url("queue_everyone")).content.decode()


def test_every_lead_that_waits_is_on_some_page(as_mara: Client, workspace: Workspace) -> None:
    entries = [wait(workspace, minutes=n) for n in range(PAGE + 2)]
    first = waiting_leads(workspace, now=MONDAY_NOON)
    rest = waiting_leads(workspace, now=MONDAY_NOON, after=first.next_page)
    assert (first.total, first.behind, rest.behind, rest.next_page) == (PAGE + 2, 2, 0, "")
    assert [each.entry for each in (*first.rows, *rest.rows)] == entries
    page = as_mara.get(url("queue_everyone")).content.decode()
    assert "and 2 more" in page
    second = as_mara.get(url("queue_everyone"), {"waiting": first.next_page})
    assert entries[-1].lead.display_name in second.content.decode()


def test_the_lead_says_that_it_waits(as_mara: Client, workspace: Workspace) -> None:
    entry = wait(workspace, why=FallbackEntry.Why.SILENCE)
    page = as_mara.get(url("lead", entry.lead_id)).content.decode()
    assert "two offers ran out without a decision" in page


# The trace


def test_a_trace_is_read_out(as_mara: Client, workspace: Workspace, ben: User) -> None:
    trace = {
        "owner": {"person": "Nia", "skipped": "takes no offers at the moment"},
        "rules": [
            {"rule": "DACH", "unmet": ["country is France, not Germany"]},
            {"rule": "Rest", "unmet": []},
        ],
        "to": "pool West",
        "people": [
            {"person": "Tom", "skipped": "has 5 offers open, of 5 at most", "open": 5},
            {"person": "Ben", "skipped": "", "open": 1, "today": 2, "week": 3, "credit": 0.5},
        ],
    }
    lead = make_lead(workspace, stage=Stage.MQL, cycle=1)
    make_offer(lead, ben, trace=trace)
    page = " ".join(as_mara.get(url("lead", lead.pk)).content.decode().split())
    assert "How it came to Ben Okoye" in page
    assert "<strong>Nia</strong>, skipped: takes no offers at the moment" in page
    assert "<strong>DACH</strong>: no, country is France, not Germany" in page
    assert "<strong>Rest</strong>: fits" in page
    assert "has 5 offers open, of 5 at most" in page
    assert "1 open, 2 today, 3 this week, owed 0.5 turns" in page


@pytest.mark.parametrize("trace", [None, {}, {"people": []}])
def test_a_trace_that_says_nothing_is_not_shown(trace: Any) -> None:
    assert not trace_words(trace)


def test_a_trace_of_before_has_only_people() -> None:
    words = trace_words({"people": [{"person": "Ben", "skipped": ""}]})
    assert [(one.person, one.skipped, one.load) for one in words.people] == [("Ben", "", "")]
    assert (words.owner, words.rules, words.to) == (None, [], "")
