"""A review of northwind’s, with rejected leads to talk about."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.models import AgendaItem, Handoff, RejectionReason, Review
from handoff.reviews.opening import open_review

Rejecting = Callable[..., Handoff]
Opening = Callable[..., Review]


@pytest.fixture
def now() -> datetime:
    """Later than what the other fixtures do now."""
    return timezone.now() + timedelta(minutes=10)


@pytest.fixture
def reject(offer_to_ben: Callable[[], Handoff], ben: User) -> Rejecting:
    def make(code: str = "no-budget", *, note: str = "Next year", minutes: int = 0) -> Handoff:
        offer = offer_to_ben()
        reason = RejectionReason.objects.of(offer.workspace).get(code=code)
        at = timezone.now() + timedelta(minutes=minutes)
        return handoffs.reject(offer, by=ben, at=at, reason=reason, note=note)

    return make


@pytest.fixture
def opened(workspace: Workspace, ana: User, mara: User, now: datetime) -> Opening:
    """Opens a review, of metrics unless said otherwise, as ana does it; mara is asked, too."""

    def make(kind: str = "metrics", *, at: datetime = now) -> Review:
        return open_review(workspace, kind=kind, by=ana, at=at)

    return make


@pytest.fixture
def rejected(reject: Rejecting, opened: Opening) -> AgendaItem:
    """A rejected lead on the agenda of an open review."""
    reject()
    return opened().items.get(part="reject")
