"""Holding: nothing is offered before an agreement is signed, where the workspace says so.

A lead that becomes ready meanwhile stands in the fallback queue, unsigned: without a clock and
without a mail of its own. What lets them go is `handoff.agreement.held_leads`.
"""

from datetime import datetime

from accounts.models import Workspace
from handoff.agreement.links import agreement_url
from handoff.agreement.signers import signers
from handoff.models import HandoffPolicy
from handoff.transitions import MoveNotAllowed
from leadqual import outbox
from sla.models import Agreement


class HeldUntilSigned(MoveNotAllowed):
    """The workspace offers nothing before both sides have signed."""

    def __init__(self) -> None:
        super().__init__(
            "Hand-offs are held: nothing is offered before an agreement is signed by both sides."
        )


def is_held(workspace: Workspace) -> bool:
    """Whether nothing may be offered now; one query at most where `handoff_policy` is known."""
    policy: HandoffPolicy | None = getattr(workspace, "handoff_policy", None)
    if policy is None or not policy.hold_until_signed:
        return False
    return not Agreement.objects.of(workspace).active().exists()


def tell_held(workspace: Workspace, *, at: datetime) -> None:
    """Those who can end it hear in the bell that leads wait, once a day of the workspace."""
    day = at.astimezone(workspace.zone).date()
    for person in signers(workspace):
        outbox.notify(
            workspace=workspace,
            user=person,
            key=f"held:{day}",
            text="Leads are ready for sales and wait: nothing is offered before both have signed.",
            url=agreement_url(workspace),
        )
