"""The reasons that a new workspace starts with (product.md; 001, 003), all editable."""

from typing import Any, Final

from accounts.models import Workspace
from handoff.models import RejectionReason

_OUT = RejectionReason.Outcome.DISQUALIFY
_FIT, _DATA = RejectionReason.Questions.FIT, RejectionReason.Questions.DATA

STARTER_REASONS: Final[tuple[dict[str, Any], ...]] = (
    {
        "code": "no-budget",
        "name": "No budget",
        "recycle_days": 90,
        "questions": _FIT,
        "note_asks": "When is the next budget decided?",
    },
    {
        "code": "not-a-decision-maker",
        "name": "Not a decision maker",
        "questions": _FIT,
        "note_needed": True,
        "note_asks": "Who decides there?",
    },
    {
        "code": "timeline-too-long",
        "name": "Timeline too long",
        "recycle_days": 60,
        "questions": RejectionReason.Questions.TIMING,
        "asks_date": True,
    },
    {
        "code": "wrong-territory",
        "name": "Wrong territory",
        "outcome": RejectionReason.Outcome.REROUTE,
        "questions": RejectionReason.Questions.ROUTING,
        "asks": ["country"],
    },
    {
        "code": "too-small",
        "name": "Too small",
        "outcome": _OUT,
        "questions": _FIT,
        "asks": ["employees"],
    },
    {
        "code": "student-vendor-competitor",
        "name": "Student, vendor or competitor",
        "outcome": _OUT,
        "questions": _FIT,
    },
    {
        "code": "duplicate",
        "name": "Duplicate",
        "outcome": _OUT,
        "questions": _DATA,
        "note_asks": "Of which lead?",
    },
    {
        "code": "unreachable",
        "name": "Unreachable",
        "recycle_days": 30,
        "questions": RejectionReason.Questions.INTENT,
        "attempts": 3,
    },
    {
        "code": "bad-data",
        "name": "Bad data",
        "outcome": RejectionReason.Outcome.CORRECT,
        "questions": _DATA,
        "asks": ["email", "phone"],
        "note_asks": "What is wrong?",
    },
    {
        "code": "already-a-customer",
        "name": "Already a customer",
        "outcome": _OUT,
        "questions": _DATA,
    },
)
"""In the order of their digits; without an outcome a lead goes back to nurture."""


def install_starter_reasons(workspace: Workspace) -> None:
    RejectionReason.objects.bulk_create(
        RejectionReason(workspace=workspace, position=position, **reason)
        for position, reason in enumerate(STARTER_REASONS)
    )
