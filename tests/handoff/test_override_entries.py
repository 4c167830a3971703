"""What people said of a score stands in the lead's timeline, beside moves, touches and events."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import score_overrides
from handoff.lead_pages import TIMELINE_PAGE
from handoff.override_entries import override_entries
from leadqual.models import EventKind, Lead
from leadqual.timeline import timeline
from scoring.models import ScoreOverride
from scoring.overrides import forget_reasons, sweep_expired_overrides
from tests.builders import MONDAY_NOON, make_event, receive_hot_lead
from tests.handoff.pages import lead_url

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MIDNIGHT = MONDAY_NOON.replace(hour=23) + 13 * 24 * HOUR  # in Berlin, a fortnight on


@pytest.fixture
def lead(workspace: Workspace, ben_takes_turns: User) -> Lead:
    return receive_hot_lead(workspace, pricing_page=False)


def put(lead: Lead, by: User, *, after: timedelta, fit: int = 90) -> ScoreOverride:
    score_overrides.put(
        lead,
        by=by,
        fit=fit,
        intent=80,
        reason="Met at the fair",
        expires_at=MIDNIGHT,
        now=MONDAY_NOON + after,
    )
    return lead.overrides.latest("pk")


def told(lead: Lead, *, after: timedelta) -> list[tuple[timedelta, str, str, str]]:
    """The entries about overrides, oldest first: when, what, why, who."""
    entries = override_entries(lead, now=MONDAY_NOON + after)
    entries.sort(key=lambda entry: (entry.at, entry.kind))
    return [(e.at - MONDAY_NOON, e.title, e.detail, e.person) for e in entries]


def test_putting_changing_and_ending_are_told_with_actor_and_reason(
    lead: Lead, ana: User, mara: User
) -> None:
    put(lead, ana, after=HOUR)
    changed = put(lead, mara, after=2 * HOUR, fit=70)
    score_overrides.end(changed, by=ana, now=MONDAY_NOON + 3 * HOUR)
    said = "“Met at the fair”"
    until = "until the end of 15 Mar 2026"
    assert told(lead, after=4 * HOUR) == [
        (HOUR, f"Score overridden to fit 90 and intent 80 {until}", said, str(ana)),
        (2 * HOUR, f"Override changed to fit 70 and intent 80 {until}", said, str(mara)),
        (
            3 * HOUR,
            "The override to fit 70 and intent 80 ended",
            "The computed score counts again.",
            str(ana),
        ),
    ]


def test_one_that_expired_ended_at_its_moment_by_nobody(lead: Lead, ana: User) -> None:
    put(lead, ana, after=HOUR)
    span = MIDNIGHT - MONDAY_NOON
    assert len(told(lead, after=span - HOUR)) == 1
    expired = (
        span,
        "The override to fit 90 and intent 80 expired",
        "The computed score counts again.",
        "",
    )
    assert told(lead, after=span)[1:] == [expired]  # the sweep has not been by yet
    sweep_expired_overrides(now=MIDNIGHT + HOUR)
    assert told(lead, after=span + HOUR)[1:] == [expired]


def test_what_an_erasure_took_away_is_not_told(lead: Lead, ana: User) -> None:
    put(lead, ana, after=HOUR)
    forget_reasons(lead, by=ana, now=MONDAY_NOON + 2 * HOUR)
    assert [detail for _, _, detail, _ in told(lead, after=3 * HOUR)] == [
        "",
        "The computed score counts again.",
    ]


def test_the_timeline_is_read_through_them_without_loss(lead: Lead, ana: User) -> None:
    """Page by page as short as can be, with everything at one moment."""
    first = put(lead, ana, after=HOUR)
    score_overrides.end(first, by=ana, now=MONDAY_NOON + HOUR)
    put(lead, ana, after=HOUR)
    make_event(lead, kind=EventKind.CHAT, occurred_at=MONDAY_NOON + HOUR)
    also = override_entries(lead, now=MONDAY_NOON + 2 * HOUR)
    whole = timeline(lead, also=also)
    pages, beyond = [], None
    while page := timeline(lead, also=also, beyond=beyond, limit=1):
        pages += page
        beyond = page[-1].position
    assert pages == whole
    assert [entry.kind for entry in whole if entry.at == MONDAY_NOON + HOUR].count("event") == 1
    assert sum(entry.kind.startswith("override") for entry in whole) == len(also)
    before = timeline(lead, also=also, before=MONDAY_NOON + HOUR)
    assert [entry for entry in before if entry.kind.startswith("override")] == []


def test_the_page_shows_them(as_ben: Client, lead: Lead, ana: User) -> None:
    now = timezone.now()
    score_overrides.put(
        lead,
        by=ana,
        fit=90,
        intent=80,
        reason="<b>Met</b> at the fair",
        expires_at=now + 14 * 24 * HOUR,
        now=now,
    )
    panel = as_ben.get(lead_url(lead, "panels/timeline/")).content.decode()
    assert "Score overridden to fit 90 and intent 80 until" in panel
    assert "“&lt;b&gt;Met&lt;/b&gt; at the fair”" in panel
    for n in range(TIMELINE_PAGE):
        make_event(lead, kind=EventKind.CHAT, occurred_at=now + n * HOUR)
    answer = as_ben.get(
        lead_url(lead, "timeline/"), {"at": now.isoformat(), "kind": "override", "row": "1"}
    )
    assert answer.status_code == 200
