"""Everything a lead's page shows, each part fetched when a panel asks for it."""

from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from accounts.access import Permission, has_permission
from accounts.models import Membership
from handoff.call_backs import call_back_entries, pending
from handoff.lead_page_routing import RoutingOfPage
from handoff.lead_page_tiers import TierOfPage
from handoff.models import (
    CallBack,
    Handoff,
    LostReason,
    NurtureStay,
    Opportunity,
    RejectionReason,
    Release,
)
from handoff.next_steps import Step, next_steps
from handoff.nurture_entries import nurture_entries
from handoff.override_entries import override_entries
from handoff.promises import unworked
from handoff.queues import Row, rows_of
from handoff.rejection_entries import rejection_entries
from handoff.scorecard_reading import Card, cards_of, seen
from handoff.scorecards import IN_DISCOVERY
from leadqual.custom_fields import Of
from leadqual.models import Lead, StageMove, Touch
from leadqual.shown_facts import ShownFact, shown_facts
from leadqual.stages import CRITERIA, Criteria, Stage
from leadqual.timeline import Entry, Position, timeline
from scoring.explanations import explain
from scoring.models import ModelVersion, QualificationDue, ScoreOverride
from scoring.overrides import last_ended
from scoring.rescoring import progress
from scoring.shadow_scores import ShadowStanding, shadow_standing
from scoring.standing import Standing, published_version, standing_of
from sla.models import Clock

TIMELINE_PAGE = 20
COLLEAGUES = 8
EARLIER_OFFERS = 10


class LeadPage(TierOfPage, RoutingOfPage):
    def __init__(self, lead: Lead, *, membership: Membership, now: datetime) -> None:
        self.lead, self.membership, self.now = lead, membership, now
        self.stage = Stage(lead.stage)

    def may(self, permission: Permission) -> bool:
        return has_permission(self.membership, permission)

    @property
    def criteria(self) -> Criteria:
        return CRITERIA[self.stage]

    @cached_property
    def standing(self) -> Standing | None:
        return standing_of(self.lead, now=self.now)

    @cached_property
    def release(self) -> Release | None:
        """Where its offer waits for the reps to have room."""
        return Release.objects.waiting().filter(lead=self.lead).first()

    @cached_property
    def is_settled(self) -> bool:
        """Whether somebody has looked, since its numbers last changed, who could take it."""
        return not QualificationDue.objects.filter(lead_id=self.lead.pk).exists()

    @cached_property
    def shadow(self) -> ShadowStanding | None:
        """What the version that runs beside the published one says of the lead."""
        return shadow_standing(self.lead)

    @cached_property
    def explanation(self) -> dict[str, Any] | None:
        return explain(self.lead)

    @cached_property
    def newer_version(self) -> ModelVersion | None:
        """The version in force, where the score is still that of an earlier one with other rules:
        its rescore is under way."""
        published = published_version(self.lead.workspace_id)
        if published is None or self.standing is None:
            return None
        return published if self.standing.version != published.number else None

    @cached_property
    def rescored(self) -> tuple[int, int] | None:
        """Leads scored again and leads in all, while everybody is."""
        return progress(self.lead.workspace)

    @cached_property
    def disqualified_by_hand(self) -> StageMove | None:
        """The move of whoever disqualified it, where a person did and it is disqualified still."""
        if self.stage != Stage.DISQUALIFIED:
            return None
        moves = self.lead.moves.filter(to_stage=self.stage).select_related("by")
        latest = moves.defer("explanation").order_by("-at", "-pk").first()
        return latest if latest and latest.by else None

    @property
    def disqualified_because(self) -> str:
        """The reason’s name, as people read it."""
        deed = self.disqualified_by_hand
        return self._reasons.get(deed.reason, deed.reason).lower() if deed else ""

    @cached_property
    def ended_override(self) -> ScoreOverride | None:
        """What was ended a moment ago and may be brought back; asked for whoever may override."""
        return last_ended(self.lead, now=self.now) if self.may(Permission.OVERRIDE_SCORES) else None

    @cached_property
    def offers(self) -> list[Handoff]:
        """Newest first, without their packets."""
        offers = self.lead.handoffs.select_related("rep", "decided_by", "reason", "tier")
        newest = offers.defer("packet", "trace").order_by("-offered_at", "-pk")
        return list(newest[:EARLIER_OFFERS])

    @property
    def open_offer(self) -> Handoff | None:
        return next((o for o in self.offers if o.status == Handoff.Status.OPEN), None)

    @cached_property
    def offer_row(self) -> Row | None:
        """The latest offer, as the queue shows it."""
        if not self.offers:
            return None
        rows = rows_of(self.lead.workspace, [self.offers[0].pk], now=self.now)
        return next(iter(rows), None)

    @property
    def may_decide(self) -> bool:
        offer = self.open_offer
        return offer is not None and (
            (offer.rep_id == self.membership.user_id and self.may(Permission.DECIDE_OFFERS))
            or self.may(Permission.DECIDE_ANY_OFFER)
        )

    @cached_property
    def packet(self) -> Handoff | None:
        """The latest offer with its packet, as frozen then."""
        return self.lead.handoffs.select_related("rep").order_by("-offered_at", "-pk").first()

    @cached_property
    def story(self) -> list[Entry]:
        return self.story_beyond(None)

    def story_beyond(self, position: Position | None) -> list[Entry]:
        """One entry more than a page shows tells that there are older ones."""
        said = [*override_entries(self.lead, now=self.now), *nurture_entries(self.lead)]
        said += [*rejection_entries(self.lead), *call_back_entries(self.lead)]
        entries = timeline(self.lead, beyond=position, also=said, limit=TIMELINE_PAGE + 1)
        return [self._in_words(entry) for entry in entries]

    def _in_words(self, entry: Entry) -> Entry:
        """A move is recorded with its reason's code; people read the reason's name."""
        if entry.kind != "move":
            return entry
        detail = entry.detail
        for code, name in self._reasons.items():
            detail = detail.replace(f"({code})", f"({name.lower()})")
        return replace(entry, detail=detail)

    @cached_property
    def _reasons(self) -> dict[str, str]:
        own = RejectionReason.objects.of(self.lead.workspace).values_list("code", "name")
        return {**{code: str(label) for code, label in LostReason.choices}, **dict(own)}

    @cached_property
    def call_back(self) -> CallBack | None:
        """When it wants to be called back, where nobody has yet."""
        return pending(self.lead)

    @cached_property
    def unworked(self) -> Clock | None:
        """The follow-up that is over with too few touches, where nobody has made it good since."""
        return unworked(self.lead.workspace, now=self.now).filter(lead=self.lead).first()

    @cached_property
    def last_touch(self) -> Touch | None:
        return self.lead.touches.select_related("by").order_by("-occurred_at", "-pk").first()

    @property
    def own_facts(self) -> list[ShownFact]:
        """What is known of the lead beyond what every lead is asked."""
        return shown_facts(self.lead.workspace, Of.LEAD, self.lead.attributes)

    @property
    def company_facts(self) -> list[ShownFact]:
        company = self.lead.company
        return shown_facts(self.lead.workspace, Of.COMPANY, company.attributes) if company else []

    @cached_property
    def colleagues(self) -> list[Lead]:
        """Other leads of the company, those furthest along first; one more than is shown."""
        company = self.lead.company
        if company is None:
            return []
        others = company.leads.present().exclude(pk=self.lead.pk).select_related("owner")
        return list(others.order_by("-stage_since", "-pk")[: COLLEAGUES + 1])

    @cached_property
    def all_cards(self) -> list[Card]:
        return cards_of(self.lead, prefilled=self.may(Permission.EDIT_LEADS))

    @property
    def cards(self) -> list[Card]:
        """The scorecards that are shown: those the person may fill in, and those begun."""
        return [card for card in self.all_cards if card.is_begun or self.may_answer]

    @property
    def cards_seen(self) -> str:
        return seen(self.cards)

    @property
    def is_in_discovery(self) -> bool:
        return self.stage in IN_DISCOVERY

    @property
    def may_answer(self) -> bool:
        return self.is_in_discovery and self.may(Permission.EDIT_LEADS)

    @cached_property
    def steps(self) -> list[Step]:
        return next_steps(
            self.lead,
            membership=self.membership,
            offer=self.open_offer,
            standing=self.standing,
            cards=self.all_cards,
        )

    def step_to(self, to: str) -> Step | None:
        return next((step for step in self.steps if step.to == to), None)

    @cached_property
    def stay(self) -> NurtureStay | None:
        """The present stay in nurture."""
        return self.lead.nurture_stays.filter(left_at=None).select_related("reason").first()

    @cached_property
    def deal(self) -> Opportunity | None:
        return self.lead.opportunities.filter(cycle=self.lead.cycle).first()
