"""The calendar's page in the admin: what it says of the days to come, and what an edit moves."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from handoff.models import Pool
from sla.calendar_outlook import ending_holidays, outlook
from sla.calendar_uses import measured_in, why_it_stays
from sla.clocks import start
from sla.models import BusinessCalendar, CalendarException, Clock, Commitment
from tests.admin_pages import Fields, add_row, errors_of, fields_of, messages_of
from tests.builders import join_pool, make_lead
from tests.sla.agreements import make_agreement
from tests.sla.calendars import local, utc
from tests.sla.weeks import make_calendar

FORM = "businesscalendar_form"
BERLIN = ZoneInfo("Europe/Berlin")
DECIDE = Commitment.Code.DECIDE_OFFER
CHRISTMAS = local("2026-12-21 10:00")  # a Monday
MEASURED = (
    "Measured in it: Decide an offer within 240 business minutes; First touch after acceptance "
    "within 60 business minutes; Find somebody for a lead that nobody could take within 60 "
    "business minutes."
)


@pytest.fixture
def path(calendar: BusinessCalendar) -> str:
    return reverse("admin:sla_businesscalendar_change", args=[calendar.pk])


@pytest.fixture
def fields(as_mara: Client, path: str) -> Fields:
    return fields_of(as_mara.get(path), FORM)


@pytest.fixture
def spare(workspace: Workspace) -> BusinessCalendar:
    """No promise names it."""
    return make_calendar(workspace, "Spare", days=range(5), hours="09:00-17:00", zone="UTC")


def test_the_next_two_weeks_name_holidays_and_exceptions(calendar: BusinessCalendar) -> None:
    for day, note in ((24, "Office party"), (26, "Stocktaking"), (28, "")):
        opened = {} if day == 28 else {"start": "10:00", "end": "00:00"}
        CalendarException.objects.create(
            calendar=calendar, date=date(2026, 12, day), note=note, **opened
        )
    days = {day.date.day: (day.hours, day.why) for day in outlook(calendar, now=CHRISTMAS).days}
    usual = "09:00–12:00, 13:00–17:00"
    assert days == {
        21: (usual, ""),
        22: (usual, ""),
        23: (usual, ""),
        24: ("10:00–24:00", "Office party"),
        25: ("", "Christmas Day"),
        26: ("10:00–24:00", "Second Day of Christmas, Stocktaking"),
        27: ("", ""),
        28: ("", "Exception"),
        29: (usual, ""),
        30: (usual, ""),
        31: (usual, ""),
        1: ("", "New Year's Day"),
        2: ("", ""),
        3: ("", ""),
    }


def test_the_nights_of_the_clock_change_are_named(calendar: BusinessCalendar) -> None:
    def jumps(now: datetime) -> list[tuple[date, str]]:
        return [(day.date, day.why) for day in outlook(calendar, now=now).days if day.why]

    assert jumps(utc("2026-03-24 12:00"))[0] == (
        date(2026, 3, 29),
        "The clock is put forward by 60 minutes",
    )
    assert jumps(utc("2026-10-20 12:00")) == [
        (date(2026, 10, 25), "The clock is put back by 60 minutes")
    ]


def test_examples_say_when_an_hour_and_days_are_over(calendar: BusinessCalendar) -> None:
    said = {each.words: each.due for each in outlook(calendar, now=CHRISTMAS).examples}
    assert said == {
        "An hour of work from now is due": "Mon 21 Dec 2026, 11:00",
        "An hour of work from Fri 25 Dec 2026, 16:30 is due": "Mon 28 Dec 2026, 10:00",
        "Five working days from now are over": "Tue 29 Dec 2026, 17:00",
    }


def test_examples_of_a_calendar_that_ends_say_what_is_wrong(workspace: Workspace) -> None:
    fair = make_calendar(workspace, "Fair", days=(), hours="", zone="UTC")
    fair.exceptions.create(date=date(2026, 12, 21), start="09:00", end="10:00")
    said = [each.due for each in outlook(fair, now=CHRISTMAS).examples]
    assert said[0] == "Mon 21 Dec 2026, 10:00"
    assert said[1].startswith("This calendar has too few working hours after 25 December 2026")


def test_the_page_shows_what_was_saved(as_mara: Client, path: str, workspace: Workspace) -> None:
    page = as_mara.get(path).content.decode()
    assert "The next two weeks, as saved" in page
    assert MEASURED in page.replace("&quot;", '"')
    now = datetime.now(BERLIN)
    assert page.count('<th scope="row"') == 14
    assert f"{now:%a} {now.day} {now:%b %Y}" in page
    assert "An hour of work from now is due" in page


def test_a_holiday_entered_later_moves_running_clocks_once_and_says_so(
    as_mara: Client, path: str, fields: Fields, workspace: Workspace
) -> None:
    soon = datetime.now(UTC) + timedelta(days=8)
    clock = start(
        lead=make_lead(workspace), code=DECIDE, subject_key="handoff:1", person=None, at=soon
    )
    assert clock is not None
    was = clock.due_at
    holiday = was.astimezone(BERLIN).date()
    row = {"date": holiday.isoformat(), "note": "Moving house"}
    page = as_mara.post(path, add_row(fields, "exceptions", **row), follow=True)
    assert messages_of(page)[:2] == ["1 running deadline moves with this calendar.", MEASURED]
    clock.refresh_from_db()
    moved = clock.due_at
    assert moved.astimezone(BERLIN).date() > holiday
    again = {**fields_of(as_mara.get(path), FORM), "name": "Working hours of Northwind"}
    page = as_mara.post(path, again, follow=True)
    assert messages_of(page)[:2] == ["No running deadline moves with this calendar.", MEASURED]
    clock.refresh_from_db()
    assert clock.due_at == moved


def test_a_calendar_that_measures_nothing_says_so(as_mara: Client, spare: BusinessCalendar) -> None:
    path = reverse("admin:sla_businesscalendar_change", args=[spare.pk])
    page = as_mara.get(path)
    assert "No promise that is in force names this calendar." in page.content.decode()
    fields = fields_of(page, FORM) | {"name": "Spare hours"}
    page = as_mara.post(path, fields, follow=True)
    assert messages_of(page)[:2] == [
        "No running deadline moves with this calendar.",
        "No promise that is in force names it.",
    ]


def test_several_days_are_entered_as_one_exception(
    as_mara: Client, path: str, fields: Fields, calendar: BusinessCalendar
) -> None:
    row = {"date": "2026-12-28", "until": "2026-12-31", "start": "", "end": "", "note": "Closed"}
    assert as_mara.post(path, add_row(fields, "exceptions", **row)).status_code == 302
    found = list(calendar.exceptions.values_list("date", "start", "note"))
    assert found == [(date(2026, 12, day), None, "Closed") for day in (28, 29, 30, 31)]
    longer = {**fields_of(as_mara.get(path), FORM), "exceptions-3-until": "2027-01-02"}
    assert as_mara.post(path, longer).status_code == 302
    assert calendar.exceptions.count() == 6


@pytest.mark.parametrize(
    ("until", "told"),
    [
        ("2026-12-27", "This is before the first day."),
        ("2028-12-27", "92 days in a row are the most."),
    ],
)
def test_days_in_a_row_end_after_they_begin(
    as_mara: Client, path: str, fields: Fields, until: str, told: str
) -> None:
    row = {"date": "2026-12-28", "until": until}
    page = as_mara.post(path, add_row(fields, "exceptions", **row))
    assert errors_of(page) == {"exceptions-0-until": [told]}


def test_days_in_a_row_do_not_meet_another_exception(
    as_mara: Client, path: str, fields: Fields
) -> None:
    fields = add_row(fields, "exceptions", date="2026-12-30", start="09:00", end="12:00")
    fields = add_row(fields, "exceptions", date="2026-12-28", until="2026-12-31")
    assert errors_of(as_mara.post(path, fields)) == {
        "exceptions-1-date": ["30 December 2026 is listed more than once, and here as closed."]
    }


def test_of_two_people_the_later_one_is_told_before_anything_is_lost(
    as_mara: Client, path: str, fields: Fields, calendar: BusinessCalendar
) -> None:
    theirs = add_row(fields, "exceptions", date="2026-12-24", note="Theirs")
    assert as_mara.post(path, theirs).status_code == 302
    page = as_mara.post(path, {**fields, "name": "Mine"})
    (told,) = errors_of(page)["__all__"]
    assert "somebody saved this calendar while you were editing" in told
    calendar.refresh_from_db()
    assert calendar.name == "Working hours"
    assert calendar.exceptions.get().note == "Theirs"


def test_holidays_that_end_soon_are_told(workspace: Workspace, calendar: BusinessCalendar) -> None:
    now = utc("2026-12-01 12:00")
    assert ending_holidays(calendar, now=now) == ""
    assert ending_holidays(calendar, now=utc("2098-12-01 12:00")) == (
        "Public holidays of Germany are known until the end of 2099 only: from then on they count "
        "as ordinary days. Enter those that matter as exceptions."
    )
    calendar.country = "LK"
    assert ending_holidays(calendar, now=now) == (
        "Public holidays of Sri Lanka are known until the end of 2026 only: from then on they "
        "count as ordinary days. Enter those that matter as exceptions."
    )
    calendar.country = ""
    assert ending_holidays(calendar, now=utc("2098-12-01 12:00")) == ""


def test_whoever_has_the_hours_keeps_the_calendar(
    workspace: Workspace, spare: BusinessCalendar, ben: User
) -> None:
    assert why_it_stays(spare) == ""
    rep = join_pool(workspace, ben)
    Pool.objects.update(calendar=spare)
    assert why_it_stays(spare) == (
        "“Spare” stays: the pool “Everybody” has these hours. Give it others first."
    )
    Pool.objects.update(calendar=None)
    rep.calendar = spare
    rep.save()
    assert why_it_stays(spare) == (
        f"“Spare” stays: the rep “{rep}” has these hours. Give it others first."
    )


def test_promises_of_agreements_and_of_the_past_keep_the_calendar(
    workspace: Workspace, calendar: BusinessCalendar, spare: BusinessCalendar
) -> None:
    make_agreement(workspace, promises=[{"code": DECIDE, "minutes": 30, "calendar": spare}])
    assert why_it_stays(spare) == (
        "“Spare” stays: promises of Agreement 1 (active) are measured in it."
    )
    assert measured_in(spare) == ["Decide an offer within 30 business minutes"]
    assert measured_in(calendar) == []


def test_a_calendar_of_which_a_clock_ran_stays(
    workspace: Workspace, calendar: BusinessCalendar, spare: BusinessCalendar
) -> None:
    start(
        lead=make_lead(workspace), code=DECIDE, subject_key="handoff:1", person=None, at=CHRISTMAS
    )
    Clock.objects.update(calendar=spare)
    assert why_it_stays(spare) == "“Spare” stays: promises of the past were measured in it."
