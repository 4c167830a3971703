"""What signers and owners hear of a proposal: that it waits for them, that a side has signed it,
that it counts, that it was taken back. Each once, in the bell and by mail; not who did it.

Called in the transaction of the deed, so that what is rolled back was never said.
"""

from datetime import datetime
from typing import Final

from django.urls import reverse

from accounts.models import Membership, User
from handoff.agreement.signers import signers
from leadqual import outbox
from sla.agreements import sides_to_sign
from sla.models import Agreement, Side

_PROPOSED: Final = "proposed"
_SIGNED: Final = "signed"


def tell_proposed(agreement: Agreement, *, by: User) -> None:
    _tell(
        agreement,
        _PROPOSED,
        subject=f"Agreement {agreement.number} is proposed and waits for signatures",
        body=f"{by} has proposed it. Nothing in it changes any more. Read it, see what it changes, "
        "and sign it for your side:",
        by=by,
    )


def tell_signed(agreement: Agreement, *, side: Side, by: User, at: datetime) -> None:
    """That the other side is to sign; or, where this was the last signature, that it counts."""
    _settle(agreement, at=at)
    number, missing = agreement.number, [each.label.lower() for each in sides_to_sign(agreement)]
    if not missing:
        subject = f"Agreement {number} is in force: both sides have signed"
        body = f"{by} has signed it for {side.label.lower()}, as the last. From now on this counts:"
        _tell(agreement, "active", subject=subject, body=body, by=by)
        return
    subject = f"{by} has signed agreement {number} for {side.label.lower()}"
    body = f"It is in force as soon as {' and '.join(missing)} has signed, too:"
    _tell(agreement, _SIGNED, subject=subject, body=body, by=by)


def tell_withdrawn(agreement: Agreement, *, by: User, at: datetime) -> None:
    _settle(agreement, at=at)
    subject = f"{by} has taken agreement {agreement.number} back before it was in force"
    body = f"Why: {agreement.withdrawn_why}\n\nNobody can sign it any more; it is kept:"
    _tell(agreement, "withdrawn", subject=subject, body=body, by=by)


def _tell(agreement: Agreement, occasion: str, *, subject: str, body: str, by: User) -> None:
    workspace, key = agreement.workspace, _key(agreement, occasion)
    path = reverse("agreement_version", args=[workspace.slug, agreement.number])
    people = [person for person in _concerned(agreement) if person != by]
    outbox.tell(workspace=workspace, people=people, key=key, subject=subject, body=body, path=path)


def _concerned(agreement: Agreement) -> list[User]:
    """Whoever may sign for a side, and the owners it names, as far as they are members."""
    owners = {agreement.marketing_owner_id, agreement.sales_owner_id, agreement.escalates_to_id}
    members = Membership.objects.of(agreement.workspace).current().filter(user__in=owners - {None})
    named = {membership.user for membership in members.select_related("user")}
    return sorted(named.union(signers(agreement.workspace)), key=lambda person: person.pk)


def _settle(agreement: Agreement, *, at: datetime) -> None:
    """What it asked for so far is done, or is asked for no longer: the bell is quiet about it."""
    for occasion in (_PROPOSED, _SIGNED):
        outbox.mark_read(workspace=agreement.workspace, key=_key(agreement, occasion), at=at)


def _key(agreement: Agreement, occasion: str) -> str:
    return f"agreement:{agreement.pk}:{occasion}"
