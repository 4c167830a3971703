"""Portfolio: the workspaces of one person, a row each, by the same figures as their own pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Workspace
from handoff.dashboards.acceptance_words import VERDICTS
from handoff.dashboards.panel import Cell, Chart, Column, Panel, Table, Tone, share
from handoff.dashboards.portfolio_figures import DAYS, Standing, standings
from handoff.metrics.acceptance import LEAST
from handoff.metrics.drift import BEFORE, RECENT
from handoff.metrics.links import leads_url
from sla.compliance import FEW

TITLE: Final = "Portfolio"
SAYS: Final = "Where each of your workspaces stands, and which of them needs you."
COUNTS: Final = (
    f"The last {DAYS} days of each workspace, today included, in its own time zone; MQLs against "
    f"the target of its agreement are of this month. Unlike usual: the last {RECENT} weeks, up to "
    f"yesterday, against the {BEFORE} before, beyond what chance makes of such numbers."
)
COLUMNS: Final = (
    Column("Workspace"),
    Column("MQLs of the target", "percent", "This month, of what the agreement owes"),
    Column("Acceptance", "percent", "Accepted of the offers decided"),
    Column("Promises kept", "percent", "Of the clocks that fell due and can be judged"),
    Column("Median to decide", "seconds", "From the offer to accepted or rejected"),
    Column("Won", "count", "Deals won"),
    Column("MQLs a week", "text", "Weeks of seven days, the last one up to yesterday"),
    Column("Unlike usual"),
    Column("Overdue reviews", "count"),
    Column("Open decisions", "count"),
)


def portfolio(workspaces: Sequence[Workspace], *, now: datetime) -> Panel:
    """Rows in the order of the workspaces, all of which the reader may see."""
    rows = tuple(_row(one) for one in standings(workspaces, now=now))
    table = Table("Your workspaces", COLUMNS, rows)
    return Panel(COUNTS, tables=(table,), size=len(rows), counted_at=now)


def _row(one: Standing) -> tuple[Cell, ...]:
    workspace = one.scope.workspace
    reviews = reverse("reviews", args=[workspace.slug])
    overdue = len(one.overdue)
    return (
        Cell(workspace.name, url=reverse("dashboards", args=[workspace.slug])),
        _target(one),
        _acceptance(one),
        _promises(one),
        Cell(one.decided.median, url=_page(one, "speed"), note=_of(one.decided.n)),
        Cell(one.won, url=leads_url(one.scope, "entered:won") if one.won else ""),
        _weeks(one),
        Cell("; ".join(one.drift), tone="bad") if one.drift else Cell("As usual", tone="quiet"),
        Cell(
            overdue,
            url=reviews if overdue else "",
            note=f"the oldest by {one.overdue[0].days} d" if overdue else "",
            tone="bad" if overdue else "",
        ),
        Cell(one.decisions, url=reviews if one.decisions else ""),
    )


def _target(one: Standing) -> Cell:
    """What was delivered of what is owed for the month; whether the pace is enough, in words."""
    url = leads_url(one.scope.during(one.month), "entered:mql") if one.month_mqls else ""
    volume = one.volume
    if volume is None:
        return Cell(None, url=url, note=f"{one.month_mqls:,} MQLs; no target agreed", tone="quiet")
    words, tone = _pace(volume.is_behind)
    if volume.pace is not None:
        words = f"{words}: {volume.pace:,} at this pace"
    return share(volume.count, round(volume.owed), url=url, note=words, tone=tone)


def _pace(is_behind: bool | None) -> tuple[str, Tone]:
    if is_behind is None:
        return "Too early to say", "quiet"
    return ("Behind", "bad") if is_behind else ("On target", "good")


def _acceptance(one: Standing) -> Cell:
    found = one.endings
    words, tone = VERDICTS.get(found.verdict, ("", ""))
    if found.decided < LEAST:
        words, tone = "Too few to judge", "quiet"
    return share(found.accepted, found.decided, url=_page(one, "acceptance"), note=words, tone=tone)


def _promises(one: Standing) -> Cell:
    level, url = one.level, reverse("compliance", args=[one.scope.workspace.slug])
    if level.agreed is None or level.judged < FEW:
        return share(level.met, level.judged, url=url, note="Too few to judge", tone="quiet")
    is_kept = level.met >= level.agreed * level.judged - 1e-9
    words = f"{'At' if is_kept else 'Below'} the {100 * level.agreed:.0f} % agreed"
    return share(level.met, level.judged, url=url, note=words, tone="good" if is_kept else "bad")


def _weeks(one: Standing) -> Cell:
    usual = one.usual
    low, high = (edge / RECENT for edge in usual) if usual else (0.0, 0.0)
    chart = Chart(
        "spark",
        f"MQLs a week of {one.scope.workspace.name}: {_listed(one.weeks)}",
        {
            "values": list(one.weeks),
            "labels": [f"Week from {start:%-d %b}" for start in one.starts],
            **({"band": {"low": low, "high": high}} if usual else {}),
        },
    )
    return Cell(_listed(one.weeks), chart=chart)


def _listed(weeks: Sequence[int]) -> str:
    return ", ".join(f"{n:,}" for n in weeks)


def _of(n: int) -> str:
    return f"of {n:,}" if n else ""


def _page(one: Standing, key: str) -> str:
    period = one.scope.period
    said = urlencode({"first": str(period.first), "last": str(period.last)})
    return f"{reverse('dashboard', args=[one.scope.workspace.slug, key])}?{said}"
