"""Where leads and events come in, from screens, the API and files alike.

A lead that comes in by itself is one transaction, readable in order: record it, score it, settle
it. Batches of leads, and events, one or many, are recorded in a number of statements that does not
grow with them; the scorer does the rest within moments (docs/decisions/0020).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from django.db import IntegrityError, OperationalError, transaction
from psycopg.errors import DeadlockDetected, ForeignKeyViolation, UniqueViolation

from accounts.models import User, Workspace
from handoff.promotion import score_and_settle
from handoff.transitions import record_captures
from leadqual.capture import (
    Captured,
    EventFacts,
    LeadFacts,
    TwoLeads,
    UnknownLead,
    capture_leads,
)
from leadqual.fact_moments import known_at
from leadqual.models import Event, Lead
from leadqual.recording import build_events, insert_events
from scoring.locks import share_model
from scoring.signals import classify

T = TypeVar("T")
ATTEMPTS: Final = 4
_SOMEBODY_ELSE = (UniqueViolation, ForeignKeyViolation, DeadlockDetected)


class How(StrEnum):
    """What became of one item. `known`: the event's external id has been seen before."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True)
class Receipt:
    """The answer to one item of a batch; `refusal` says why it was not taken."""

    how: How
    lead: Lead | None = None
    refusal: UnknownLead | TwoLeads | None = None


def _look_again(work: Callable[[], T]) -> T:
    """Do it in a transaction, and once more where somebody wrote the same at that moment."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return work()
        except (IntegrityError, OperationalError) as error:
            if attempt == ATTEMPTS or not isinstance(error.__cause__, _SOMEBODY_ELSE):
                raise
    raise AssertionError("unreachable")


def receive_lead(
    *,
    workspace: Workspace,
    facts: LeadFacts,
    at: datetime,
    now: datetime,
    by: User | None = None,
) -> tuple[Lead, bool]:
    """Find or make the lead, score it, settle it; returns it and whether it is new.

    `at` is when it was captured. The same facts twice change nothing. Raises TwoLeads.
    """
    receipt = take_lead(workspace=workspace, facts=facts, at=at, now=now, by=by)
    if receipt.lead is None:
        raise receipt.refusal or AssertionError("a lead or a refusal")
    return receipt.lead, receipt.how == How.CREATED


def take_lead(
    *,
    workspace: Workspace,
    facts: LeadFacts,
    at: datetime,
    now: datetime,
    by: User | None = None,
) -> Receipt:
    """The same, answering in the words of a batch."""

    def work() -> Receipt:
        with known_at(now):
            [receipt] = _capture(workspace, [(facts, at)], by)
        if receipt.lead is None:
            return receipt
        return Receipt(receipt.how, score_and_settle(receipt.lead, now=now))

    return _look_again(work)


def receive_leads(
    *,
    workspace: Workspace,
    batch: Sequence[tuple[LeadFacts, datetime]],
    now: datetime,
    by: User | None = None,
) -> list[Receipt]:
    """Take a batch of leads, each with the moment of its capture; one receipt an item.

    What can be taken is taken. Scoring and settling follow through the dirty queue. As one by
    one: what a new lead says was known at its capture, what a known one says more is known `now`.
    """

    def take(items: Sequence[tuple[LeadFacts, datetime]]) -> list[Receipt]:
        with known_at(now):
            return _capture(workspace, items, by)

    try:
        return _look_again(lambda: take(batch))
    except IntegrityError:  # two leads swap addresses within the batch: order matters
        return [_look_again(lambda: take([item])[0]) for item in batch]  # noqa: B023


def _capture(
    workspace: Workspace, batch: Sequence[tuple[LeadFacts, datetime]], by: User | None
) -> list[Receipt]:
    share_model(workspace.pk)  # before any lead: the order of locks of scoring.scorers
    answers = capture_leads(workspace, batch)
    taken = [one for one in answers if isinstance(one, Captured)]
    record_captures([one.lead for one in taken if one.how == "created"], by=by)
    return [
        Receipt(How.REFUSED, refusal=one)
        if isinstance(one, TwoLeads)
        else Receipt(How(one.how), one.lead)
        for one in answers
    ]


def receive_events(
    *, workspace: Workspace, batch: Sequence[EventFacts], now: datetime
) -> list[Receipt]:
    """Record events, one or a batch; one receipt an item. What can be taken is taken.

    Scoring and settling follow through the dirty queue.
    """
    return _look_again(lambda: _record(workspace, batch, now))


def _record(workspace: Workspace, batch: Sequence[EventFacts], now: datetime) -> list[Receipt]:
    share_model(workspace.pk)
    built = build_events(workspace, batch, received_at=now)
    events = [one for one in built if isinstance(one, Event)]
    classify(events, workspace)
    insert_events(events)
    return [_receipt(one) for one in built]


def _receipt(one: Event | UnknownLead | TwoLeads) -> Receipt:
    if isinstance(one, UnknownLead | TwoLeads):
        return Receipt(How.REFUSED, refusal=one)
    return Receipt(How.KNOWN if one._state.adding else How.CREATED, one.lead)
