"""What an offer has to know of its lead, read before anybody else has to wait for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Q

from handoff import fallback
from handoff.lead_conditions import facts_of
from handoff.models import FallbackEntry, Handoff, Tier
from handoff.packets import PACKET_TIMELINE, Packet, build_packet
from handoff.routing import Asked, Rule
from handoff.tiers import tier_of, tiers_of
from leadqual.models import Lead
from leadqual.stages import IN_SALES, Stage
from leadqual.timeline import timeline
from scoring.explanations import explain
from scoring.standing import Standing, standing_of

GAVE_BACK = {
    Handoff.Status.REJECTED: "rejected this lead before",
    Handoff.Status.NOT_MINE: "said “not mine” before",
    Handoff.Status.EXPIRED: "let the offer run out before",
}
"""A rep who gave the lead back in this cycle, or let it run out, is not asked again."""


def hold(lead: Lead) -> Lead:
    """The lead as it is now, locked, with all that routing and the packet read of it."""
    named = ("workspace__handoff_policy", "company", "first_source", "first_campaign")
    leads = Lead.objects.select_for_update(of=("self",)).select_related(*named, "last_source")
    return leads.get(pk=lead.pk)


@dataclass(frozen=True)
class Ready:
    """An MQL without an open offer. `past` are its offers: to whom, what became of them, and in
    which cycle; `entry` its place in the fallback queue."""

    lead: Lead
    standing: Standing
    explanation: dict[str, Any]
    tier: Tier | None
    past: Sequence[tuple[int, str, int]]
    entry: FallbackEntry | None

    @property
    def waits_for_a_manager(self) -> bool:
        return self.entry is not None and self.entry.why in fallback.FOR_A_MANAGER

    def packet(self, *, at: datetime) -> Packet:
        return build_packet(
            self.lead,
            explanation=self.standing.kept(self.explanation) or self.explanation,
            recent=timeline(self.lead, before=at + timedelta.resolution, limit=PACKET_TIMELINE),
            at=at,
        )


def ready_of(lead: Lead, *, at: datetime) -> Ready | None:
    """None where there is nothing to offer: no MQL, not scored, or offered already."""
    if lead.stage != Stage.MQL:
        return None
    past = list(lead.handoffs.order_by("pk").values_list("rep", "status", "cycle"))
    if any(status == Handoff.Status.OPEN for _, status, _ in past):
        return None
    standing, explanation = standing_of(lead, now=at), explain(lead)
    if standing is None or explanation is None:
        return None
    tier = tier_of(
        tiers_of(lead.workspace),
        grade=standing.counting.grade,
        employees=lead.company.employees if lead.company else None,
    )
    return Ready(lead, standing, explanation, tier, past, fallback.entry_of(lead))


def asked_of(ready: Ready, rules: Sequence[Rule]) -> Asked:
    """What routing asks of it."""
    lead = ready.lead
    return Asked(
        facts=facts_of(
            lead,
            grade=ready.standing.counting.grade,
            tier=ready.tier.pk if ready.tier else None,
            asked={rule.conditions.fact for rule in rules},
        ),
        owner=owner_of_company(lead),
        **given_back(ready.past, cycle=lead.cycle),
    )


def given_back(past: Sequence[tuple[int, str, int]], *, cycle: int) -> dict[str, Any]:
    """Who is not asked again in this cycle, and who only when nobody else is left."""
    return {
        "gave_back": {
            rep: GAVE_BACK[Handoff.Status(status)]
            for rep, status, when in past
            if when == cycle and status in GAVE_BACK
        },
        "said_no": {rep for rep, status, _ in past if status == Handoff.Status.REJECTED},
    }


def owner_of_company(lead: Lead) -> tuple[int, str] | None:
    """Who accepted another lead of its company, most recently, and has it in sales or won it."""
    if lead.company_id is None:
        return None
    accepted = Q(handoffs__status=Handoff.Status.ACCEPTED)
    colleagues = (
        Lead.objects.of(lead.workspace)
        .present()
        .filter(company=lead.company_id, stage__in=IN_SALES | {Stage.WON}, owner__isnull=False)
        .exclude(pk=lead.pk)
        .annotate(accepted_at=Max("handoffs__decided_at", filter=accepted))
        .order_by(F("accepted_at").desc(nulls_last=True), "-stage_since", "-pk")
    )
    found = colleagues.select_related("owner").first()
    return (found.owner.pk, str(found.owner)) if found and found.owner else None
