"""The queues of sales: offers to decide, by tier, and accepted leads waiting for a word."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from accounts.models import User, Workspace
from handoff.models import CallBack, Handoff
from handoff.models.handoffs import HandoffQuerySet
from handoff.offering import DECIDE, subject_key
from handoff.promises import Code, unworked
from handoff.queue_order import ORDER, beyond, in_order, state_of
from handoff.since_offer import Since, since_offers
from leadqual.models import Lead, Touch
from leadqual.stages import IN_SALES
from scoring.models import ScoreOverride
from scoring.overrides import valid_overrides
from sla.models import Clock

PAGE = 25


@dataclass(frozen=True)
class Row:
    """One offer as the queue shows it; `clock` is the stopped one of a decided offer, `override`
    the number that a person has put beside the lead's score, while it is valid; `former` the one
    behind an open offer that has ended since, with no other in its place; `since` what has changed
    since the offer, if anything has."""

    handoff: Handoff
    clock: Clock | None = None
    override: ScoreOverride | None = None
    former: ScoreOverride | None = None
    since: Since | None = None


class OfferQueue:
    """A page of open offers, of one rep or of everybody: by tier, then by deadline, then by what
    the lead was worth at the offer. Without a tier and without a deadline comes last.

    `keep` names offers that the screen shows although they may be open no longer: those it has
    just answered, and those for which somebody is filling in a rejection. `after` is the id of the
    last offer of the page before, wherever it stands by now.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        now: datetime,
        rep: User | None = None,
        after: str = "",
        keep: Collection[int] = (),
    ) -> None:
        self.workspace, self.now, self.rep, self.keep = workspace, now, rep, keep
        self.after = after

    @property
    def _offers(self) -> HandoffQuerySet:
        offers = Handoff.objects.of(self.workspace)
        return offers.of_rep(self.rep) if self.rep else offers

    @cached_property
    def _found(self) -> list[int]:
        offers = in_order(self._offers)
        shown = Q(status=Handoff.Status.OPEN) & self._behind()
        if self.keep:
            shown |= Q(pk__in=self.keep)
        return list(offers.filter(shown).values_list("pk", flat=True)[: self._most + 1])

    @property
    def _most(self) -> int:
        return PAGE + len(self.keep)

    def _behind(self) -> Q:
        """All offers where `after` is none of this workspace."""
        if not (self.after.isdecimal() and len(self.after) < 19):
            return Q()
        everywhere = in_order(Handoff.objects.of(self.workspace))
        last = everywhere.filter(pk=self.after).values_list(*ORDER).first()
        return beyond(last) if last else Q()

    @property
    def pks(self) -> list[int]:
        """The offers on this page, decided ones included."""
        return self._found[: self._most]

    @cached_property
    def state(self) -> str:
        """Changes whenever an offer comes, goes or gets another deadline; one small query, which
        an open page asks for every few seconds."""
        return state_of(self._offers.open())

    @property
    def next_page(self) -> str:
        """The cursor of the next page; blank on the last one."""
        return str(self.pks[-1]) if len(self._found) > self._most else ""

    @cached_property
    def rows(self) -> list[Row]:
        return rows_of(self.workspace, self.pks, now=self.now)

    @property
    def has_tiers(self) -> bool:
        return any(row.handoff.tier_id for row in self.rows)


def rows_of(workspace: Workspace, pks: Collection[int], *, now: datetime) -> list[Row]:
    """The offers with what the queue says of them, in the order of `pks`; ten queries at most."""
    offers = (
        Handoff.objects.of(workspace)
        .filter(pk__in=pks)
        .select_related("lead__company", "lead__owner", "rep", "decided_by", "reason", "tier")
        .defer("packet", "trace")
        .annotate(
            made_by=F("packet__explanation__override__pk"),
            call_back_at=_call_back(OuterRef("lead")),
        )
    )
    found = {offer.pk: offer for offer in offers}
    answered = {
        subject_key(offer): offer.pk
        for offer in found.values()
        if offer.status != Handoff.Status.OPEN
    }
    clocks = stopped_clocks(workspace, answered) if answered else {}
    ordered = [found[pk] for pk in pks if pk in found]
    overrides = valid_overrides([offer.lead_id for offer in ordered], at=now)
    former = _ended_behind([offer for offer in ordered if offer.lead_id not in overrides])
    changed = since_offers(workspace, ordered, now=now)
    return [
        Row(
            offer,
            clocks.get(subject_key(offer)),
            overrides.get(offer.lead_id),
            former.get(offer.pk),
            changed.get(offer.pk),
        )
        for offer in ordered
    ]


def _ended_behind(offers: Collection[Handoff]) -> dict[int, ScoreOverride]:
    """By offer, the override by which an open one was made, of leads that have a valid one no more;
    asked only where there is such an offer."""
    made_by = {offer.pk: offer.made_by for offer in offers if offer.status == Handoff.Status.OPEN}  # type: ignore[attr-defined]
    pks = [pk for pk in made_by.values() if pk]
    known = ScoreOverride.objects.select_related("by", "ended_by").in_bulk(pks) if pks else {}
    return {offer: known[pk] for offer, pk in made_by.items() if pk in known}


def stopped_clocks(workspace: Workspace, keys: Collection[str]) -> dict[str, Clock]:
    """The stopped clocks “decide an offer” by their subject."""
    clocks = Clock.objects.of(workspace).filter(
        code=DECIDE, subject_key__in=list(keys), stopped_at__isnull=False
    )
    return {clock.subject_key: clock for clock in clocks}


def _call_back(lead: OuterRef) -> Subquery:
    """When the lead wants to be called back, where nobody has yet."""
    return Subquery(CallBack.objects.pending().filter(lead=lead).values("until")[:1])


def leads_in_sales(workspace: Workspace, owner: User, *, now: datetime) -> QuerySet[Lead]:
    """What the owner has accepted and not closed: those waiting for a first touch come first.

    Each carries `first_touch_due` (while that clock runs), `last_touched`, `call_back_at` and
    `unworked_since`, where its follow-up is over with too few touches.
    """
    clock = Clock.objects.running().filter(lead=OuterRef("pk"), code=Code.FIRST_TOUCH)
    touch = Touch.objects.filter(lead=OuterRef("pk")).order_by("-occurred_at")
    return (
        Lead.objects.of(workspace)
        .present()
        .filter(owner=owner, stage__in=IN_SALES)
        .select_related("company")
        .annotate(
            first_touch_due=Subquery(clock.values("due_at")[:1]),
            call_back_at=_call_back(OuterRef("pk")),
            unworked_since=Subquery(
                unworked(workspace, now=now).filter(lead=OuterRef("pk")).values("due_at")[:1]
            ),
            last_touched=Subquery(touch.values("occurred_at")[:1]),
        )
        .order_by(F("first_touch_due").asc(nulls_last=True), "stage_since", "pk")
    )
