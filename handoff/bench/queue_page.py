"""My queue with two hundred open offers: how long one waits for it, and what it asks.

The page is fetched from the product's WSGI application, with its whole middleware, by one process
and by four at once. The floor is the same page of a rep with nothing to decide.
"""

import time
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Role, User, Workspace
from handoff.bench import sales
from handoff.bench.figures import Figure, percentile
from handoff.bench.offers import together
from handoff.bench.streams import _fork
from handoff.models import Rep
from handoff.offering import offer
from leadqual.models import Lead
from leadqual.stages import Stage

OFFERS: Final = 200
READERS: Final = 4

PLAIN_FILES: Final = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
"""The bench has no collected files; their names with hashes are looked up in memory anyway."""


class Reader:
    """One person before one page, by the product's WSGI application."""

    def __init__(self, person: User, path: str) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
        self.path, _, self.query = path.partition("?")
        self.application = get_wsgi_application()

    def read(self) -> str:
        """The page; raises RuntimeError for any answer but 200."""
        said: list[str] = []

        def start(status: str, *_: Any) -> Callable[[bytes], object]:
            said.append(status)
            return len

        answer = self.application(self._environment(), start)
        page = b"".join(answer).decode()
        answer.close()  # the end of the request, as a server tells it
        if not said[0].startswith("200"):
            raise RuntimeError(f"{self.path} answered {said[0]}.")
        return page

    def _environment(self) -> dict[str, Any]:
        return {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": self.path,
            "QUERY_STRING": self.query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "HTTP_COOKIE": self.cookie,
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(),
        }


def figures(workspace: Workspace, *, seconds: float) -> Iterator[Figure]:
    """Among the leads of the bench's workspace; its offers are taken away again. So many seconds
    everybody reads as fast as the page comes."""
    busy, idle = (_person(workspace, name) for name in ("busy", "idle"))
    path = reverse("queue", args=[workspace.slug])
    leads = Lead.objects.of(workspace).count()
    with override_settings(STORAGES=PLAIN_FILES), sales.as_before([workspace]):
        _offer(workspace, busy, upto=1)
        one = _queries(Reader(busy, path))
        offers = _offer(workspace, busy, upto=OFFERS)
        many = _queries(Reader(busy, path))
        yield Figure("queries of the queue page", many, "queries", one, offers)
        for readers, who in ((1, "1 reader"), (READERS, f"{READERS} readers")):
            floor = _read(Reader(idle, path), readers, seconds=seconds)
            took = _read(Reader(busy, path), readers, seconds=seconds)
            for percent in (50, 95):
                name = f"queue page, p{percent} of {who}"
                slow, bare = percentile(took, percent), percentile(floor, percent)
                yield Figure(name, slow * 1000, "ms", bare * 1000, leads)


def _person(workspace: Workspace, name: str) -> User:
    """A rep who takes no turns: what other measurements have offered is on nobody's page here."""
    user, _ = User.objects.get_or_create(email=f"{name}@bench.example", defaults={"name": name})
    Membership.objects.get_or_create(workspace=workspace, user=user, defaults={"role": Role.REP})
    Rep.objects.get_or_create(workspace=workspace, user=user, defaults={"is_active": False})
    return user


def _offer(workspace: Workspace, rep: User, *, upto: int) -> int:
    """Real offers of real packets, by name: the bench's MQLs are not ready by themselves."""
    there = _open(workspace, rep)
    mqls = Lead.objects.of(workspace).in_stage(Stage.MQL).exclude(handoffs__status="open")
    for lead in mqls.order_by("pk")[: upto - there]:
        offer(lead, at=timezone.now(), to=rep)
    return _open(workspace, rep)


def _open(workspace: Workspace, rep: User) -> int:
    return rep.handoffs.filter(workspace=workspace, status="open").count()


def _queries(reader: Reader) -> int:
    reader.read()  # caches are filled, first looks are noted
    with CaptureQueriesContext(connection) as asked:
        reader.read()
    return len(asked)


def _read(reader: Reader, readers: int, *, seconds: float) -> list[float]:
    """Seconds of each reading, of all readers."""
    found = _fork.Queue()

    def work(_: int) -> None:
        reader.read()  # the connection is made, templates are compiled
        took: list[float] = []
        ends = time.perf_counter() + seconds
        while (began := time.perf_counter()) < ends:
            reader.read()
            took.append(time.perf_counter() - began)
        found.put(took)

    together(readers, work)
    return [each for _ in range(readers) for each in found.get()]
