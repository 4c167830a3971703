"""The life of agreements: drafted, proposed, signed by both sides, superseded by the next.

    draft ──propose──▶ proposed ──both sides sign──▶ active ──the next one is signed──▶ superseded
                          └────withdraw────▶ withdrawn (its content goes on as a draft)

Whoever changes a state locks every agreement of the workspace first, in the order of their ids
(`held`). What a draft says is edited in `sla.agreement_edits`; its text is made, and it is
proposed, by `handoff.agreement.proposing`. Who may do what is for the caller to ask.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction

from accounts.models import User, Workspace
from sla.agreement_errors import AlreadySigned, Altered, EditedMeanwhile, NotNow, TextChanged
from sla.agreement_text import Stored, hash_of
from sla.agreement_versions import active, before, draft_of, held, held_all, new_draft, proposed
from sla.models import Agreement, Side, Signature

__all__ = [
    "AlreadySigned",
    "Altered",
    "EditedMeanwhile",
    "NotNow",
    "TextChanged",
    "active",
    "before",
    "begin",
    "draft_of",
    "is_unaltered",
    "propose",
    "proposed",
    "review_at",
    "sides_to_sign",
    "sign",
    "signatures_of",
    "withdraw",
]

_Status = Agreement.Status
SIDES_THAT_SIGN: Final = (Side.MARKETING, Side.SALES)


def signatures_of(agreement: Agreement) -> list[Signature]:
    """In the order in which they were given; as they were prefetched, where they were."""
    return list(agreement.signatures.all())


def sides_to_sign(agreement: Agreement) -> list[Side]:
    """Which sides have not signed yet; none of what does not wait for signatures."""
    if agreement.status != _Status.PROPOSED:
        return []
    signed = {signature.side for signature in signatures_of(agreement)}
    return [side for side in SIDES_THAT_SIGN if side not in signed]


def review_at(agreement: Agreement) -> datetime | None:
    """When it is to be reviewed, counted from the moment both had signed; None before that."""
    since = agreement.active_since
    return since + timedelta(days=agreement.review_every_days) if since else None


def is_unaltered(agreement: Agreement) -> bool:
    """Whether the stored text is what was proposed, and what every signature names.

    A draft has no stored text that could be altered.
    """
    if agreement.status == _Status.DRAFT:
        return True
    named = {signature.document_hash for signature in signatures_of(agreement)}
    return named | {agreement.document_hash} == {hash_of(agreement.document, agreement.terms)}


def begin(workspace: Workspace, *, by: User, at: datetime) -> Agreement:
    """The draft of the workspace; where there is none, a new one.

    It begins as what waits for signatures, else as the version in force, else as the defaults.
    Two who begin at once get the same.
    """
    try:
        with transaction.atomic():
            held_all(workspace)
            if draft := draft_of(workspace):
                return draft
            from_ = proposed(workspace) or active(workspace)
            return new_draft(workspace, from_=from_, by=by, at=at)
    except IntegrityError:  # the first of the workspace, begun by somebody else this moment
        if draft := draft_of(workspace):
            return draft
        raise


@transaction.atomic
def propose(
    agreement: Agreement,
    *,
    by: User,
    at: datetime,
    document: Stored,
    terms: Mapping[str, Any],
    model_version: int | None,
) -> Agreement:
    """The draft becomes what both sides are asked to sign, with this text; it changes no more.

    `document` and `terms` are what was made of the draft in the same transaction, after `held`.
    Raises NotNow where it is no draft any more, or another one waits for signatures.
    """
    agreement = held(agreement)
    if agreement.status != _Status.DRAFT:
        raise NotNow(f"Agreement {agreement.number} is {_state(agreement)} already.")
    if other := proposed(agreement.workspace):
        raise NotNow(
            f"Agreement {other.number} waits for signatures. "
            "Withdraw it before you propose another one."
        )
    agreement.status, agreement.proposed_at, agreement.proposed_by = _Status.PROPOSED, at, by
    agreement.document, agreement.terms = document, dict(terms)
    agreement.document_hash = hash_of(document, terms)
    agreement.model_version = model_version
    agreement.save()
    return agreement


@transaction.atomic
def withdraw(agreement: Agreement, *, by: User, at: datetime, why: str) -> Agreement:
    """Take a proposal back before both have signed; it is kept, and says who did so and why.

    Its content goes on as a new draft; where one has been begun meanwhile, that one stays as it is.
    Raises NotNow.
    """
    if not why.strip():
        raise NotNow("Say why it is withdrawn: the reason is kept with it.")
    agreement = held(agreement)
    if agreement.status != _Status.PROPOSED:
        raise NotNow(
            f"Agreement {agreement.number} is {_state(agreement)}: "
            "only one that waits for signatures is withdrawn."
        )
    agreement.status, agreement.withdrawn_why = _Status.WITHDRAWN, why.strip()
    agreement.withdrawn_at, agreement.withdrawn_by = at, by
    agreement.save()
    if draft_of(agreement.workspace) is None:
        new_draft(agreement.workspace, from_=agreement, by=by, at=at)
    return agreement


@transaction.atomic
def sign(
    agreement: Agreement, *, side: str, by: User, role: str, at: datetime, document_hash: str
) -> Agreement:
    """One side signs the text of that hash. Once both have, it is active and the former one is
    superseded, at one moment: that of the later signature.

    `role` is what `by` is, in words, to be read under the signature. Raises TextChanged where
    another text is stored than was shown, Altered, AlreadySigned, and else NotNow.
    """
    if side not in SIDES_THAT_SIGN:
        raise ValueError(f"{side!r} does not sign.")
    agreement = held(agreement)
    _refuse(agreement, side=side, by=by, document_hash=document_hash)
    Signature.objects.create(
        agreement=agreement,
        side=side,
        person=by,
        name=str(by),
        role=role,
        at=at,
        document_hash=document_hash,
    )
    signatures = signatures_of(agreement)
    if len(signatures) == len(SIDES_THAT_SIGN):
        _activate(agreement, at=signatures[-1].at)
    return agreement


def _refuse(agreement: Agreement, *, side: str, by: User, document_hash: str) -> None:
    for signature in signatures_of(agreement):
        if signature.side == side or signature.person_id == by.pk:
            raise AlreadySigned(signature, by=by, side=side)
    if agreement.status != _Status.PROPOSED:
        raise NotNow(
            f"Agreement {agreement.number} is {_state(agreement)}: there is nothing to sign."
        )
    if document_hash != agreement.document_hash:
        raise TextChanged
    if not is_unaltered(agreement):
        raise Altered(agreement)


def _activate(agreement: Agreement, *, at: datetime) -> None:
    former = active(agreement.workspace)
    if former:  # first: one is active at a time
        former.status, former.superseded_at = _Status.SUPERSEDED, at
        former.save(update_fields=["status", "superseded_at"])
    agreement.status, agreement.active_since = _Status.ACTIVE, at
    agreement.save(update_fields=["status", "active_since"])


def _state(agreement: Agreement) -> str:
    state = str(agreement.get_status_display()).lower()
    return "a draft" if agreement.status == _Status.DRAFT else state
