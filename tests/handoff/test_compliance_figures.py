"""Every figure of compliance against a slow, obvious computation over random histories."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given, settings

from accounts.models import Workspace
from handoff.compliance.answer_times import answer_times
from handoff.compliance.by_whom import hours, lines
from handoff.compliance.clock_links import ClockCriteria, clocks_of
from handoff.compliance.coverage import AGES, coverage, untouched, waiting
from handoff.compliance.kept_promises import kept_promises
from handoff.compliance.marketing import delivered
from handoff.compliance.months import Month, Scope
from handoff.models import Handoff
from leadqual.models import Lead
from sla.compliance import Asked, Kept, kept
from sla.models import Commitment, Side
from tests.handoff.compliance_histories import (
    CLOCKS,
    FIRST,
    MOVES,
    NOW,
    OFFERS,
    TOUCHES,
    ZONE,
    History,
    between,
    first_touch,
    month_of,
    slow_kept,
)
from tests.handoff.undone import undone

pytestmark = pytest.mark.django_db
MARCH = Month(FIRST, ZoneInfo(ZONE))
MONTHS = (MARCH.before(), MARCH)
PROPERTY = settings(max_examples=30, deadline=None)


def scope_of(workspace: Workspace) -> Scope:
    return Scope(workspace, MARCH, NOW)


def close(figure: Kept) -> Any:
    return pytest.approx((figure.median, figure.p90)) if figure.answered else (None, None)


def same(found: dict[Any, Kept], slow: dict[Any, Kept]) -> None:
    """By range and key against by month and key."""
    told = {(MONTHS[place].first, key): one for (place, key), one in found.items()}
    wanted = {key: one for key, one in slow.items() if key[0] in (m.first for m in MONTHS)}
    assert {key: replace(one, median=None, p90=None) for key, one in told.items()} == {
        key: replace(one, median=None, p90=None) for key, one in wanted.items()
    }
    for key, one in told.items():
        assert (one.median, one.p90) == close(wanted[key])


@PROPERTY
@given(CLOCKS)
def test_promises_are_counted_as_one_would_by_hand(drawn: list[Any]) -> None:
    with undone(timezone=ZONE) as workspace:
        clocks = History(workspace).clocks(drawn)
        asked = Asked(workspace, scope_of(workspace).bounds, NOW, Commitment.Code.values)
        found = kept(
            asked,
            ("commitment",), ("code", "tier"), ("person",), ("weekday", "hour"),
            times=True,
        )  # fmt: skip
        zone = ZoneInfo(ZONE)

        def began(clock: Any) -> tuple[int, int]:
            local = clock.started_at.astimezone(zone)
            return local.isoweekday(), local.hour

        for figures, key in zip(
            found,
            (
                lambda clock: (clock.commitment_id,),
                lambda clock: (clock.code, clock.tier_code),
                lambda clock: (clock.person_id,),
                began,
            ),
            strict=True,
        ):
            same(figures, slow_kept(clocks, key))
        [whole] = kept(replace(asked, commitments=[clocks[0].commitment_id] if clocks else []), ())
        chosen = [one for one in clocks if one.commitment_id == clocks[0].commitment_id]
        assert {place: one.judged for (place, _), one in whole.items()} == {
            MONTHS.index(Month(month, zone)): one.judged
            for (month, _), one in slow_kept(chosen, lambda _: ()).items()
            if month in (m.first for m in MONTHS)
        }


@PROPERTY
@given(CLOCKS)
def test_every_figure_lists_just_its_clocks(drawn: list[Any]) -> None:
    with undone(timezone=ZONE) as workspace:
        History(workspace).clocks(drawn)
        scope = scope_of(workspace)
        rows = [row.counted for row in kept_promises(scope, *Side)]
        by = lines(scope)
        rows += [row.whole for row in (*by.tiers, *by.people)]
        rows += [kind for row in by.people for _, kind in row.kinds]
        rows += [cell for hour in hours(scope) for cell in hour.cells]
        with timezone.override(workspace.zone):
            for row in rows:
                for figure in (row.judged, row.met, row.missed, row.running, row.taken_back):
                    if figure.url:
                        query = QueryDict(figure.url.partition("?")[2]).dict()
                        criteria = ClockCriteria.typed(query)
                        assert clocks_of(scope, criteria).count() == figure.count
        assert sum(row.counted.kept.judged for row in kept_promises(scope, Side.SALES)) == sum(
            row.whole.kept.judged for row in by.people
        )


@PROPERTY
@given(MOVES)
def test_mqls_are_counted_moves_of_the_month(drawn: list[Any]) -> None:
    with undone(timezone=ZONE) as workspace:
        moves = History(workspace).moves(drawn)
        found = delivered(workspace, [month.period for month in MONTHS])
        for month, figure in zip(MONTHS, found, strict=True):
            own = [
                move
                for move in moves
                if move.counted and move.to_stage == "mql" and month_of(move.at) == month.first
            ]
            assert (figure.count, figure.leads) == (len(own), len({one.lead_id for one in own}))
            assert figure.by_grade == Counter(move.grade for move in own)


@PROPERTY
@given(OFFERS, TOUCHES)
def test_coverage_and_the_time_people_took_are_those_of_the_offers(
    drawn: list[Any], touched: list[Any]
) -> None:
    with undone(timezone=ZONE) as workspace:
        history = History(workspace)
        offers, touches = history.offers(drawn), history.touches(touched)
        firsts = {one.pk: first_touch(one, offers, touches) for one in offers}
        periods = [month.period for month in MONTHS]
        for month, cover, times in zip(
            MONTHS, coverage(workspace, periods), answer_times(workspace, periods), strict=True
        ):
            accepted = [
                one
                for one in offers
                if one.status == "accepted" and one.decided_at
                and month_of(one.decided_at) == month.first
            ]  # fmt: skip
            worked = [one for one in accepted if firsts[one.pk]]
            idle = [one for one in accepted if not firsts[one.pk]]
            assert (cover.accepted, cover.touched) == (len(accepted), len(worked))
            assert (cover.accepted_leads, cover.touched_leads, cover.untouched_leads) == tuple(
                len({one.lead_id for one in each}) for each in (accepted, worked, idle)
            )
            own = [one for one in offers if month_of(one.offered_at) == month.first]
            assert times.offered == len(own)
            _spans(own, firsts, times)


def _spans(own: list[Handoff], firsts: dict[int, datetime | None], times: Any) -> None:
    decided = [
        one.decided_at - one.viewed_at
        for one in own
        if one.status in ("accepted", "rejected") and one.viewed_at and one.decided_at
    ]
    taken = [one for one in own if one.status == "accepted" and firsts[one.pk]]
    for told, spans in (
        (times.seen, [one.viewed_at - one.offered_at for one in own if one.viewed_at]),
        (times.decided, decided),
        (times.touched, [firsts[one.pk] - one.decided_at for one in taken]),  # type: ignore
    ):
        seconds = sorted(span.total_seconds() for span in spans)
        assert (told.n, told.negative) == (len(seconds), sum(one < 0 for one in seconds))
        if seconds:
            assert (told.median, told.p90) == pytest.approx(
                (between(seconds, 0.5), between(seconds, 0.9))
            )


@PROPERTY
@given(OFFERS, TOUCHES)
def test_who_waits_untouched_is_counted_and_listed_by_age(
    drawn: list[Any], touched: list[Any]
) -> None:
    with undone(timezone=ZONE) as workspace:
        history = History(workspace)
        past = [facts for facts in drawn if facts[1] + timedelta(hours=facts[2]) <= NOW]
        offers, touches = history.offers(past), history.touches(touched)
        Lead.objects.of(workspace).update(stage="sal")
        found = untouched(workspace, now=NOW).accepted
        wanted: Counter[str] = Counter()
        for lead in history.leads:
            own = [one for one in offers if one.lead_id == lead.pk]
            last = max(own, key=lambda one: (one.offered_at, one.pk), default=None)
            if last and last.status == "accepted" and not first_touch(last, offers, touches):
                age = NOW - (last.decided_at or NOW)
                [code] = [c for c, _, low, high in AGES if low <= age and (not high or age < high)]
                wanted[code] += 1
        assert found == wanted
        for code, _, _, _ in AGES:
            listed = waiting(workspace, status="accepted", age=code, now=NOW, after=None)
            assert len(listed) == wanted[code]
