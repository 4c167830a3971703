"""The simulated year obeys the product's own rules; it is written by other hands, in bulk."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, pairwise

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import Workspace
from handoff.demo.build import bring_up_to_date, build
from handoff.demo.keeping_warm import ON_TRACKS
from handoff.demo.world import NORTHWIND
from handoff.models import Handoff, HandoffPolicy, NurtureStay, NurtureTrack, StepDone
from handoff.nurture_steps import run_due
from handoff.nurture_tracks import track_for
from handoff.offering import DECIDE, subject_key
from handoff.promises import touched
from handoff.starter_tracks import NAME
from handoff.transitions import MOVES
from leadqual.custom_fields import custom_fields
from leadqual.models import Lead, OutboxMessage, Source, StageMove
from leadqual.stages import Stage
from leadqual.stored_facts import stored_values
from scoring.explanations import explain
from sla.models import Clock, Commitment

pytestmark = pytest.mark.django_db

CLOSES = {Stage.NURTURE, Stage.LOST, Stage.DISQUALIFIED}


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Workspace]:
    """Built once for all tests here, each of which is rolled back to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build(replace(NORTHWIND, leads=250), now=timezone.now())
        transaction.set_rollback(True)


def histories() -> list[list[StageMove]]:
    moves = StageMove.objects.order_by("lead_id", "at", "pk")
    return [list(rows) for _, rows in groupby(moves, key=lambda move: move.lead_id)]


def test_the_year_obeys_the_products_rules(demo: Workspace) -> None:
    for history in histories():
        assert [move.pk for move in history] == sorted(move.pk for move in history)
        assert (history[0].from_stage, history[0].to_stage) == ("", Stage.NEW)
        for before, after in pairwise(history):
            assert before.to_stage == after.from_stage
            move = MOVES[Stage(after.from_stage), Stage(after.to_stage)]
            assert bool(after.reason) or not move.needs_reason
        lead = Lead.objects.get(pk=history[0].lead_id)
        assert (lead.stage, lead.stage_since) == (history[-1].to_stage, history[-1].at)
        assert lead.cycle == history[-1].cycle == _cycles(history)


def _cycles(history: list[StageMove]) -> int:
    """Counted the slow way: a promotion opens a cycle unless the last one is still open."""
    cycle, is_open = 0, False
    for move in history:
        if move.to_stage == Stage.MQL:
            assert move.counted == (not is_open)
            cycle, is_open = cycle + move.counted, True
        elif move.to_stage in CLOSES:
            is_open = False
    return cycle


def test_every_decision_stopped_its_clock_and_every_miss_is_at_its_deadline(
    demo: Workspace,
) -> None:
    clocks = {clock.subject_key: clock for clock in Clock.objects.filter(code=DECIDE)}
    assert len(clocks) == Handoff.objects.count() > 20
    for handoff in Handoff.objects.all():
        clock = clocks[subject_key(handoff)]
        ended = handoff.decided_at or handoff.expired_at
        assert (clock.due_at, clock.stopped_at) == (handoff.due_at, ended)
        expired = handoff.status == Handoff.Status.EXPIRED
        assert clock.breached_at == (handoff.due_at if expired else None)
    assert Handoff.objects.open().count() >= 12  # what has just come in is left to the visitor


def test_the_stored_explanation_is_that_of_the_product(demo: Workspace) -> None:
    bring_up_to_date(now=timezone.now())
    for move in StageMove.objects.filter(to_stage=Stage.MQL).order_by("pk")[:25]:
        lead = Lead.objects.get(pk=move.lead_id)
        assert move.explanation == explain(lead, at=move.at)


def test_bringing_the_year_up_to_date_moves_hardly_anybody(demo: Workspace) -> None:
    before = StageMove.objects.count()
    bring_up_to_date(now=timezone.now())
    assert StageMove.objects.count() - before <= 0.05 * Lead.objects.count()
    assert not Lead.objects.filter(score=None).exists()
    assert not StageMove.objects.filter(at__gt=F("recorded_at")).exists()


def test_what_its_people_say_fits_the_fields_that_ask_for_it(demo: Workspace) -> None:
    fields = custom_fields(demo)
    assert [(field.label, field.of, field.kind) for field in fields] == [
        ("Budget in EUR", "lead", "number"),
        ("Present system", "company", "choice"),
    ]
    for stored in map(stored_values, fields):
        assert stored.known > 10
        assert stored.misfits == 0


def test_its_sources_say_who_spoke_first(demo: Workspace) -> None:
    outbound = Source.objects.of(demo).filter(direction=Source.Direction.OUTBOUND)
    assert [source.name for source in outbound] == ["E-mail"]
    assert Source.objects.of(demo).count() == len(NORTHWIND.channels)


def test_its_newest_nurtured_leads_are_on_their_tracks_and_no_mail_is_due_at_once(
    demo: Workspace,
) -> None:
    now = timezone.now()
    stays = NurtureStay.objects.of(demo).filter(left_at=None)
    on_track = stays.filter(track__isnull=False)
    assert 0 < on_track.count() <= ON_TRACKS
    for stay in on_track.select_related("lead", "track"):
        assert stay.track == track_for(stay.lead, named=None, at=now)
        given = StepDone.objects.filter(stay=stay)
        assert given.filter(step__position=stay.place).exists()
        assert (stay.next_at is None) == (stay.ended_because == "through")
        assert given.filter(kind="task").count() == stay.lead.tasks.count()
    assert not stays.filter(next_at__lte=now).exists()
    assert run_due(now=now) == 0
    assert not OutboxMessage.objects.filter(workspace=demo, key__startswith="nurture:").exists()


def test_meddic_has_northwinds_final_word_and_its_starter_track_waits(demo: Workspace) -> None:
    policy = HandoffPolicy.objects.get(workspace=demo)
    assert policy.final_word is not None
    assert policy.final_word.code == "meddic"
    assert policy.discovery != policy.final_word
    *in_use, starter = NurtureTrack.objects.of(demo)
    assert all(track.is_active for track in in_use)
    assert (starter.name, starter.is_active) == (NAME, False)


def test_the_product_finds_hardly_a_clock_to_stop_otherwise(demo: Workspace) -> None:
    """A touch of the last round may fall into the next one, of a few leads that came back soon."""
    codes = (Commitment.Code.FIRST_TOUCH, Commitment.Code.FOLLOW_UP)
    held = Clock.objects.filter(code__in=codes)
    before = set(held.values_list("pk", "stopped_at", "stopped_by", "breached_at"))
    for lead in Lead.objects.filter(pk__in=held.values("lead")):
        touched(lead)
    after = set(held.values_list("pk", "stopped_at", "stopped_by", "breached_at"))
    assert len(before) > 20
    assert len(after - before) <= 0.05 * len(before)
    ended = Clock.objects.filter(code=Commitment.Code.QUALIFY).values_list("stopped_by", flat=True)
    assert {"qualified", "given_back"} <= set(ended)
