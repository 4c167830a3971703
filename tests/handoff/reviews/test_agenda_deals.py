"""Wins and losses scored again as they were known then; missed clocks with their cause."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User, Workspace
from handoff.models import AgendaItem, Handoff, Opportunity, Review
from handoff.reviews.opening import open_review
from leadqual.models import Lead
from scoring.models import QualificationRule
from scoring.publishing import open_draft, publish
from scoring.scored_then import scored_then
from scoring.versions import published_version
from sla.models import Clock
from tests.builders import MONDAY_NOON, receive_hot_lead, visit_pricing_page
from tests.handoff.reviews.offers import make_deal

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CLOSED = MONDAY_NOON + 10 * DAY
NOW = MONDAY_NOON + 20 * DAY
Dealing = Callable[..., Opportunity]


@pytest.fixture
def deal(workspace: Workspace, ben_takes_turns: User) -> Dealing:
    """A hot lead that ben was offered and took, with a deal closed ten days later."""

    def make(*, won: bool = True, amount: int = 1000) -> Opportunity:
        offer = receive_hot_lead(workspace, at=MONDAY_NOON).handoffs.get()
        Handoff.objects.filter(pk=offer.pk).update(
            status="accepted", decided_at=MONDAY_NOON, decided_by=ben_takes_turns
        )
        return make_deal(offer, at=CLOSED, won=won, amount=amount)

    return make


def ask_for(workspace: Workspace, total: int) -> None:
    """From now on an MQL needs so many points."""
    draft = open_draft(workspace=workspace, by=None, now=CLOSED)
    QualificationRule.objects.filter(version=draft).delete()
    for purpose in QualificationRule.Purpose:
        QualificationRule.objects.create(version=draft, purpose=purpose, total_at_least=total)
    publish(draft, by=None, now=CLOSED)


def metrics(workspace: Workspace, by: User, *, at: datetime = NOW) -> Review:
    return open_review(workspace, kind="metrics", by=by, at=at)


def of(review: Review, part: str) -> list[AgendaItem]:
    return list(review.items.filter(part=part))


def test_a_win_that_qualified_then_may_not_do_so_today(
    workspace: Workspace, ana: User, deal: Dealing
) -> None:
    best = deal(amount=5000)
    ask_for(workspace, 90)
    review = metrics(workspace, ana)
    [item] = of(review, "won")
    assert (item.title, item.deal) == ("Won: 5,000 EUR", best)
    then, today = item.facts["then"], item.facts["today"]
    assert (then["fit"] + then["intent"], then["version"]) == (80, 1)
    assert (today["total"], today["version"], today["is_mql"]) == (80, 2, False)
    assert item.personal["why_not"] == [
        "The total is 80 of the 90 points that the MQL definition asks for."
    ]
    assert review.parts["won"] == {
        "total": 1, "shown": 1, "model_version": 2, "scored": 1, "qualify": 0
    }  # fmt: skip


def test_what_it_did_later_and_what_we_learned_later_do_not_count(
    workspace: Workspace, ana: User, deal: Dealing
) -> None:
    lead = deal().lead
    visit_pricing_page(lead, at=CLOSED)
    Lead.objects.filter(pk=lead.pk).update(job_title="Student")
    [item] = of(metrics(workspace, ana), "won")
    assert (item.facts["today"]["total"], item.facts["today"]["is_mql"]) == (80, True)


def test_what_contradicts_the_model_comes_first_then_the_greatest(
    workspace: Workspace, ana: User, deal: Dealing
) -> None:
    small, great = deal(amount=100), deal(amount=900)
    lost = deal(won=False)
    review = metrics(workspace, ana)
    assert [item.deal for item in of(review, "won")] == [great, small]
    assert [item.facts["lost_reason"] for item in of(review, "lost")] == ["Price"]
    assert of(review, "lost")[0].deal == lost
    assert review.parts["lost"]["qualify"] == 1


def test_a_deal_closed_before_the_review_looks_back_is_not_on_it(
    workspace: Workspace, ana: User, deal: Dealing
) -> None:
    deal()
    assert of(metrics(workspace, ana, at=CLOSED + 60 * DAY), "won") == []


def test_each_lead_is_scored_at_its_own_moment_in_as_many_queries_as_one(
    workspace: Workspace, deal: Dealing
) -> None:
    version = published_version(workspace)
    assert version is not None
    leads = [deal().lead for _ in range(3)]
    early = {lead.pk: MONDAY_NOON + n * 7 * DAY for n, lead in enumerate(leads)}
    scored_then({leads[0].pk: NOW}, version)
    with CaptureQueriesContext(connection) as one:
        scored_then({leads[0].pk: NOW}, version)
    with CaptureQueriesContext(connection) as three:
        found = scored_then(early, version)
    assert len(one) == len(three)
    assert [found[lead.pk].fit for lead in leads] == [35, 35, 35]
    intents = [found[lead.pk].intent for lead in leads]
    assert intents == sorted(intents, reverse=True)
    assert intents[0] > intents[1] > intents[2]


def test_missed_clocks_come_with_their_cause_unacknowledged_first(
    workspace: Workspace, ana: User, ben: User, deal: Dealing
) -> None:
    for _ in range(3):
        deal()
    clocks = list(Clock.objects.of(workspace).filter(code="decide_offer").order_by("pk"))
    for n, clock in enumerate(clocks):
        Clock.objects.filter(pk=clock.pk).update(
            breached_at=clock.due_at,
            noticed_at=clock.due_at,
            cause="person" if n else "nobody",
            acknowledged_at=NOW if n == 2 else None,
            acknowledged_by=ben if n == 2 else None,
            acknowledgement="Fair week" if n == 2 else "",
            stopped_at=clock.due_at + timedelta(minutes=5),
            stopped_by="accepted",
            business_seconds=1,
        )
    review = metrics(workspace, ana)
    found = of(review, "miss")
    assert [item.clock for item in found] == [clocks[1], clocks[0], clocks[2]]
    assert [item.facts["acknowledged"] for item in found] == [False, False, True]
    assert found[0].facts["cause_words"] == "Who was held to it was late"
    assert found[0].facts["late_seconds"] == 300
    assert found[2].personal["acknowledgement"] == "Fair week"
    assert review.parts["miss"]["causes"] == [
        {"code": "person", "name": "Who was held to it was late", "n": 2},
        {"code": "nobody", "name": "Nobody was available", "n": 1},
    ]
