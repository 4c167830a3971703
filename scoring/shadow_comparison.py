"""The shadow held against the version in force: the same leads, two opinions, as of now.

Computed numbers alone; a person's override belongs to neither version.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from scoring.engine.compiled import Scope, compiled
from scoring.engine.definitions import Bounds, Definitions, definitions_of
from scoring.engine.gather import unclassified
from scoring.engine.rules import rules_of
from scoring.engine.sql import Binder
from scoring.models import ModelVersion

LISTED = 50
BATCH = 1000

_BOTH = """
FROM scoring_shadowscore w JOIN scoring_score s ON s.lead_id = w.lead_id
WHERE w.version_id = %(shadow)s AND s.rule_set_id = %(rule_set)s"""


@dataclass(frozen=True)
class Cell:
    """So many leads have grade `published` by the one and `shadow` by the other; blank: none."""

    published: str
    shadow: str
    leads: int


@dataclass(frozen=True)
class Opinions:
    """Leads scored by both, by their grades, and how many either would call an MQL."""

    cells: tuple[Cell, ...]
    mql_by_both: int
    mql_by_published_only: int
    mql_by_shadow_only: int

    @property
    def leads(self) -> int:
        return sum(cell.leads for cell in self.cells)

    @property
    def same_grade(self) -> int:
        return sum(cell.leads for cell in self.cells if cell.published == cell.shadow)


@dataclass(frozen=True)
class Flip:
    """A lead that is an MQL by one version alone, with both totals (0–200) and grades."""

    lead_id: int
    published_total: float
    published_grade: str
    shadow_total: float
    shadow_grade: str


class _Sides:
    """Both versions' definitions as SQL over s (the real score) and w (the shadow's)."""

    def __init__(self, published: ModelVersion, shadow: ModelVersion) -> None:
        self.bind = Binder()
        mine, other = definitions_of(published), definitions_of(shadow)
        self.grades = (
            mine.grade_sql("s.fit", "s.intent", self.bind),
            other.grade_sql("w.fit", "w.intent", self.bind),
        )
        self.mqls = (_mql_sql(mine, "s", self.bind), _mql_sql(other, "w", self.bind))
        self.versions = {"shadow": shadow.pk, "rule_set": published.rule_set_id}

    def rows(self, text: str) -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(text, {**self.bind.params, **self.versions})
            return list(cursor.fetchall())


def _mql_sql(definitions: Definitions, table: str, bind: Binder) -> str:
    ways = [way.sql(f"{table}.fit", f"{table}.intent", bind) for way in definitions.mql]
    return f"(NOT {table}.disqualified AND ({' OR '.join(ways) or 'false'}))"


def opinions(published: ModelVersion, shadow: ModelVersion) -> Opinions:
    """Of every lead that both have scored by their present rules; one pass over both tables."""
    sides = _Sides(published, shadow)
    rows: list[tuple[str, str, bool, bool, int]] = sides.rows(  # type: ignore[assignment]
        f"SELECT {', '.join([*sides.grades, *sides.mqls])}, count(*) {_BOTH} GROUP BY 1, 2, 3, 4"
    )
    cells: dict[tuple[str, str], int] = {}
    mqls = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for mine, other, is_mql, is_other, leads in rows:
        cells[mine, other] = cells.get((mine, other), 0) + leads
        mqls[is_mql, is_other] += leads
    return Opinions(
        cells=tuple(Cell(mine, other, leads) for (mine, other), leads in sorted(cells.items())),
        mql_by_both=mqls[True, True],
        mql_by_published_only=mqls[True, False],
        mql_by_shadow_only=mqls[False, True],
    )


def flips(
    published: ModelVersion, shadow: ModelVersion, *, by_shadow: bool, limit: int = LISTED
) -> list[Flip]:
    """Leads that are MQLs by the shadow alone, or by the published version alone; those with the
    highest total of the version that says so first."""
    sides = _Sides(published, shadow)
    mine, other = sides.mqls
    asked = f"{other} AND NOT {mine}" if by_shadow else f"{mine} AND NOT {other}"
    total = "w.fit + w.intent" if by_shadow else "s.fit + s.intent"
    rows: list[tuple[int, float, str, float, str]] = sides.rows(  # type: ignore[assignment]
        f"SELECT s.lead_id, s.fit + s.intent, {sides.grades[0]}, w.fit + w.intent,"
        f" {sides.grades[1]} {_BOTH} AND {asked} ORDER BY {total} DESC, s.lead_id LIMIT {limit:d}"
    )
    return [Flip(*row) for row in rows]


@dataclass(frozen=True)
class Then:
    """What a version would have said of a lead at a moment, from what was known then.

    `is_ready`: its hand-off rule held; facts that a rep needs are not asked for.
    """

    grade: str
    is_mql: bool
    is_ready: bool


def as_known_then(
    version: ModelVersion, moments: Sequence[tuple[int, datetime]]
) -> list[Then | None]:
    """Of each (lead id, moment), in their order; None for leads merged or erased since."""
    definitions = definitions_of(version)
    query = compiled(rules_of(version), unclassified(version.workspace_id), Scope.AS_AT)
    found: list[Then | None] = []
    for start in range(0, len(moments), BATCH):
        batch = moments[start : start + BATCH]
        ids, ats = [lead for lead, _ in batch], [at for _, at in batch]
        with connection.cursor() as cursor:
            cursor.execute(query.text, query.values(ids=ids, ats=ats))
            said = {row[7]: _then(definitions, *row[2:5]) for row in cursor.fetchall()}
        found += [said.get(n) for n in range(1, len(batch) + 1)]
    return found


def _then(definitions: Definitions, fit: float, intent: float, disqualified: bool) -> Then:
    def holds(ways: Iterable[Bounds]) -> bool:
        return not disqualified and any(way.hold(fit, intent) for way in ways)

    return Then(
        grade=definitions.grade(fit, intent),
        is_mql=holds(definitions.mql),
        is_ready=holds(definitions.handoff or definitions.mql),
    )
