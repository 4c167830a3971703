"""What became of the offers made since a shadow began, by what it would have said of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from handoff.models import Handoff, Opportunity
from scoring.models import ModelVersion
from scoring.shadow_comparison import Then, as_known_then

AT_MOST = 20_000
"""Of more offers than these, the newest are compared; the page says so."""


@dataclass
class Line:
    """Offers of one grade, or of one opinion. Acceptance = accepted ÷ (accepted + rejected)."""

    label: str
    offers: int = 0
    accepted: int = 0
    rejected: int = 0
    won: int = 0

    @property
    def decided(self) -> int:
        return self.accepted + self.rejected

    @property
    def acceptance(self) -> float | None:
        """0–1; None where nothing is decided."""
        return self.accepted / self.decided if self.decided else None

    def count(self, offer: Handoff) -> None:
        accepted = offer.status == Handoff.Status.ACCEPTED
        self.offers += 1
        self.accepted += accepted
        self.rejected += offer.status == Handoff.Status.REJECTED
        # The deal is that of the cycle; of its offers, it came of the accepted one.
        self.won += accepted and offer.is_won  # type: ignore[attr-defined]  # annotated


@dataclass
class Offers:
    """`gone` are offers of leads merged or erased since: nobody can say what was known of them."""

    by_published: list[Line]
    by_shadow: list[Line]
    by_opinion: list[Line]
    total: Line = field(default_factory=lambda: Line("All"))
    gone: int = 0
    left_out: int = 0


def offers_since(shadow: ModelVersion) -> Offers | None:
    """None where none was made since the shadow began, or it does not run."""
    if shadow.shadow_since is None:
        return None
    deal = Opportunity.objects.filter(lead=OuterRef("lead"), cycle=OuterRef("cycle"), won=True)
    offers = (
        Handoff.objects.of(shadow.workspace)
        .filter(offered_at__gte=shadow.shadow_since)
        .annotate(is_won=Exists(deal))
        .order_by("-offered_at", "-pk")
        .only("lead_id", "cycle", "offered_at", "status", "grade")
    )
    made = list(offers[:AT_MOST])
    if not made:
        return None
    then = as_known_then(shadow, [(offer.lead_id, offer.offered_at) for offer in made])
    known = [(offer, said) for offer, said in zip(made, then, strict=True) if said is not None]
    found = Offers(
        by_published=_lines(known, lambda offer, _: offer.grade or "No grade"),
        by_shadow=_lines(known, lambda _, said: said.grade or "No grade"),
        by_opinion=_lines(known, lambda _, said: _opinion(said), order=_OPINIONS),
        gone=len(made) - len(known),
        left_out=offers.count() - len(made) if len(made) == AT_MOST else 0,
    )
    for offer, _ in known:
        found.total.count(offer)
    return found


_OPINIONS = (
    "Would hand it over, too",
    "Would call it an MQL, but keep it",
    "Would not call it an MQL",
)


def _opinion(said: Then) -> str:
    return _OPINIONS[0 if said.is_ready else 1 if said.is_mql else 2]


def _lines(
    known: Iterable[tuple[Handoff, Then]],
    label: Callable[[Handoff, Then], str],
    *,
    order: tuple[str, ...] = (),
) -> list[Line]:
    lines = {name: Line(name) for name in order}
    for offer, said in known:
        name = label(offer, said)
        lines.setdefault(name, Line(name)).count(offer)
    return list(lines.values()) if order else sorted(lines.values(), key=lambda line: line.label)
