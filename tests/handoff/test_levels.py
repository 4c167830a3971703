"""Below the agreed level for weeks in a row: an item opens, is told once, and waits for a word."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import User, Workspace
from handoff.compliance.levels import (
    Level,
    finished_weeks,
    measures,
    open_items,
    owed,
    watch,
)
from handoff.compliance.working_days import working_days
from handoff.models import Handoff, ReviewItem
from handoff.review_items import decide
from leadqual.models import Lead, OutboxMessage, StageMove
from sla.models import Agreement, Clock
from tests.builders import make_lead, make_workspace
from tests.sla.agreements import make_agreement

pytestmark = pytest.mark.django_db

SIGNED = datetime(2026, 9, 1, 8, tzinfo=UTC)
MONDAYS = [date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16)]
NOW = datetime(2026, 11, 16, 4, 20, tzinfo=UTC)
"""The Monday after two weeks that are over."""
DAY = timedelta(days=1)
DECIDE = "level:decide_offer:"


def agreed(workspace: Workspace, **fields: object) -> Agreement:
    promise = {"code": "decide_offer", "minutes": 240, "target_percent": 90}
    return make_agreement(workspace, at=SIGNED, promises=[promise], weeks_below=2, **fields)  # type: ignore[arg-type]


def due(agreement: Agreement, monday: date, *, met: int, missed: int) -> None:
    """Clocks of the agreement's promise that fall due on the Wednesday of that week."""
    commitment, lead = agreement.commitments.get(), make_lead(agreement.workspace)
    at = datetime(monday.year, monday.month, monday.day, 12, tzinfo=UTC) + 2 * DAY
    for n in range(met + missed):
        breached = at if n >= met else None
        Clock.objects.create(
            workspace=agreement.workspace,
            lead=lead,
            commitment=commitment,
            code=commitment.code,
            calendar=commitment.calendar,
            subject_key=f"handoff:{lead.pk}-{n}",
            minutes=240,
            warn_percents=[],
            warn_ats=[],
            started_at=at - timedelta(hours=4),
            due_at=at,
            stopped_at=at + timedelta(hours=1 if breached else -1),
            stopped_by="accepted",
            business_seconds=60,
            breached_at=breached,
            noticed_at=breached,
        )


def below(agreement: Agreement, *mondays: date) -> None:
    for monday in mondays:
        due(agreement, monday, met=5, missed=2)


def test_two_weeks_below_open_one_item_that_says_by_how_much(
    workspace: Workspace, mara: User
) -> None:
    agreement = agreed(workspace, escalates_to=mara)
    due(agreement, MONDAYS[0], met=7, missed=2)
    due(agreement, MONDAYS[1], met=5, missed=2)
    for _ in range(3):
        assert watch(now=NOW) == 1
    item = ReviewItem.objects.get()
    assert item.words == (
        "Decide an offer: 71 % kept (5 of 7) in the week of 9 Nov 2026,"
        " 78 % kept (7 of 9) the week before; 90 % agreed."
    )
    assert (item.key, item.side, item.owner) == (DECIDE, "sales", mara)
    assert item.facts == {
        "weeks": ["2026-11-02", "2026-11-09"],
        "reached": [7, 5],
        "of": [9, 7],
        "target": 90,
    }
    assert [mail.to for mail in OutboxMessage.objects.of(workspace)] == [mara.email]


@pytest.mark.parametrize(
    ("former", "latest"),
    [((5, 2), (9, 1)), ((9, 1), (5, 2)), ((5, 2), (0, 4)), ((0, 0), (5, 2))],
    ids=["better since", "one week alone", "too few to judge", "nothing the week before"],
)
def test_nothing_opens_unless_every_week_is_below(
    workspace: Workspace, former: tuple[int, int], latest: tuple[int, int]
) -> None:
    agreement = agreed(workspace)
    for monday, (met, missed) in zip(MONDAYS, (former, latest), strict=False):
        due(agreement, monday, met=met, missed=missed)
    assert open_items(agreement, now=NOW) == []


def test_the_running_week_is_not_judged(workspace: Workspace) -> None:
    agreement = agreed(workspace)
    below(agreement, MONDAYS[1], MONDAYS[2])
    assert open_items(agreement, now=NOW + 4 * DAY) == []
    assert len(open_items(agreement, now=NOW + 7 * DAY)) == 1


def test_a_week_begins_on_the_mondays_of_the_workspace(workspace: Workspace) -> None:
    agreement = agreed(workspace)
    sunday_night = datetime(2026, 11, 15, 22, 59, tzinfo=UTC)  # 23:59 in Berlin
    assert finished_weeks(agreement, 2, now=sunday_night) == [date(2026, 10, 26), MONDAYS[0]]
    assert finished_weeks(agreement, 2, now=sunday_night + timedelta(minutes=1)) == MONDAYS[:2]


def test_weeks_before_the_signatures_count_for_nothing(workspace: Workspace) -> None:
    agreement = make_agreement(workspace, at=datetime(2026, 11, 3, 8, tzinfo=UTC), weeks_below=2)
    assert finished_weeks(agreement, 2, now=NOW) == [MONDAYS[1]]
    assert measures(agreement, weeks=2, now=NOW) == []


def test_an_open_item_follows_the_figures_until_somebody_decides(
    workspace: Workspace, mara: User
) -> None:
    agreement = agreed(workspace, sales_owner=mara)
    below(agreement, *MONDAYS)
    watch(now=NOW)
    watch(now=NOW + 7 * DAY)
    item = ReviewItem.objects.get()
    assert item.facts["weeks"] == ["2026-11-09", "2026-11-16"]
    due(agreement, MONDAYS[2] + 7 * DAY, met=50, missed=0)
    watch(now=NOW + 14 * DAY)
    assert ReviewItem.objects.get().decided_at is None


def test_after_a_decision_as_many_new_weeks_are_needed(workspace: Workspace, mara: User) -> None:
    agreement = agreed(workspace, sales_owner=mara)
    below(agreement, *MONDAYS, MONDAYS[2] + 7 * DAY)
    watch(now=NOW)
    decide(ReviewItem.objects.get(), by=mara, at=NOW + DAY, decision="A second rep from Monday")
    opened = [watch(now=NOW + days * DAY) for days in (1, 7, 14)]
    assert opened == [0, 0, 1]
    assert ReviewItem.objects.open().get().facts["weeks"] == ["2026-11-16", "2026-11-23"]


def mqls(workspace: Workspace, monday: date, *, grades: str) -> None:
    for grade in grades:
        StageMove.objects.create(
            workspace=workspace,
            lead=make_lead(workspace),
            cycle=1,
            from_stage="new",
            to_stage="mql",
            at=datetime(monday.year, monday.month, monday.day, 12, tzinfo=UTC),
            rule="mql_definition",
            grade=grade,
        )


def test_marketing_is_judged_by_volume_and_quality(workspace: Workspace, ana: User) -> None:
    agreed(
        workspace,
        marketing_owner=ana,
        leads_a_month=42,  # November has 21 working days
        good_grades=["A", "B"],
        good_percent=60,
    )
    for monday in MONDAYS[:2]:
        mqls(workspace, monday, grades="AABCCC")
    watch(now=NOW)
    items = {item.key: item for item in ReviewItem.objects.all()}
    assert items["level:mqls"].words == (
        "MQLs of the week: 60 % delivered (6 of 10) in the week of 9 Nov 2026,"
        " 60 % delivered (6 of 10) the week before; 42 MQLs a month agreed."
    )
    assert items["level:quality"].words.startswith("Quality of MQLs: 50 % are A or B (3 of 6)")
    assert {item.owner for item in items.values()} == {ana}


def test_a_week_of_two_months_owes_its_share_of_either(workspace: Workspace) -> None:
    days = working_days(workspace)
    # 28 September to 4 October: three of 22 working days, and two of 22.
    assert owed(22, date(2026, 9, 28), days) == pytest.approx(3 + 2)


def test_a_week_of_holidays_owes_nothing_and_is_not_judged() -> None:
    assert Level(MONDAYS[0], 0, 0.0, 100, "delivered", volume=True).is_below is None
    assert Level(MONDAYS[0], 0, 2.0, 100, "delivered", volume=True).is_below is True


def accepted(workspace: Workspace, rep: User, monday: date, *, count: int) -> None:
    at = datetime(monday.year, monday.month, monday.day, 12, tzinfo=UTC)
    Handoff.objects.bulk_create(
        Handoff(
            workspace=workspace,
            lead=Lead.objects.create(workspace=workspace, captured_at=at),
            rep=rep,
            cycle=1,
            status="accepted",
            offered_at=at,
            decided_at=at,
            decided_by=rep,
            fit=1,
            intent=1,
            grade="A",
            model_version=1,
            why_now="",
            packet={},
        )
        for _ in range(count)
    )


def test_follow_up_is_judged_a_week_later_than_the_rest(workspace: Workspace, ben: User) -> None:
    agreement = agreed(workspace)
    for monday in MONDAYS[:2]:
        accepted(workspace, ben, monday, count=6)
    assert open_items(agreement, now=NOW) == []
    [item] = open_items(agreement, now=NOW + 7 * DAY)
    assert item.words == (
        "Accepted leads followed up: 0 % followed up (0 of 6) in the week of 9 Nov 2026,"
        " 0 % followed up (0 of 6) the week before; 75 % agreed."
    )


def test_an_agreement_that_cannot_be_judged_does_not_keep_the_others_waiting(
    workspace: Workspace, mara: User
) -> None:
    broken = make_workspace()
    make_agreement(broken, at=SIGNED, promises=[])
    Workspace.objects.filter(pk=broken.pk).update(timezone="Nowhere/Land")
    below(agreed(workspace), *MONDAYS[:2])
    assert watch(now=NOW) == 1
