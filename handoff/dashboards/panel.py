"""What a dashboard shows, as data: panels of headlines, charts and tables.

Pages only make these; how they look on the screen, in print, in a file or a mail is one renderer's
business each. Every chart has a table that says the same, every share its denominator, and a count
the address of the leads behind it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from accounts.models import Workspace
from handoff.metrics.periods import Grain
from handoff.metrics.scope import Scope

Kind = Literal["text", "count", "percent", "seconds", "money", "number", "date"]
Tone = Literal["", "good", "bad", "quiet"]
"""Said in words as well (`note`): nobody has to see the colour."""
Value = str | int | float | Decimal | date | None


@dataclass(frozen=True)
class Asked:
    """What the address asks of a page, and when. `before` is what it is compared with.

    `by` is the code of a dimension to split by, blank for none; `every` the grain of trends.
    """

    scope: Scope
    now: datetime
    by: str = ""
    every: Grain = "week"
    before: Scope | None = None

    @property
    def workspace(self) -> Workspace:
        return self.scope.workspace


@dataclass(frozen=True)
class Chart:
    """`kind` names a builder of static/js/chart-kinds*.js, which says what `data` it takes.

    One that is not wide stands beside the others of its panel, where there is room.
    """

    kind: str
    title: str
    data: Mapping[str, Any]
    is_wide: bool = True


@dataclass(frozen=True)
class Cell:
    """One value; its column says of what kind. None: not known, shown as a dash.

    A share is 0–1 and has `hits` of `of`; seconds are elapsed ones; money is the workspace's
    currency. `url` leads to what is behind it, `note` says more in a few words. A tiny `chart` is
    drawn above the value on the screen, and nowhere else.
    """

    value: Value
    hits: int | None = None
    of: int | None = None
    url: str = ""
    note: str = ""
    tone: Tone = ""
    chart: Chart | None = None


@dataclass(frozen=True)
class Column:
    label: str
    kind: Kind = "text"
    says: str = ""  # what it counts, where the label is too short for it


@dataclass(frozen=True)
class Table:
    """The first cell of a row names it. `names_leads`: shared links leave it out."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    names_leads: bool = False


@dataclass(frozen=True)
class Headline:
    """A figure in large type; `before` is that of the period compared with."""

    label: str
    cell: Cell
    kind: Kind = "count"
    before: Cell | None = None
    says: str = ""


@dataclass(frozen=True)
class Panel:
    """`counts` says in a sentence what is counted. `empty`: a title and what to do, where there is
    nothing to show. `size` is how many facts were gone through, to tell what is dear to count."""

    counts: str
    headlines: tuple[Headline, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    empty: tuple[str, str] | None = None
    size: int = 0
    counted_at: datetime | None = None


@dataclass(frozen=True)
class Part:
    """A place for a panel on a page. `asks_by`: the dimensions by which it can be split; of others
    it is not told (`Asked.by` is blank then)."""

    title: str
    make: Callable[[Asked], Panel]
    is_wide: bool = True
    asks_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """`says` is the question that the page answers."""

    key: str
    title: str
    icon: str
    says: str
    parts: Mapping[str, Part] = field(default_factory=dict)

    @property
    def splits(self) -> tuple[str, ...]:
        """The dimensions that any of its parts can be split by."""
        return tuple(dict.fromkeys(code for part in self.parts.values() for code in part.asks_by))


NOT_KNOWN: Final = Cell(None)


def share(hits: int, of: int, *, url: str = "", note: str = "", tone: Tone = "") -> Cell:
    """A share with what it is of; of nothing there is none."""
    return Cell(hits / of if of else None, hits, of, url, note, tone)
