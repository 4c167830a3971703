"""What was won and lost in a period, by the day of closing, back to where the leads came from.

A deal is a counted move into won or lost. Its amount is that of the opportunity of its lead and
cycle, in the workspace's currency: what is in another one is told apart and not added, and imported
history may know no amount at all. Cycle time is from the MQL of that cycle to the win.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from accounts.models import Workspace
from handoff.metrics.counting import Place
from handoff.metrics.dimensions import DIMENSIONS, names_of
from handoff.metrics.facts import NO_RULES, of_cycle, placed, with_dimensions
from handoff.metrics.lines import line_of, rows_of, start_of
from handoff.metrics.periods import Grain
from handoff.metrics.scope import Scope

LAST_SOURCE, LAST_CAMPAIGN, FIRST_PAGE, LAST_PAGE = (
    "last_source",
    "last_campaign",
    "first_page",
    "last_page",
)
_PAGE: Final = (
    "split_part(split_part(regexp_replace(coalesce({touch} ->> 'landing_page', ''),"
    " '^[a-z]+://[^/]*', ''), '?', 1), '#', 1)"
)
_ORIGINS: Final = {
    LAST_SOURCE: "l.last_source_id",
    LAST_CAMPAIGN: "l.last_campaign_id",
    FIRST_PAGE: _PAGE.format(touch="l.first_touch"),
    LAST_PAGE: _PAGE.format(touch="l.last_touch"),
}
"""Where a lead came from, beside its first source and campaign, which are dimensions."""
LABELS: Final = {
    LAST_SOURCE: "Last source",
    LAST_CAMPAIGN: "Last campaign",
    FIRST_PAGE: "First landing page",
    LAST_PAGE: "Last landing page",
}
_SAME_AS: Final = {LAST_SOURCE: "source", LAST_CAMPAIGN: "campaign"}

_DEALS: Final = f"""
    SELECT m.lead_id, m.at, m.to_stage = 'won' AS won, {{columns}}, {NO_RULES} AS rules,
        CASE WHEN d.currency = %(currency)s THEN d.amount END AS amount,
        d.currency <> %(currency)s AS is_foreign,
        extract(epoch FROM m.at - q.at)::float8 AS since_mql,
        CASE WHEN NOT l.imported THEN extract(epoch FROM m.at - l.captured_at)::float8 END
            AS since_capture,
        {", ".join(f"left(coalesce(({sql})::text, ''), 200) AS {name}" for name, sql in _ORIGINS.items())}
    FROM leadqual_stagemove m
    JOIN leadqual_lead l ON l.id = m.lead_id
    LEFT JOIN handoff_opportunity d ON d.lead_id = m.lead_id AND d.cycle = m.cycle
    LEFT JOIN LATERAL (
        SELECT min(s.at) AS at FROM leadqual_stagemove s
        WHERE s.lead_id = m.lead_id AND s.cycle = m.cycle AND s.to_stage = 'mql' AND s.counted
    ) q ON TRUE
    {{offer}}
    WHERE m.workspace_id = %(workspace)s AND m.counted AND m.to_stage IN ('won', 'lost')
        AND {{within}}"""  # noqa: S608, E501 - text of ours


@dataclass(frozen=True)
class Revenue:
    """Deals closed. `amount` is of `with_amount` won ones; `foreign` won ones are in another
    currency. Medians are of won deals, in elapsed seconds; None where none is known."""

    won: int = 0
    lost: int = 0
    amount: Decimal = Decimal(0)
    with_amount: int = 0
    foreign: int = 0
    since_mql: float | None = None
    since_capture: float | None = None

    @property
    def closed(self) -> int:
        return self.won + self.lost

    @property
    def mean(self) -> Decimal | None:
        return self.amount / self.with_amount if self.with_amount else None


def revenue(scope: Scope, *, by: str = "", every: Grain | None = None) -> dict[Place, Revenue]:
    """Place by place, as `counting.count`; one query. `by` is a dimension, or one of LABELS."""
    dimensions = sorted({*scope.asked(), by} & DIMENSIONS.keys())
    columns = "f.at, f.won, f.amount, f.is_foreign, f.since_mql, f.since_capture, " + ", ".join(
        f"f.{name}" for name in _ORIGINS
    )
    text = _DEALS
    for place, sql in (of_cycle(dimensions) | {"within": placed(scope.within(), "m.at")}).items():
        text = text.replace(f"{{{place}}}", sql)  # it has other braces, too
    deals = with_dimensions(text, dimensions, columns)
    line = f"f.{by}" if by in _ORIGINS else line_of(by)
    sql = f"""
        SELECT {line}, {start_of(every)},
            count(*) FILTER (WHERE f.won), count(*) FILTER (WHERE NOT f.won),
            coalesce(sum(f.amount) FILTER (WHERE f.won), 0),
            count(f.amount) FILTER (WHERE f.won), count(*) FILTER (WHERE f.won AND f.is_foreign),
            percentile_cont(0.5) WITHIN GROUP (ORDER BY f.since_mql)
                FILTER (WHERE f.won AND f.since_mql IS NOT NULL),
            percentile_cont(0.5) WITHIN GROUP (ORDER BY f.since_capture)
                FILTER (WHERE f.won AND f.since_capture IS NOT NULL)
        FROM ({deals}) f WHERE {scope.narrowed()} GROUP BY 1, 2"""  # noqa: S608 - text of ours
    found = rows_of(sql, scope.parameters() | {"currency": scope.workspace.currency})
    return {(value, begins): Revenue(*numbers) for value, begins, *numbers in found}


def origin_names(workspace: Workspace, by: str, values: Iterable[str]) -> dict[str, str]:
    """What people call the lines, of a dimension or one of LABELS; one query at most."""
    if by in DIMENSIONS or by in _SAME_AS:
        return names_of(workspace, DIMENSIONS[_SAME_AS.get(by, by)], values)
    return {value: value or "Page not known" for value in values}
