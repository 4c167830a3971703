"""What every page of the portal knows of the agreement: which one counts, or that none does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Membership, Workspace
from sla.models import Side
from sla.models.commitments import anchor_of

COUNTS_TO: Final = 1_000
"""Leads that wait are counted so far, so that a flood costs no more than a page."""
_STATE: Final = """
SELECT active.number, active.active_since, active.model_version,
    ARRAY(
        SELECT ARRAY[code, tier_code]::text[] FROM sla_commitment WHERE agreement_id = active.id
    ),
    proposed.number,
    ARRAY(SELECT side::text FROM sla_signature WHERE agreement_id = proposed.id),
    ARRAY(SELECT person_id FROM sla_signature WHERE agreement_id = proposed.id),
    EXISTS (SELECT FROM sla_agreement WHERE workspace_id = w.id AND status = 'draft'),
    coalesce(p.hold_until_signed, false) AND active.id IS NULL,
    CASE WHEN p.hold_until_signed AND active.id IS NULL THEN (
        SELECT count(*) FROM (
            SELECT 1 FROM handoff_fallbackentry
            WHERE workspace_id = w.id AND left_at IS NULL AND why = 'unsigned'
            UNION ALL
            SELECT 1 FROM handoff_release
            WHERE workspace_id = w.id AND released_at IS NULL AND NOT held
            LIMIT %(most)s
        ) waiting
    ) ELSE 0 END
FROM accounts_workspace w
LEFT JOIN handoff_handoffpolicy p ON p.workspace_id = w.id
LEFT JOIN sla_agreement active ON active.workspace_id = w.id AND active.status = 'active'
LEFT JOIN sla_agreement proposed ON proposed.workspace_id = w.id AND proposed.status = 'proposed'
WHERE w.id = %(workspace)s
"""


@dataclass(frozen=True)
class InForce:
    """`number` of the active agreement, which counts `since`; None: nothing is signed.
    `model_version` is the one it was signed on, `promises` the anchors of its commitments.

    `proposed` is the number of the one that waits for signatures, by `signed_sides` and
    `signed_by` (people's ids) so far. `is_held`: nothing is offered before both sides have signed,
    and so many leads are `waiting`, counted up to one more than COUNTS_TO.
    """

    number: int | None
    since: datetime | None
    model_version: int | None
    promises: frozenset[str]
    proposed: int | None
    signed_sides: frozenset[str]
    signed_by: frozenset[int]
    is_drafted: bool
    is_held: bool
    waiting: int

    @property
    def waiting_words(self) -> str:
        """How many leads wait, such as “12 leads wait”."""
        if self.waiting > COUNTS_TO:
            return f"more than {COUNTS_TO:,} leads wait"
        return "1 lead waits" if self.waiting == 1 else f"{self.waiting:,} leads wait"

    @property
    def waits_for(self) -> str:
        """Whose signatures the proposed one lacks, in words."""
        missing = [side for side in (Side.MARKETING, Side.SALES) if side not in self.signed_sides]
        return " and ".join(side.label.lower() for side in missing)

    def asks(self, membership: Membership, may: dict[str, bool]) -> bool:
        """Whether the proposed one waits for this member's signature."""
        if self.proposed is None or membership.user_id in self.signed_by:
            return False
        return any(
            may.get(f"sign_for_{side}")
            for side in (Side.MARKETING, Side.SALES)
            if side not in self.signed_sides
        )


def in_force(workspace: Workspace) -> InForce:
    """One query, by indexes alone."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, {"workspace": workspace.pk, "most": COUNTS_TO + 1})
        row = cursor.fetchone()
    number, since, version, promises, proposed, sides, people, drafted, held, waiting = row
    return InForce(
        number=number,
        since=since,
        model_version=version,
        promises=frozenset(anchor_of(*each) for each in promises),
        proposed=proposed,
        signed_sides=frozenset(sides),
        signed_by=frozenset(people),
        is_drafted=drafted,
        is_held=held,
        waiting=waiting,
    )


def context(request: HttpRequest) -> dict[str, Any]:
    """`in_force`, asked of the database where a page shows it, once a page."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return {}
    return {"in_force": SimpleLazyObject(lambda: in_force(membership.workspace))}
