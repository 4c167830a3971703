"""Why a promise was missed: the rules on their own, and what they are asked about."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, User, Workspace
from handoff import fallback, handoffs
from handoff.compliance.causes import Circumstances, cause_of
from handoff.compliance.circumstances import causes_of
from handoff.models import Handoff
from leadqual.models import Lead
from sla import clocks
from sla.models import Absence, Clock
from tests.builders import receive_hot_lead
from tests.handoff.promised import DAY, HOUR, MINUTE, NOON, Code, promise, promise_all, the

FOUR = timedelta(hours=4)
USUAL = Circumstances(
    code=Code.DECIDE_OFFER,
    started_at=NOON,
    due_at=NOON + FOUR,
    warned_at=NOON + timedelta(hours=3),
    had=FOUR,
    offered_at=NOON,
    told_at=NOON,
)
"""An offer that the rep knew of from the first, and let run out."""
TOUCH = {"code": Code.TOUCH_OF_OFFER}
UNHEARD = {"told_at": None}


@pytest.mark.parametrize(
    ("so", "cause"),
    [
        ({}, "person"),
        ({"code": Code.FIRST_TOUCH}, "person"),
        ({"code": Code.REVIEW_REJECTION}, "person"),
        ({"code": Code.FALLBACK}, "nobody"),
        ({"code": Code.FALLBACK, "queued_for": "silence"}, "person"),
        ({"code": Code.FALLBACK, "queued_for": "failed"}, "system"),
        ({"code": Code.FIRST_TOUCH, "can_be_reached": False}, "data"),
        ({"can_be_reached": False}, "person"),  # deciding takes no word with the lead
        ({**TOUCH, "had": HOUR, "waited": 3 * HOUR}, "nobody"),
        ({**TOUCH, "had": HOUR, "waited": HOUR}, "system"),
        ({**TOUCH, "had": 2 * HOUR, "waited": 2 * HOUR}, "person"),
        (UNHEARD, "system"),
        ({"told_at": NOON + 200 * MINUTE}, "system"),
        ({"told_at": NOON + 3 * HOUR}, "person"),
        ({**UNHEARD, "seen_at": NOON + MINUTE}, "person"),
        ({**UNHEARD, "wants_no_word": True}, "person"),
        ({"warned_at": None, "told_at": NOON + 121 * MINUTE}, "system"),
        ({"days": 2, "absent_days": 1}, "nobody"),
        ({"days": 3, "absent_days": 1}, "person"),
        ({"has_left": True}, "nobody"),
    ],
)
def test_one_cause_stands_in_the_books(so: dict[str, Any], cause: str) -> None:
    assert cause_of(replace(USUAL, **so)) == cause


def missed(*codes: str, now: Any = NOON + 30 * DAY) -> dict[str, str]:
    """By code, the causes of what the sweep has found at that moment."""
    clocks.sweep(now=now)
    found = list(
        Clock.objects.filter(code__in=codes, breached_at__isnull=False).select_related(
            "lead", "workspace", "person", "commitment"
        )
    )
    return {clock.code: causes_of(found)[clock.pk] for clock in found}


pytestmark = pytest.mark.django_db


def test_a_rep_who_was_told_and_did_nothing_was_late(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    receive_hot_lead(workspace)
    assert missed(Code.DECIDE_OFFER) == {Code.DECIDE_OFFER: "person"}


def test_a_rep_who_was_told_nothing_was_not(workspace: Workspace, ben_takes_turns: User) -> None:
    receive_hot_lead(workspace)
    Handoff.objects.update(notified_at=None)
    assert missed(Code.DECIDE_OFFER) == {Code.DECIDE_OFFER: "system"}


def test_a_lead_that_stood_in_the_fallback_queue_had_nobody(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise(workspace, Code.TOUCH_OF_OFFER, minutes=60)
    lead = receive_hot_lead(workspace)
    handoffs.not_mine(lead.handoffs.get(), by=ben_takes_turns, at=NOON + 10 * MINUTE)
    assert fallback.entry_of(lead)
    codes = (Code.TOUCH_OF_OFFER, Code.FALLBACK)
    assert missed(*codes) == dict.fromkeys(codes, "nobody")


def test_a_lead_without_any_address_could_not_be_touched(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise_all(workspace)
    offer = receive_hot_lead(workspace).handoffs.get()
    handoffs.accept(offer, by=ben_takes_turns, at=NOON)
    Lead.objects.update(email="", phone="")
    codes = (Code.FIRST_TOUCH, Code.FOLLOW_UP, Code.QUALIFY)
    assert missed(*codes) == {
        Code.FIRST_TOUCH: "data",
        Code.FOLLOW_UP: "data",
        Code.QUALIFY: "person",
    }


def test_who_was_away_or_has_left_is_not_blamed(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise_all(workspace)
    offer = receive_hot_lead(workspace).handoffs.get()
    handoffs.accept(offer, by=ben_takes_turns, at=NOON)
    day = NOON.date()
    away = Absence.objects.create(
        workspace=workspace,
        person=ben_takes_turns,
        first_day=day + timedelta(days=1),
        last_day=day + timedelta(days=4),
    )
    codes = (Code.FIRST_TOUCH, Code.FOLLOW_UP)
    assert missed(*codes) == {Code.FIRST_TOUCH: "person", Code.FOLLOW_UP: "nobody"}
    away.delete()
    Membership.objects.filter(user=ben_takes_turns).update(ended_at=NOON + HOUR)
    assert missed(*codes) == dict.fromkeys(codes, "nobody")


def test_many_causes_cost_as_many_queries_as_one(
    workspace: Workspace, ben_takes_turns: User
) -> None:
    promise_all(workspace)

    def queries() -> int:
        clocks.sweep(now=NOON + 30 * DAY)
        found = clocks.unanswered_breaches(200)
        with CaptureQueriesContext(connection) as said:
            assert len(causes_of(found)) == len(found)
        return len(said)

    receive_hot_lead(workspace)
    of_one = queries()
    for _ in range(4):
        receive_hot_lead(workspace)
    assert (queries(), of_one) == (6, 6)
    assert the(Lead.objects.earliest("pk"), Code.TOUCH_OF_OFFER).breached_at
