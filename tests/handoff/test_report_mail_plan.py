"""When a dashboard's mail goes, and which days it is then about."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Workspace
from handoff.dashboards.mail_plan import (
    PERIODS,
    address_query,
    last_until,
    next_after,
    period_of,
    schedule_words,
)
from handoff.models import ReportMail


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


EARLY = utc("2026-01-01").replace(tzinfo=None)
LATE = utc("2027-12-31").replace(tzinfo=None)
BERLIN = Workspace(name="Northwind", slug="northwind", timezone="Europe/Berlin")


def mail(**fields: Any) -> ReportMail:
    return ReportMail(workspace=BERLIN, page="funnel", **fields)


@pytest.mark.parametrize(
    ("fields", "after", "goes"),
    [
        # Seven in Berlin is six in London's winter and five in summer.
        ({"every": "week", "weekday": 0}, "2026-03-02 05:59", "2026-03-02 06:00"),
        ({"every": "week", "weekday": 0}, "2026-03-02 06:00", "2026-03-09 06:00"),
        ({"every": "week", "weekday": 0}, "2026-03-24 12:00", "2026-03-30 05:00"),
        ({"every": "day"}, "2026-03-06 06:00", "2026-03-09 06:00"),
        ({"every": "month", "day": 28}, "2026-01-29 00:00", "2026-02-28 06:00"),
        ({"every": "month", "day": 1, "hour": 0}, "2026-02-28 22:59", "2026-02-28 23:00"),
        # The hour from two to three does not exist on 29 March, and exists twice on 25 October.
        ({"every": "week", "weekday": 6, "hour": 2}, "2026-03-28 12:00", "2026-03-29 01:00"),
        ({"every": "week", "weekday": 6, "hour": 2}, "2026-10-24 12:00", "2026-10-25 00:00"),
    ],
)
def test_the_next_mail_goes_at_the_hour_of_the_workspace(
    fields: dict[str, Any], after: str, goes: str
) -> None:
    assert next_after(mail(**fields), utc(after)) == utc(goes)


@given(
    every=st.sampled_from(ReportMail.Every.values),
    weekday=st.integers(0, 6),
    day=st.integers(1, 28),
    hour=st.integers(0, 23),
    at=st.datetimes(EARLY, LATE, timezones=st.just(UTC)),
)
def test_between_the_last_and_the_next_there_is_no_other(
    every: str, weekday: int, day: int, hour: int, at: datetime
) -> None:
    one = mail(every=every, weekday=weekday, day=day, hour=hour)
    last, following = last_until(one, at), next_after(one, at)
    assert last <= at < following
    assert (next_after(one, last), last_until(one, following)) == (following, following)
    assert following - last <= timedelta(days=32)


@pytest.mark.parametrize(
    ("code", "words", "first", "last"),
    [
        ("week", "Last week", date(2026, 3, 2), date(2026, 3, 8)),
        ("month", "Last month", date(2026, 2, 1), date(2026, 2, 28)),
        ("quarter", "Last quarter", date(2025, 10, 1), date(2025, 12, 31)),
        ("7", "The last 7 days", date(2026, 3, 4), date(2026, 3, 10)),
        ("30", "The last 30 days", date(2026, 2, 9), date(2026, 3, 10)),
    ],
)
def test_the_days_are_meant_from_the_day_of_the_mail(
    code: str, words: str, first: date, last: date
) -> None:
    said, period = period_of(mail(query=f"period={code}"), date(2026, 3, 11))
    assert (said, period.first, period.last) == (words, first, last)
    assert period.starts_at == datetime(first.year, first.month, first.day, tzinfo=BERLIN.zone)


def test_every_period_is_of_whole_days_that_are_over() -> None:
    for today in (date(2026, 1, 1), date(2026, 3, 2), date(2028, 2, 29)):
        for _, days in PERIODS.values():
            first, last = days(today)
            assert first <= last < today


def test_the_page_is_asked_for_those_days_and_the_filters_that_were_kept() -> None:
    one = mail(query="period=week&source=7&by=source&compare=before")
    query = address_query(one, date(2026, 3, 9))
    assert query.dict() == {
        "source": "7",
        "by": "source",
        "compare": "before",
        "first": "2026-03-02",
        "last": "2026-03-08",
    }


def test_a_query_that_names_no_period_we_know_means_last_week() -> None:
    for query in ("", "period=forever"):
        assert period_of(mail(query=query), date(2026, 3, 9))[0] == "Last week"


def test_the_schedule_reads_as_people_say_it() -> None:
    assert schedule_words(mail(every="week", weekday=0)) == "every Monday at 07:00"
    assert schedule_words(mail(every="month", day=3, hour=18)) == "on day 3 of every month at 18:00"
    assert schedule_words(mail(every="day")) == "every day from Monday to Friday at 07:00"
