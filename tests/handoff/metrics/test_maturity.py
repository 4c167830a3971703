"""A cohort is young until its youngest MQL has had the time that most deals take."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Workspace
from handoff.metrics.maturity import is_young, time_to_win
from handoff.metrics.periods import Period
from leadqual.models import StageMove
from tests.builders import make_lead

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def win(workspace: Workspace, took: timedelta, *, at: datetime = NOW, cycle: int = 1) -> None:
    lead = make_lead(workspace)
    for stage, when in (("mql", at - took), ("won", at)):
        StageMove.objects.create(
            workspace=workspace, lead=lead, to_stage=stage, at=when, cycle=cycle, rule="test"
        )


def test_nine_of_ten_deals_took_less(workspace: Workspace) -> None:
    for days in range(1, 22):
        win(workspace, days * DAY)
    assert time_to_win(workspace, now=NOW) == 19 * DAY


def test_few_deals_tell_no_pace(workspace: Workspace) -> None:
    for _ in range(19):
        win(workspace, DAY)
    win(workspace, DAY, at=NOW - 366 * DAY)  # too long ago
    win(workspace, DAY, at=NOW + DAY)  # not yet
    assert time_to_win(workspace, now=NOW) == 90 * DAY


def test_only_the_cycle_that_was_won_counts_and_never_less_than_no_time(
    workspace: Workspace, cleo: object
) -> None:
    for _ in range(20):
        win(workspace, -DAY, cycle=2)
    for move in StageMove.objects.filter(to_stage="won"):
        StageMove.objects.create(
            workspace=workspace, lead=move.lead, to_stage="mql", at=NOW - 200 * DAY, cycle=1,
            rule="test",
        )  # fmt: skip
    assert time_to_win(workspace, now=NOW) == timedelta()


@pytest.mark.parametrize(
    ("last", "young"),
    [
        (date(2026, 2, 28), True),  # over for a day and a half
        (date(2026, 2, 27), True),  # two days and a half
        (date(2026, 2, 26), False),
        (None, True),
        (date(2026, 3, 31), True),
    ],
)
def test_the_end_of_its_period_is_what_a_cohort_is_judged_by(
    last: date | None, young: bool
) -> None:
    assert is_young(Period(date(2026, 2, 1), last), 3 * DAY, now=NOW) == young
