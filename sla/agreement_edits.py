"""What a draft says is edited here, each edit one transaction, and nobody's over another's.

Every edit takes the `seen` of the form that it comes from: the draft's `edition` when that was
opened. Somebody who has edited meanwhile is named (EditedMeanwhile) and nothing is saved. An edit
returns the draft with its new edition, for the form that follows.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from sla.agreement_errors import EditedMeanwhile, NotNow
from sla.agreement_versions import TERMS, held
from sla.models import Agreement, Clause, Commitment
from sla.promise_rules import faults


def edition(agreement: Agreement) -> str:
    """What tells one state of a draft from another; blank before the first edit."""
    return agreement.edited_at.astimezone(UTC).isoformat() if agreement.edited_at else ""


@transaction.atomic
def edit_terms(
    agreement: Agreement, *, by: User, at: datetime, seen: str, **terms: Any
) -> Agreement:
    """Write these fields of TERMS. ValidationError for one that its column does not take."""
    if unknown := set(terms) - set(TERMS):
        raise ValueError(f"Not for people to fill in: {sorted(unknown)}")
    draft = held_draft(agreement, by=by, seen=seen)
    for name, value in terms.items():
        setattr(draft, name, value)
    draft.clean_fields(exclude=[f.name for f in draft._meta.fields if f.name not in terms])
    return _edited(draft, by=by, at=at)


@transaction.atomic
def write_clause(
    agreement: Agreement, *, code: str, text: str, by: User, at: datetime, seen: str
) -> Agreement:
    """The free words beside the clause; blank: there are none."""
    draft = held_draft(agreement, by=by, seen=seen)
    if text.strip():
        Clause.objects.update_or_create(agreement=draft, code=code, defaults={"text": text.strip()})
    else:
        Clause.objects.filter(agreement=draft, code=code).delete()
    return _edited(draft, by=by, at=at)


@transaction.atomic
def put_commitment(
    agreement: Agreement, commitment: Commitment, *, by: User, at: datetime, seen: str
) -> Agreement:
    """Add a promise to the draft or, where it has that one, change it.

    `commitment` is as a form made it, not saved. Raises ValidationError for what it may not say,
    and NotNow where the draft has another of its kind for the same tier, or this one is gone.
    """
    draft = held_draft(agreement, by=by, seen=seen)
    own = Commitment.objects.filter(agreement=draft)
    if commitment.pk and not own.filter(pk=commitment.pk).exists():
        raise NotNow("This promise is not in the draft any more.")
    commitment.workspace, commitment.agreement = draft.workspace, draft
    same = own.filter(code=commitment.code, tier_code=commitment.tier_code)
    if same.exclude(pk=commitment.pk).exists():
        tier = f" for leads of tier {commitment.tier_name or commitment.tier_code}"
        raise NotNow(
            f"“{commitment.get_code_display()}” is promised"
            f"{tier if commitment.tier_code else ' for any lead'} already: change that one."
        )
    _check(commitment)
    commitment.save()
    return _edited(draft, by=by, at=at)


def _check(commitment: Commitment) -> None:
    commitment.clean_fields()
    found: dict[str, list[str]] = defaultdict(list)
    if commitment.calendar.workspace_id != commitment.workspace_id:
        found["calendar"].append("Choose a calendar of this workspace.")
    for field, words in faults(commitment):
        found[field].append(words)
    if found:
        raise ValidationError(dict(found))
    commitment.full_clean()


@transaction.atomic
def remove_commitment(
    agreement: Agreement, *, pk: int, by: User, at: datetime, seen: str
) -> Agreement:
    """Promise it no longer; nothing where the draft has not got it."""
    draft = held_draft(agreement, by=by, seen=seen)
    Commitment.objects.filter(agreement=draft, pk=pk).delete()
    return _edited(draft, by=by, at=at)


@transaction.atomic
def discard(agreement: Agreement, *, by: User, seen: str) -> None:
    """Throw the draft away with all that it says. Its number is free again."""
    held_draft(agreement, by=by, seen=seen).delete()


def held_draft(agreement: Agreement, *, by: User, seen: str | None) -> Agreement:
    """The draft as it is now, its row locked before any part of it (the trigger locks it, too).

    `seen` None: whatever its edition is. Raises NotNow and EditedMeanwhile.
    """
    draft = held(agreement)
    if draft.status != Agreement.Status.DRAFT:
        state = str(draft.get_status_display()).lower()
        raise NotNow(f"Agreement {draft.number} is {state} and does not change. Begin a new draft.")
    if seen is not None and edition(draft) != seen:
        raise EditedMeanwhile(draft, by=by)
    return draft


def _edited(draft: Agreement, *, by: User, at: datetime) -> Agreement:
    """Every edit is later than the one before, so that no two editions are alike."""
    least = draft.edited_at + timedelta(microseconds=1) if draft.edited_at else at
    draft.edited_at, draft.edited_by = max(at, least), by
    draft.save()
    return draft
