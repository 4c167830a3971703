"""Dashboards by mail: due once, caught up without doubles, and only for those who may read."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Role, User, Workspace
from handoff.dashboards import images, mail_list, mailing
from handoff.dashboards.mail_letter import upright
from handoff.dashboards.mail_stops import stop_url
from handoff.dashboards.panel import Cell, Column, Table
from handoff.models import ReportMail
from leadqual import outbox
from leadqual.models import OutboxMessage
from tests.builders import MONDAY_NOON, make_member, make_source, receive_hot_lead

SET_UP = MONDAY_NOON - timedelta(days=3)
SEVEN = datetime(2026, 3, 9, 6, tzinfo=UTC)
"""In Berlin, on the Monday after MONDAY_NOON: last week is the week of the lead."""


def plan(*people: User, **changes: Any) -> mail_list.Plan:
    said: dict[str, Any] = {
        "page": "funnel",
        "filters": "",
        "period": "week",
        "every": ReportMail.Every.WEEK,
        "weekday": 0,
        "day": 1,
        "hour": 7,
        "recipients": people,
    }
    return mail_list.Plan(**(said | changes))


@pytest.fixture
def weekly(workspace: Workspace, ana: User, ben: User) -> ReportMail:
    return mail_list.schedule(workspace, plan(ana, ben), by=ana, at=MONDAY_NOON)


def deliver(now: datetime = SEVEN) -> list[Any]:
    """The dashboards that leave now, in the order of their readers."""
    OutboxMessage.objects.exclude(key__startswith="report-mail:").delete()
    OutboxMessage.objects.filter(sent_at=None).update(next_attempt_at=now)
    django_mail.outbox.clear()
    outbox.deliver(now=now)
    return sorted(django_mail.outbox, key=lambda one: one.to)


def part(mail: Message, kind: str) -> str:
    (found,) = [one for one in mail.walk() if one.get_content_type() == kind]
    content = found.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def test_a_weekly_mail_is_due_on_its_day_and_hour_and_then_a_week_later(
    weekly: ReportMail, ana: User, ben: User
) -> None:
    assert weekly.next_at == SEVEN
    assert mailing.send_due(now=SEVEN - timedelta(minutes=1)) == 0
    assert mailing.send_due(now=SEVEN) == 1
    weekly.refresh_from_db()
    assert (weekly.next_at, weekly.last_sent_at) == (SEVEN + timedelta(days=7), SEVEN)
    assert [one.to for one in deliver()] == [[ana.email], [ben.email]]
    assert (mailing.send_due(now=SEVEN), deliver()) == (0, [])


def test_it_says_what_the_page_says_of_last_week(workspace: Workspace, weekly: ReportMail) -> None:
    receive_hot_lead(workspace)
    mailing.send_due(now=SEVEN)
    first, _ = deliver()
    assert first.subject == "Northwind: Funnel, last week (2 Mar 2026 to 8 Mar 2026)"
    whole = first.message()
    html, text = part(whole, "text/html"), part(whole, "text/plain")
    for said in (html, text):
        assert "/w/northwind/dashboards/funnel/?first=2026-03-02" in said.replace("&amp;", "&")
        assert "every Monday at 07:00" in said
    assert re.findall(r' (?:src|href)="(?!http://|cid:)[^"]*"', html) == []
    assert "<script" not in html


def test_its_charts_come_as_pictures_that_the_html_shows(
    workspace: Workspace, weekly: ReportMail
) -> None:
    receive_hot_lead(workspace)
    mailing.send_due(now=SEVEN)
    whole = deliver()[0].message()
    named = re.findall(r'src="cid:([^"]+)"', part(whole, "text/html"))
    pictures = [one for one in whole.walk() if one.get_content_type() == "image/png"]
    assert [one["Content-ID"] for one in pictures] == [f"<{cid}>" for cid in named]
    assert len(named) > 0
    for one in pictures:
        content = one.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert content.startswith(b"\x89PNG")


def test_without_its_pictures_it_goes_with_its_tables(
    workspace: Workspace, weekly: ReportMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive_hot_lead(workspace)
    mailing.send_due(now=SEVEN)
    monkeypatch.setattr(images, "SECONDS", 0.001)
    whole = deliver()[0].message()
    html = part(whole, "text/html")
    assert ("cid:" in html, "<caption" in html) == (False, True)


def test_a_table_wider_than_a_mail_is_turned() -> None:
    hours = [f"{hour:02d}" for hour in range(24)]
    table = Table(
        "By hour",
        (Column("Day"), *(Column(hour, "count") for hour in hours)),
        tuple(
            (Cell(day), *(Cell(24 * n + hour) for hour in range(24)))
            for n, day in enumerate(("Mon", "Tue"))
        ),
    )
    turned = upright(table)
    assert [column.label for column in turned.columns] == ["Day", "Mon", "Tue"]
    assert [[cell.value for cell in row] for row in turned.rows] == [
        [hour, n, 24 + n] for n, hour in enumerate(hours)
    ]
    narrow = replace(table, columns=table.columns[:3], rows=((Cell("Mon"), Cell(1), Cell(2)),))
    assert upright(narrow) == narrow


def test_it_says_what_it_is_narrowed_to_and_compared_with(workspace: Workspace, ana: User) -> None:
    source = make_source(workspace, name="Trade fair")
    filters = f"compare=before&source={source.pk}"
    mail = mail_list.schedule(workspace, plan(ana, filters=filters), by=ana, at=MONDAY_NOON)
    mailing.send_now(mail, by=ana, now=SEVEN)
    text = part(deliver()[0].message(), "text/plain")
    assert "Compared with 23 Feb 2026 to 1 Mar 2026" in text


def test_after_a_standstill_only_the_latest_goes_about_its_own_week(
    weekly: ReportMail,
) -> None:
    late = SEVEN + timedelta(days=22, hours=5)  # a Tuesday, three Mondays missed
    assert mailing.send_due(now=late) == 1
    first, _ = deliver(late)
    assert "(16 Mar 2026 to 22 Mar 2026)" not in first.subject
    assert "(23 Mar 2026 to 29 Mar 2026)" in first.subject
    weekly.refresh_from_db()
    assert weekly.next_at == datetime(2026, 4, 6, 5, tzinfo=UTC)


def test_a_change_of_the_hour_sends_no_second_one_on_the_same_day(
    weekly: ReportMail, ana: User, ben: User
) -> None:
    mailing.send_due(now=SEVEN)
    assert len(deliver()) == 2
    mail_list.change(weekly, plan(ana, ben, hour=9), at=SEVEN + timedelta(hours=1))
    assert mailing.send_due(now=SEVEN + timedelta(hours=2)) == 1
    assert deliver(SEVEN + timedelta(hours=2)) == []


def test_who_left_who_lost_the_right_and_who_stopped_it_get_nothing(
    workspace: Workspace, weekly: ReportMail, ana: User, ben: User
) -> None:
    Membership.objects.filter(user=ben).update(ended_at=SEVEN)
    assert mailing.readers(weekly) == [ana]
    Membership.objects.filter(user=ben).update(ended_at=None)
    mailing.send_due(now=SEVEN)
    # Between writing and leaving.
    Membership.objects.filter(user=ben).update(ended_at=SEVEN)
    mail_list.stop_for(weekly, ana.pk)
    assert deliver() == []
    reasons = OutboxMessage.objects.order_by("to").values_list("error", flat=True)
    assert list(reasons) == [
        "Its reader wants it no more.",
        "Its reader has left, or may not see reports any more.",
    ]


def test_a_paused_one_sends_nothing_and_nothing_of_the_pause_when_it_goes_on(
    weekly: ReportMail,
) -> None:
    mailing.send_due(now=SEVEN)
    mail_list.pause(weekly)
    assert deliver() == []
    assert mailing.send_due(now=SEVEN + timedelta(days=30)) == 0
    mail_list.resume(weekly, at=SEVEN + timedelta(days=30))
    weekly.refresh_from_db()
    assert weekly.next_at == datetime(2026, 4, 13, 5, tzinfo=UTC)


def test_a_deleted_one_does_not_leave_any_more(weekly: ReportMail) -> None:
    mailing.send_due(now=SEVEN)
    weekly.delete()
    assert deliver() == []


def test_a_mail_that_nobody_reads_any_more_is_paused(
    weekly: ReportMail, ana: User, ben: User
) -> None:
    for person in (ana, ben):
        mail_list.stop_for(weekly, person.pk)
    weekly.refresh_from_db()
    assert weekly.next_at is None


def test_one_at_once_goes_to_who_asks_even_while_it_is_paused(
    weekly: ReportMail, mara: User
) -> None:
    mail_list.pause(weekly)
    mailing.send_now(weekly, by=mara, now=SEVEN)
    (sent,) = deliver()
    assert sent.to == [mara.email]


def test_recipients_are_members_of_this_workspace_only(
    workspace: Workspace, ana: User, cleo: User
) -> None:
    mail = mail_list.schedule(workspace, plan(ana, cleo), by=ana, at=SET_UP)
    assert list(mail.recipients.all()) == [ana]


def test_days_and_hours_are_those_of_the_workspace(workspace: Workspace, ana: User) -> None:
    workspace.timezone = "Asia/Tokyo"
    workspace.save()
    mail = mail_list.schedule(workspace, plan(ana), by=ana, at=MONDAY_NOON)
    assert mail.next_at == datetime(2026, 3, 8, 22, tzinfo=UTC)
    mailing.send_due(now=mail.next_at)
    (sent,) = deliver(mail.next_at)
    assert "(2 Mar 2026 to 8 Mar 2026)" in sent.subject


def test_one_that_fails_does_not_hold_up_the_others(
    workspace: Workspace, weekly: ReportMail, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = mail_list.schedule(workspace, plan(ana), by=ana, at=MONDAY_NOON)
    whole = mailing._send

    def fails_once(pk: int, *, now: datetime) -> bool:
        if pk == weekly.pk:
            raise ValueError("broken")
        return whole(pk, now=now)

    monkeypatch.setattr(mailing, "_send", fails_once)
    assert mailing.send_due(now=SEVEN) == 1
    other.refresh_from_db()
    assert other.last_sent_at == SEVEN


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_write_each_mail_once(weekly: ReportMail) -> None:
    def work(_: int) -> int:
        try:
            return mailing.send_due(now=SEVEN)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 1
    assert OutboxMessage.objects.count() == 2


def test_the_link_at_its_end_stops_it_for_that_reader_alone(
    weekly: ReportMail, ana: User, ben: User, client: Client
) -> None:
    path = stop_url(weekly, ben).removeprefix("http://127.0.0.1:8000")
    path = re.sub(r"^https?://[^/]+", "", path)
    asked = client.get(path)
    assert "No more mails of “Funnel”?" in asked.content.decode()
    assert set(weekly.recipients.all()) == {ana, ben}
    done = client.post(path, {"List-Unsubscribe": "One-Click"})
    assert "is not mailed to you any more" in done.content.decode()
    assert list(weekly.recipients.all()) == [ana]
    assert "You get it no more" in client.get(path).content.decode()
    assert client.get(f"{path[:-3]}/").status_code == 404


def test_mail_programs_are_told_how_to_stop_it(weekly: ReportMail, ana: User) -> None:
    mailing.send_due(now=SEVEN)
    first, _ = deliver()
    assert first.message()["List-Unsubscribe"] == f"<{stop_url(weekly, ana)}>"
    assert first.message()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


# ---- the pages ----

PAGE = "/w/northwind/dashboards/mails/"
CHOSEN = {
    "page": "funnel",
    "period": "month",
    "every": "month",
    "weekday": "0",
    "day": "2",
    "hour": "8",
    "filters": "by=source&first=2020-01-01&nonsense=1",
}


def test_a_manager_sets_one_up_from_a_dashboard_with_its_filters(
    as_ana: Client, ana: User, ben: User
) -> None:
    assert "No dashboard is mailed yet" in as_ana.get(PAGE).content.decode()
    form = as_ana.get(f"{PAGE}new/?page=funnel&by=source&first=2020-01-01").context["form"]
    assert (form["filters"].value(), form["recipients"].value()) == ("by=source", [ana.pk])
    saved = as_ana.post(f"{PAGE}new/", CHOSEN | {"recipients": [ana.pk, ben.pk]}, follow=True)
    page = saved.content.decode()
    assert "Saved. It goes on day 2 of every month at 08:00." in page
    mail = ReportMail.objects.get()
    assert mail.query == "by=source&period=month"
    assert (set(mail.recipients.all()), mail.created_by) == ({ana, ben}, ana)
    assert mail.next_at is not None
    assert mail.next_at > timezone.now()


def test_a_filter_is_checked_when_it_is_new_and_kept_when_its_value_is_gone(
    as_ana: Client, weekly: ReportMail, ana: User
) -> None:
    chosen = CHOSEN | {"recipients": [ana.pk]}
    as_ana.post(f"{PAGE}new/", chosen | {"filters": "source=999999"})
    assert ReportMail.objects.latest("pk").query == "period=month"
    weekly.query = "region=Atlantis&period=week"  # it had leads once
    weekly.save()
    as_ana.post(f"{PAGE}{weekly.pk}/", chosen | {"filters": "region=Atlantis"})
    weekly.refresh_from_db()
    assert weekly.query == "region=Atlantis&period=month"


def test_a_form_without_readers_is_refused_with_the_reason(as_ana: Client) -> None:
    refused = as_ana.post(f"{PAGE}new/", CHOSEN)
    assert (refused.status_code, ReportMail.objects.count()) == (422, 0)
    assert "Choose at least one person." in refused.content.decode()


def test_it_is_changed_paused_and_deleted(as_ana: Client, weekly: ReportMail, ana: User) -> None:
    address = f"{PAGE}{weekly.pk}/"
    assert as_ana.get(address).context["form"].initial["weekday"] == 0
    as_ana.post(address, CHOSEN | {"recipients": [ana.pk]})
    weekly.refresh_from_db()
    assert (weekly.every, weekly.hour, list(weekly.recipients.all())) == ("month", 8, [ana])
    as_ana.post(f"{address}pause/")
    assert "Paused" in as_ana.get(PAGE).content.decode()
    as_ana.post(f"{address}pause/", {"go_on": "1"})
    weekly.refresh_from_db()
    assert weekly.next_at is not None
    as_ana.post(f"{address}delete/")
    assert ReportMail.objects.count() == 0


def test_send_me_one_now_goes_to_me_alone(as_mara: Client, mara: User, weekly: ReportMail) -> None:
    as_mara.post(f"{PAGE}{weekly.pk}/send/")
    assert [message.to for message in OutboxMessage.objects.all()] == [mara.email]


def test_a_rep_sees_only_what_they_get_and_may_stop_it(
    as_ben: Client, workspace: Workspace, weekly: ReportMail, ana: User, ben: User
) -> None:
    mail_list.schedule(workspace, plan(ana, page="funnel", hour=5), by=ana, at=MONDAY_NOON)
    page = as_ben.get(PAGE).content.decode()
    assert ("at 07:00" in page, "at 05:00" in page, "Send me one now" in page) == (
        True,
        False,
        False,
    )
    as_ben.post(f"{PAGE}{weekly.pk}/leave/")
    assert list(weekly.recipients.all()) == [ana]
    assert "No dashboard is mailed to you" in as_ben.get(PAGE).content.decode()


def test_a_rep_sets_up_nothing_and_a_stranger_finds_nothing(
    as_ben: Client, as_cleo: Client, weekly: ReportMail
) -> None:
    assert as_ben.get(f"{PAGE}new/").status_code == 403
    assert as_ben.post(f"{PAGE}{weekly.pk}/delete/").status_code == 403
    assert as_cleo.get(PAGE).status_code == 404
    assert as_cleo.post(f"{PAGE}{weekly.pk}/leave/").status_code == 404


def test_another_workspaces_mail_is_not_found(
    as_ana: Client, weekly: ReportMail, cleo: User
) -> None:
    elsewhere = cleo.memberships.get().workspace
    theirs = mail_list.schedule(elsewhere, plan(cleo), by=cleo, at=MONDAY_NOON)
    for below in ("", "pause/", "delete/", "send/", "leave/"):
        assert as_ana.post(f"{PAGE}{theirs.pk}/{below}").status_code == 404


def test_who_left_is_named_as_getting_nothing(
    as_ana: Client, workspace: Workspace, weekly: ReportMail, ben: User
) -> None:
    Membership.objects.filter(user=ben).update(ended_at=SEVEN)
    assert "gets nothing: has left" in as_ana.get(PAGE).content.decode()


def test_the_list_asks_as_many_questions_for_three_as_for_one(
    as_ana: Client,
    workspace: Workspace,
    weekly: ReportMail,
    ana: User,
    django_assert_max_num_queries: Any,
) -> None:
    make_member(workspace, name="Ida Lund", role=Role.REP)
    for hour in (8, 9):
        mail_list.schedule(workspace, plan(ana, hour=hour), by=ana, at=MONDAY_NOON)
    as_ana.get(PAGE)
    with django_assert_max_num_queries(25):
        as_ana.get(PAGE)
