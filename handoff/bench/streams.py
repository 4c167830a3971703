"""Processes that send events through the real intake, and the scorer beside them."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event as Flag
from typing import Any

from django.db import connection, connections
from django.utils import timezone

from accounts.models import Workspace
from handoff.bench.everybody import by_hands
from handoff.intake import receive_events
from handoff.management.commands.scorer import hands
from leadqual.capture import EventFacts
from leadqual.models import Event, EventKind
from scoring.models import Rescore
from scoring.rescoring import demand_rescore

MARK = "bench-"
_PATHS = ("/blog/post-1", "/pricing", "/product/3", "/docs/page-9", "/customers/story-2")
_fork = multiprocessing.get_context("fork")


def remove_sent() -> None:
    """Take away what earlier measurements sent, so that each begins with the same database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('leadqual.erasing', 'on', false)")
        Event.objects.filter(external_id__startswith=MARK).delete()
        cursor.execute("SELECT set_config('leadqual.erasing', '', false)")


def facts_of(lead: int, number: str) -> EventFacts:
    """A page view by the lead of that number, now."""
    return EventFacts(
        kind=EventKind.PAGE_VIEW,
        occurred_at=timezone.now(),
        lead_external_id=f"n{lead}",
        external_id=f"{MARK}{number}",
        url=f"https://www.northwind.example{_PATHS[lead % len(_PATHS)]}",
    )


@contextmanager
def beside(*works: Callable[[Flag], object]) -> Iterator[None]:
    """Run each in a process of its own until the block ends; they stop when the flag is set."""
    stop = _fork.Event()
    connections.close_all()  # a child must not share a connection

    def run(work: Callable[[Flag], object]) -> None:
        try:
            work(stop)
        finally:
            connections.close_all()

    running = [_fork.Process(target=run, args=(work,), daemon=True) for work in works]
    for process in running:
        process.start()
    try:
        yield
    finally:
        stop.set()
        for process in running:
            process.join(60)
    if any(process.exitcode for process in running):
        raise RuntimeError("A process of the bench failed; what it said stands above.")


def scorer(stop: Flag) -> None:
    """The product's own process, as `manage.py scorer` runs it."""
    works = hands()
    by_hands(lambda n: works[n](stop), len(works))


def demand_again_and_again(workspace: Workspace, stop: Flag) -> None:
    """As soon as one rescore is through, the next."""
    while not stop.wait(0.05):
        if not Rescore.objects.filter(finished_at=None).exists():
            demand_rescore(workspace, reason=Rescore.Reason.DEMANDED, now=timezone.now())
    Rescore.objects.filter(finished_at=None).delete()


def send_one_by_one(
    workspace: Workspace, *, leads: int, sender: str, seconds: float, into: "Any"
) -> None:
    """Events, each in a call of its own, as fast as they are taken; puts the times in seconds."""
    took = []
    ends = time.perf_counter() + seconds
    number = 0
    while (began := time.perf_counter()) < ends:
        number += 1
        lead = 1 + hash((sender, number)) % leads
        facts = facts_of(lead, f"{sender}-{number}")
        receive_events(workspace=workspace, batch=[facts], now=timezone.now())
        took.append(time.perf_counter() - began)
    into.put(took)


def send_batches(
    workspace: Workspace,
    *,
    leads: int,
    sender: str,
    seconds: float,
    a_second: int,
    batch: int,
    into: "Any",
) -> None:
    """Batches at a steady rate; puts (lead, occurred at, handed in at) for each event."""
    began = time.time()
    for number in range(int(seconds * a_second / batch)):
        pause = began + number * batch / a_second - time.time()
        if pause > 0:
            time.sleep(pause)
        first = hash((sender, number)) % leads
        facts = [facts_of(1 + (first + n) % leads, f"{sender}-{number}-{n}") for n in range(batch)]
        handed_in = time.time()
        receive_events(workspace=workspace, batch=facts, now=timezone.now())
        taken = time.time()
        into.put([(f.lead_external_id, f.occurred_at, handed_in, taken) for f in facts])
    into.put(None)
