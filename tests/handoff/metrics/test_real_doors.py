"""What the product itself does to leads keeps every count true; so do merges and their undoing."""

from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import handoffs, merging
from handoff.erasure import erase
from handoff.metrics import summary
from handoff.metrics.counting import count
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from handoff.models import CountDue
from handoff.promotion import settle_due
from leadqual.models import Lead
from scoring.scorers import score_dirty
from tests.builders import MONDAY_NOON, join_pool, make_lead, receive_hot_lead
from tests.handoff.agreement_pages import make_active
from tests.handoff.histories import DEEDS, History
from tests.handoff.metrics.slow import SlowFigures
from tests.handoff.metrics.test_counting import held

pytestmark = pytest.mark.django_db
ROAD = ["fact", "pricing", "demo", "accept", "touch", "answer", "pass", "deal"]
TURNS: tuple[list[str], ...] = (
    ["win"],
    ["lose", "not_ready", "demo", "pricing"],
    ["recycle", "demo"],
    ["reject"],
    [],
)


def check(workspace: Workspace) -> None:
    summary.count_due(workspace, most=1_000)
    assert not CountDue.objects.of(workspace).exists()
    assert held(workspace) == SlowFigures(workspace).by_day(workspace)


@pytest.mark.parametrize("seed", [2, 3, 8])
def test_whatever_two_leads_go_through_and_are_merged_and_parted(
    workspace: Workspace, ben: User, seed: int
) -> None:
    chance = Random(seed)
    join_pool(workspace, ben)
    history, leads = History(workspace, by=ben), []
    for n in range(2):
        lead = history.capture(email=f"lead-{n}@acme.example", source="LinkedIn", first_name="Ida")
        leads.append(lead)
        story = ROAD[: chance.randint(3, 8)] + chance.choice(TURNS) + chance.choices(DEEDS, k=2)
        for place in range(0, len(story), 4):
            history.run(lead, story[place : place + 4])
            check(workspace)
    first, second = (Lead.objects.get(pk=lead.pk) for lead in leads)
    if merging.refusal(first, second):
        return
    before = held(workspace)
    history.now += timedelta(days=1)
    merge = merging.merge(first, second, by=ben, at=history.now)
    check(workspace)
    assert held(workspace) != before
    merging.undo(merge, by=ben, at=history.now)
    check(workspace)
    assert held(workspace) == before
    again = merging.merge(first, second, by=ben, at=history.now)
    history.run(first, ["touch", "visit"])
    score_dirty(now=history.now)
    settle_due(now=history.now)
    check(workspace)
    merging.undo(again, by=ben, at=history.now)
    check(workspace)
    summary.recount(workspace)
    check(workspace)


def test_an_acceptance_undone_and_a_person_erased(
    workspace: Workspace, ben_takes_turns: User, ana: User
) -> None:
    lead = receive_hot_lead(workspace, at=MONDAY_NOON)
    check(workspace)
    before = held(workspace)
    offer = lead.handoffs.get()
    handoffs.accept(offer, by=ben_takes_turns, at=MONDAY_NOON + timedelta(minutes=5))
    check(workspace)
    assert held(workspace) != before
    handoffs.undo(offer, by=ben_takes_turns, at=MONDAY_NOON + timedelta(minutes=5, seconds=30))
    check(workspace)
    assert held(workspace) == before
    offer.refresh_from_db()
    handoffs.accept(offer, by=ben_takes_turns, at=MONDAY_NOON + timedelta(minutes=9))
    check(workspace)
    ended = [n for (_, kind, code, _), n in held(workspace).items() if (kind, code) == ENDED]
    assert ended == [1]
    erase(Lead.objects.get(pk=lead.pk), by=ana, at=MONDAY_NOON + timedelta(days=1))
    check(workspace)
    ended = [n for (_, kind, code, _), n in held(workspace).items() if (kind, code) == ENDED]
    assert ended == [1]


ENDED = ("ended:accepted", "")


def test_what_happened_counts_under_the_agreement_in_force_then(
    workspace: Workspace, ana: User, mara: User
) -> None:
    before = make_active(workspace, ana=ana, mara=mara)
    assert before.number == 1
    for hours in (1, 0):
        lead = make_lead(workspace)
        at = timezone.now() - timedelta(hours=hours)
        lead.moves.create(workspace=workspace, to_stage="mql", at=at, cycle=1, rule="test")
    check(workspace)
    scope = Scope(workspace, Period(zone=workspace.zone))
    assert {line: dict(n) for (line, _), n in count(scope, ["mql"], by="agreement").items()} == {
        "": {"mql": 1},
        "1": {"mql": 1},
    }
