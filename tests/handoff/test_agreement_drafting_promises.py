"""Promises of an agreement in sentences, with the calendars by which they are counted."""

from datetime import date, time

import pytest

from handoff.agreement.calendar_words import week
from sla.models import Agreement, BusinessCalendar, CalendarException, Commitment, WorkingRange
from tests.handoff.agreement_drafts import (
    anchored,
    complete_draft,
    make_starter,
    promise,
    section,
    text_of,
    words_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Agreement:
    return complete_draft(make_starter())


def test_every_promise_has_a_line_of_its_own(draft: Agreement) -> None:
    calendar = draft.commitments.all()[0].calendar
    for code in Commitment.Code:
        if not draft.commitments.filter(code=code, tier_code="").exists():
            promise(draft, code=code, days=2, warns=[])
    lines = anchored(text_of(draft))
    found = {anchor for anchor in lines if anchor.startswith("commitment-")}
    assert found == {
        f"commitment-{row.code}-{row.tier_code}".rstrip("-") for row in draft.commitments.all()
    }
    assert found > {f"commitment-{code}" for code in Commitment.Code}
    titles = [
        line.text
        for line in section(text_of(draft), "commitments").lines
        if line.style == "heading"
    ]
    assert titles == [
        "What sales promises",
        "What marketing promises",
        "What the system owes, measured apart",
        "How these promises are read",
    ]
    assert calendar.name in " ".join(words_of(text_of(draft), "commitments"))


def test_a_promise_reads_as_the_software_keeps_it(draft: Agreement) -> None:
    clock = BusinessCalendar.objects.of(draft.workspace).filter(name="Around the clock").first()
    if clock is None:
        clock = BusinessCalendar.objects.create(workspace=draft.workspace, name="Around the clock")
        WorkingRange.objects.bulk_create(
            WorkingRange(calendar=clock, weekday=day, start=time(0), end=time(0))
            for day in range(7)
        )
    said = promise(
        draft,
        code="first_touch",
        tier_code="high-value",
        tier_name="High value",
        minutes=5,
        days=0,
        calendar=clock,
        warn_percents=[75, 50],
        warns=["person"],
        tells=["sales_managers", "marketing_managers"],
        touch_counts="spoken",
        pauses=True,
        target_percent=90,
    )
    assert said == (
        "A lead of tier “High value” that was accepted is touched within 5 minutes, counted around "
        "the clock. Warned at 50 % and 75 % of that time: who is held to it. If missed, the sales "
        "managers and the marketing managers are told. It stops with a call or a meeting, answered "
        "or not; one since the lead became an MQL counts. It pauses while the lead wants to be "
        "called back on a later date. 90 % are to be kept."
    )
    assert anchored(text_of(draft))["commitment-first_touch"].text.startswith(
        "Any other lead that was accepted is touched within "
    )
    assert "“Around the clock”: every hour of every day." in words_of(text_of(draft), "commitments")


def test_follow_up_names_its_attempts_and_its_days(draft: Agreement) -> None:
    said = promise(
        draft,
        code="follow_up",
        days=5,
        minutes=0,
        touches=3,
        counts_by="person",
        pauses=False,
        on_breach="task",
        warn_percents=[],
        tells=[],
        target_percent=80,
    )
    assert said == (
        "A lead that was accepted is tried 3 times within 5 business days, counted in the working "
        "hours of who is held to it, else in “Working hours”. Nobody is warned beforehand. If "
        "missed, who is held to it is given a task. It stops with the last of these attempts (any "
        "touch), or as soon as the lead is reached or qualified. Else the lead counts as unworked. "
        "Nothing pauses it. 80 % are to be kept."
    )


def test_an_offer_that_runs_out_goes_where_its_promise_says(draft: Agreement) -> None:
    said = promise(draft, code="decide_offer", minutes=90, on_breach="reroute", tells=["person"])
    assert "accepted, rejected or passed on as “not mine” within 1 hour 30 minutes" in said
    assert (
        "If missed, the offer runs out, the lead goes to the next rep and who is held to it is "
        "told." in said
    )


def test_a_calendar_is_read_out_with_its_coming_exceptions(draft: Agreement) -> None:
    calendar = draft.commitments.all()[0].calendar
    calendar.exceptions.all().delete()
    CalendarException.objects.bulk_create(
        [
            CalendarException(calendar=calendar, date=date(2026, 1, 2), note="Gone by"),
            CalendarException(calendar=calendar, date=date(2026, 12, 24), note="Christmas Eve"),
            CalendarException(
                calendar=calendar, date=date(2026, 12, 31), start=time(9), end=time(12)
            ),
        ]
    )
    assert (
        "“Working hours”: Monday to Friday 09:00–12:00 and 13:00–17:00 (Europe/Berlin); closed on "
        "the public holidays of Germany. Other hours: 24 December 2026 (Christmas Eve) closed; 31 "
        "December 2026 09:00–12:00."
    ) in words_of(text_of(draft), "commitments")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({0: [(9, 17)], 1: [(9, 17)]}, "Monday and Tuesday 09:00–17:00"),
        ({day: [(9, 17)] for day in range(5)}, "Monday to Friday 09:00–17:00"),
        (
            {0: [(9, 17)], 2: [(9, 17)], 4: [(9, 17)]},
            "Monday, Wednesday and Friday 09:00–17:00",
        ),
        (
            {0: [(9, 12), (13, 17)], 5: [(20, 0)]},
            "Monday 09:00–12:00 and 13:00–17:00, Saturday 20:00–24:00",
        ),
        ({}, ""),
    ],
)
def test_a_week_is_told_in_runs_of_days(days: dict[int, list[tuple[int, int]]], words: str) -> None:
    ranges = [
        WorkingRange(weekday=day, start=time(start), end=time(end))
        for day, spells in days.items()
        for start, end in spells
    ]
    assert week(reversed(ranges)) == words
