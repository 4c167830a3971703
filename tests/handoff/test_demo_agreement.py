"""The year of the demo is held to agreements that were really signed, by clocks that say what the
product would have made them say."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import Workspace
from handoff import escalation
from handoff.agreement.differences import differences
from handoff.agreement.in_force import reasons_in_force
from handoff.compliance.circumstances import causes_of
from handoff.demo.build import build
from handoff.demo.signing import NEW_REASON
from handoff.demo.world import HARBOUR, NORTHWIND
from handoff.models import AgendaItem, CallBack, Handoff, HandoffPolicy, Review, ReviewKind
from handoff.reviews.cadences import overdue
from handoff.reviews.deciding import overdue_decisions
from handoff.reviews.led_to import decisions_behind
from handoff.reviews.marking import upholds
from handoff.reviews.measured import measure
from handoff.reviews.minutes import is_unaltered
from leadqual.models import OutboxMessage, Touch
from sla import agreements, clocks
from sla.agreement_text import read
from sla.calendars import calendar_of
from sla.deadlines import Span, deadlines, worked
from sla.models import Agreement, Clock, Commitment, Side

pytestmark = pytest.mark.django_db
Code = Commitment.Code
NOW = timezone.now()


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Workspace]:
    """Built once for all tests here, each of which is rolled back to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        build(replace(HARBOUR, leads=90), now=NOW)
        yield build(replace(NORTHWIND, leads=420), now=NOW)
        transaction.set_rollback(True)


def of(workspace: Workspace, *codes: str) -> list[Clock]:
    found = Clock.objects.of(workspace).filter(code__in=codes).prefetch_related("pauses")
    return list(found.select_related("commitment__agreement", "calendar", "lead", "workspace"))


def test_two_versions_are_signed_by_both_and_the_third_waits_for_sales(demo: Workspace) -> None:
    first, second, third = Agreement.objects.of(demo).order_by("number")
    assert [each.status for each in (first, second, third)] == ["superseded", "active", "proposed"]
    assert all(agreements.is_unaltered(each) for each in (first, second, third))
    for signed in (first, second):
        by = {one.side: str(one.person) for one in agreements.signatures_of(signed)}
        assert by == {"marketing": "Ana Marques", "sales": "Mara Lindt"}
    assert first.superseded_at == second.active_since
    assert agreements.sides_to_sign(third) == [Side.SALES]
    assert second.active_since is not None
    assert timedelta(weeks=9) < NOW - second.active_since < timedelta(weeks=11)


def test_the_versions_differ_where_it_can_be_seen(demo: Workspace) -> None:
    first, second, third = Agreement.objects.of(demo).order_by("number")
    decide = [v.commitments.get(code=Code.DECIDE_OFFER).minutes for v in (first, second, third)]
    assert decide == [240, 180, 180]
    assert [v.leads_a_month for v in (first, second, third)] == [260, 330, 360]
    texts = [read(version.document) for version in (first, second)]
    changed = {clause.code for clause in differences(*texts).changed}
    assert {"commitments", "reasons", "volume"} <= changed
    reasons = [{one["code"] for one in (v.terms or {})["reasons"]} for v in (first, second)]
    assert reasons[1] - reasons[0] == {NEW_REASON}
    assert NEW_REASON in {reason.code for reason in reasons_in_force(demo)}
    hot = first.commitments.get(code=Code.TOUCH_OF_OFFER, tier_code="high-value")
    assert hot.minutes == 5


def test_every_clock_hangs_on_the_version_in_force_when_it_was_started(demo: Workspace) -> None:
    since = Agreement.objects.of(demo).get(number=2).active_since
    assert since is not None
    for clock in Clock.objects.of(demo).select_related("commitment__agreement"):
        promise = clock.commitment
        assert promise.agreement is not None
        assert promise.agreement.number == (2 if clock.started_at >= since else 1)
        said = (clock.code, clock.tier_code, clock.minutes, clock.days)
        assert said == (promise.code, promise.tier_code, promise.minutes, promise.days)


def test_every_clock_says_what_its_terms_its_pauses_and_its_stop_make_it_say(
    demo: Workspace,
) -> None:
    found = of(demo, *Code)
    assert {clock.code for clock in found} == set(Code) - {Code.FALLBACK}
    for clock in found:
        calendar = calendar_of(clock.calendar)
        still = [Span(pause.since, pause.until) for pause in clock.pauses.all()]
        moments = deadlines(
            started_at=clock.started_at,
            minutes=clock.minutes,
            days=clock.days,
            warn_percents=clock.warn_percents,
            calendar=calendar,
            pauses=still,
        )
        assert (clock.warn_ats, clock.due_at) == (moments.warn_ats, moments.due_at)
        ended = clock.stopped_at or NOW
        ran_out = clock.stopped_by == clocks.RAN_OUT
        late = ended > clock.due_at or (ran_out and ended == clock.due_at)
        assert clock.breached_at == (clock.due_at if late else None)
        if clock.stopped_at:
            took = worked(clock.started_at, clock.stopped_at, pauses=still, calendar=calendar)
            assert clock.business_seconds == took // timedelta(seconds=1)


def test_every_handoff_has_the_clocks_that_the_product_would_have_started(
    demo: Workspace,
) -> None:
    by_code: dict[str, set[str]] = defaultdict(set)
    for code, key in Clock.objects.of(demo).values_list("code", "subject_key"):
        by_code[code].add(key)
    offers = list(Handoff.objects.of(demo))
    accepted = {f"handoff:{each.pk}" for each in offers if each.status == "accepted"}
    rejected = {f"handoff:{each.pk}" for each in offers if each.status == "rejected"}
    assert by_code[Code.DECIDE_OFFER] == {f"handoff:{each.pk}" for each in offers}
    for code in (Code.FIRST_TOUCH, Code.FOLLOW_UP, Code.QUALIFY):
        assert by_code[code] == accepted
    assert by_code[Code.REVIEW_REJECTION] == rejected
    cycles = {f"ready:{each.lead_id}:{each.cycle}" for each in offers}
    assert by_code[Code.OFFERED] == cycles
    assert len(by_code[Code.SCORED]) == 420
    hot = {each.pk for each in offers if each.tier and each.tier.is_hot}
    own = {int(key.removeprefix("cycle:")) for key in by_code[Code.TOUCH_OF_OFFER]}
    assert own
    assert own <= hot


def test_a_miss_has_the_cause_that_the_product_finds_and_some_are_noted(demo: Workspace) -> None:
    missed = [clock for clock in of(demo, *Code) if clock.breached_at]
    ours = [clock for clock in missed if clock.code not in (Code.SCORED, Code.OFFERED)]
    causes = causes_of(ours)
    assert len(ours) > 20
    for clock in ours:
        assert clock.cause == causes[clock.pk]
    noted = [clock for clock in missed if clock.acknowledged_at]
    assert 0.2 * len(missed) < len(noted) < 0.8 * len(missed)
    assert all(clock.acknowledgement and clock.acknowledged_by for clock in noted)


def test_some_touches_were_logged_late_and_some_leads_asked_to_be_called_back(
    demo: Workspace,
) -> None:
    assert any(clock.logged_late for clock in of(demo, Code.FIRST_TOUCH, Code.FOLLOW_UP))
    assert not Touch.objects.of(demo).filter(logged_at__gt=NOW).exists()
    asked = CallBack.objects.of(demo)
    assert asked.count() > 0
    for call_back in asked:
        assert (call_back.ended_at is None) == (call_back.until > NOW)
    assert Clock.objects.of(demo).filter(paused_seconds__gt=0).exists()


def test_the_first_minutes_find_nothing_to_tell_of_the_past(demo: Workspace) -> None:
    """But of what falls due in these minutes, and of the offers that are open."""
    before = OutboxMessage.objects.count()
    assert before <= 2 * Handoff.objects.open().count()
    clocks.sweep(now=NOW)
    assert escalation.answer_breaches(now=NOW) == 0
    assert escalation.tell_warnings(now=NOW) == 0
    assert OutboxMessage.objects.count() == before


def test_the_other_workspace_has_nothing_signed_and_lives_by_its_defaults(
    demo: Workspace,
) -> None:
    harbour = Workspace.objects.get(slug="harbour")
    assert not Agreement.objects.of(harbour).exists()
    assert not Clock.objects.of(harbour).exclude(commitment__agreement=None).exists()
    assert Clock.objects.of(harbour).filter(code=Code.FIRST_TOUCH).exists()
    assert HandoffPolicy.objects.get(workspace=harbour).hold_until_signed is False


def test_two_joint_reviews_were_held_by_both_sides_and_their_effect_is_measured(
    demo: Workspace,
) -> None:
    first, second = Review.objects.of(demo).order_by("opened_at")
    for review in (first, second):
        assert is_unaltered(review.minutes)
        assert {one.side for one in review.participants.exclude(joined_at=None)} == {
            "marketing",
            "sales",
        }
    [signed] = decisions_behind(Agreement.objects.of(demo).get(number=2))
    assert signed.review == first
    found = measure(signed, now=NOW)
    assert found is not None
    assert (found.so_far, found.before.decided > 20, found.after.decided > 20) == (60, True, True)
    assert [one.review for one in overdue_decisions(demo, today=NOW.date())] == [second]


def test_reviews_are_due_as_if_they_had_been_held_all_year(demo: Workspace) -> None:
    harbour = Workspace.objects.get(slug="harbour")
    late = {due.kind for due in overdue(demo, today=NOW.date())}
    assert late == {ReviewKind.METRICS}
    assert {due.kind for due in overdue(harbour, today=NOW.date())} == {ReviewKind.THRESHOLDS}


def test_what_both_sides_marked_is_what_was_said_of_the_rejections(demo: Workspace) -> None:
    applied = AgendaItem.objects.filter(review__workspace=demo).exclude(applied="")
    assert applied.exists()
    for item in applied.select_related("handoff"):
        assert item.handoff is not None
        assert item.handoff.upheld == upholds(item.applied)
