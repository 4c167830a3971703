"""The page of compliance as rows: one figure a row, with its denominator, and the month before."""

from collections.abc import Iterator
from typing import Any

from handoff.compliance.by_whom import hours, lines
from handoff.compliance.kept_promises import Counted, kept_promises
from handoff.compliance.months import Scope
from handoff.compliance.panels import followed_up, marketing
from sla.models import Side
from sla.working_calendar import WEEKDAYS

HEAD = ["table", "line", "figure", "value", "of", "value the month before", "of, then"]


def table(scope: Scope) -> Iterator[list[Any]]:
    """Counts are whole numbers, times business seconds; blank where nothing is known."""
    yield HEAD
    yield from _marketing(scope)
    for line in kept_promises(scope, *Side):
        name = f"{line.words} {line.of}".strip()
        yield from _kept("promises", name, line.counted)
        own = line.counted.kept
        yield ["promises", name, "median, business seconds", own.median, own.answered, "", ""]
        yield ["promises", name, "p90, business seconds", own.p90, own.answered, "", ""]
    of = lines(scope)
    for kind, rows in (("tiers", of.tiers), ("people", of.people)):
        for row in rows:
            yield from _kept(kind, row.name, row.whole)
    for hour in hours(scope):
        for day, cell in zip(WEEKDAYS, hour.cells, strict=True):
            if cell.kept.judged:
                yield from _kept("hours of the week", f"{day} {hour.words}", cell)
    covered = followed_up(scope)
    now, before = covered["now"], covered["before"]
    yield [
        *("coverage", "accepted leads", "followed up"),
        *(now.touched, now.accepted, before.touched, before.accepted),
    ]


def _marketing(scope: Scope) -> Iterator[list[Any]]:
    said = marketing(scope)
    now, before = said["now"], said["before"]
    owed = [round(one.volume.owed, 1) if one.volume else "" for one in (now, before)]
    then = before.delivered.count
    yield ["marketing", "MQLs", "delivered", now.delivered.count, owed[0], then, owed[1]]
    for grade, count in now.grades:
        name = f"grade {grade}" if grade else "without a grade"
        was = before.delivered.by_grade.get(grade, 0)
        yield ["marketing", "MQLs", name, count, now.delivered.count, was, then]
    accepted, decided = said["accepted"].count, said["decided"].count
    then = said["accepted_before"]
    yield ["marketing", "offers", "accepted", accepted, decided, then, said["decided_before"]]
    yield from _kept("marketing", "review of rejections", said["review"])


def _kept(kind: str, name: str, line: Counted) -> Iterator[list[Any]]:
    now, before = line.kept, line.before
    yield [kind, name, "kept", now.met, now.judged, before.met, before.judged]
    yield [kind, name, "running", now.running, "", "", ""]
    yield [kind, name, "taken back", now.taken_back, "", "", ""]
