"""Opening an item to decide where acceptance is out of its band; safe to repeat.

An item takes the newer figures while the rate stays out, and its proposal once the preview that it
is tested on has run. It does not close by itself. Days that a decision has seen are not held up
again: after it, as many new ones are needed.
"""

import logging
from datetime import date, datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Workspace
from handoff import previews
from handoff.acceptance_band.held_back import held_back
from handoff.acceptance_band.judging import Judged, facts, judge, reasons_given, words
from handoff.acceptance_band.proposing import movable, propose, usable_preview
from handoff.models import ReviewItem
from handoff.review_items import open_item
from scoring.versions import published_version
from sla.models import Agreement

logger = logging.getLogger(__name__)
KEY: Final = "acceptance"
TESTING: Final = "A threshold is being tested on the history of the last weeks."
NO_MODEL: Final = "No scoring model is published, so no threshold can be proposed."
SEVERAL: Final = (
    "Neither the MQL definition nor the hand-off rule has exactly one way with a total, so no "
    "single threshold can be proposed. Change the model itself."
)
NONE_FITS: Final = {
    "loose": (
        "No single threshold brings acceptance on history into the band: what is rejected does not "
        "score less than what is accepted. Look at the reasons and at the rules instead."
    ),
    "tight": (
        "History has too few decisions on leads below the threshold to say what a lower one would "
        "bring. Lower it a little, and look again."
    ),
}


def watch(*, now: datetime) -> int:
    """All workspaces; returns how many items are open by it. One that fails is logged, and does
    not keep the others waiting."""
    count = 0
    for workspace in Workspace.objects.order_by("pk"):
        try:
            with transaction.atomic():
                count += watch_one(workspace, now=now) is not None
        except Exception:
            logger.exception("The acceptance of %s could not be judged", workspace)
    return count


def watch_one(workspace: Workspace, *, now: datetime) -> ReviewItem | None:
    """The item, opened or with the newer figures; None where acceptance is not out of the band."""
    judged = judge(workspace, now=now)
    if not judged.verdict or judged.first <= _decided_upto(workspace):
        return None
    reasons = reasons_given(judged)
    held = held_back(workspace, now=now) if judged.verdict == "tight" else None
    tested = _tested(workspace, judged, now=now)
    agreement = Agreement.objects.of(workspace).active().select_related("escalates_to").first()
    return open_item(
        workspace,
        kind=ReviewItem.Kind.ACCEPTANCE,
        key=KEY,
        words=words(judged, reasons, held.words if held else ""),
        facts={**facts(judged, reasons), "held_back": held.facts if held else None, **tested},
        owner=agreement.escalates_to if agreement else None,
        agreement=agreement,
        at=now,
    )


def _decided_upto(workspace: Workspace) -> date:
    """The latest day that the last decision about it has seen."""
    decided = ReviewItem.objects.of(workspace).filter(key=KEY, decided_at__isnull=False)
    last = decided.order_by("-decided_at", "-pk").first()
    return date.fromisoformat(last.facts["last"]) if last else date.min


def _tested(workspace: Workspace, judged: Judged, *, now: datetime) -> dict[str, Any]:
    """The proposal, or why there is none; where history is not weighed yet, a preview of the model
    in force is asked for."""
    version = published_version(workspace)
    if version is None:
        return {"proposal": None, "no_proposal": NO_MODEL}
    if movable(version) is None:
        return {"proposal": None, "no_proposal": SEVERAL}
    preview = usable_preview(version, now=now)
    if preview is None:
        try:
            with transaction.atomic():
                previews.ask(version, by=None, now=now, in_force=True)
        except ValidationError:  # one is at work already
            logger.info("The preview of %s is at work", version)
        return {"proposal": None, "no_proposal": TESTING}
    proposal = propose(version, preview)
    if proposal is None:
        return {"proposal": None, "no_proposal": NONE_FITS[judged.verdict]}
    return {"proposal": proposal.facts, "no_proposal": ""}
