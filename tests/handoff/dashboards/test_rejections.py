"""The rejections page: which reasons, whose leads, and what became of them since."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User, Workspace
from handoff.dashboards.mail_letter import Frame, Shown, letter
from handoff.dashboards.panel import Asked, Panel
from handoff.dashboards.rejections import REJECTIONS_PAGE, pareto
from handoff.dashboards.rejections_lines import MATRIX_BY, by_dimension, matrix
from handoff.metrics.afterwards import Since, afterwards, latest_rejected
from handoff.metrics.periods import Period
from handoff.metrics.scope import Scope
from handoff.models import Handoff, RejectionReason
from leadqual.models import Lead, StageMove
from tests.builders import make_source
from tests.handoff.dashboards.decided import DAY, NOW, decide, panel
from tests.handoff.metrics.slow import SlowFigures, _is_asked
from tests.handoff.metrics.test_counting import QUESTIONS, a_few, scope_of
from tests.handoff.metrics.worlds import STORIES, World
from tests.handoff.undone import undone

pytestmark = pytest.mark.django_db
ROOT = "/w/northwind/dashboards/rejections/panels/"


def rejections(slow: SlowFigures, scope: Scope) -> list[tuple[Handoff, str, Any]]:
    """Offers rejected in the scope, with their reason and lines, by nothing but the rows."""
    found = []
    for offer in slow.offers:
        if offer.status == "rejected" and offer.decided_at and offer.reason:
            fact = slow._of_offer(offer, offer.decided_at, [], with_rules=True)
            if _is_asked(fact.at, fact.lines, scope):
                found.append((offer, offer.reason.code, fact.lines))
    return found


def slow_since(slow: SlowFigures, scope: Scope) -> dict[str, Since]:
    counts: dict[str, Counter[str]] = {}
    for offer, code, _ in rejections(slow, scope):
        assert offer.decided_at is not None
        counts.setdefault(code, Counter()).update(
            ["rejected", *what_happened(slow, offer, offer.decided_at)]
        )
    return {code: Since(**found) for code, found in counts.items()}


def what_happened(slow: SlowFigures, offer: Handoff, since: Any) -> set[str]:
    moves = [m for m in slow.moves if m.lead_id == offer.lead_id and m.at >= since]
    taken = [
        o
        for o in slow.offers
        if o.lead_id == offer.lead_id
        and o.status == "accepted"
        and o.decided_at
        and o.decided_at >= since
    ]
    said = {
        "recycled": any(m.to_stage == "nurture" for m in moves),
        "returned": any(m.to_stage == "mql" and m.counted and m.cycle > offer.cycle for m in moves),
        "won": any(m.to_stage == "won" and m.counted for m in moves),
        "out": any(m.to_stage == "disqualified" for m in moves),
        "accepted": any(o.cycle > offer.cycle for o in taken),
        "elsewhere": any(o.cycle == offer.cycle for o in taken),
    }
    return {what for what, is_so in said.items() if is_so}


@a_few
@given(STORIES, st.lists(QUESTIONS, min_size=6, max_size=6))
def test_every_figure_is_what_slow_python_counts(
    story: list[Any], questions: list[dict[str, Any]]
) -> None:
    with undone() as workspace:
        world = World(workspace)
        for deed in story:
            world.do(deed)
        slow = SlowFigures(workspace)
        for asked in questions:
            scope = scope_of(world, asked, slow)
            assert afterwards(scope) == slow_since(slow, scope)
            rows = rejections(slow, scope)
            by = MATRIX_BY[asked["pick"] % len(MATRIX_BY)]
            assert cells(matrix(Asked(scope, NOW, by=by))) == sorted(
                Counter((code, lines[by][0]) for _, code, lines in rows).values()
            )
            assert reasons_of(pareto(Asked(scope, NOW))) == Counter(code for _, code, _ in rows)
            assert by_line(by_dimension(Asked(scope, NOW), by=by)) == sorted(
                Counter(lines[by][0] for _, _, lines in rows).values()
            )


def cells(found: Panel) -> list[Any]:
    """The counts of the matrix, without its last column, that are not nothing."""
    return sorted(
        cell.value
        for table in found.tables
        for row in table.rows
        for cell in row[1:-1]
        if isinstance(cell.value, int) and cell.value
    )


def by_line(found: Panel) -> list[Any]:
    return sorted(row[1].hits for table in found.tables for row in table.rows if row[1].hits)


def reasons_of(found: Panel) -> Counter[Any]:
    """In worlds a reason's name was its code, until the code was changed: by its address."""
    counts: Counter[Any] = Counter()
    for table in found.tables:
        for row in table.rows:
            code = row[1].url.split("fact=rejected%3A")[1].split("&")[0]
            counts[code] = int(str(row[1].value))
    return counts


def test_reasons_add_up_from_the_most_frequent_on(workspace: Workspace, ben: User) -> None:
    decide(workspace, ben, accepted=5, rejected=6)
    decide(workspace, ben, rejected=3, reason="timeline-too-long")
    decide(workspace, ben, rejected=1, reason="bad-data")
    found = panel(workspace, REJECTIONS_PAGE, "reasons")
    [table] = found.tables
    assert [
        (row[0].value, row[1].value, row[2].hits, row[2].of, row[3].hits, row[4].value)
        for row in table.rows
    ] == [
        ("No budget", 6, 6, 10, 6, "Fit"),
        ("Timeline too long", 3, 3, 10, 9, "Timing"),
        ("Bad data", 1, 1, 10, 10, "Data"),
    ]
    assert found.charts[0].data["of"] == 10
    doubts = panel(workspace, REJECTIONS_PAGE, "question").tables[0]
    assert [(row[0].value, row[1].hits, row[1].of) for row in doubts.rows] == [
        ("Fit", 6, 10),
        ("Timing", 3, 10),
        ("Data", 1, 10),
    ]


def test_the_period_before_stands_beside(workspace: Workspace, ben: User) -> None:
    decide(workspace, ben, rejected=2, at=NOW - 7 * DAY)
    decide(workspace, ben, rejected=1)
    week = Period(date(2026, 11, 16), date(2026, 11, 22), workspace.zone)
    [table] = panel(workspace, REJECTIONS_PAGE, "reasons", period=week, compare=True).tables
    assert [cell.value for cell in table.rows[0]][-1] == 2


def test_the_matrix_is_by_source_or_by_what_is_chosen(workspace: Workspace, ben: User) -> None:
    fair, web = (make_source(workspace, name=name) for name in ("Fair", "Web"))
    decide(workspace, ben, rejected=2, lead={"first_source": fair})
    decide(workspace, ben, rejected=1, reason="bad-data", lead={"first_source": web}, grade="A")
    found = panel(workspace, REJECTIONS_PAGE, "matrix")
    [table] = found.tables
    assert [column.label for column in table.columns] == ["Reason", "Fair", "Web", "All"]
    assert [[cell.value for cell in row] for row in table.rows] == [
        ["No budget", 2, 0, 2],
        ["Bad data", 0, 1, 1],
    ]
    assert found.charts[0].data["values"] == [
        [{"value": 2, "of": 2}, None],
        [None, {"value": 1, "of": 1}],
    ]
    [table] = panel(workspace, REJECTIONS_PAGE, "matrix", by="grade").tables
    assert [column.label for column in table.columns] == ["Reason", "B", "A", "All"]


def test_a_line_says_how_many_of_those_decided_and_for_what_most(
    workspace: Workspace, ben: User
) -> None:
    decide(workspace, ben, accepted=4, rejected=2, rules=["Pricing page"])
    decide(workspace, ben, rejected=1, reason="bad-data", rules=["Pricing page"])
    [row] = panel(workspace, REJECTIONS_PAGE, "rule").tables[0].rows
    assert row[0].value == "Pricing page"
    assert [(cell.hits, cell.of) for cell in row[1:]] == [(3, 7), (2, 3), (1, 3), (0, 3)]


def back(offer: Handoff, *stages: str, cycle: int) -> None:
    for n, stage in enumerate(stages):
        StageMove.objects.create(
            workspace=offer.workspace, lead=offer.lead, to_stage=stage, cycle=cycle, rule="test",
            at=NOW + (n + 1) * DAY,
        )  # fmt: skip


def test_what_came_back_and_was_taken_is_said_of_each_reason(
    workspace: Workspace, ben: User, mara: User, as_ana: Client
) -> None:
    first, second, third = decide(workspace, ben, rejected=3)
    back(first, "nurture", cycle=1)
    back(first, "mql", "won", cycle=2)
    back(second, "disqualified", cycle=1)
    taken: dict[str, Any] = {"accepted": 1, "at": NOW + DAY}
    [later] = decide(workspace, mara, **taken, cycle=2)
    [another] = decide(workspace, mara, **taken, cycle=1)
    Handoff.objects.filter(pk=later.pk).update(lead=first.lead)
    Handoff.objects.filter(pk=another.pk).update(lead=third.lead)
    assert afterwards(Scope(workspace)) == {
        "no-budget": Since(
            rejected=3, recycled=1, returned=1, accepted=1, elsewhere=1, won=1, out=1
        )
    }
    [row] = panel(workspace, REJECTIONS_PAGE, "since").tables[0].rows
    assert [(cell.hits, cell.of) for cell in row[2:]] == [(1, 3)] * 6
    behind = [first, first, first, third, first, second]
    for cell, offer in zip(row[2:], behind, strict=True):
        page = as_ana.get(cell.url)
        assert [one.lead.pk for one in page.context["list"].rows] == [offer.lead_id]
    assert "whose offer was rejected for “No budget”, and disqualified since" in page.text


def test_examples_are_the_latest_of_the_frequent_reasons_and_name_no_erased_lead(
    workspace: Workspace, ben: User
) -> None:
    offers = decide(workspace, ben, rejected=6)
    for n, offer in enumerate(offers):
        Handoff.objects.filter(pk=offer.pk).update(decided_at=NOW - n * DAY, note=f"Note {n}")
    Lead.objects.filter(pk=offers[0].lead_id).update(erased_at=NOW)
    for reason in ("bad-data", "too-small", "unreachable"):
        decide(workspace, ben, rejected=2 if reason != "unreachable" else 1, reason=reason)
    [table] = panel(workspace, REJECTIONS_PAGE, "examples").tables
    assert table.names_leads
    assert [row[5].value for row in table.rows][:5] == ["Note 1", "Note 2", "Note 3", "Note 4", "–"]
    assert {row[1].value for row in table.rows} == {"No budget", "Bad data", "Too small"}
    assert latest_rejected(Scope(workspace), ["no-budget"], each=2) == [
        offers[1].pk,
        offers[2].pk,
    ]


def test_a_reason_out_of_use_is_counted_still(workspace: Workspace, ben: User) -> None:
    decide(workspace, ben, rejected=2)
    RejectionReason.objects.filter(workspace=workspace, code="no-budget").update(is_active=False)
    [table] = panel(workspace, REJECTIONS_PAGE, "reasons").tables
    assert [cell.value for cell in table.rows[0]][:2] == ["No budget", 2]


@pytest.mark.parametrize("key", list(REJECTIONS_PAGE.parts))
def test_nothing_rejected_is_said_with_what_to_do(workspace: Workspace, key: str) -> None:
    empty = panel(workspace, REJECTIONS_PAGE, key).empty
    assert empty is not None
    assert empty[0] == "Nothing was rejected in this period"


@pytest.mark.parametrize("key", list(REJECTIONS_PAGE.parts))
def test_a_panel_asks_as_much_of_many_lines_as_of_one(
    workspace: Workspace, ben: User, mara: User, as_ana: Client, key: str
) -> None:
    def queries() -> int:
        as_ana.get(f"{ROOT}{key}/?first=&last=&compare=before")  # counts the days that are due
        with CaptureQueriesContext(connection) as asked:
            assert as_ana.get(f"{ROOT}{key}/?first=&last=&compare=before").status_code == 200
        return len(asked)

    lead = {"first_source": make_source(workspace)}
    decide(workspace, ben, accepted=1, rejected=1, rules=["One"], lead=lead)
    one = queries()
    for n, (rep, reason) in enumerate(((ben, "bad-data"), (mara, "too-small"))):
        lead = {"first_source": make_source(workspace)}
        at = NOW - 9 * (n + 1) * DAY
        decide(workspace, rep, rejected=2, reason=reason, rules=["Two"], lead=lead, at=at)
    assert queries() == one


@pytest.mark.parametrize("key", list(REJECTIONS_PAGE.parts))
def test_another_workspace_sees_no_panel(as_cleo: Client, ana: User, key: str) -> None:
    assert as_cleo.get(f"{ROOT}{key}/").status_code == 404


def test_a_mail_of_the_page_names_no_lead(workspace: Workspace, ben: User) -> None:
    offers = decide(workspace, ben, rejected=1, lead={"last_name": "Kowalewski"})
    shown = [
        Shown(part.title, panel(workspace, REJECTIONS_PAGE, key))
        for key, part in REJECTIONS_PAGE.parts.items()
    ]
    assert "Kowalewski" in str(shown)
    frame = Frame(
        REJECTIONS_PAGE, "Northwind", "EUR", "all time", "", [], "", "http://x.example/", "", NOW
    )
    mail = letter(frame, shown)
    for said in (mail.html, mail.text):
        assert "Kowalewski" not in said
        assert f"/leads/{offers[0].lead_id}/" not in said
        assert "The table that names leads is on the page alone." in said
        assert "No budget" in said
