"""What was won and lost, against an obvious computation over random histories, and the page."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Workspace
from handoff.dashboards.panel import Asked, Cell, Panel
from handoff.dashboards.revenue import REVENUE_PAGE
from handoff.metrics.periods import Period
from handoff.metrics.revenue import Revenue, revenue
from handoff.metrics.revenue_costs import added, costs
from handoff.metrics.scope import Scope
from handoff.models import Opportunity
from leadqual.models import Campaign, CampaignCost, StageMove
from tests.builders import make_lead, make_source
from tests.handoff.undone import undone

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 3, 23, 8, 30, tzinfo=UTC)  # Berlin's clocks go forward on the 29th
PAGES = {
    "": "",
    "https://northwind.example/Pricing/?utm_source=x": "/Pricing/",
    "/pricing/#plans": "/pricing/",
}

CYCLE = st.fixed_dictionaries(
    {
        "mql": st.none() | st.integers(0, 300),
        "end": st.sampled_from(["won", "won", "lost", None]),
        "closed": st.integers(0, 900),
        "amount": st.none() | st.integers(1, 10_000),
        "currency": st.sampled_from(["EUR", "EUR", "USD"]),
        "counted": st.sampled_from([True, True, True, False]),
    }
)
LEAD = st.fixed_dictionaries(
    {
        "cycles": st.lists(CYCLE, max_size=3),
        "imported": st.booleans(),
        "source": st.sampled_from([None, 0, 1]),
        "last": st.sampled_from([None, 0, 1]),
        "page": st.sampled_from(list(PAGES)),
    }
)
HISTORIES = st.lists(LEAD, max_size=6)
Deal = dict[str, Any]


def live(workspace: Workspace, drawn: list[dict[str, Any]]) -> list[Deal]:
    """Writes the history; returns what is to be counted, deal by deal."""
    sources = [make_source(workspace, code=code) for code in ("fair", "web")]
    deals: list[Deal] = []
    for said in drawn:
        first, last = (
            None if said[name] is None else sources[said[name]] for name in ("source", "last")
        )
        lead = make_lead(
            workspace, captured_at=MONDAY - 9 * HOUR, imported=said["imported"],
            first_source=first, last_source=last, first_touch={"landing_page": said["page"]},
        )  # fmt: skip
        for cycle, one in enumerate(said["cycles"], start=1):
            mql = None if one["mql"] is None else MONDAY + one["mql"] * HOUR
            if mql:
                move(workspace, lead, cycle, "mql", mql)
            if one["amount"]:
                Opportunity.objects.create(
                    workspace=workspace, lead=lead, cycle=cycle, amount=one["amount"],
                    currency=one["currency"],
                )  # fmt: skip
            if one["end"] is None:
                continue
            at = MONDAY + one["closed"] * HOUR
            move(workspace, lead, cycle, one["end"], at, counted=one["counted"])
            if one["counted"]:
                deals.append(
                    {
                        **one, "at": at, "since_mql": mql and at - mql,
                        "since_capture": None if said["imported"] else at - lead.captured_at,
                        "source": str(first.pk) if first else "",
                        "last_source": str(last.pk) if last else "",
                        "first_page": PAGES[said["page"]], "cycle": str(cycle),
                    }
                )  # fmt: skip
    return deals


def move(
    workspace: Workspace, lead: Any, cycle: int, stage: str, at: datetime, *, counted: bool = True
) -> None:
    StageMove.objects.create(
        workspace=workspace, lead=lead, cycle=cycle, to_stage=stage, at=at, rule="test",
        counted=counted,
    )  # fmt: skip


def about(spans: list[float]) -> Any:
    return pytest.approx(median(spans)) if spans else None


def slow(deals: Iterable[Deal]) -> Revenue:
    deals = list(deals)
    won = [deal for deal in deals if deal["end"] == "won"]
    known = [deal for deal in won if deal["amount"]]
    own = [deal for deal in known if deal["currency"] == "EUR"]
    spans: dict[str, list[float]] = defaultdict(list)
    for deal in won:
        for name in ("since_mql", "since_capture"):
            if deal[name] is not None:
                spans[name].append(deal[name].total_seconds())
    return Revenue(
        len(won),
        len(deals) - len(won),
        Decimal(sum(deal["amount"] for deal in own)),
        len(own),
        len(known) - len(own),
        about(spans["since_mql"]),
        about(spans["since_capture"]),
    )


def line(deal: Deal) -> tuple[str, None]:
    return deal["line"], None


def grouped(deals: Iterable[Deal], key: Callable[[Deal], Any]) -> dict[Any, Revenue]:
    found: dict[Any, list[Deal]] = defaultdict(list)
    for deal in deals:
        found[key(deal)].append(deal)
    return {place: slow(those) for place, those in found.items()}


@settings(max_examples=30, deadline=None)
@given(HISTORIES, st.integers(0, 40), st.integers(0, 20))
def test_deals_are_counted_as_anybody_would(
    drawn: list[dict[str, Any]], start: int, days: int
) -> None:
    with undone(timezone="Europe/Berlin", currency="EUR") as workspace:
        deals = live(workspace, drawn)
        zone = workspace.zone
        first = date(2026, 3, 20) + timedelta(days=start)
        period = Period(first, first + timedelta(days=days), zone)
        inside = [
            deal for deal in deals if first <= deal["at"].astimezone(zone).date() <= period.last
        ]
        scope = Scope(workspace, period)
        assert revenue(scope) == grouped(inside, lambda deal: ("", None))
        for by in ("source", "last_source", "first_page", "cycle"):
            expected = grouped([{**deal, "line": deal[by]} for deal in inside], line)
            assert revenue(scope, by=by) == expected

        def month(deal: Deal) -> tuple[str, date]:
            return "", deal["at"].astimezone(zone).date().replace(day=1)

        assert revenue(Scope(workspace, Period(zone=zone)), every="month") == grouped(deals, month)


COSTS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 40), st.integers(0, 30), st.integers(0, 900)),
    max_size=5,
)
CAME = st.lists(
    st.tuples(
        st.sampled_from([None, 0, 1]), st.integers(0, 1200), st.sampled_from(["mql", "sql", "won"])
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(COSTS, CAME, st.integers(0, 40), st.integers(0, 20))
def test_costs_are_spread_over_their_days(
    drawn: list[tuple[int, ...]], came: list[tuple[Any, ...]], start: int, days: int
) -> None:
    today, origin = date(2026, 5, 3), date(2026, 3, 23)
    with undone(timezone="Europe/Berlin") as workspace:
        campaigns = [
            Campaign.objects.create(workspace=workspace, code=code, name=code) for code in "ab"
        ]
        first, last = origin + timedelta(days=start), origin + timedelta(days=start + days)
        amounts: dict[str, Decimal] = {}
        taken: set[tuple[int, date]] = set()
        for n, after, more, amount in drawn:
            span = [origin + timedelta(days=after + k) for k in range(more + 1)]
            if taken & {(n, day) for day in span}:
                continue
            taken |= {(n, day) for day in span}
            CampaignCost.objects.create(
                workspace=workspace, campaign=campaigns[n], amount=amount, first=span[0],
                last=span[-1],
            )  # fmt: skip
            for day in span:
                if first <= day <= min(last, today):
                    key = str(campaigns[n].pk)
                    amounts[key] = amounts.get(key, Decimal(0)) + Decimal(amount) / len(span)
        counted: dict[str, Counter[str]] = defaultdict(Counter)
        for who, hours, stage in came:
            campaign = None if who is None else campaigns[who]
            at = MONDAY + hours * HOUR
            lead = make_lead(workspace, captured_at=at, first_campaign=campaign)
            move(workspace, lead, 1, stage, at)
            if first <= at.astimezone(workspace.zone).date() <= last:
                kind = "mql" if stage == "mql" else f"entered:{stage}"
                counted[str(campaign.pk) if campaign else ""][kind] += 1
        found = costs(Scope(workspace, Period(first, last, workspace.zone)), today=today)
        assert {key: one.came for key, one in found.items() if one.came} == counted
        assert {key: one.amount for key, one in found.items() if one.amount is not None} == {
            key: pytest.approx(amount) for key, amount in amounts.items()
        }


def asked(workspace: Workspace, **filters: str) -> Asked:
    period = Period(date(2026, 3, 1), date(2026, 3, 31), workspace.zone)
    return Asked(Scope(workspace, period, filters), MONDAY + 20 * 24 * HOUR)


def panel(workspace: Workspace, part: str, **filters: str) -> Panel:
    return REVENUE_PAGE.parts[part].make(asked(workspace, **filters))


def won(workspace: Workspace, *, amount: int | None, currency: str = "", **facts: Any) -> None:
    lead = make_lead(workspace, captured_at=MONDAY - HOUR, **facts)
    if amount:
        Opportunity.objects.create(
            workspace=workspace, lead=lead, cycle=1, amount=amount,
            currency=currency or workspace.currency,
        )  # fmt: skip
    for stage in ("new", "mql", "sql", "won"):
        move(workspace, lead, 1, stage, MONDAY)


@pytest.mark.parametrize("part", list(REVENUE_PAGE.parts))
def test_without_a_deal_or_a_cost_every_part_says_what_to_do(
    workspace: Workspace, part: str
) -> None:
    assert panel(workspace, part).empty is not None


def test_weeks_without_a_deal_are_there_too(workspace: Workspace) -> None:
    won(workspace, amount=700)
    found = panel(workspace, "whole")
    starts = [row[0].value for row in found.tables[0].rows]
    assert starts == [date(2026, 2, 23) + timedelta(days=7 * n) for n in range(6)]
    [chart] = found.charts
    assert sorted(each["value"] for each in chart.data["series"][0]["values"]) == [0] * 5 + [700]


def test_what_has_no_amount_or_another_currency_is_told_apart(workspace: Workspace) -> None:
    won(workspace, amount=700)
    won(workspace, amount=None)
    won(workspace, amount=900, currency="USD")
    found = panel(workspace, "whole")
    assert found.headlines[0].cell.value == Decimal(700)
    assert found.headlines[0].says == "1 of 3 won deals have an amount"
    assert found.notes == (
        "1 won deal has no known amount, as in imported history: counted as won, not in the "
        "amount.",
        "1 of the won deals are in another currency: not added.",
    )


def test_every_part_with_a_chart_has_a_table(workspace: Workspace) -> None:
    campaign = Campaign.objects.create(workspace=workspace, code="c", name="Spring")
    make_cost(campaign)
    won(workspace, amount=700, first_campaign=campaign)
    found = [panel(workspace, part) for part in REVENUE_PAGE.parts]
    assert all(one.tables for one in found if one.charts)
    assert sum(len(one.charts) for one in found) >= 3


def make_cost(campaign: Campaign) -> None:
    CampaignCost.objects.create(
        workspace=campaign.workspace, campaign=campaign, first=date(2026, 3, 1),
        last=date(2026, 4, 30), amount=610,
    )  # fmt: skip


def test_an_unknown_cost_is_never_nothing_and_in_no_total(workspace: Workspace) -> None:
    spring, autumn = (
        Campaign.objects.create(workspace=workspace, code=name, name=name)
        for name in ("Spring", "Autumn")
    )
    make_cost(spring)  # ten a day, so 310 of March
    for campaign in (spring, spring, autumn, None):
        won(workspace, amount=None, first_campaign=campaign)
    found = panel(workspace, "costs")
    [table] = found.tables
    whole, of_spring, of_autumn = table.rows
    assert [cell.value for cell in of_spring[:4]] == ["Spring", 310, 2, 155]
    assert of_autumn[1] == Cell(None, note="cost not known", tone="quiet")
    assert [cell.value for cell in of_autumn[2:4]] == [1, None]
    assert [cell.value for cell in whole[1:4]] == [310, 2, 155]
    assert "1 campaign without a known cost is in no total." in found.notes
    assert [headline.cell.value for headline in found.headlines] == [155] * 4


def test_costs_that_cover_a_part_of_the_period_say_so(workspace: Workspace) -> None:
    spring = Campaign.objects.create(workspace=workspace, code="s", name="Spring")
    CampaignCost.objects.create(
        workspace=workspace, campaign=spring, first=date(2026, 3, 30), last=date(2026, 4, 2),
        amount=40,
    )  # fmt: skip
    cell = panel(workspace, "costs").tables[0].rows[1][1]
    assert (cell.value, cell.note) == (20, "known for 2 of 31 days")


def test_nothing_came_of_a_campaign_costs_no_amount_each(workspace: Workspace) -> None:
    spring = Campaign.objects.create(workspace=workspace, code="s", name="Spring")
    make_cost(spring)
    scope = asked(workspace).scope
    total = added(list(costs(scope, today=date(2026, 4, 12)).values()))
    assert total.amount == Decimal(310)
    assert total.per("mql") is None


def queries(workspace: Workspace) -> list[int]:
    found = []
    for part in REVENUE_PAGE.parts:
        with CaptureQueriesContext(connection) as asked_for:
            panel(workspace, part)
        found.append(len(asked_for))
    return found


def test_more_deals_and_campaigns_take_no_more_queries(workspace: Workspace) -> None:
    def some(n: int) -> None:
        for number in range(n):
            code = f"{n}-{number}"
            campaign = Campaign.objects.create(workspace=workspace, code=code, name=code)
            make_cost(campaign)
            won(
                workspace, amount=10, first_campaign=campaign, last_campaign=campaign,
                first_source=make_source(workspace), last_source=make_source(workspace),
            )  # fmt: skip

    some(1)
    panel(workspace, "costs")  # counts the days that are due
    few = queries(workspace)
    some(4)
    panel(workspace, "costs")
    assert queries(workspace) == few
