"""Business calendars in the admin."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import Workspace
from sla.clocks import start
from sla.models import BusinessCalendar, CalendarException, Commitment, WorkingRange
from sla.starter import install_starter_sla
from tests.admin_pages import Fields, add_row, errors_of, fields_of, messages_of, row_number
from tests.builders import make_lead

FORM = "businesscalendar_form"
ADD = "/admin/sla/businesscalendar/add/"


@pytest.fixture
def calendar(workspace: Workspace) -> BusinessCalendar:
    """Monday to Friday, 9 to 12 and 13 to 17, in Berlin."""
    return install_starter_sla(workspace, timezone="Europe/Berlin", country="DE")


@pytest.fixture
def path(calendar: BusinessCalendar) -> str:
    return reverse("admin:sla_businesscalendar_change", args=[calendar.pk])


@pytest.fixture
def fields(as_mara: Client, path: str) -> Fields:
    return fields_of(as_mara.get(path), FORM)


def with_exception(fields: Fields, **values: str) -> Fields:
    row = {"date": "2026-12-24", "start": "", "end": "", "note": ""}
    return add_row(fields, "exceptions", **{**row, **values})


def test_saving_a_calendar_without_a_change_changes_nothing(
    as_mara: Client, path: str, fields: Fields, calendar: BusinessCalendar
) -> None:
    before = list(calendar.ranges.values_list("weekday", "start", "end"))
    assert as_mara.post(path, fields).status_code == 302
    calendar.refresh_from_db()
    assert list(calendar.ranges.values_list("weekday", "start", "end")) == before
    assert (calendar.timezone, calendar.country) == ("Europe/Berlin", "DE")
    assert LogEntry.objects.count() == 0


def test_several_ranges_a_day_up_to_midnight_are_welcome(
    as_mara: Client, path: str, fields: Fields, calendar: BusinessCalendar
) -> None:
    fields = add_row(fields, "ranges", weekday="0", start="20:00", end="24:00")
    assert as_mara.post(path, fields).status_code == 302
    late = calendar.ranges.get(weekday=0, start=time(20))
    assert late.end == time(0)
    again = fields_of(as_mara.get(path), FORM)
    number = row_number(again, "ranges", "start", "20:00")
    assert again[f"ranges-{number}-end"] == "24:00"


def test_overlapping_ranges_are_refused_at_the_row(
    as_mara: Client, path: str, fields: Fields
) -> None:
    number = fields["ranges-TOTAL_FORMS"]
    page = as_mara.post(path, add_row(fields, "ranges", weekday="0", start="11:00", end="14:00"))
    assert errors_of(page) == {
        f"ranges-{number}-start": ["Monday: 09:00–12:00 and 11:00–14:00 overlap."]
    }


def test_a_range_over_midnight_is_refused_with_what_to_write(
    as_mara: Client, path: str, fields: Fields
) -> None:
    number = fields["ranges-TOTAL_FORMS"]
    page = as_mara.post(path, add_row(fields, "ranges", weekday="5", start="22:00", end="02:00"))
    assert errors_of(page) == {
        f"ranges-{number}-start": [
            "Saturday: 22:00–02:00 ends before it starts. Write a night as two ranges: "
            "22:00–24:00, and the rest on the next day."
        ]
    }


def test_a_time_that_is_none_is_refused(as_mara: Client, path: str, fields: Fields) -> None:
    number = fields["ranges-TOTAL_FORMS"]
    page = as_mara.post(path, add_row(fields, "ranges", weekday="5", start="noon", end="25:00"))
    assert errors_of(page) == {
        f"ranges-{number}-start": ["Write a time such as 09:00."],
        f"ranges-{number}-end": ["Write a time such as 17:00."],
    }


def test_a_calendar_that_never_opens_is_refused(
    as_mara: Client, path: str, fields: Fields, calendar: BusinessCalendar
) -> None:
    closed = {f"ranges-{n}-DELETE": "on" for n in range(int(fields["ranges-TOTAL_FORMS"]))}
    page = as_mara.post(path, {**fields, **closed})
    assert errors_of(page) == {
        "ranges": ["This calendar would be closed for ever: add working hours to at least one day."]
    }
    assert calendar.ranges.count() == 10


def test_a_calendar_may_open_on_single_dates_only(
    as_mara: Client, path: str, fields: Fields, calendar: BusinessCalendar
) -> None:
    closed = {f"ranges-{n}-DELETE": "on" for n in range(int(fields["ranges-TOTAL_FORMS"]))}
    fields = with_exception({**fields, **closed}, start="09:00", end="12:00")
    assert as_mara.post(path, fields).status_code == 302
    assert calendar.ranges.count() == 0


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        (
            {"start": "09:00"},
            "end",
            "Write both times, or neither for a day that is closed.",
        ),
        (
            {"end": "12:00"},
            "start",
            "Write both times, or neither for a day that is closed.",
        ),
        (
            {"start": "12:00", "end": "09:00"},
            "start",
            "24 December 2026: 12:00–09:00 ends before it starts. Write a night as two ranges: "
            "12:00–24:00, and the rest on the next day.",
        ),
    ],
)
def test_an_exception_is_refused_where_it_was_typed(
    as_mara: Client, path: str, fields: Fields, values: dict[str, str], field: str, told: str
) -> None:
    page = as_mara.post(path, with_exception(fields, **values))
    assert errors_of(page) == {f"exceptions-0-{field}": [told]}


def test_a_date_is_closed_or_open_but_not_both(as_mara: Client, path: str, fields: Fields) -> None:
    twice = with_exception(with_exception(fields), start="09:00", end="12:00")
    assert errors_of(as_mara.post(path, twice)) == {
        "exceptions-0-date": ["24 December 2026 is listed more than once, and here as closed."]
    }


def test_holidays_are_those_of_a_country_or_one_of_its_regions(
    as_mara: Client, path: str, fields: Fields, calendar: BusinessCalendar
) -> None:
    assert fields["holidays"] == "DE"
    assert as_mara.post(path, {**fields, "holidays": "DE/BY"}).status_code == 302
    calendar.refresh_from_db()
    assert (calendar.country, calendar.subdivision) == ("DE", "BY")
    change = LogEntry.objects.latest("action_time").get_change_message()
    assert change == "Public holidays from “Germany” to “Germany: Bayern”."
    again = fields_of(as_mara.get(path), FORM)
    page = as_mara.post(path, {**again, "holidays": "DE/XX"})
    assert list(errors_of(page)) == ["holidays"]


def test_an_edit_moves_the_running_deadlines_and_says_how_many(
    as_mara: Client, path: str, fields: Fields, calendar: BusinessCalendar, workspace: Workspace
) -> None:
    soon = datetime.now(UTC) + timedelta(days=1)
    clock = start(
        lead=make_lead(workspace),
        code=Commitment.Code.DECIDE_OFFER,
        subject_key="handoff:1",
        person=None,
        at=soon,
    )
    assert clock is not None
    round_the_clock = fields
    for n in range(int(fields["ranges-TOTAL_FORMS"])):
        round_the_clock = {**round_the_clock, f"ranges-{n}-DELETE": "on"}
    for day in range(7):
        row = {"weekday": str(day), "start": "00:00", "end": "24:00"}
        round_the_clock = add_row(round_the_clock, "ranges", **row)
    page = as_mara.post(path, {**round_the_clock, "holidays": ""}, follow=True)
    assert "1 running deadline moves with this calendar." in messages_of(page)
    clock.refresh_from_db()
    assert clock.due_at == soon + timedelta(hours=4)


def test_a_new_calendar_belongs_to_the_workspace(as_mara: Client, workspace: Workspace) -> None:
    fields = fields_of(as_mara.get(ADD), FORM) | {"name": "Support", "timezone": "Asia/Tokyo"}
    fields = add_row(fields, "ranges", weekday="6", start="10:00", end="16:00")
    assert as_mara.post(ADD, fields).status_code == 302
    calendar = BusinessCalendar.objects.get(name="Support")
    assert (calendar.workspace, calendar.timezone) == (workspace, "Asia/Tokyo")
    assert WorkingRange.objects.filter(calendar=calendar).count() == 1
    assert CalendarException.objects.count() == 0


def test_a_calendar_that_measures_promises_stays(
    as_mara: Client, calendar: BusinessCalendar
) -> None:
    path = reverse("admin:sla_businesscalendar_delete", args=[calendar.pk])
    page = as_mara.post(path, {"post": "yes"}, follow=True)
    assert messages_of(page) == [
        "“Working hours” stays: promises are measured in it, such as “Decide an offer within 240 "
        "business minutes”. Give them another calendar first."
    ]
    assert BusinessCalendar.objects.filter(pk=calendar.pk).exists()
