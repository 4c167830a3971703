"""What leaves the house: once an occasion, after commit, at least once, and by one deliverer."""

import email
import json
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from celery import Celery
from django.conf import settings as project
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import User, Workspace
from leadqual import outbox, sending, tasks
from leadqual.models import Notice, OutboxMessage
from tests.builders import MONDAY_NOON, make_workspace

NOW = MONDAY_NOON


def write_mail(workspace: Workspace, *, key: str = "offer:1", to: str = "ben@example.com") -> None:
    outbox.mail(workspace=workspace, key=key, to=to, subject="An offer", body="Please decide.")
    OutboxMessage.objects.update(next_attempt_at=NOW)


def test_a_mail_leaves_with_an_id_that_is_the_same_for_every_copy(workspace: Workspace) -> None:
    write_mail(workspace)
    assert outbox.deliver(now=NOW) == 1
    message = OutboxMessage.objects.get()
    (sent,) = django_mail.outbox
    assert (sent.to, sent.subject, sent.body) == (
        ["ben@example.com"],
        "An offer",
        "Please decide.",
    )
    assert sent.message()["Message-ID"] == f"<{sending.identity(message)}@localhost>"
    assert (message.sent_at, message.attempts, message.error) == (NOW, 1, "")


def test_the_same_occasion_is_told_once(workspace: Workspace, ben: User) -> None:
    for _ in range(2):
        write_mail(workspace)
        outbox.notify(workspace=workspace, user=ben, key="offer:1", text="An offer")
    assert (OutboxMessage.objects.count(), Notice.objects.count()) == (1, 1)
    assert outbox.deliver(now=NOW) == 1
    assert outbox.deliver(now=NOW) == 0
    assert len(django_mail.outbox) == 1


def test_one_occasion_reaches_several_people(workspace: Workspace) -> None:
    write_mail(workspace, to="ben@example.com")
    write_mail(workspace, to="mara@example.com")
    assert outbox.deliver(now=NOW) == 2


def test_what_was_rolled_back_was_never_said(workspace: Workspace, ben: User) -> None:
    with transaction.atomic():
        write_mail(workspace)
        outbox.notify(workspace=workspace, user=ben, key="offer:1", text="An offer")
        transaction.set_rollback(True)
    assert (OutboxMessage.objects.count(), Notice.objects.count()) == (0, 0)


def test_a_line_break_in_a_subject_does_not_become_a_header(workspace: Workspace) -> None:
    subject = "Hello\r\nBcc: everybody@example.com"
    outbox.mail(workspace=workspace, key="k", to="ben@example.com", subject=subject, body="")
    assert OutboxMessage.objects.get().subject == "Hello Bcc: everybody@example.com"


def test_a_long_notice_is_cut_to_what_fits(workspace: Workspace, ben: User) -> None:
    outbox.notify(workspace=workspace, user=ben, key="k", text="x" * 400)
    assert Notice.objects.get().text == "x" * 299 + "…"


def test_mails_are_files_where_no_server_is_set(
    workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    write_mail(workspace)
    assert outbox.deliver(now=NOW) == 1
    (file,) = tmp_path.iterdir()
    parsed = email.message_from_bytes(file.read_bytes())
    assert (parsed["To"], parsed["Subject"]) == ("ben@example.com", "An offer")


def test_a_mail_server_that_is_down_is_tried_again_later_and_given_up_at_last(
    workspace: Workspace, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port()
    write_mail(workspace)
    now, waits = NOW, []
    while True:
        assert outbox.deliver(now=now) == 0
        message = OutboxMessage.objects.get()
        if message.given_up_at:
            break
        waits.append(int((message.next_attempt_at - now).total_seconds()) // 60)
        assert outbox.deliver(now=message.next_attempt_at - timedelta(seconds=1)) == 0
        now = message.next_attempt_at
    assert waits == [1, 5, 15, 60, 240, 480, 720]
    assert (message.attempts, message.given_up_at, message.sent_at) == (8, now, None)
    assert message.error.startswith("ConnectionRefusedError")
    assert outbox.deliver(now=now + timedelta(days=9)) == 0


def test_a_failing_message_does_not_hold_up_the_others(workspace: Workspace) -> None:
    write_mail(workspace, key="broken", to="not an address\n")
    write_mail(workspace, key="fine")
    assert outbox.deliver(now=NOW) == 1
    assert OutboxMessage.objects.exclude(sent_at=None).get().key == "fine"


def test_no_more_than_the_limit_is_sent_in_one_go(workspace: Workspace) -> None:
    for number in range(3):
        write_mail(workspace, key=f"offer:{number}")
    assert [outbox.deliver(now=NOW, limit=2) for _ in range(3)] == [2, 1, 0]


def test_what_was_said_about_an_erased_person_is_scrubbed_and_what_waits_is_not_sent(
    workspace: Workspace, ben: User
) -> None:
    def write(key: str, lead: int) -> None:
        path = f"/w/northwind/leads/{lead}/"
        outbox.notify(workspace=workspace, user=ben, key=key, text="Lena Fischer waits", url=path)
        body = f"Lena Fischer waits: http://127.0.0.1:8000{path}\n"
        outbox.mail(workspace=workspace, key=key, to=ben.email, subject="Lena Fischer", body=body)
        OutboxMessage.objects.update(next_attempt_at=NOW)

    write("sent", lead=7)
    assert outbox.deliver(now=NOW) == 1
    write("waits", lead=7)
    write("another", lead=77)
    outbox.forget(workspace=workspace, path="/w/northwind/leads/7/", at=NOW)
    assert outbox.deliver(now=NOW) == 1
    kept = OutboxMessage.objects.order_by("pk").values_list("key", "subject", "sent_at")
    assert list(kept) == [("sent", "", NOW), ("waits", "", None), ("another", "Lena Fischer", NOW)]
    assert OutboxMessage.objects.filter(body__contains="Lena").count() == 1
    texts = Notice.objects.order_by("pk").values_list("text", flat=True)
    assert list(texts) == ["About a person who was erased since."] * 2 + ["Lena Fischer waits"]


class SlowBackend(EmailBackend):
    """Collects mails as the test backend does, but takes its time, so that deliverers overlap."""

    def send_messages(self, messages: Any) -> int:
        threading.Event().wait(0.02)
        return super().send_messages(messages)


@pytest.mark.django_db(transaction=True)
def test_two_deliverers_at_once_send_each_message_once(settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.SlowBackend"
    workspace = make_workspace()
    for number in range(20):
        write_mail(workspace, key=f"offer:{number}", to=f"person-{number}@example.com")
    counts: list[int] = []
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        counts.append(outbox.deliver(now=NOW))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    receivers = sorted(message.to[0] for message in django_mail.outbox)
    assert receivers == sorted(f"person-{number}@example.com" for number in range(20))
    assert sum(counts) == 20
    assert min(counts) > 0  # they did overlap


class Receiver(BaseHTTPRequestHandler):
    answer = 200
    received: list[tuple[str, Any, Any]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.path, json.loads(body), self.headers["Idempotency-Key"]))
        self.send_response(self.answer)
        if self.answer == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def receiver(settings: Settings) -> Iterator[str]:
    settings.LEADQUAL_INTERNAL_WEBHOOKS = True  # it stands on this machine
    Receiver.received, Receiver.answer = [], 200
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    thread.join()
    server.server_close()


def write_webhook(workspace: Workspace, url: str, at: datetime = NOW) -> OutboxMessage:
    outbox.webhook(workspace=workspace, key="lead:7", url=url, payload={"lead": 7, "at": at})
    OutboxMessage.objects.update(next_attempt_at=NOW)
    return OutboxMessage.objects.get()


def test_a_webhook_posts_json_with_a_key_to_drop_the_second_copy(
    workspace: Workspace, receiver: str
) -> None:
    message = write_webhook(workspace, receiver)
    assert outbox.deliver(now=NOW) == 1
    body = {"lead": 7, "at": "2026-03-02T12:00:00Z"}
    assert Receiver.received == [("/hook", body, sending.identity(message))]


@pytest.mark.parametrize("answer", [500, 404, 302])
def test_a_webhook_that_is_not_taken_is_tried_again(
    workspace: Workspace, receiver: str, answer: int
) -> None:
    Receiver.answer = answer
    write_webhook(workspace, receiver)
    assert outbox.deliver(now=NOW) == 0
    message = OutboxMessage.objects.get()
    assert message.error.startswith(f"HTTPError: HTTP Error {answer}")
    assert message.next_attempt_at == NOW + timedelta(minutes=1)
    Receiver.answer = 200
    assert outbox.deliver(now=message.next_attempt_at) == 1
    assert [path for path, _, _ in Receiver.received] == ["/hook", "/hook"]


def test_a_webhook_into_our_own_network_is_refused_when_it_is_sent(
    workspace: Workspace, receiver: str, settings: Settings
) -> None:
    settings.LEADQUAL_INTERNAL_WEBHOOKS = False
    write_webhook(workspace, receiver)
    assert outbox.deliver(now=NOW) == 0
    assert OutboxMessage.objects.get().error.startswith("AddressInside: “127.0.0.1” is an address")
    assert Receiver.received == []


def test_a_mail_carries_the_headers_it_was_written_with(workspace: Workspace) -> None:
    headers = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Message-ID": "<forged>"}
    outbox.mail(
        workspace=workspace, key="k", to="lena@acme.example", subject="S", body="B", headers=headers
    )
    OutboxMessage.objects.update(next_attempt_at=NOW)
    assert outbox.deliver(now=NOW) == 1
    sent = django_mail.outbox[0].message()
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert sent.get_all("Message-ID") == [
        f"<{sending.identity(OutboxMessage.objects.get())}@localhost>"
    ]


def test_a_mail_that_still_waits_can_be_taken_back(workspace: Workspace) -> None:
    write_mail(workspace, key="nurture:7:1")
    outbox.deliver(now=NOW)
    write_mail(workspace, key="nurture:7:2")
    write_mail(workspace, key="nurture:77:2")
    assert outbox.take_back(workspace=workspace, occasion="nurture:7:", at=NOW) == 1
    assert outbox.deliver(now=NOW) == 1
    given_up = OutboxMessage.objects.get(given_up_at=NOW)
    assert (given_up.key, given_up.sent_at) == ("nurture:7:2", None)


def test_what_was_written_to_an_erased_person_forgets_the_address(workspace: Workspace) -> None:
    write_mail(workspace, key="nurture:7:1", to="lena@acme.example")
    write_mail(workspace, key="offer:1", to="ben@example.com")
    outbox.forget(workspace=workspace, path="/none/", at=NOW, written_to=["lena@acme.example"])
    message = OutboxMessage.objects.get(key="nurture:7:1")
    assert (message.to, message.subject, message.body) == (f"erased:{message.pk}", "", "")
    assert OutboxMessage.objects.get(key="offer:1").to == "ben@example.com"
    assert outbox.deliver(now=NOW) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com/x", "example.com", ""])
def test_a_webhook_goes_to_http_only(workspace: Workspace, url: str) -> None:
    with pytest.raises(ValueError, match="http or https"):
        outbox.webhook(workspace=workspace, key="k", url=url, payload={})
    assert OutboxMessage.objects.count() == 0


def test_a_transaction_wakes_the_deliverer_once(
    workspace: Workspace, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        for number in range(3):
            write_mail(workspace, key=f"offer:{number}")
    assert len(callbacks) == 1


def test_the_task_that_is_woken_exists_and_beat_calls_it_too() -> None:
    assert tasks.deliver_outbox.name == outbox.DELIVERY_TASK
    assert project.CELERY_BEAT_SCHEDULE["outbox"]["task"] == outbox.DELIVERY_TASK


@pytest.mark.django_db(transaction=True)
def test_a_broker_out_of_reach_fails_nobody_and_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace = make_workspace()
    out_of_reach = Celery(set_as_current=False)
    out_of_reach.config_from_object("django.conf:settings", namespace="CELERY")
    address = f"redis://127.0.0.1:{closed_port()}"
    out_of_reach.conf.update(broker_url=address, broker_transport_options={})
    monkeypatch.setattr(outbox, "app", out_of_reach)
    start = monotonic()
    with transaction.atomic():
        write_mail(workspace)
    assert monotonic() - start < 2
    assert outbox.deliver(now=NOW) == 1


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


PNG = b"\x89PNG\r\n\x1a\n" + b"dots"


def compose_sample(about: dict[str, Any], *, now: datetime) -> sending.Letter:
    """Named in a test's OUTBOX_COMPOSERS."""
    if about.get("left"):
        raise sending.NotWanted("Ben has left.")
    if about.get("broken"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    return sending.Letter(
        subject=f"{about['title']}\nof {now:%d %b}",
        text="In words",
        html='<p>In words <img src="cid:one" alt="A chart"></p>',
        pictures={"one": PNG},
        headers={"List-Unsubscribe": "<https://leadqual.example/stop>"},
    )


def write_letter(workspace: Workspace, **about: Any) -> OutboxMessage:
    outbox.letter(
        workspace=workspace, key="r:1", to="ben@example.com", composer="sample", about=about
    )
    OutboxMessage.objects.update(next_attempt_at=NOW)
    return OutboxMessage.objects.get()


@pytest.fixture
def sample_composer(settings: Any) -> None:
    settings.OUTBOX_COMPOSERS = {"sample": f"{__name__}.compose_sample"}


@pytest.mark.usefixtures("sample_composer")
def test_a_letter_is_composed_when_it_leaves_with_its_pictures_in_the_html(
    workspace: Workspace,
) -> None:
    message = write_letter(workspace, title="Funnel")
    write_letter(workspace, title="The same occasion again")
    assert outbox.deliver(now=NOW) == 1
    (sent,) = django_mail.outbox
    whole = sent.message()
    assert (sent.subject, sent.to) == (f"Funnel of {NOW:%d %b}", ["ben@example.com"])
    assert whole["Message-ID"] == f"<{sending.identity(message)}@localhost>"
    assert whole["List-Unsubscribe"] == "<https://leadqual.example/stop>"
    assert [part.get_content_type() for part in whole.walk()] == [
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
    ]
    picture = list(whole.walk())[-1]
    assert (picture["Content-ID"], picture.get_payload(decode=True)) == ("<one>", PNG)


@pytest.mark.usefixtures("sample_composer")
def test_a_letter_that_nobody_is_to_get_any_more_is_given_up_at_once(workspace: Workspace) -> None:
    message = write_letter(workspace, left=True)
    assert outbox.deliver(now=NOW) == 0
    message.refresh_from_db()
    assert (message.given_up_at, message.error, message.attempts) == (NOW, "Ben has left.", 1)
    assert django_mail.outbox == []


@pytest.mark.usefixtures("sample_composer")
def test_a_letter_whose_figures_fail_in_the_database_is_tried_again_and_holds_up_no_other(
    workspace: Workspace,
) -> None:
    message = write_letter(workspace, broken=True)
    outbox.mail(workspace=workspace, key="k", to="ben@example.com", subject="Next", body="")
    OutboxMessage.objects.update(next_attempt_at=NOW)
    assert outbox.deliver(now=NOW) == 1
    message.refresh_from_db()
    assert (message.attempts, message.sent_at, message.given_up_at) == (1, None, None)
    assert message.error.startswith("DataError: division by zero")
    assert message.next_attempt_at == NOW + timedelta(minutes=1)
