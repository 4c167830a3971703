"""The clocks behind a figure of compliance, by keyset, the earliest deadline first."""

from functools import cached_property
from typing import Final

from django.utils import timezone

from accounts.models import User
from handoff.compliance.clock_links import NO, STATES, ClockCriteria, clocks_of
from handoff.compliance.months import Scope
from handoff.cursors import Cursor
from sla.models import Clock, Commitment
from sla.queries import ClockLine, clock_lines
from sla.working_calendar import WEEKDAYS

PAGE: Final = 50
COUNTED_TO: Final = 1000


class ClockList:
    """A page of them; `after` is the cursor of the last row of the page before."""

    def __init__(self, scope: Scope, criteria: ClockCriteria, *, after: str = "") -> None:
        self.scope, self.criteria, self.after = scope, criteria, after
        self._clocks = clocks_of(scope, criteria)

    @cached_property
    def _found(self) -> list[Clock]:
        clocks = self._clocks
        if cursor := Cursor.parse(self.after):
            clocks = clocks.filter(cursor.behind("due_at", cursor.moment))
        named = clocks.select_related("lead__company", "commitment", "person")
        return list(named.order_by("due_at", "pk")[: PAGE + 1])

    @cached_property
    def lines(self) -> list[ClockLine]:
        return clock_lines(self._found[:PAGE], now=self.scope.now)

    @property
    def next_page(self) -> str:
        """The cursor for `after`; blank on the last page."""
        if len(self._found) <= PAGE:
            return ""
        last = self._found[PAGE - 1]
        return str(Cursor(last.due_at.isoformat(), last.pk))

    @cached_property
    def count(self) -> int:
        """Up to one more than COUNTED_TO."""
        return self._clocks.order_by()[: COUNTED_TO + 1].count()

    @property
    def count_words(self) -> str:
        if self.count > COUNTED_TO:
            return f"{COUNTED_TO:,}+ clocks"
        return f"{self.count:,} clock{'' if self.count == 1 else 's'}"

    @cached_property
    def words(self) -> str:
        """What the list is narrowed to, in words."""
        asked, parts = self.criteria, []
        if asked.state:
            parts.append(STATES[asked.state].lower())
        if asked.commitment:
            own = Commitment.objects.of(self.scope.workspace).filter(pk=int(asked.commitment))
            parts += [str(one) for one in own]
        if asked.code:
            parts.append(str(Commitment.Code(asked.code).label))
        if asked.side:
            parts.append(f"promises of {asked.side if asked.side != 'system' else 'the system'}")
        if asked.tier:
            parts.append("for any tier" if asked.tier == NO else f"tier {asked.tier}")
        if asked.person:
            parts.append(self._person)
        if asked.weekday:
            parts.append(f"begun on {WEEKDAYS[int(asked.weekday) - 1]}s")
        if asked.hour:
            parts.append(f"begun from {int(asked.hour):02}:00 to {int(asked.hour):02}:59")
        return " · ".join(parts)

    @property
    def _person(self) -> str:
        """Named only where the list has a clock of theirs: nobody is looked up by number."""
        if self.criteria.person == NO:
            return "nobody in person"
        own = User.objects.filter(pk__in=self._clocks.values("person"))
        return str(own.first() or "nobody we know")

    @property
    def zone(self) -> str:
        return str(timezone.get_current_timezone_name())
