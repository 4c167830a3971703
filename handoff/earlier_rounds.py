"""What came before an offer: the earlier offers of a lead and its stays in nurture, in words."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypedDict

from handoff.models import Handoff, NurtureStay, RejectionReason
from leadqual.models import Lead

SHOWN: Final = 10


class Round(TypedDict):
    """`at` is the moment of the offer, or of entering nurture, as text."""

    at: str
    title: str
    detail: str


def earlier_rounds(lead: Lead) -> list[Round]:
    """The newest that are over, newest first; two queries."""
    offers = lead.handoffs.exclude(status=Handoff.Status.OPEN).select_related("rep", "reason")
    stays = lead.nurture_stays.filter(left_at__isnull=False).select_related("reason", "track")
    return in_words(
        offers.defer("packet", "trace").order_by("-offered_at", "-pk")[:SHOWN],
        stays.order_by("-entered_at", "-pk")[:SHOWN],
    )


def in_words(offers: Iterable[Handoff], stays: Iterable[NurtureStay]) -> list[Round]:
    """Of offers that are answered and stays that are over, in any order."""
    rounds = [_of_offer(each) for each in offers] + [_of_stay(each) for each in stays]
    rounds.sort(key=lambda each: each[0], reverse=True)
    return [
        {"at": at.isoformat(), "title": title, "detail": detail}
        for at, title, detail in rounds[:SHOWN]
    ]


def _of_offer(offer: Handoff) -> tuple[datetime, str, str]:
    became = f"{Handoff.Status(offer.status).label.lower()}{_because(offer.reason)}"
    return offer.offered_at, f"Cycle {offer.cycle}, offered to {offer.rep}: {became}", offer.note


def _of_stay(stay: NurtureStay) -> tuple[datetime, str, str]:
    track = f" on the track {stay.track}" if stay.track else ""
    days = (stay.left_at - stay.entered_at).days if stay.left_at else 0
    lasted = "less than a day" if days < 1 else "one day" if days == 1 else f"{days} days"
    return stay.entered_at, f"In nurture for {lasted}{track}{_because(stay.reason)}", ""


def _because(reason: RejectionReason | None) -> str:
    return f", {reason.name}" if reason else ""
