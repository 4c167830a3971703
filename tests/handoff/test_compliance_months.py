"""Which month, which agreement, how many working days, and the pace to the end of the month."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from handoff.compliance.marketing import promised
from handoff.compliance.months import DEFAULTS, Month, Scope, Span, spans
from handoff.compliance.working_days import WorkingDays, working_days
from leadqual.models import StageMove
from sla.models import Agreement
from tests.builders import make_lead
from tests.sla.agreements import make_agreement
from tests.sla.calendars import BERLIN, office

pytestmark = pytest.mark.django_db

NOVEMBER = Month(date(2026, 11, 1), ZoneInfo(BERLIN))
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)  # a Monday, 13:00 in Berlin


def scope(workspace: Workspace, *, now: datetime = NOON, version: str = "") -> Scope:
    return Scope.typed(workspace, month="2026-11", version=version, now=now)


def mqls(workspace: Workspace, *days: int, grade: str = "B") -> None:
    for day in days:
        StageMove.objects.create(
            workspace=workspace,
            lead=make_lead(workspace),
            cycle=1,
            from_stage="new",
            to_stage="mql",
            at=datetime(2026, 11, day, 10, tzinfo=UTC),
            rule="mql_definition",
            grade=grade,
        )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-40, 40), max_size=5, unique=True))
def test_every_day_of_a_month_belongs_to_the_version_in_force_at_its_end(days: list[int]) -> None:
    began = [NOON + timedelta(days=day) for day in sorted(days)]
    agreements = [Agreement(pk=n, number=n, active_since=at) for n, at in enumerate(began, start=1)]
    found = spans(agreements, NOVEMBER)
    by_day = {
        span.first + timedelta(days=n): span.agreement.number if span.agreement else 0
        for span in found
        for n in range((span.last - span.first).days + 1)
    }
    wanted = {}
    for n in range(30):
        day = NOVEMBER.first + timedelta(days=n)
        wanted[day] = sum(1 for at in began if at.astimezone(ZoneInfo(BERLIN)).date() <= day)
    assert by_day == wanted


def test_a_month_of_which_part_was_signed_owes_its_working_days(workspace: Workspace) -> None:
    make_agreement(workspace, at=datetime(2026, 11, 16, 8, tzinfo=UTC), leads_a_month=42)
    mqls(workspace, 3, 4, 17, 18, 19)
    [month] = promised([scope(workspace)], working_days(workspace))
    assert month.delivered.count == 5
    volume = month.volume
    assert volume is not None
    # 11 of the 21 working days of November lie from the 16th on.
    assert (volume.count, volume.days) == (3, 11)
    assert volume.owed == pytest.approx(22)
    assert volume.is_whole_month is False


def test_the_pace_goes_by_working_days_that_have_gone(workspace: Workspace) -> None:
    make_agreement(workspace, at=datetime(2026, 9, 1, 8, tzinfo=UTC), leads_a_month=100)
    mqls(workspace, *[2] * 21, *[9] * 21)
    [month] = promised([scope(workspace)], working_days(workspace))
    volume = month.volume
    assert volume is not None
    # Ten whole days, and of the Monday 9–12 of 9–12 and 13–17: three of seven hours.
    assert volume.gone == pytest.approx(10 + 3 / 7)
    assert volume.pace == round(42 * 21 / (10 + 3 / 7)) == 85
    assert volume.is_behind is True


@pytest.mark.parametrize(
    ("now", "pace", "is_behind"),
    [
        (datetime(2026, 11, 2, 9, tzinfo=UTC), None, None),
        (datetime(2026, 12, 1, tzinfo=UTC), None, False),
        (datetime(2026, 10, 5, tzinfo=UTC), None, None),
    ],
    ids=["on the first morning", "when it is over", "before it began"],
)
def test_there_is_no_pace(
    workspace: Workspace, now: datetime, pace: int | None, is_behind: bool | None
) -> None:
    make_agreement(workspace, at=datetime(2026, 9, 1, 8, tzinfo=UTC), leads_a_month=2)
    mqls(workspace, 2, 2, 3)
    [month] = promised([scope(workspace, now=now)], working_days(workspace))
    assert month.volume is not None
    assert (month.volume.pace, month.volume.is_behind) == (pace, is_behind)


def test_quality_is_judged_by_the_grades_of_each_version(workspace: Workspace) -> None:
    make_agreement(
        workspace, at=datetime(2026, 9, 1, 8, tzinfo=UTC), good_grades=["A"], good_percent=50
    )
    make_agreement(
        workspace, at=datetime(2026, 11, 16, 8, tzinfo=UTC), good_grades=["A", "B"], good_percent=60
    )
    mqls(workspace, 3, 4, 17, grade="B")
    mqls(workspace, 5, grade="A")
    mqls(workspace, 18, grade="")
    [month] = promised([scope(workspace)], working_days(workspace))
    quality = month.quality
    assert quality is not None
    assert (quality.good, quality.count, quality.target, quality.grades) == (2, 5, 60, ("A", "B"))
    assert quality.is_below is True
    assert month.grades == [("A", 1), ("B", 3), ("C", 0), ("D", 0), ("", 1)]


def test_one_version_alone_is_of_its_own_days(workspace: Workspace) -> None:
    make_agreement(workspace, at=datetime(2026, 11, 16, 8, tzinfo=UTC), leads_a_month=42)
    mqls(workspace, 3, 17)
    counts: dict[str, Any] = {}
    for version in ("", "1", DEFAULTS):
        [month] = promised([scope(workspace, version=version)], working_days(workspace))
        counts[version] = month.delivered.count
    assert counts == {"": 2, "1": 1, DEFAULTS: 1}
    assert scope(workspace, version="1").before.period is None


def test_a_day_of_daylight_saving_is_one_working_day() -> None:
    zone = ZoneInfo(BERLIN)
    days = WorkingDays(office(), zone)
    first, last = date(2026, 3, 23), date(2026, 4, 3)
    assert days.between(first, last) == 10
    middle = datetime(2026, 3, 30, 13, tzinfo=zone)  # half of Monday 9–17, the clock has jumped
    assert days.gone(first, last, now=middle) == pytest.approx(5.5)


def test_a_span_says_its_days() -> None:
    span = Span(None, date(2026, 11, 1), date(2026, 11, 15))
    assert span.words == "No agreement from 1 to 15 Nov"
