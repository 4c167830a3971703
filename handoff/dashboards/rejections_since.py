"""What each reason did since: whether the rejected came back, and were taken; and examples."""

from typing import Final

from django.urls import reverse

from handoff.dashboards.panel import Asked, Cell, Chart, Column, Panel, Table, share
from handoff.dashboards.rejections_reasons import EMPTY, Reasons, rejected
from handoff.dashboards.told import point
from handoff.metrics.acceptance import LEAST
from handoff.metrics.afterwards import Since, afterwards, latest_rejected
from handoff.metrics.facts import SINCE
from handoff.metrics.links import leads_url
from handoff.models import Handoff, RejectionReason

DOMINATE: Final = 3
EACH: Final = 4
"""So many examples of each of so many reasons."""
_COUNTS: Final = (
    "Of the offers rejected in the period with each reason: what has happened to their leads since "
    "the rejection, up to now. A lead may be in several columns; one rejected twice counts twice."
)
_COLUMNS: Final = (
    Column("Back to nurture", "percent"),
    Column("MQL again", "percent", "In a later cycle"),
    Column("Accepted then", "percent", "An offer of a later cycle"),
    Column("Accepted by another", "percent", "Another offer of the same cycle"),
    Column("Won", "percent"),
    Column("Disqualified", "percent"),
)


def since(asked: Asked) -> Panel:
    found = afterwards(asked.scope)
    if not found:
        return Panel(_COUNTS, empty=EMPTY)
    reasons = Reasons.of(asked.workspace)
    ordered = sorted(found.items(), key=lambda one: (-one[1].rejected, one[0]))
    columns = (Column("Reason"), Column("Rejected", "count"), *_COLUMNS)
    rows = tuple(_row(asked, code, each, reasons) for code, each in ordered)
    return Panel(
        _COUNTS,
        charts=(_came_back(ordered, reasons),),
        tables=(Table("What became of the rejected since", columns, rows),),
        notes=(
            "Rejections of the last weeks have had little time: a longer or an earlier period "
            f"tells more. Fewer than {LEAST} rejected say little.",
        ),
        size=sum(each.rejected for each in found.values()),
    )


def _came_back(ordered: list[tuple[str, Since]], reasons: Reasons) -> Chart:
    again = [point(each.returned, each.rejected) for _, each in ordered]
    accepted = [point(each.accepted, each.rejected) for _, each in ordered]
    return Chart(
        "bars",
        "Came back since, of those rejected",
        {
            "labels": [reasons.name(code) for code, _ in ordered],
            "series": [
                {"name": "MQL again", "values": again},
                {"name": "Accepted then", "values": accepted},
            ],
            "unit": "percent",
            "horizontal": True,
        },
    )


def _row(asked: Asked, code: str, found: Since, reasons: Reasons) -> tuple[Cell, ...]:
    return (
        Cell(reasons.name(code)),
        Cell(found.rejected, url=leads_url(asked.scope, f"rejected:{code}")),
        *(_share(asked, what, code, found) for what in SINCE),
    )


def _share(asked: Asked, what: str, code: str, found: Since) -> Cell:
    n: int = getattr(found, what)
    url = leads_url(asked.scope, f"since:{what}:{code}") if n else ""
    return share(n, found.rejected, url=url)


def examples(asked: Asked) -> Panel:
    """A handful of leads, by name."""
    counts = (
        f"The latest {EACH} rejections of each of the {DOMINATE} most frequent reasons. Open one "
        "to read its packet and what it did."
    )
    reasons = Reasons.of(asked.workspace)
    found = rejected(asked.scope, reasons)
    codes = [code for code, _ in found.most_common(DOMINATE)]
    ids = latest_rejected(asked.scope, codes, each=EACH) if codes else []
    if not ids:
        return Panel(counts, empty=EMPTY)
    rows = Handoff.objects.of(asked.workspace).filter(pk__in=ids)
    newest = rows.select_related("lead__company", "rep", "reason").order_by("-decided_at", "-pk")
    offers = sorted(newest, key=lambda offer: codes.index(_reason(offer).code))
    table = Table(
        "Latest rejections of the reasons that dominate",
        (
            Column("Lead"),
            Column("Reason"),
            Column("Grade"),
            Column("Rejected on", "date"),
            Column("By"),
            Column("Note"),
        ),
        tuple(_example(asked, offer) for offer in offers),
        names_leads=True,
    )
    return Panel(counts, tables=(table,), size=found.total())


def _reason(offer: Handoff) -> RejectionReason:
    assert offer.reason is not None  # noqa: S101 - it was rejected
    return offer.reason


def _example(asked: Asked, offer: Handoff) -> tuple[Cell, ...]:
    decided = offer.decided_at
    return (
        Cell(
            offer.lead.display_name, url=reverse("lead", args=[asked.workspace.slug, offer.lead_id])
        ),
        Cell(_reason(offer).name),
        Cell(offer.grade or "–"),
        Cell(decided.astimezone(asked.scope.period.zone).date() if decided else None),
        Cell(str(offer.rep)),
        Cell(offer.note or "–"),
    )
