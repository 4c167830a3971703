"""Leads that slept for long come onto a track that re-engages, once a lead and track."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User, Workspace
from handoff import nurture, nurture_stale
from handoff.models import NurtureStay
from tests.builders import MONDAY_NOON, make_event
from tests.handoff.tracks import MAIL, make_track, nurtured, run, stay_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LONG_AFTER = MONDAY_NOON + 91 * DAY


def test_stale_leads_come_onto_the_first_track_that_takes_them(workspace: Workspace) -> None:
    own = make_track(workspace, MAIL)
    back = make_track(workspace, MAIL | {"subject": "Still there?"}, stale_days=90)
    through, without = nurtured(workspace, own), nurtured(workspace)
    NurtureStay.objects.filter(lead=without).update(track=None, next_at=None)
    run(MONDAY_NOON)
    assert nurture_stale.re_engage(now=MONDAY_NOON + 89 * DAY) == 0
    assert nurture_stale.re_engage(now=LONG_AFTER) == 2
    for lead in (through, without):
        stay = stay_of(lead)
        assert (stay.track, stay.next_at, stay.ended_because) == (back, LONG_AFTER, "")
    run(LONG_AFTER)
    assert stay_of(through).ended_because == "through"
    assert nurture_stale.re_engage(now=LONG_AFTER + 200 * DAY) == 0


def test_who_did_something_or_stopped_is_left_alone(workspace: Workspace, mara: User) -> None:
    track = make_track(workspace, MAIL)
    make_track(workspace, MAIL, stale_days=90)
    active, stopped, gone = (nurtured(workspace, track) for _ in range(3))
    nurture.change_track(stopped, track=None, by=mara, at=MONDAY_NOON)
    run(MONDAY_NOON)
    make_event(active, occurred_at=MONDAY_NOON + 5 * DAY)
    gone.unsubscribed_at = MONDAY_NOON
    gone.save()
    assert nurture_stale.re_engage(now=LONG_AFTER) == 0
    assert nurture_stale.re_engage(now=LONG_AFTER + 5 * DAY) == 1
    assert stay_of(active).next_at == LONG_AFTER + 5 * DAY


def test_only_those_whom_its_conditions_mean(workspace: Workspace) -> None:
    track = make_track(workspace, MAIL)
    make_track(workspace, MAIL, stale_days=30, pain_words=["churn"])
    meant = nurtured(workspace, track, challenge="Churn")
    nurtured(workspace, track, challenge="Prices")
    run(MONDAY_NOON)
    assert nurture_stale.re_engage(now=LONG_AFTER) == 1
    assert stay_of(meant).next_at == LONG_AFTER


def test_a_chunk_takes_a_constant_number_of_queries(workspace: Workspace) -> None:
    track = make_track(workspace, MAIL)
    back = make_track(workspace, MAIL, stale_days=30)
    counts = []
    for leads in (1, 6):
        for _ in range(leads):
            nurtured(workspace, track)
        run(MONDAY_NOON)
        with CaptureQueriesContext(connection) as queries:
            assert nurture_stale.re_engage(now=LONG_AFTER) == leads
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert NurtureStay.objects.filter(track=back).count() == 7
