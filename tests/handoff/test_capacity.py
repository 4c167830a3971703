"""Who can be offered a lead at a moment: caps, days away, hours; and until when not."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from handoff.capacity import Hours, Load, Person, Refusal
from sla.business_time import Calendar
from tests.builders import MONDAY_NOON

BERLIN = ZoneInfo("Europe/Berlin")
BEN = Person(user=1, name="Ben", zone=BERLIN)
TUESDAY = datetime(2026, 3, 3, tzinfo=BERLIN)
NEXT_MONDAY = datetime(2026, 3, 9, tzinfo=BERLIN)
OFFICE = Calendar(zone="Europe/Berlin", weekly=(((time(9), time(12)),),) * 5 + ((), ()))


def test_a_rep_without_limits_takes_whatever_comes() -> None:
    assert replace(BEN, load=Load(300, 100, 200)).refusal(MONDAY_NOON) is None


@pytest.mark.parametrize(
    ("limits", "load", "refusal"),
    [
        (
            {"most_open": 3},
            Load(3, 0, 0),
            Refusal("has 3 offers open, of 3 at most", MONDAY_NOON + timedelta(minutes=1)),
        ),
        (
            {"most_a_day": 2},
            Load(0, 2, 2),
            Refusal("has had 2 offers today, of 2 at most", TUESDAY),
        ),
        (
            {"most_a_week": 3, "most_a_day": 1},
            Load(0, 1, 3),
            Refusal("has had 3 offers this week, of 3 at most", NEXT_MONDAY),
        ),
    ],
)
def test_who_has_reached_a_cap_is_passed_over_until_it_ends(
    limits: dict[str, int], load: Load, refusal: Refusal
) -> None:
    assert replace(BEN, load=load, **limits).refusal(MONDAY_NOON) == refusal  # type: ignore[arg-type]
    less = Load(max(0, load.open - 1), max(0, load.today - 1), max(0, load.week - 1))
    assert replace(BEN, load=less, **limits).refusal(MONDAY_NOON) is None  # type: ignore[arg-type]


def test_days_away_are_those_of_the_workspace_both_included() -> None:
    away = replace(BEN, away=[(date(2026, 3, 2), date(2026, 3, 3))])
    wednesday = datetime(2026, 3, 4, tzinfo=BERLIN)
    assert away.refusal(wednesday - timedelta(seconds=1)) == Refusal(
        "is away until 03 Mar 2026", wednesday
    )
    assert away.refusal(wednesday) is None
    assert away.refusal(datetime(2026, 3, 1, 23, 0, tzinfo=UTC)) is not None  # midnight in Berlin
    assert away.refusal(datetime(2026, 3, 1, 22, 59, tzinfo=UTC)) is None


def test_outside_working_hours_the_next_opening_is_named() -> None:
    ben = replace(BEN, hours=Hours(OFFICE))
    assert ben.refusal(MONDAY_NOON - timedelta(hours=2)) is None  # 11:00 in Berlin
    assert ben.refusal(MONDAY_NOON) == Refusal(
        "is outside working hours", datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    )


def test_the_hours_of_the_pool_are_those_of_members_without_own_ones() -> None:
    pool = Hours(OFFICE)
    closed = Refusal("is outside working hours", datetime(2026, 3, 3, 8, 0, tzinfo=UTC))
    assert BEN.refusal(MONDAY_NOON) is None
    assert BEN.refusal(MONDAY_NOON, pool_hours=pool) == closed
    always = Calendar(zone="UTC", weekly=(((time(0), time(0)),),) * 7)
    assert replace(BEN, hours=Hours(always)).refusal(MONDAY_NOON, pool_hours=pool) is None
    assert BEN.refusal(MONDAY_NOON, pool_hours=Hours(broken=True)) == Refusal(
        "has working hours that cannot be computed with", MONDAY_NOON + timedelta(minutes=1)
    )


def test_the_pace_of_releases_binds_only_releases() -> None:
    ben = replace(BEN, pace=2, load=Load(2, 2, 2))
    assert ben.refusal(MONDAY_NOON) is None
    assert ben.refusal(MONDAY_NOON, paced=True) == Refusal("has had the offers of a day", TUESDAY)


@pytest.mark.parametrize(
    ("limits", "load", "left"),
    [
        ({}, Load(), 8),
        ({}, Load(today=9), 0),
        ({"most_a_day": 3}, Load(today=1), 2),
        ({"most_a_week": 3}, Load(week=1), 2),
        ({"most_open": 5}, Load(open=4), 1),
        ({"away": [(date(2026, 3, 2), date(2026, 3, 2))]}, Load(), 0),
        ({"hours": OFFICE}, Load(), 8),  # at whatever hour of the day
        ({"barred": "takes no offers at the moment"}, Load(), 0),
    ],
)
def test_what_may_be_released_today_is_what_the_tightest_limit_leaves(
    limits: dict[str, object], load: Load, left: int
) -> None:
    assert replace(BEN, load=load, **limits).left_today(MONDAY_NOON) == left  # type: ignore[arg-type]
