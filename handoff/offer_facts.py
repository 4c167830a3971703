"""What an offer has to know of its lead, read before anybody else has to wait for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef

from accounts.models import User
from handoff import fallback
from handoff.earlier_rounds import earlier_rounds
from handoff.lead_conditions import facts_of
from handoff.models import CallBack, FallbackEntry, Handoff, NurtureStay, Release, Tier
from handoff.nurture_entries import nurture_entries
from handoff.packets import PACKET_TIMELINE, Packet, build_packet
from handoff.rejection_entries import rejection_entries
from handoff.routing import Asked, Rule
from handoff.setups import Setup, setup_of
from handoff.tiers import tier_of
from leadqual.models import Lead, Touch
from leadqual.stages import IN_SALES, Stage
from leadqual.timeline import timeline
from scoring.explanations import Judged, judge
from scoring.standing import Standing

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
    stays = NurtureStay.objects.filter(lead=OuterRef("pk"))
    touches = Touch.objects.filter(lead=OuterRef("pk"))
    wishes = CallBack.objects.pending().filter(lead=OuterRef("pk"))
    return leads.annotate(
        was_nurtured=Exists(stays), was_touched=Exists(touches), is_called_back=Exists(wishes)
    ).get(pk=lead.pk)


@dataclass(frozen=True)
class Ready:
    """An MQL without an open offer. `past` are its offers: to whom, what became of them, and in
    which cycle; `entry` its place in the fallback queue; `in_line`: it waits for a release."""

    lead: Lead
    judged: Judged
    setup: Setup
    tier: Tier | None
    past: Sequence[tuple[int, str, int]]
    entry: FallbackEntry | None
    in_line: bool

    @property
    def standing(self) -> Standing:
        return self.judged.standing

    @property
    def waits_for_a_manager(self) -> bool:
        return self.entry is not None and self.entry.why in fallback.FOR_A_MANAGER

    @property
    def returns(self) -> bool:
        """Whether it was offered or nurtured before; most leads were not, and cost no queries."""
        return bool(self.past) or self.lead.was_nurtured  # type: ignore[attr-defined]

    @property
    def was_touched(self) -> bool:
        """Whether anybody of ours has ever reached out to it."""
        return bool(self.lead.was_touched)  # type: ignore[attr-defined]

    @property
    def is_called_back(self) -> bool:
        """Whether it has asked to be called back, and nobody has yet."""
        return bool(self.lead.is_called_back)  # type: ignore[attr-defined]

    def packet(self, *, at: datetime) -> Packet:
        lead, returns = self.lead, self.returns
        also = [*nurture_entries(lead), *rejection_entries(lead)] if returns else []
        until = at + timedelta.resolution
        return build_packet(
            lead,
            explanation=self.judged.kept or {},
            recent=timeline(lead, before=until, also=also, limit=PACKET_TIMELINE),
            earlier=earlier_rounds(lead) if returns else (),
            tier=self.tier,
            at=at,
        )


def ready_of(lead: Lead, *, at: datetime, judged: Judged | None = None) -> Ready | None:
    """None where there is nothing to offer: no MQL, not scored, or offered already. `judged` is
    what whoever holds the lead has read of its score."""
    if lead.stage != Stage.MQL or lead.merged_into_id or lead.erased_at:
        return None
    past = list(lead.handoffs.order_by("pk").values_list("rep", "status", "cycle"))
    if any(status == Handoff.Status.OPEN for _, status, _ in past):
        return None
    judged = judged or judge(lead, now=at)
    if judged is None:
        return None
    setup = setup_of(lead.workspace, at=at)
    return Ready(
        lead,
        judged,
        setup,
        tier=tier_of(
            setup.tiers,
            grade=judged.standing.counting.grade,
            employees=lead.company.employees if lead.company else None,
        ),
        past=past,
        entry=fallback.hold(lead),
        in_line=Release.objects.filter(lead=lead, released_at=None).exists(),
    )


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
    with connection.cursor() as cursor:
        cursor.execute(_OWNER, [lead.workspace_id, lead.company_id, list(_OWNED), lead.pk])
        found = cursor.fetchone()
    return (found[0], str(User.objects.get(pk=found[0]))) if found else None


_OWNED: Final = IN_SALES | {Stage.WON}
_OWNER: Final = """
SELECT l.owner_id FROM leadqual_lead l
LEFT JOIN handoff_handoff h ON h.lead_id = l.id AND h.status = 'accepted'
WHERE l.workspace_id = %s AND l.company_id = %s AND l.merged_into_id IS NULL AND l.erased_at IS NULL
  AND l.stage = ANY (%s) AND l.owner_id IS NOT NULL AND l.id <> %s
GROUP BY l.id ORDER BY max(h.decided_at) DESC NULLS LAST, l.stage_since DESC, l.id DESC LIMIT 1
"""
