"""Agreements as tests need them: signed, with the promises given."""

from datetime import datetime
from typing import Any

from accounts.models import User, Workspace
from sla.agreement_text import hash_of
from sla.models import Agreement, BusinessCalendar, Commitment, Signature
from tests.builders import MONDAY_NOON, make_user


def make_agreement(
    workspace: Workspace,
    *,
    status: Agreement.Status = Agreement.Status.ACTIVE,
    at: datetime = MONDAY_NOON,
    promises: list[dict[str, Any]] | None = None,
    document: list[dict[str, Any]] | None = None,
    terms: dict[str, Any] | None = None,
    signers: tuple[User, User] | None = None,
    **fields: Any,
) -> Agreement:
    """One with that status and those commitments (fields of Commitment); by default the promises
    in force are copied. An active one before it is superseded. Written row by row: the way that
    people take is `sla.agreements`."""
    number = Agreement.objects.of(workspace).count() + 1
    agreement = Agreement.objects.create(
        workspace=workspace, number=number, created_at=at, **fields
    )
    _promise(agreement, promises)
    if status == Agreement.Status.DRAFT:
        return agreement
    agreement.document, agreement.terms = document or [], terms or {}
    agreement.document_hash = hash_of(agreement.document, agreement.terms)
    agreement.proposed_at, agreement.status = at, Agreement.Status.PROPOSED
    agreement.save()
    if status == Agreement.Status.PROPOSED:
        return agreement
    _sign(agreement, signers, at=at)
    before = Agreement.objects.of(workspace).active()
    before.update(status=Agreement.Status.SUPERSEDED, superseded_at=at)
    agreement.status, agreement.active_since = Agreement.Status.ACTIVE, at
    agreement.save()
    return agreement


def _promise(agreement: Agreement, promises: list[dict[str, Any]] | None) -> None:
    workspace = agreement.workspace
    calendar = BusinessCalendar.objects.of(workspace).order_by("pk").first()
    if promises is None:
        for row in Commitment.objects.of(workspace).in_force():
            row.pk, row._state.adding, row.agreement = None, True, agreement
            row.save()
    for promise in promises or ():
        Commitment.objects.create(
            **{"workspace": workspace, "agreement": agreement, "calendar": calendar, **promise}
        )


def _sign(agreement: Agreement, signers: tuple[User, User] | None, *, at: datetime) -> None:
    people = signers or (make_user(name="Mona Marketing"), make_user(name="Sam Sales"))
    for side, person in zip(("marketing", "sales"), people, strict=True):
        Signature.objects.create(
            agreement=agreement,
            side=side,
            person=person,
            name=str(person),
            role=side,
            at=at,
            document_hash=agreement.document_hash,
        )
