"""How many offers a second are routed, by one process and by four, on one pool and on five.

The floor is what the writes of an offer cost alone: the same processes make as many transactions
of as many single-row inserts and updates. How many an offer has is counted from its statements.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import Workspace
from handoff.bench import sales
from handoff.bench.figures import Figure
from handoff.bench.streams import _fork
from handoff.models import Handoff
from handoff.offering import offer_next
from leadqual.celery import app
from leadqual.models import Lead

MOST: Final = 600
"""Offers of one measurement."""
_WORDS: Final = "a row of the usual width, as notices and clocks have it; " * 4


def figures(workspace: Workspace) -> Iterator[Figure]:
    """`workspace` is that of the bench; its size says how many offers are made."""
    count = min(MOST, max(40, Lead.objects.of(workspace).count() // 10))
    five = sales.workspaces(leads=count, now=timezone.now())
    writes = _writes_of_an_offer(five[0])
    _make_table()
    for words, involved in (("", five[:1]), (", five pools", five)):
        for name, hands in (("one process", 1), ("four processes", 4)):
            floor = count / together(hands, _bare(count, hands, writes))
            routed = count / _routed(involved, count=count, hands=hands)
            yield Figure(f"offers{words}, {name}", routed, "offers/s", floor, count)


def _leads(involved: Sequence[Workspace], *, count: int) -> list[int]:
    """So many leads, in turn of the workspaces."""
    each = [
        list(Lead.objects.of(one).order_by("pk").values_list("pk", flat=True)[:count])
        for one in involved
    ]
    return [pk for row in zip(*each, strict=True) for pk in row][:count]


def _routed(involved: Sequence[Workspace], *, count: int, hands: int) -> float:
    leads = _leads(involved, count=count)

    def work(hand: int) -> None:
        for pk in leads[hand::hands]:
            offer_next(Lead.objects.get(pk=pk), at=timezone.now())

    with sales.as_before(involved):
        seconds = together(hands, work)
        made = Handoff.objects.open().filter(lead__in=leads).count()
    _forget_wakes()
    if made != count:
        raise RuntimeError(f"Of {count} leads {made} were offered.")
    return seconds


def together(hands: int, work: Callable[[int], None]) -> float:
    """Seconds from the first beginning to the last end of so many processes at once."""
    ready, ended = _fork.Barrier(hands), _fork.Queue()
    connections.close_all()  # a child must not share a connection

    def run(hand: int) -> None:
        try:
            connection.ensure_connection()
            ready.wait(60)
            began = time.perf_counter()  # of one clock for all processes of a machine
            work(hand)
            ended.put((began, time.perf_counter()))
        finally:
            connections.close_all()

    running = [_fork.Process(target=run, args=(hand,)) for hand in range(hands)]
    for process in running:
        process.start()
    for process in running:
        process.join()
    if any(process.exitcode for process in running):
        raise RuntimeError("A process of the bench failed; what it said stands above.")
    spans: list[tuple[float, float]] = [ended.get() for _ in running]
    return max(end for _, end in spans) - min(began for began, _ in spans)


def _writes_of_an_offer(workspace: Workspace) -> Counter[str]:
    """How many statements of one offer write something; of the second, as the first fills caches.

    One that changes many rows at once, such as the turns of a pool, counts as one.
    """
    found: Counter[str] = Counter()

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        verb = sql.split(None, 1)[0].upper()
        if verb in ("INSERT", "UPDATE", "DELETE") and context["cursor"].rowcount > 0:
            found["INSERT" if verb == "INSERT" else "UPDATE"] += 1
        return answer

    with sales.as_before([workspace]):
        first, second = _leads([workspace], count=2)
        offer_next(Lead.objects.get(pk=first), at=timezone.now())
        with connection.execute_wrapper(count):
            offer_next(Lead.objects.get(pk=second), at=timezone.now())
    _forget_wakes()
    return found


def _make_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_row")
        cursor.execute("CREATE TABLE bench_row (id bigserial PRIMARY KEY, n int, words text)")


def _bare(count: int, hands: int, writes: Counter[str]) -> Callable[[int], None]:
    def work(hand: int) -> None:
        with connection.cursor() as cursor:
            for _ in range(len(range(hand, count, hands))):
                with transaction.atomic():
                    for _ in range(writes["INSERT"]):
                        cursor.execute(_INSERT, [_WORDS])
                        row = cursor.fetchone()
                    for _ in range(writes["UPDATE"]):
                        cursor.execute(_UPDATE, row)

    return work


_INSERT: Final = "INSERT INTO bench_row (n, words) VALUES (0, %s) RETURNING id"
_UPDATE: Final = "UPDATE bench_row SET n = n + 1 WHERE id = %s"


def _forget_wakes() -> None:
    """Each commit woke the deliverer, whom the bench does not run."""
    app.control.purge()
