"""A real worker, a real mail server and a real receiver: what a rep hears, and when they did."""

import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.models import Handoff, Rep, Tier
from handoff.tasks import note_notified, send_digests
from leadqual.celery import app
from leadqual.models import Heartbeat
from leadqual.tasks import deliver_outbox
from tests.builders import join_pool, receive_hot_lead
from tests.leadqual.file_queue import broker
from tests.leadqual.workers import worker
from tests.waiting import eventually


class Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs to leave a mail."""

    received: list[str] = []

    def handle(self) -> None:
        self._say("220 sink")
        while line := self.rfile.readline().decode().strip():
            if line.upper() == "DATA":
                self._say("354 go on")
                self.received.append(self._text())
            if line.upper() == "QUIT":
                self._say("221 bye")
                return
            self._say("250 fine")

    def _text(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode()) != ".\r\n":
            lines.append(line)
        return "".join(lines)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What it has received; the worker, started later, sends there."""
    Mailbox.received = []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{server.server_address[1]}")
        yield Mailbox.received
        server.shutdown()


@pytest.mark.django_db(transaction=True)
def test_a_digest_goes_through_worker_and_mail_server_and_its_moment_is_noted(
    workspace: Workspace, ben: User, mail_server: list[str], tmp_path: Path
) -> None:
    Tier.objects.update(is_hot=False)
    join_pool(workspace, ben, mail=Rep.Mail.DIGEST, in_app=False)
    began = timezone.now()
    made = receive_hot_lead(workspace, at=began - timedelta(minutes=1)).handoffs.get()
    assert (made.notified_at, made.mail_key) == (None, "")
    with worker(broker="filesystem://", var=tmp_path):
        assert eventually(Heartbeat.objects.filter(name="worker").exists)

        def ask(*tasks: str) -> None:
            with broker(str(tmp_path / "broker")) as connection:
                for task in tasks:
                    app.send_task(task, connection=connection)

        ask(send_digests.name, send_digests.name)
        assert eventually(Handoff.objects.exclude(mail_key="").exists)
        ask(deliver_outbox.name)
        assert eventually(lambda: bool(mail_server))
        ask(send_digests.name, deliver_outbox.name, note_notified.name)
        assert eventually(Handoff.objects.filter(notified_at__gte=began).exists)
    [text] = mail_server
    assert f"To: {ben.email}" in text
    assert "Subject: 1 lead for you to decide" in text
    assert f"/leads/{made.lead_id}/" in text
