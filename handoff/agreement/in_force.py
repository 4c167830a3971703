"""What of the hand-off is in force: reasons and rules as both sides signed them, else those in use.

The promises are `Commitment.in_force()`'s. What marketing edits in the admin after signing counts
from the next version on.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any, Final

from django.db.models import OuterRef, Subquery

from accounts.models import Workspace
from handoff.models import HandoffPolicy, RejectionReason
from sla.models import Agreement

_ITS_OWN: Final = frozenset({"id", "workspace_id", "code"})
"""Columns that say which reason it is, not what it asks and leads to."""
_FIELDS: Final = [
    field for field in RejectionReason._meta.concrete_fields if field.attname not in _ITS_OWN
]


def reasons_in_force(workspace: Workspace) -> list[RejectionReason]:
    """The reasons that may be given now, in their order; two queries.

    With an active agreement exactly those of its terms, as they were signed, whatever the rows say
    since: each is its row's copy (same id, so that a hand-off keeps whose reason it was), for
    reading. Without one: the rows in use.
    """
    rows = RejectionReason.objects.of(workspace)
    signed = signed_reasons(workspace)
    if signed is None:
        return list(rows.active())
    return as_signed(rows, signed)


def signed_reasons(workspace: Workspace) -> list[dict[str, Any]] | None:
    """Those of the active agreement as its terms keep them: a dict each, by column; None where
    nothing is signed."""
    terms = Agreement.objects.of(workspace).active().values_list("terms__reasons", flat=True)
    found: list[dict[str, Any]] | None = terms.first()
    return found


def as_signed(
    rows: Iterable[RejectionReason], signed: Iterable[Mapping[str, Any]]
) -> list[RejectionReason]:
    """The signed reasons in their order, each laid over a copy of the row of its code.

    No row is missing: the admin keeps those that are named in an agreement.
    """
    by_code = {row.code: row for row in rows}
    return [
        _laid_over(by_code[terms["code"]], terms) for terms in signed if terms["code"] in by_code
    ]


def _laid_over(row: RejectionReason, terms: Mapping[str, Any]) -> RejectionReason:
    reason = copy(row)
    for field in _FIELDS:
        if field.attname in terms:
            setattr(reason, field.attname, terms[field.attname])
    reason.is_active = True
    return reason


def differs(row: RejectionReason, signed: Iterable[Mapping[str, Any]]) -> list[str]:
    """The names of the fields in which the row goes on from what was signed, as the admin calls
    them; empty where it is the same, or was not signed at all."""
    terms = next((terms for terms in signed if terms["code"] == row.code), None)
    if terms is None:
        return []
    return [
        str(field.verbose_name)
        for field in _FIELDS
        if field.attname in terms and getattr(row, field.attname) != terms[field.attname]
    ]


RULES: Final = ("scorecard_gate", "discovery_id", "final_word_id", "max_cycles")


def policy_in_force(workspace: Workspace | int) -> HandoffPolicy | None:
    """The workspace's policy with the rules of the active agreement, whatever its row says since;
    for reading. One query, with the two scorecards as the row names them."""
    active = Agreement.objects.active().filter(workspace=OuterRef("pk"))
    policies = HandoffPolicy.objects.select_related("discovery", "final_word")
    signed = policies.annotate(signed=Subquery(active.values("terms__policy")[:1]))
    policy = signed.filter(workspace=workspace).first()
    if policy is None:
        return None
    terms: Mapping[str, Any] = policy.signed or {}
    for column in RULES:
        if column in terms:
            setattr(policy, column, terms[column])
    return policy
