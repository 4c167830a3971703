"""The SLA board: the running clocks of a workspace by urgency, and the promises missed of late.

Late clocks have the earliest deadlines, so that one order, by deadline, puts them first.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.utils.http import urlencode

from accounts.models import Workspace
from handoff.compliance.board_filters import (
    CAUSES,
    DAYS,
    DONE,
    MISSED,
    RUNNING,
    SEEN,
    STATES,
    days_of,
    state_case,
)
from handoff.compliance.board_lines import Line, lines_of
from handoff.compliance.board_page import NAMED, PAGE, UNREAD, Listed
from handoff.compliance.counted import Option
from sla.models import Clock, ClockQuerySet


class Running(Listed):
    """Running clocks, the most urgent first."""

    names, moment = RUNNING, "due_at"
    pill, pill_labels = "state", STATES

    @property
    def _all(self) -> ClockQuerySet:
        return Clock.objects.of(self.workspace).running()

    @property
    def _facets(self) -> dict[str, Any]:
        return {"state": state_case(self.now), "refused": _is(error__gt="")}

    @cached_property
    def refused(self) -> list[Line]:
        """The first of those that the sweep had to step over, whatever the filter."""
        if not any(cell["by_refused"] for cell in self._cells):
            return []
        rows = (
            self._all.exclude(error="")
            .select_related(*NAMED)
            .defer(*UNREAD)
            .order_by("due_at", "pk")
        )
        return lines_of(self.workspace, rows[:PAGE], now=self.now)


class Missed(Listed):
    """Promises missed within so many days, dated at their true moments, the latest first."""

    names, moment, newest_first = MISSED, "breached_at", True
    pill, pill_labels = "seen", SEEN

    def __init__(
        self,
        workspace: Workspace,
        asked: Mapping[str, str],
        *,
        now: datetime,
        keep: Collection[int] = (),
    ) -> None:
        super().__init__(workspace, asked, now=now, keep=keep)
        self.days = days_of(asked)

    spans = DAYS

    @property
    def span(self) -> str:
        return DAYS[self.days]

    @property
    def query(self) -> str:
        return urlencode({**self.chosen, "days": str(self.days)})

    @property
    def _all(self) -> ClockQuerySet:
        since = self.now - timedelta(days=self.days)
        return Clock.objects.of(self.workspace).filter(breached_at__gte=since)

    @property
    def _facets(self) -> dict[str, Any]:
        seen, done = _is(acknowledged_at__isnull=False), _is(stopped_at__isnull=False)
        return {"cause": F("cause"), "seen": seen, "done": done}

    @cached_property
    def selects(self) -> list[tuple[str, str, list[Option]]]:
        options = self.counted.options
        return [
            ("cause", "Cause", options("cause", CAUSES, any_label="Any cause")),
            *super().selects,
            ("done", "By now", options("done", DONE, any_label="Done or not")),
        ]


def _is(**condition: Any) -> "ExpressionWrapper[Q]":
    return ExpressionWrapper(Q(**condition), output_field=BooleanField())
