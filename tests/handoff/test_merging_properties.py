"""Whatever two leads have been through: a merge loses nothing, and undone it never was."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import Role, Workspace
from handoff import merging
from handoff.merging import CannotMerge
from handoff.models import Handoff
from handoff.promises import OF_LEAD
from handoff.promotion import settle_due
from leadqual.models import Event, Lead, StageMove, Touch
from leadqual.stages import Stage
from scoring.models import Score
from scoring.scorers import score_dirty, score_lead
from sla.models import Clock
from tests.builders import join_pool, make_member
from tests.handoff.histories import DEEDS, History, everything

# Most leads go some way along the road, turn off somewhere, and then anything may happen.
ROAD = ["fact", "pricing", "demo", "accept", "touch", "answer", "pass", "deal"]
AGAIN = ["demo", "pricing", "demo", "accept", "touch", "answer"]
deeds = st.builds(
    lambda short, turn, then: ROAD[: len(ROAD) - short] + turn + then,
    st.integers(0, len(ROAD)),
    st.sampled_from([[], ["win"], ["lose", "not_ready", *AGAIN], ["recycle", *AGAIN], ["reject"]]),
    st.lists(st.sampled_from(DEEDS), max_size=4),
)
facts = st.fixed_dictionaries(
    {
        "first_name": st.sampled_from(["", "Hanna"]),
        "job_title": st.sampled_from(["Head of IT", "", "CEO"]),
        "source": st.sampled_from(["", "LinkedIn"]),
    }
)
a_few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def two_leads(
    first: tuple[dict[str, str], list[str]], second: tuple[dict[str, str], list[str]]
) -> tuple[History, Lead, Lead]:
    workspace = Workspace.objects.get()
    rep, nia = (make_member(workspace, role=Role.SALES_MANAGER) for _ in "12")
    for person in (rep, nia):
        join_pool(workspace, person)
    leads = []
    for n, (said, done) in enumerate((first, second)):
        history = History(workspace, by=rep)
        lead = history.capture(**said, email=f"lead-{n}@acme.example")
        history.run(lead, done)
        leads.append(Lead.objects.get(pk=lead.pk))
    for lead in leads:
        score_lead(lead, now=history.now)
    history.now += timedelta(days=1)
    return history, leads[0], leads[1]


def what_it_was(event: Event) -> tuple[str, str, datetime]:
    return event.kind, event.url, event.occurred_at.replace(microsecond=0)


@a_few
@given(first=st.tuples(facts, deeds), second=st.tuples(facts, deeds))
def test_a_merge_that_is_undone_at_once_never_was(
    db: None,
    northwind: Callable[[], object],
    first: tuple[dict[str, str], list[str]],
    second: tuple[dict[str, str], list[str]],
) -> None:
    with transaction.atomic():
        northwind()
        history, survivor, absorbed = two_leads(first, second)
        for lead in (survivor, absorbed):
            score_lead(lead, now=history.now)
        before = everything(but={"handoff_leadmerge"})
        if why := merging.refusal(survivor, absorbed):
            assert why.startswith("Both have an open deal.")
        else:
            merge = merging.merge(survivor, absorbed, by=history.by, at=history.now)
            merging.undo(merge, by=history.by, at=history.now)
            after = everything(but={"handoff_leadmerge"})
            # Whom the merge told that their offer had ended has been told; the bell rings no more.
            said = after["leadqual_notice"]
            known = {notice["id"] for notice in before["leadqual_notice"]}
            told = [notice for notice in said if notice["id"] not in known]
            assert all(n["key"].startswith("ended:") and n["read_at"] for n in told)
            after["leadqual_notice"] = [notice for notice in said if notice not in told]
            for table, rows in before.items():
                assert after[table] == rows, table
        transaction.set_rollback(True)


@a_few
@example(  # the rejection of the one is to be reviewed still, though the two are an MQL again
    first=(
        {"first_name": "Hanna", "source": "", "job_title": "Head of IT"},
        ["fact", "pricing", "demo", "reject"],
    ),
    second=({"first_name": "", "source": "", "job_title": "Head of IT"}, [*ROAD, "pricing"]),
)
@given(first=st.tuples(facts, deeds), second=st.tuples(facts, deeds))
def test_a_merge_loses_nothing_and_doubles_nothing(
    db: None,
    northwind: Callable[[], object],
    first: tuple[dict[str, str], list[str]],
    second: tuple[dict[str, str], list[str]],
) -> None:
    with transaction.atomic():
        northwind()
        history, survivor, absorbed = two_leads(first, second)
        if not merging.refusal(survivor, absorbed):
            forgotten = forgotten_promises()
            touches, moves = Touch.objects.count(), StageMove.objects.count()
            stages = {survivor.stage, absorbed.stage}
            distinct = {what_it_was(event) for event in Event.objects.all()}
            merging.merge(survivor, absorbed, by=history.by, at=history.now)
            lead = Lead.objects.get(pk=survivor.pk)
            assert {what_it_was(event) for event in lead.events.all()} == distinct
            assert lead.touches.count() == touches
            assert lead.moves.count() == moves == StageMove.objects.count()
            assert lead.stage in stages
            promotions = lead.moves.filter(to_stage=Stage.MQL, counted=True)
            assert lead.cycle == promotions.count()
            cycles = list(promotions.order_by("cycle").values_list("cycle", flat=True))
            assert cycles == list(range(1, lead.cycle + 1))
            assert list(Score.objects.values_list("lead", flat=True)) == [lead.pk]
            it_can_go_on(lead, history, forgotten)
        transaction.set_rollback(True)


def forgotten_promises() -> set[str]:
    """A first touch that is owed still though the lead is long in a later cycle.

    A rejection's review is none: marketing owes it whatever the lead has become since.
    """
    keys = set()
    of_offers = Clock.objects.running().filter(subject_key__startswith="handoff:", code__in=OF_LEAD)
    for clock in of_offers.select_related("lead"):
        offer = Handoff.objects.get(pk=clock.subject_key.removeprefix("handoff:"))
        assert offer.lead_id == clock.lead_id
        if offer.cycle != clock.lead.cycle:
            keys.add(clock.subject_key)
    return keys


def it_can_go_on(lead: Lead, history: History, forgotten: set[str]) -> None:
    """Nothing of a lead contradicts itself, and every deed still meets what it expects."""
    for _ in range(3):
        score_dirty(now=history.now)
        settle_due(now=history.now)
    lead.refresh_from_db()
    open_offers = lead.handoffs.open()
    assert open_offers.count() <= (1 if lead.stage == Stage.MQL else 0)
    stays = lead.nurture_stays.filter(left_at=None)
    assert stays.count() == (1 if lead.stage == Stage.NURTURE else 0)
    assert all(o.cycle == lead.cycle for o in open_offers)
    assert forgotten_promises() <= forgotten
    if lead.stage == Stage.OPPORTUNITY:
        assert lead.opportunities.filter(cycle=lead.cycle, closed_at=None).count() == 1
    history.run(lead, ["fact", "demo", "pricing", "accept", "touch", "answer", "pass", "deal"])
    history.run(lead, ["win", "recycle", "demo", "accept", "answer", "pass", "deal", "lose"])


@a_few
@example(  # woken as one, and one of the two was in nurture before
    first=(
        {"first_name": "Hanna", "source": "", "job_title": "CEO"},
        ["fact", "recycle", "demo", "pricing", "demo", "accept", "touch", "disqualify"],
    ),
    second=(
        {"first_name": "Hanna", "source": "LinkedIn", "job_title": ""},
        ["fact", "pricing", "demo", "reject"],
    ),
    since=["not_mine", "fact", "touch"],
)
@given(
    first=st.tuples(facts, deeds),
    second=st.tuples(facts, deeds),
    since=st.lists(st.sampled_from(("demo", "pricing", "fact", "touch", "answer", "not_mine"))),
)
def test_what_came_after_a_merge_does_not_keep_it_from_being_undone(
    db: None,
    northwind: Callable[[], object],
    first: tuple[dict[str, str], list[str]],
    second: tuple[dict[str, str], list[str]],
    since: list[str],
) -> None:
    with transaction.atomic():
        northwind()
        history, survivor, absorbed = two_leads(first, second)
        if not merging.refusal(survivor, absorbed):
            forgotten = forgotten_promises()
            moves = {
                lead.pk: set(lead.moves.values_list("pk", flat=True))
                for lead in (survivor, absorbed)
            }
            merge = merging.merge(survivor, absorbed, by=history.by, at=history.now)
            history.run(survivor, since)
            for _ in range(2):
                score_dirty(now=history.now)
                settle_due(now=history.now)
            merging.undo(merge, by=history.by, at=history.now)
            for pk in (survivor.pk, absorbed.pk):
                lead = Lead.objects.get(pk=pk)
                assert lead.merged_into is None
                assert moves[lead.pk] <= set(lead.moves.values_list("pk", flat=True))
                promotions = lead.moves.filter(to_stage=Stage.MQL, counted=True)
                cycles = list(promotions.order_by("cycle").values_list("cycle", flat=True))
                assert cycles == list(range(1, lead.cycle + 1))
                it_can_go_on(lead, history, forgotten)
        transaction.set_rollback(True)


def test_who_moved_it_since_must_undo_their_own_step_first(
    db: None, northwind: Callable[[], object]
) -> None:
    northwind()
    hot = {"first_name": "Hanna", "job_title": "Head of IT", "timeline": "immediate"}
    history, survivor, absorbed = two_leads((hot, ["pricing", "demo"]), ({}, []))
    merge = merging.merge(survivor, absorbed, by=history.by, at=history.now)
    history.run(survivor, ["accept"])
    assert Lead.objects.get(pk=survivor.pk).stage == Stage.SAL
    with pytest.raises(CannotMerge) as refused:
        merging.undo(merge, by=history.by, at=history.now)
    assert str(refused.value) == (
        f"{history.by} has moved the lead to SAL since the merge: whose step that was can no "
        "longer be told."
    )
