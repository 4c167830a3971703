"""The panel of a lead's clocks, and the task that sweeps."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User, Workspace
from leadqual.models import Heartbeat, Lead
from sla import pauses
from sla.clocks import start
from sla.models import Clock
from sla.tasks import sweep_clocks
from tests.sla.calendars import local
from tests.sla.promises import DECIDE, MONDAY_10, TOUCH, started, stopped


def panel_of(lead: Lead) -> str:
    return reverse("lead_clocks", args=[lead.workspace.slug, lead.pk])


def page(client: Client, lead: Lead) -> str:
    response = client.get(panel_of(lead))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_panel_shows_promise_person_moments_and_zone(
    as_ben: Client, ben: User, lead: Lead
) -> None:
    start(lead=lead, code=DECIDE, subject_key="handoff:1", person=ben, at=MONDAY_10)
    text = page(as_ben, lead)
    assert "Decide an offer" in text
    assert "Ben Okoye" in text
    assert "promised within 4 h of business time" in text
    assert "started Mon 2 Mar 2026, 10:00" in text
    assert "due Mon 2 Mar 2026, 15:00" in text
    assert "(Europe/Berlin)" in text


def test_business_days_are_said_once(as_ben: Client, lead: Lead) -> None:
    Clock.objects.filter(pk=started(lead).pk).update(days=5)
    assert "promised within 5 business days · started" in page(as_ben, lead)


def test_a_running_clock_counts_down_to_its_deadline(as_ben: Client, lead: Lead) -> None:
    clock = started(lead, at=datetime.now(UTC))
    text = page(as_ben, lead)
    due = clock.due_at.astimezone(UTC).replace(microsecond=0)
    assert f'<time data-countdown datetime="{due.isoformat()}"' in text
    assert "of business time left, due" in text


def test_a_stopped_clock_says_how_it_ended_and_counts_no_longer(as_ben: Client, lead: Lead) -> None:
    stopped(started(lead), at=local("2026-03-02 13:30"), how="not_mine")
    missed = started(lead, code=TOUCH)
    stopped(missed, at=missed.due_at + timedelta(minutes=20), how="touched")
    text = page(as_ben, lead)
    assert "Met in 2 h 30 min of business time" in text
    assert "not mine Mon 2 Mar 2026, 13:30" in text
    assert "Missed by 20 min of business time" in text
    assert "data-countdown" not in text


def test_a_clock_that_stands_still_says_so(as_ben: Client, ben: User, lead: Lead) -> None:
    now = datetime.now(UTC)
    started(lead, at=now)
    pauses.pause(lead, since=now, until=now + timedelta(days=30), by=ben, now=now)
    text = page(as_ben, lead)
    assert '<span class="badge bg-purple-lt">paused</span>' in text
    assert "Stands still until" in text
    assert "(the lead asked to be called back)" in text


def test_what_was_logged_late_is_marked(as_ben: Client, lead: Lead) -> None:
    in_time, logged = local("2026-03-02 11:00"), local("2026-03-04 09:00")
    stopped(started(lead), at=in_time, how="touched", recorded_at=logged)
    assert "Logged late, Wed 4 Mar 09:00" in page(as_ben, lead)


def test_a_lead_without_clocks_says_when_one_starts(as_ben: Client, lead: Lead) -> None:
    assert "No clock has run for this lead" in page(as_ben, lead)


def test_the_panel_costs_the_same_with_one_clock_and_with_three(
    as_ben: Client, ben: User, lead: Lead
) -> None:
    counts = []
    for n in (1, 2, 3):
        start(lead=lead, code=DECIDE, subject_key=f"handoff:{n}", person=ben, at=MONDAY_10)
        with CaptureQueriesContext(connection) as queries:
            page(as_ben, lead)
        counts.append(len(queries))
    # session, user, membership, lead, clocks, pauses, calendars, ranges, exceptions
    assert counts == [9, 9, 9]


def test_a_stranger_finds_no_clocks(as_cleo: Client, cleo: User, lead: Lead) -> None:
    assert as_cleo.get(panel_of(lead)).status_code == 404
    own = reverse("lead_clocks", args=["elsewhere", lead.pk])
    assert as_cleo.get(own).status_code == 404


def test_clocks_are_read_and_not_posted_to(as_ben: Client, lead: Lead) -> None:
    assert as_ben.post(panel_of(lead)).status_code == 405


def test_the_task_notices_everything_and_leaves_a_sign_of_life(
    lead: Lead, workspace: Workspace
) -> None:
    began = datetime.now(UTC)
    for n in range(3):
        started(lead, key=f"handoff:{n}")
    assert sweep_clocks() == 3
    assert sweep_clocks() == 0
    assert Clock.objects.unanswered_breaches().count() == 3
    sign = Heartbeat.objects.get(name="sla.sweep")
    assert began <= sign.at <= datetime.now(UTC)


def test_beat_wakes_the_sweep_every_fifteen_seconds() -> None:
    (entry,) = [
        entry
        for entry in settings.CELERY_BEAT_SCHEDULE.values()
        if entry["task"] == sweep_clocks.name
    ]
    assert entry["schedule"] == 15.0
