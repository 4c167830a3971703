"""A page of the list of leads: sorted, cut by keyset, with what each row says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.db.models import Q, QuerySet

from handoff.cursors import Cursor
from leadqual.models import Lead
from scoring.standing import Standing, standings, with_total

PAGE = 50
COUNTED_TO = 1000


@dataclass(frozen=True)
class Sort:
    """`key` is a column or the annotation `total`; rows of one value stand by their ids."""

    code: str
    label: str
    key: str
    descending: bool
    read: Callable[[Cursor], Any]

    def order(self, *, backwards: bool) -> list[str]:
        sign = "-" if self.descending != backwards else ""
        return [f"{sign}{self.key}", f"{sign}pk"]

    def behind(self, cursor: Cursor, *, backwards: bool) -> Q:
        """The rows after the cursor's, or before it when looking backwards."""
        descending = self.descending != backwards
        return cursor.behind(self.key, self.read(cursor), descending=descending)

    def cursor(self, lead: Lead) -> Cursor:
        value = getattr(lead, self.key)
        return Cursor(repr(value) if isinstance(value, float) else value.isoformat(), lead.pk)


SORTS: Final = {
    sort.code: sort
    for sort in (
        Sort("newest", "Newest first", "captured_at", True, lambda cursor: cursor.moment),
        Sort("score", "Highest computed score first", "total", True, lambda cursor: cursor.number),
        Sort("moved", "Last moved first", "stage_since", True, lambda cursor: cursor.moment),
        Sort("waiting", "Longest in stage first", "stage_since", False, lambda c: c.moment),
    )
}


@dataclass(frozen=True)
class LeadRow:
    lead: Lead
    standing: Standing | None


class LeadList:
    """`leads` are the filtered ones; nothing but the page's rows is fetched of them."""

    def __init__(
        self,
        leads: QuerySet[Lead],
        *,
        now: datetime,
        sort: str = "",
        after: str = "",
        before: str = "",
    ) -> None:
        self.now = now
        self.sort = SORTS.get(sort, SORTS["newest"])
        self.leads = leads
        self.before = Cursor.parse(before)
        self.after = None if self.before else Cursor.parse(after)

    @cached_property
    def _found(self) -> list[Lead]:
        """One more than a page, in the direction of reading."""
        leads = self.leads.select_related("company", "owner", "first_source")
        parts = with_total(leads) if self.sort.key == "total" else [leads]
        backwards = self.before is not None
        found: list[Lead] = []
        for part in reversed(parts) if backwards else parts:
            if cursor := self.before or self.after:
                part = part.filter(self.sort.behind(cursor, backwards=backwards))
            if wanted := PAGE + 1 - len(found):
                found += part.order_by(*self.sort.order(backwards=backwards))[:wanted]
        return found

    @cached_property
    def rows(self) -> list[LeadRow]:
        shown = self._found[:PAGE]
        if self.before:
            shown.reverse()
        known = standings(shown, now=self.now)
        return [LeadRow(lead, known.get(lead.pk)) for lead in shown]

    @property
    def next_page(self) -> str:
        """The cursor for `after`; blank on the last page."""
        has_more = self.before is not None or len(self._found) > PAGE
        return str(self.sort.cursor(self.rows[-1].lead)) if self.rows and has_more else ""

    @property
    def previous_page(self) -> str:
        """The cursor for `before`; blank on the first page."""
        has_more = self.after is not None or (self.before is not None and len(self._found) > PAGE)
        return str(self.sort.cursor(self.rows[0].lead)) if self.rows and has_more else ""

    @cached_property
    def count(self) -> int:
        """How many leads there are, counted up to one more than COUNTED_TO."""
        return self.leads.order_by()[: COUNTED_TO + 1].count()

    @property
    def count_words(self) -> str:
        """“1 lead”, “412 leads”, “1,000+ leads”: never more than was counted."""
        if self.count > COUNTED_TO:
            return f"{COUNTED_TO:,}+ leads"
        return f"{self.count:,} lead{'' if self.count == 1 else 's'}"
