"""On the acceptance page: whether the rate is out of its band by the workspace's own setting, what
waits for a decision about it, and the threshold that was tested on history."""

from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Workspace
from handoff.acceptance_band.judging import Judged, judge
from handoff.acceptance_band.watching import KEY
from handoff.dashboards.acceptance_words import interval_words, rate_cell
from handoff.dashboards.panel import Asked, Cell, Column, Headline, Panel, Table, Tone, share
from handoff.metrics.acceptance import HEALTHY
from handoff.models import ReviewItem
from handoff.review_items import address

_ROWS: Final = (("now", "total_now", "As it is"), ("then", "total", "Proposed"))


def band(asked: Asked) -> Panel:
    judged = judge(asked.workspace, now=asked.now)
    item = ReviewItem.objects.of(asked.workspace).open().filter(key=KEY).first()
    words, tone = _stands(judged)
    headline = Headline(
        f"Acceptance of the last {judged.days} days",
        rate_cell(judged.scope, judged.endings),
        "percent",
        says=f"Interval {interval_words(judged.endings)}; {judged.first:%-d %b} to "
        f"{judged.last:%-d %b %Y}",
    )
    low, high = HEALTHY
    counts = (
        f"Whatever the page shows: of the {judged.days} whole days up to yesterday. Out of "
        f"{low:.0%} to {high:.0%} with at least {judged.least} decided, both sides are asked to "
        "decide; days and number are set in the hand-off policy."
    ).replace("%", " %")
    return Panel(
        counts,
        headlines=(headline, Headline("It stands", Cell(words, tone=tone), "text")),
        tables=_tables(item) if item else (),
    )


def _stands(judged: Judged) -> tuple[str, Tone]:
    if judged.verdict == "loose":
        return "Too loose", "bad"
    if judged.verdict == "tight":
        return "Too tight", "bad"
    if judged.is_enough:
        return "In the band", "good"
    return "Too few to judge", "quiet"


def _tables(item: ReviewItem) -> tuple[Table, ...]:
    opened = item.opened_at.astimezone(item.workspace.zone).date()
    waits = Table(
        "To decide",
        (Column("Open since", "date"), Column("What")),
        ((Cell(opened, url=address(item)), Cell(item.words)),),
        note=item.facts.get("no_proposal", ""),
    )
    proposal = item.facts.get("proposal")
    return (waits, _proposed(item.workspace, proposal)) if proposal else (waits,)


def _proposed(workspace: Workspace, proposal: dict[str, Any]) -> Table:
    what = "MQL from" if proposal["purpose"] == "mql" else "Handed to sales from"
    rows = []
    for name, total, label in _ROWS:
        found, points = proposal[name], proposal[total]
        asked = urlencode({"preview": proposal["preview"], f"{proposal['purpose']}_total": points})
        url = f"{reverse('thresholds', args=[workspace.slug])}?{asked}"
        rows.append(
            (
                Cell(label),
                Cell(f"{points} points", url=url),
                Cell(found["leads"] / found["weeks"] if found["weeks"] else None),
                share(found["accepted"], found["decided"]),
                share(found["won"], found["all_won"]),
            )
        )
    weeks = proposal["now"]["weeks"]
    return Table(
        f"A threshold tested on the last {weeks} weeks",
        (
            Column("Threshold"),
            Column(what),
            Column("Leads a week", "number"),
            Column("Acceptance", "percent", "Of the offers made to those who had reached it"),
            Column("Won found", "percent", "Of all won who were handed over in these weeks"),
        ),
        tuple(rows),
        note="The one in the band that loses fewest of the won. Nothing changes until a draft with "
        "it is published.",
    )
