"""The SLA board: running clocks by urgency, narrowed and counted by what the URL asks."""

import csv
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.compliance.board import Running
from handoff.compliance.board_filters import STATES
from handoff.compliance.board_page import PAGE
from leadqual.health import sign
from sla.models import Clock, WorkingRange
from tests.builders import make_company, make_lead
from tests.handoff.board_clocks import DECIDE, HOUR, REVIEW, TOUCH, make_clock, make_miss, pause
from tests.handoff.pages import HTMX

pytestmark = pytest.mark.django_db

BOARD = "/w/northwind/sla/"
ROWS = f"{BOARD}rows/"


def board(workspace: Workspace, **asked: str) -> Running:
    return Running(workspace, asked, now=timezone.now())


def found(workspace: Workspace, **asked: str) -> list[Clock]:
    return [line.clock for line in board(workspace, **asked).lines]


def shown_in(page: Any) -> list[str]:
    return re.findall(r'id="clock-\d+-lead"[^>]*>([^<]*)</a>', page.content.decode())


def test_late_clocks_come_first_and_then_the_next_to_be_due(workspace: Workspace) -> None:
    later, late, soon = (make_clock(workspace, due_in=span * HOUR) for span in (5, -3, 1))
    assert found(workspace) == [late, soon, later]


@pytest.fixture
def one_of_each(workspace: Workspace) -> dict[str, Clock]:
    held = make_clock(workspace, due_in=3 * HOUR, warned=True)
    pause(held, until=timezone.now() + 2 * HOUR)
    return {
        "late": make_clock(workspace, due_in=-HOUR),
        "soon": make_clock(workspace, due_in=HOUR, warned=True),
        "running": make_clock(workspace, due_in=2 * HOUR),
        "paused": held,
    }


def test_each_state_is_found_and_counted_and_no_clock_has_two(
    workspace: Workspace, one_of_each: dict[str, Clock]
) -> None:
    for state, clock in one_of_each.items():
        (line,) = board(workspace, state=state).lines
        assert (line.clock, line.state_label) == (clock, STATES[state])
    counts = {option.value: option.count for option in board(workspace, state="late").pills}
    assert counts == {"": 4, "late": 1, "soon": 1, "running": 1, "paused": 1}


def test_a_clock_that_was_paused_once_runs_again_and_one_without_warnings_is_never_due_soon(
    workspace: Workspace, one_of_each: dict[str, Clock]
) -> None:
    Clock.objects.filter(pk=one_of_each["running"].pk).update(warn_ats=[])
    one_of_each["paused"].pauses.update(until=timezone.now() - timedelta(minutes=1))
    assert found(workspace, state="paused") == []
    assert found(workspace, state="soon") == [one_of_each["soon"], one_of_each["paused"]]
    assert found(workspace, state="running") == [one_of_each["running"]]


def test_it_is_narrowed_by_promise_tier_person_and_side(workspace: Workspace, ben: User) -> None:
    offer = make_clock(workspace, person=ben, tier="full")
    touch = make_clock(workspace, code=TOUCH, due_in=2 * HOUR)
    review = make_clock(workspace, code=REVIEW, due_in=3 * HOUR)
    assert found(workspace, promise=TOUCH) == [touch]
    assert found(workspace, tier="full") == [offer]
    assert found(workspace, tier="-") == [touch, review]
    assert found(workspace, person=str(ben.pk)) == [offer]
    assert found(workspace, person="-") == [touch, review]
    assert found(workspace, side="marketing") == [review]
    assert found(workspace, side="sales") == [offer, touch]
    assert found(workspace, side="sales", person="-") == [touch]


@pytest.mark.parametrize(
    "asked",
    [
        {"promise": "nonsense"},
        {"person": "x"},
        {"person": "9" * 30},
        {"state": "gone"},
        {"side": "both"},
        {"after": "nonsense~1"},
        {"tier": "x" * 100},
    ],
)
def test_what_is_no_choice_narrows_nothing(workspace: Workspace, asked: dict[str, str]) -> None:
    clock = make_clock(workspace)
    assert found(workspace, **asked) == [clock]


def test_every_filter_counts_what_the_others_let_through(workspace: Workspace, ben: User) -> None:
    make_clock(workspace, person=ben)
    make_clock(workspace, person=ben, code=TOUCH)
    make_clock(workspace, code=TOUCH)
    selects = {name: options for name, _, options in board(workspace, promise=TOUCH).selects}
    counts = {name: {o.value: o.count for o in options} for name, options in selects.items()}
    assert counts == {
        "promise": {"": 3, DECIDE: 1, TOUCH: 2},
        "tier": {"": 2, "-": 2},
        "person": {"": 2, str(ben.pk): 1, "-": 1},
        "side": {"": 2, "sales": 2},
    }
    assert board(workspace, promise=TOUCH).count == 2


def test_pages_lose_nothing_and_show_nothing_twice(workspace: Workspace) -> None:
    clocks = [make_clock(workspace) for _ in range(PAGE + 3)]
    Clock.objects.update(due_at=clocks[0].due_at)  # they share a moment
    first = board(workspace)
    second = board(workspace, after=first.next_page)
    assert [line.clock for line in first.lines] == clocks[:PAGE]
    assert [line.clock for line in second.lines] == clocks[PAGE:]
    assert second.next_page == ""


def test_stopped_clocks_and_those_of_others_are_not_there(workspace: Workspace, cleo: User) -> None:
    clock = make_clock(workspace)
    Clock.objects.filter(pk=clock.pk).update(
        stopped_at=timezone.now(), stopped_by="accepted", business_seconds=1
    )
    assert found(workspace) == []


def test_the_page_says_how_long_in_real_and_in_business_time(
    as_ben: Client, workspace: Workspace, ben: User
) -> None:
    lead = make_lead(workspace, first_name="Hanna", company=make_company(workspace, name="Acme"))
    clock = make_clock(workspace, lead=lead, person=ben, due_in=-HOUR)
    page = as_ben.get(BOARD).content.decode()
    stamp = clock.due_at.strftime("%Y-%m-%dT%H:%M:%S")
    assert f'data-countdown data-soon="1" datetime="{stamp}' in page
    for words in ("Late", "Hanna", "· Acme", "Decide an offer", "ate, was due", "Ben Okoye"):
        assert words in page
    assert f'href="/w/northwind/leads/{lead.pk}/#panel-offer"' in page


def test_a_paused_clock_says_until_when_and_why_instead_of_counting_down(
    as_ben: Client, one_of_each: dict[str, Clock]
) -> None:
    page = as_ben.get(f"{BOARD}?state=paused").content.decode()
    assert "Stands still until" in page
    assert "Asked to be called back" in page
    assert "data-countdown" not in page


def test_a_rep_finds_their_own_by_one_link(as_ben: Client, workspace: Workspace, ben: User) -> None:
    own = make_clock(workspace, person=ben)
    make_clock(workspace)
    page = as_ben.get(BOARD)
    assert f'href="?person={ben.pk}">Mine</a>' in page.content.decode()
    narrowed = as_ben.get(f"{BOARD}?person={ben.pk}")
    assert shown_in(narrowed) == [own.lead.display_name]


def test_the_list_alone_is_fetched_anew_with_the_same_filter(
    as_ben: Client, one_of_each: dict[str, Clock]
) -> None:
    page = as_ben.get(f"{BOARD}?state=late").content.decode()
    assert f'hx-get="{ROWS}?state=late"' in page
    rows = as_ben.get(f"{ROWS}?state=late", headers=HTMX)
    assert shown_in(rows) == [one_of_each["late"].lead.display_name]
    assert "<html" not in rows.content.decode()


def test_an_empty_board_teaches_and_an_empty_filter_leads_back(as_ben: Client) -> None:
    assert "A clock starts when a lead is offered" in as_ben.get(BOARD).content.decode()
    narrowed = as_ben.get(f"{BOARD}?state=late").content.decode()
    assert "No running clock is like that" in narrowed


def test_the_age_of_the_last_sweep_stands_on_top_and_alarms_when_it_is_old(as_ben: Client) -> None:
    assert "No sweep has come by yet" in as_ben.get(BOARD).content.decode()
    sign("sla.sweep", at=timezone.now() - timedelta(minutes=14))
    old = as_ben.get(BOARD).content.decode()
    assert (
        "The last sweep was 14 minutes ago: deadlines are not being watched. Breaches will be"
        " dated at their true moment when it comes back." in old
    )
    assert "alert-danger" in old
    sign("sla.sweep", at=timezone.now() - timedelta(seconds=9))
    fresh = as_ben.get(BOARD).content.decode()
    assert "The last sweep was 9 seconds ago." in fresh or "10 seconds ago." in fresh
    assert "alert-danger" not in fresh


def test_a_calendar_that_cannot_be_used_keeps_only_its_own_clocks_wordless(
    as_ben: Client, workspace: Workspace
) -> None:
    good, bad = make_clock(workspace), make_clock(workspace, code=REVIEW)
    calendar = bad.calendar
    calendar.pk, calendar.name = None, "Closed"
    calendar.save()
    Clock.objects.filter(pk=bad.pk).update(calendar=calendar)
    assert not WorkingRange.objects.filter(calendar=calendar).exists()
    words = {line.clock: line.said.words for line in board(workspace).lines}
    assert "of business time left" in words[good]
    assert "its calendar cannot be used" in words[bad]
    assert as_ben.get(BOARD).status_code == 200


@pytest.fixture
def refused(workspace: Workspace) -> Clock:
    return make_clock(
        workspace, due_in=-HOUR, error="value too long", next_check_at=timezone.now() + HOUR
    )


def test_what_the_sweep_had_to_step_over_is_shown_to_the_operator_and_tried_again(
    as_mara: Client, as_ben: Client, refused: Clock
) -> None:
    url = f"{BOARD}clocks/{refused.pk}/try-again/"
    assert "value too long" in as_mara.get(f"{BOARD}?state=paused").content.decode()
    assert "value too long" not in as_ben.get(BOARD).content.decode()
    assert as_ben.post(url).status_code == 403
    answer = as_mara.post(url, headers=HTMX)
    assert answer.status_code == 204
    assert "board-changed" in answer["HX-Trigger"]
    refused.refresh_from_db()
    assert (refused.breached_at, refused.error) == (refused.due_at, "")
    assert "value too long" not in as_mara.get(BOARD).content.decode()


def test_the_file_holds_exactly_what_is_filtered_and_no_formula(
    as_mara: Client, as_ben: Client, workspace: Workspace
) -> None:
    lead = make_lead(workspace, first_name="=1+1", email="hanna@acme.example")
    late = make_clock(workspace, lead=lead, due_in=-HOUR)
    make_clock(workspace)
    answer = as_mara.get(f"{BOARD}export.csv?state=late")
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")  # type: ignore[attr-defined]
    (row,) = csv.DictReader(StringIO(text))
    assert row["lead"] == "'=1+1"
    assert (row["promise"], row["state"], row["side"]) == ("Decide an offer", "late", "Sales")
    assert row["due_at"] == late.due_at.isoformat(timespec="seconds")
    assert as_ben.get(f"{BOARD}export.csv").status_code == 403


def test_in_the_file_each_clock_has_the_state_that_the_board_shows(
    as_mara: Client, one_of_each: dict[str, Clock]
) -> None:
    answer = as_mara.get(f"{BOARD}export.csv")
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")  # type: ignore[attr-defined]
    states = [row["state"] for row in csv.DictReader(StringIO(text))]
    assert states == ["late", "due soon", "running", "paused"]


@pytest.mark.parametrize("url", [BOARD, ROWS, f"{BOARD}missed/", f"{BOARD}export.csv"])
def test_a_stranger_finds_nothing(as_cleo: Client, workspace: Workspace, url: str) -> None:
    assert as_cleo.get(url).status_code == 404


@pytest.mark.parametrize("url", [BOARD, ROWS, f"{BOARD}missed/"])
def test_thirty_clocks_ask_as_many_queries_as_one(
    as_mara: Client, workspace: Workspace, ben: User, url: str
) -> None:
    def make() -> None:
        lead = make_lead(workspace, company=make_company(workspace))
        pause(make_clock(workspace, lead=lead, person=ben), until=timezone.now() + HOUR)
        make_miss(workspace, lead=lead, person=ben)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert as_mara.get(url).status_code == 200
        return len(queries)

    make()
    asked()  # what is kept in the process is read
    one = asked()
    for _ in range(29):
        make()
    assert asked() == one
    assert one <= 18
