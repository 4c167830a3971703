"""What is to be talked over because of the agreement itself: its review, and a model that goes on.

Publishing a scoring model is free after signing. That it was done, and that the time to review has
come, is noticed here, from what is true now: safe to repeat. Both sides are asked.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from handoff.models import ReviewItem
from handoff.review_items import open_item
from scoring.models import ModelVersion
from sla.models import Agreement

_Kind = ReviewItem.Kind


def open_due(*, now: datetime) -> int:
    """Of all active agreements; returns how many items were opened or brought up to date.

    Three queries for any number of agreements where nothing is due.
    """
    rows = Agreement.objects.active().defer("document", "terms").select_related("workspace")
    active = list(rows.order_by("pk"))
    here = [agreement.workspace_id for agreement in active]
    published = ModelVersion.objects.published().filter(workspace__in=here)
    running = {version.workspace_id: version for version in published}
    last = _last(active)
    return sum(
        _model(each, running.get(each.workspace_id), last.get((each.pk, _Kind.MODEL)), now=now)
        + _review(each, last.get((each.pk, _Kind.REVIEW)), now=now)
        for each in active
    )


def _model(
    agreement: Agreement, running: ModelVersion | None, last: ReviewItem | None, *, now: datetime
) -> int:
    """Once a published version, however often this is asked; a newer one takes the open item."""
    if running is None or running.number == agreement.model_version:
        return 0
    if last and last.facts.get("running") == running.number:
        return 0
    open_item(
        agreement.workspace,
        kind=_Kind.MODEL,
        key=f"model:{agreement.number}",
        words=_goes_on(agreement, running),
        facts={"signed": agreement.model_version, "running": running.number},
        owner=None,
        agreement=agreement,
        at=now,
    )
    return 1


def _goes_on(agreement: Agreement, running: ModelVersion) -> str:
    signed = (
        f"on version {agreement.model_version} of the scoring model"
        if agreement.model_version
        else "without a scoring model"
    )
    since = running.published_at
    day = f" since {since.astimezone(agreement.workspace.zone):%d %b %Y}" if since else ""
    return (
        f"Agreement {agreement.number} was signed {signed}, and version {running.number} runs"
        f"{day}: does it still say what counts as a qualified lead?"
    )


def _review(agreement: Agreement, last: ReviewItem | None, *, now: datetime) -> int:
    """One at a time; after a decision, the next at the next date of review."""
    times = _times(agreement, now)
    if last and not last.decided_at:
        return 0
    if times <= (_times(agreement, last.decided_at) if last and last.decided_at else 0):
        return 0
    open_item(
        agreement.workspace,
        kind=_Kind.REVIEW,
        key=f"review:{agreement.number}",
        words=_is_due(agreement, times),
        facts={"times": times, "every_days": agreement.review_every_days},
        owner=None,
        agreement=agreement,
        at=now,
    )
    return 1


def _times(agreement: Agreement, at: datetime) -> int:
    """How many dates of review have passed by then."""
    since = agreement.active_since
    return (at - since) // timedelta(days=agreement.review_every_days) if since else 0


def _is_due(agreement: Agreement, times: int) -> str:
    zone, since = agreement.workspace.zone, cast(datetime, agreement.active_since)
    due = since + times * timedelta(days=agreement.review_every_days)
    return (
        f"Agreement {agreement.number} is to be reviewed since {due.astimezone(zone):%d %b %Y}: it "
        f"counts since {since.astimezone(zone):%d %b %Y}, and is reviewed every "
        f"{agreement.review_every_days} days. Keep it, or draft the next version?"
    )


def _last(agreements: Sequence[Agreement]) -> dict[tuple[int | None, str], ReviewItem]:
    """The last item of each, by agreement and kind."""
    items = ReviewItem.objects.filter(
        agreement__in=[agreement.pk for agreement in agreements],
        kind__in=[_Kind.MODEL, _Kind.REVIEW],
    )
    of_each = items.order_by("agreement_id", "kind", "-opened_at", "-pk")
    found = of_each.distinct("agreement_id", "kind")
    return {(item.agreement_id, item.kind): item for item in found}
