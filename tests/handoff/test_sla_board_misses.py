"""Missed promises on the SLA board: their cause, their true moment, and what managers say."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.compliance.board import Missed
from handoff.compliance.board_page import PAGE
from sla.models import Clock
from tests.handoff.board_clocks import HOUR, TOUCH, make_clock, make_miss
from tests.handoff.pages import HTMX, events_of

pytestmark = pytest.mark.django_db

MISSED = "/w/northwind/sla/missed/"
ACKNOWLEDGE = f"{MISSED}acknowledge/"
DAY = timedelta(days=1)


def found(workspace: Workspace, **asked: str) -> list[Clock]:
    return [line.clock for line in Missed(workspace, asked, now=timezone.now()).lines]


def test_the_latest_come_first_and_only_those_of_the_last_thirty_days(workspace: Workspace) -> None:
    old, older, newer = (make_miss(workspace, ago=ago) for ago in (31 * DAY, 2 * DAY, HOUR))
    make_clock(workspace, due_in=-HOUR)  # late, and no sweep has come by yet
    assert found(workspace) == [newer, older]
    assert found(workspace, days="90") == [newer, older, old]
    assert found(workspace, days="1") == [newer]
    assert found(workspace, days="5000") == [newer, older]


def test_they_are_narrowed_by_cause_promise_person_and_what_was_said(
    workspace: Workspace, ben: User, mara: User
) -> None:
    now = timezone.now()
    late = make_miss(workspace, person=ben, cause=Clock.Cause.PERSON, answered_at=now)
    nobody = make_miss(workspace, ago=2 * HOUR, cause=Clock.Cause.NOBODY, answered_at=now)
    fresh = make_miss(workspace, ago=3 * HOUR, code=TOUCH)
    Clock.objects.filter(pk=nobody.pk).update(
        acknowledged_at=now,
        acknowledged_by=mara,
        acknowledgement="Holidays",
        stopped_at=now,
        stopped_by="accepted",
        business_seconds=1,
    )
    assert found(workspace, cause="person") == [late]
    assert found(workspace, cause="nobody") == [nobody]
    assert found(workspace, cause="-") == [fresh]
    assert found(workspace, promise=TOUCH) == [fresh]
    assert found(workspace, person=str(ben.pk)) == [late]
    assert found(workspace, seen="yes") == found(workspace, done="yes") == [nobody]
    assert found(workspace, seen="no") == found(workspace, done="no") == [late, fresh]
    counts = {o.value: o.count for o in Missed(workspace, {"done": "no"}, now=now).pills}
    assert counts == {"": 2, "no": 2}


def test_a_line_says_when_why_and_what_has_become_of_it(
    as_ben: Client, workspace: Workspace, ben: User
) -> None:
    now = timezone.now()
    clock = make_miss(
        workspace,
        ago=3 * HOUR,
        noticed_after=2 * HOUR,
        person=ben,
        cause=Clock.Cause.PERSON,
        answered_at=now - HOUR,
        stopped_at=now,
        stopped_by="accepted",
        business_seconds=3600,
    )
    page = as_ben.get(MISSED).content.decode()
    local = clock.due_at.astimezone(workspace.zone)
    for words in (
        f"{local:%a} {local.day} {local:%b %Y, %H:%M}",
        "noticed late</span> 2 hours after it",
        "Who was held to it was late",
        "Missed by",
        "Accepted ",
        "Those named were told",
        "Ben Okoye",
    ):
        assert words in page
    assert "acknowledge/" not in page  # a rep reads
    fresh = make_miss(workspace)
    page = as_ben.get(f"{MISSED}?cause=-").content.decode()
    assert f'id="clock-{fresh.pk}"' in page
    for words in ("Still not done.", "Nobody has been told yet.", "Cause not known yet"):
        assert words in page
    assert "noticed late" not in page


def test_several_are_acknowledged_at_once_with_one_note(
    as_mara: Client, workspace: Workspace, mara: User
) -> None:
    first, second, other = (make_miss(workspace) for _ in range(3))
    said = {"clock": [first.pk, second.pk], "note": " Fair week "}
    answer = as_mara.post(f"{ACKNOWLEDGE}?seen=no", said, headers=HTMX)
    assert answer.status_code == 200
    assert events_of(answer)["toast"] == {
        "text": "2 missed promises acknowledged.",
        "level": "success",
    }
    for clock in (first, second, other):
        clock.refresh_from_db()
    assert (first.acknowledged_by, first.acknowledgement) == (mara, "Fair week")
    assert second.acknowledged_at is not None
    assert other.acknowledged_at is None
    page = answer.content.decode()  # still there, with a way back, though the filter is “not yet”
    assert f'id="clock-{first.pk}"' in page
    assert f"clocks/{first.pk}/take-back/" in page
    assert found(workspace, seen="no") == [other]


def test_a_slip_is_taken_back_by_whoever_it_was(
    as_mara: Client, as_ana: Client, workspace: Workspace
) -> None:
    clock = make_miss(workspace)
    as_mara.post(ACKNOWLEDGE, {"clock": clock.pk, "note": "Oops"}, headers=HTMX)
    url = f"/w/northwind/sla/clocks/{clock.pk}/take-back/"
    refused = as_ana.post(url, headers=HTMX)
    assert refused.status_code == 422
    assert "Somebody else has acknowledged it" in refused.content.decode()
    assert as_mara.post(url, headers=HTMX).status_code == 200
    clock.refresh_from_db()
    assert (clock.acknowledged_at, clock.acknowledged_by, clock.acknowledgement) == (None, None, "")


def test_the_first_word_counts_and_the_second_is_told(
    as_mara: Client, as_ana: Client, workspace: Workspace, mara: User
) -> None:
    clock = make_miss(workspace)
    as_mara.post(ACKNOWLEDGE, {"clock": clock.pk, "note": "Mine"}, headers=HTMX)
    answer = as_ana.post(ACKNOWLEDGE, {"clock": clock.pk, "note": "No, mine"}, headers=HTMX)
    assert events_of(answer)["toast"] == {
        "text": "0 missed promises acknowledged. 1 had been acknowledged already.",
        "level": "success",
    }
    clock.refresh_from_db()
    assert (clock.acknowledged_by, clock.acknowledgement) == (mara, "Mine")


@pytest.mark.parametrize(
    ("note", "with_clock", "words"),
    [("  ", True, "Say what happened"), ("Fair week", False, "Select the missed promises")],
)
def test_a_note_and_a_choice_are_asked_for(
    as_mara: Client, workspace: Workspace, note: str, with_clock: bool, words: str
) -> None:
    clock = make_miss(workspace)
    said = {"note": note, **({"clock": clock.pk} if with_clock else {})}
    answer = as_mara.post(ACKNOWLEDGE, said, headers=HTMX)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    clock.refresh_from_db()
    assert clock.acknowledged_at is None


def test_a_character_that_no_text_has_is_left_out_of_a_note(
    as_mara: Client, workspace: Workspace
) -> None:
    clock = make_miss(workspace)
    as_mara.post(ACKNOWLEDGE, {"clock": clock.pk, "note": "Holi\0days"}, headers=HTMX)
    assert Clock.objects.get().acknowledgement == "Holidays"


def test_without_scripts_one_comes_back_to_the_same_list(
    as_mara: Client, workspace: Workspace
) -> None:
    clock = make_miss(workspace)
    answer = as_mara.post(f"{ACKNOWLEDGE}?seen=no&days=7", {"clock": clock.pk, "note": "Fair"})
    assert (answer.status_code, answer["Location"]) == (302, f"{MISSED}?seen=no&days=7")
    assert "1 missed promise acknowledged." in as_mara.get(answer["Location"]).content.decode()


def test_who_runs_no_team_may_not_and_a_stranger_touches_nothing(
    as_ben: Client, as_cleo: Client, as_mara: Client, workspace: Workspace, cleo: User
) -> None:
    clock = make_miss(workspace)
    said = {"clock": clock.pk, "note": "Fair week"}
    assert as_ben.post(ACKNOWLEDGE, said).status_code == 403
    assert as_cleo.post(ACKNOWLEDGE, said).status_code == 404
    as_cleo.post("/w/elsewhere/sla/missed/acknowledge/", said, headers=HTMX)
    clock.refresh_from_db()
    assert clock.acknowledged_at is None
    elsewhere = as_cleo.post(f"/w/elsewhere/sla/clocks/{clock.pk}/take-back/")
    assert elsewhere.status_code == 404


def test_what_is_not_missed_cannot_be_acknowledged(as_mara: Client, workspace: Workspace) -> None:
    clock = make_clock(workspace)
    as_mara.post(ACKNOWLEDGE, {"clock": clock.pk, "note": "Fair week"}, headers=HTMX)
    clock.refresh_from_db()
    assert clock.acknowledged_at is None


def test_pages_go_back_in_time_and_lose_nothing(workspace: Workspace) -> None:
    clocks = [make_miss(workspace) for _ in range(PAGE + 3)]
    moment = clocks[0].due_at
    Clock.objects.update(due_at=moment, breached_at=moment)
    first = Missed(workspace, {}, now=timezone.now())
    second = Missed(workspace, {"after": first.next_page}, now=timezone.now())
    shown = [line.clock for line in [*first.lines, *second.lines]]
    assert shown == clocks[::-1]


def test_nothing_missed_says_so_kindly(as_ben: Client) -> None:
    assert "Nothing was missed" in as_ben.get(MISSED).content.decode()
    narrowed = as_ben.get(f"{MISSED}?cause=person").content.decode()
    assert "No missed promise is like that" in narrowed
