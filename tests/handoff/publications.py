"""What tests say of leads that a publication makes ready: cool ones, thresholds, days of reps."""

from dataclasses import replace
from datetime import datetime, timedelta

from accounts.models import User, Workspace
from handoff.models import Handoff
from handoff.promotion import settle_due
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.drafts import open_draft
from scoring.models import AttributeRule, ModelVersion, QualificationRule
from scoring.publishing import publish
from scoring.rescoring import rescore_next
from scoring.scorers import score_dirty
from tests.builders import HOT, MONDAY_NOON, join_pool, receive_hot_lead

COOL = replace(HOT, timeline="")
"""35 points: the starter model wants 40 for an MQL, 65 for hand-off."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def cool_lead(workspace: Workspace, *, at: datetime = MONDAY_NOON) -> Lead:
    lead = receive_hot_lead(workspace, facts=COOL, pricing_page=False, at=at)
    assert lead.stage == Stage.NEW
    return lead


def with_thresholds(workspace: Workspace, *, to: int) -> ModelVersion:
    draft = open_draft(workspace=workspace, by=None, now=MONDAY_NOON)
    QualificationRule.objects.filter(version=draft).delete()
    for purpose in QualificationRule.Purpose:
        QualificationRule.objects.create(version=draft, purpose=purpose, total_at_least=to)
    return draft


def lower_thresholds(workspace: Workspace, *, to: int = 30, at: datetime) -> ModelVersion:
    """Publish a version by which `to` points are enough for MQL and hand-off; settle who moves."""
    version = publish(with_thresholds(workspace, to=to), by=None, now=at)
    while settle_due(now=at):
        pass
    return version


def worth_more(draft: ModelVersion) -> None:
    """35 points become 75."""
    rule = AttributeRule.objects.filter(version=draft, axis="fit", points__gt=0).first()
    assert rule is not None
    AttributeRule.objects.filter(pk=rule.pk).update(points=rule.points + 40)


def work_off(*, now: datetime) -> None:
    while rescore_next(now=now) or score_dirty(now=now) or settle_due(now=now):
        pass


def takes(user: User, workspace: Workspace, offers: int) -> None:
    join_pool(workspace, user, offers_per_day=offers)


def gave_back(lead: Lead, rep: User) -> Handoff:
    """The rep has said “not mine” in this cycle."""
    return Handoff.objects.create(
        workspace=lead.workspace,
        lead=lead,
        rep=rep,
        cycle=Lead.objects.get(pk=lead.pk).cycle,
        status="not_mine",
        offered_at=MONDAY_NOON - DAY,
        decided_at=MONDAY_NOON - DAY,
        decided_by=rep,
        fit=0,
        intent=0,
        grade="D",
        model_version=1,
        packet={},
    )


def offered(lead: Lead) -> bool:
    return Handoff.objects.open().filter(lead=lead).exists()
