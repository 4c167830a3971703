"""Signing a proposal and taking it back, told to both sides; the rules are `sla.agreements`'."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from handoff.agreement import news
from sla import agreements
from sla.models import Agreement, Side


@transaction.atomic
def sign(
    agreement: Agreement, *, side: Side, by: User, role: str, at: datetime, document_hash: str
) -> Agreement:
    """As `sla.agreements.sign`, and with its errors."""
    signed = agreements.sign(
        agreement, side=side, by=by, role=role, at=at, document_hash=document_hash
    )
    news.tell_signed(signed, side=side, by=by, at=at)
    return signed


@transaction.atomic
def withdraw(agreement: Agreement, *, by: User, at: datetime, why: str) -> Agreement:
    """As `sla.agreements.withdraw`, and with its errors."""
    gone = agreements.withdraw(agreement, by=by, at=at, why=why)
    news.tell_withdrawn(gone, by=by, at=at)
    return gone
