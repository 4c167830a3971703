"""A page of the SLA board, whatever it lists: filtered, each filter counted, paged by keyset."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Final

from django.db.models import Count, Q
from django.utils.http import urlencode

from accounts.models import Workspace
from handoff.compliance.board_filters import (
    NONE,
    chosen_of,
    narrowed,
    person_labels,
    tier_labels,
)
from handoff.compliance.board_lines import Line, lines_of
from handoff.compliance.counted import Cell, Counted, Option
from handoff.cursors import Cursor
from sla.models import Clock, ClockQuerySet, Commitment, Side
from sla.models.commitments import SIDES

PAGE: Final = 30
UNREAD: Final = ("commitment__agreement__document", "commitment__agreement__terms")
NAMED: Final = ("lead__company", "person", "acknowledged_by", "commitment__agreement")


class Listed(ABC):
    """A page of clocks, narrowed by what the URL asks; `keep` names clocks that the page shows
    although they may fit the filter no longer, because somebody has just acted on them."""

    names: ClassVar[Sequence[str]]
    moment: ClassVar[str]
    """The column of the order; the id decides between equals."""
    newest_first: ClassVar[bool] = False
    pill: ClassVar[str]
    """The filter whose choices stand above the list with their numbers, not in a list to open."""
    pill_labels: ClassVar[Mapping[str, str]]

    def __init__(
        self,
        workspace: Workspace,
        asked: Mapping[str, str],
        *,
        now: datetime,
        keep: Collection[int] = (),
    ) -> None:
        self.workspace, self.now, self.keep = workspace, now, keep
        self.chosen = chosen_of(asked, self.names)
        self.after = asked.get("after", "")

    @property
    @abstractmethod
    def _all(self) -> ClockQuerySet: ...

    @property
    @abstractmethod
    def _facets(self) -> dict[str, Any]:
        """What is counted by, beside promise, tier and person; in SQL, by filter."""

    @property
    def clocks(self) -> ClockQuerySet:
        """All that the filter lets through, unordered: what is exported."""
        return self._all.filter(narrowed(self.chosen, now=self.now))

    @cached_property
    def _found(self) -> list[Clock]:
        sign = "-" if self.newest_first else ""
        shown = self.clocks.filter(self._behind())
        if self.keep:
            shown |= self._all.filter(pk__in=self.keep)
        ordered = (
            shown.select_related(*NAMED)
            .defer(*UNREAD)
            .order_by(f"{sign}{self.moment}", f"{sign}pk")
        )
        return list(ordered[: self._most + 1])

    @property
    def _most(self) -> int:
        return PAGE + len(self.keep)

    def _behind(self) -> Q:
        cursor = Cursor.parse(self.after)
        if cursor is None:
            return Q()
        return cursor.behind(self.moment, cursor.moment, descending=self.newest_first)

    @cached_property
    def lines(self) -> list[Line]:
        return lines_of(self.workspace, self._found[: self._most], now=self.now)

    @property
    def next_page(self) -> str:
        """The cursor of the next page; blank on the last one."""
        if len(self._found) <= self._most:
            return ""
        last = self._found[self._most - 1]
        return str(Cursor(getattr(last, self.moment).isoformat(), last.pk))

    @cached_property
    def _cells(self) -> list[dict[str, Any]]:
        facets = self._facets
        rows = self._all.annotate(**{f"by_{name}": said for name, said in facets.items()})
        by = ("commitment", "person", *(f"by_{name}" for name in facets))
        counted = list(rows.order_by().values(*by).annotate(n=Count("pk")))
        # Numbers and truth values are counted by in half the time that texts take.
        promises = Commitment.objects.of(self.workspace).values_list("pk", "code", "tier_code")
        known = {pk: (code, tier) for pk, code, tier in promises}
        for cell in counted:
            cell["code"], cell["tier_code"] = known[cell["commitment"]]
        return counted

    @cached_property
    def counted(self) -> Counted:
        return Counted(self._as_asked(), self.chosen)

    def _as_asked(self) -> Iterator[Cell]:
        for cell in self._cells:
            values = {
                "promise": cell["code"],
                "side": SIDES[cell["code"]].value,
                "tier": cell["tier_code"] or NONE,
                "person": str(cell["person"] or NONE),
            }
            of_kind = {name: cell[f"by_{name}"] for name in self._facets if name in self.names}
            yield {**values, **{name: _value(said) for name, said in of_kind.items()}}, cell["n"]

    @property
    def count(self) -> int:
        """All that the filter finds, on this page or another."""
        return self.counted.total

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chosen)

    @property
    def query(self) -> str:
        """The filter as it travels in an address, without the page."""
        return urlencode(self.chosen)

    @property
    def pills(self) -> list[Option]:
        return self.counted.options(self.pill, self.pill_labels, any_label="All")

    @cached_property
    def selects(self) -> list[tuple[str, str, list[Option]]]:
        """Name, label and choices of the filters that are chosen from a list."""
        options = self.counted.options
        promises, sides = dict(Commitment.Code.choices), dict(Side.choices)
        tiers = tier_labels(self.workspace, {cell["tier_code"] or NONE for cell in self._cells})
        people = person_labels({str(cell["person"] or NONE) for cell in self._cells})
        return [
            (
                "promise",
                "Promise",
                options("promise", promises, any_label="Any promise"),
            ),
            ("tier", "Tier", options("tier", tiers, any_label="Any tier")),
            ("person", "Person", options("person", people, any_label="Anybody")),
            ("side", "Promised by", options("side", sides, any_label="Either side")),
        ]


def _value(said: str | bool) -> str:
    """As the URL says it: yes or no, - where nothing is said yet."""
    if isinstance(said, bool):
        return "yes" if said else "no"
    return said or NONE
