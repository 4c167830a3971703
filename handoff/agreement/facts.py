"""All that the text of an agreement is made of, read once: so many queries, however long it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import prefetch_related_objects

from accounts.models import Membership, Workspace
from handoff.forms.asked_facts import askable
from handoff.lead_conditions import Conditions, conditions_of
from handoff.models import HandoffPolicy, NurtureTrack, RejectionReason, Tier
from handoff.rule_names import RuleNames
from handoff.tiers import tiers_of
from scoring.contents import Contents, contents_of
from scoring.engine.definitions import Definitions, definitions_of
from scoring.models import ModelVersion
from scoring.versions import published_version
from sla.calendars import OF_A_CALENDAR
from sla.models import Agreement, Commitment


@dataclass(frozen=True)
class Facts:
    """As of one moment; `today` is that of the workspace. Rows are for reading."""

    agreement: Agreement
    workspace: Workspace
    today: date
    promises: Sequence[Commitment]
    tiers: Sequence[Tier]
    reasons: Sequence[RejectionReason]
    tracks: Sequence[tuple[NurtureTrack, Conditions]]
    asked: Mapping[str, str]  # the labels of the facts that a reason may ask for, by name
    names: RuleNames
    policy: HandoffPolicy
    model: ModelVersion | None
    contents: Contents
    definitions: Definitions | None
    members: Mapping[int, Membership]  # the current ones, by the person's id
    words: Mapping[str, str]  # the free text beside each clause, by code

    def promised(self, code: str) -> bool:
        return any(promise.code == code for promise in self.promises)


def facts_of(agreement: Agreement, *, now: datetime) -> Facts:
    workspace = agreement.workspace
    prefetch_related_objects([agreement], "marketing_owner", "sales_owner", "escalates_to")
    promises = agreement.commitments.select_related("calendar").prefetch_related(*OF_A_CALENDAR)
    reasons = RejectionReason.objects.of(workspace).active().select_related("track")
    tracks = NurtureTrack.objects.of(workspace).filter(is_active=True)
    model = published_version(workspace)
    return Facts(
        agreement=agreement,
        workspace=workspace,
        today=now.astimezone(workspace.zone).date(),
        promises=list(promises.order_by("pk")),
        tiers=tiers_of(workspace),
        reasons=list(reasons.order_by("position", "name", "pk")),
        tracks=[
            (track, conditions_of(track))
            for track in tracks.prefetch_related("tiers", "steps").order_by("position", "pk")
        ],
        asked=dict(askable(workspace)),
        names=RuleNames(workspace),
        policy=HandoffPolicy.objects.select_related("discovery", "final_word").get(
            workspace=workspace
        ),
        model=model,
        contents=contents_of(model) if model else Contents(),
        definitions=definitions_of(model) if model else None,
        members={row.user_id: row for row in Membership.objects.of(workspace).current()},
        words={clause.code: clause.text for clause in agreement.clauses.all()},
    )
