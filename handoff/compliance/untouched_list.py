"""The leads that nobody has touched since their offer, by age, who waits longest first.

The URL takes `age` (a code of coverage.AGES), `since` (accepted or open) and `after`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from accounts.models import Workspace
from handoff.compliance.coverage import AGES, PAGE, Waiting, waiting
from handoff.cursors import Cursor
from handoff.models import Handoff


@dataclass(frozen=True)
class Row:
    handoff: Handoff
    since: datetime


class UntouchedList:
    def __init__(self, workspace: Workspace, asked: Mapping[str, str], *, now: datetime) -> None:
        self.workspace, self.now = workspace, now
        ages = {code: words for code, words, _, _ in AGES}
        age = asked.get("age", "")
        self.age = age if age in ages else AGES[-1][0]
        self.age_words = ages[self.age]
        self.since = "open" if asked.get("since") == "open" else "accepted"
        self.after = asked.get("after", "")

    @cached_property
    def _found(self) -> list[Waiting]:
        cursor = Cursor.parse(self.after)
        after = (cursor.moment, cursor.pk) if cursor and cursor.moment else None
        return waiting(self.workspace, status=self.since, age=self.age, now=self.now, after=after)

    @cached_property
    def rows(self) -> list[Row]:
        shown = self._found[:PAGE]
        offers = Handoff.objects.select_related("lead__company", "rep").in_bulk(
            [one.handoff for one in shown]
        )
        return [Row(offers[one.handoff], one.since) for one in shown if one.handoff in offers]

    @property
    def next_page(self) -> str:
        if len(self._found) <= PAGE:
            return ""
        last = self._found[PAGE - 1]
        return str(Cursor(last.since.isoformat(), last.handoff))
