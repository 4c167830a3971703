"""Many leads and many workers at the same moment: no cap is exceeded and no lead is lost."""

from collections import Counter
from datetime import timedelta

import pytest

from accounts.models import User, Workspace
from handoff import fallback_tries
from handoff.intake import receive_events
from handoff.models import FallbackEntry, Handoff, PoolMember, Rep
from handoff.promotion import settle_due
from handoff.workspaces import create_workspace
from leadqual.capture import EventFacts
from leadqual.models import Company, EventKind, Lead
from leadqual.stages import Stage
from scoring.models import QualificationDue
from scoring.scorers import score_dirty
from tests.at_once import at_once
from tests.builders import MONDAY_NOON, join_pool, make_member, make_user
from tests.handoff.test_turns import filled_up

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 8


@pytest.fixture
def workspace() -> Workspace:
    return create_workspace(
        name="Crowd", slug="crowd", by=make_user(name="Olga Root"), at=MONDAY_NOON
    )


def ready_leads(workspace: Workspace, count: int) -> None:
    """So many leads that wait to be settled: MQLs, and ready for sales."""
    company = Company.objects.create(
        workspace=workspace, name="Acme", industry="software", country="DE", employees=200
    )
    leads = Lead.objects.bulk_create(
        Lead(
            workspace=workspace,
            company=company,
            email=f"lead-{n}@acme.example",
            email_normalised=f"lead-{n}@acme.example",
            first_name="Hanna",
            last_name=f"Weiss {n}",
            job_title="Head of IT",
            timeline="immediate",
            captured_at=MONDAY_NOON,
            stage_since=MONDAY_NOON,
        )
        for n in range(count)
    )
    visits = [
        EventFacts(EventKind.PAGE_VIEW, MONDAY_NOON, lead.email, url="/pricing") for lead in leads
    ]
    receive_events(workspace=workspace, batch=visits, now=MONDAY_NOON)
    while score_dirty(now=MONDAY_NOON):
        pass
    assert QualificationDue.objects.count() >= count


def crew(workspace: Workspace, *members: tuple[int, dict[str, int]]) -> list[User]:
    """Reps with these weights and caps, in the pool of everybody."""
    users = [make_member(workspace, name=f"Rep {n}") for n in range(len(members))]
    for user, (weight, caps) in zip(users, members, strict=True):
        join_pool(workspace, user, weight=weight, **caps)
    return users


def settle_with(workers: int) -> None:
    def work(_: int) -> int:
        while QualificationDue.objects.exists():
            settle_due(now=MONDAY_NOON, limit=10)
        return 0

    assert at_once(workers, work) == [0] * workers


def nobody_is_lost(count: int) -> None:
    offered = set(Handoff.objects.open().values_list("lead", flat=True))
    queued = set(FallbackEntry.objects.waiting().values_list("lead", flat=True))
    assert Handoff.objects.count() == len(offered)  # none twice
    assert not offered & queued
    assert len(offered) + len(queued) == count
    assert Lead.objects.filter(stage=Stage.MQL).count() == count


def test_two_hundred_leads_by_eight_workers_keep_to_weights_and_caps(
    workspace: Workspace,
) -> None:
    members: list[tuple[int, dict[str, int]]] = [
        (1, {}),
        (2, {"most_open": 9}),
        (3, {"most_a_day": 20}),
        (4, {"most_a_week": 31}),
        (5, {}),
        (6, {}),
    ]
    users = crew(workspace, *members)
    ready_leads(workspace, 200)
    settle_with(WORKERS)
    nobody_is_lost(200)
    assert Handoff.objects.count() == 200
    had = Counter(Handoff.objects.values_list("rep", flat=True))
    caps = [min(limits.values(), default=200) for _, limits in members]
    ideal = filled_up([weight for weight, _ in members], caps, 200)
    turns = [had[user.pk] for user in users]
    assert all(turn <= cap for turn, cap in zip(turns, caps, strict=True))
    assert all(abs(turn - share) < 1 for turn, share in zip(turns, ideal, strict=True))


def test_without_caps_turns_are_within_one_of_the_weights(workspace: Workspace) -> None:
    weights = [1, 2, 3, 5]
    users = crew(workspace, *((weight, {}) for weight in weights))
    ready_leads(workspace, 60)
    settle_with(WORKERS)
    nobody_is_lost(60)
    had = Counter(Handoff.objects.values_list("rep", flat=True))
    for user, weight in zip(users, weights, strict=True):
        assert abs(had[user.pk] - 60 * weight / 11) < 1
    assert abs(sum(PoolMember.objects.values_list("credit", flat=True))) < 1e-6


def test_when_all_are_capped_the_rest_wait_in_the_queue_and_go_out_as_room_comes(
    workspace: Workspace,
) -> None:
    """Three a week are less than one a day."""
    crew(workspace, (1, {"most_a_week": 3}), (2, {"most_open": 5}))
    ready_leads(workspace, 30)
    settle_with(WORKERS)
    nobody_is_lost(30)
    assert Handoff.objects.count() == 8
    assert set(FallbackEntry.objects.values_list("why", flat=True)) == {"nobody"}
    Rep.objects.filter(most_open=5).update(most_open=15)
    later = MONDAY_NOON + timedelta(hours=2)
    outcome = at_once(WORKERS, lambda _: fallback_tries.try_again(now=later, limit=5))
    assert sum(outcome) == 22
    nobody_is_lost(30)
    assert Handoff.objects.count() == 18
