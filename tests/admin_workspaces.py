"""Two whole workspaces with a row on every page of the admin."""

from accounts.models import Membership, Role, User, Workspace
from handoff.message_texts import BUILT_IN
from handoff.models import MessageTemplate, NurtureTrack, RoutingPlan, RoutingRule
from handoff.workspaces import create_workspace
from leadqual.models import Campaign, CampaignCost, Source
from sla.models import Absence
from tests.builders import MONDAY_NOON, join_pool, make_custom_field, make_member


def make_whole_workspace(*, name: str, slug: str, by: User) -> Workspace:
    """Starter model, promises and reasons; a source, a campaign, a mail text, a rep in the pool,
    a custom field."""
    workspace = create_workspace(
        name=name, slug=slug, timezone="Europe/Berlin", country="DE", by=by, at=MONDAY_NOON
    )
    source = Source.objects.create(workspace=workspace, code=f"{slug}-ads", name=f"{name} ads")
    campaign = Campaign.objects.create(
        workspace=workspace, source=source, code=f"{slug}-spring", name=f"{name} spring"
    )
    day = MONDAY_NOON.date()
    CampaignCost.objects.create(
        workspace=workspace, campaign=campaign, first=day, last=day, amount=100
    )
    subject, body = BUILT_IN[MessageTemplate.Code.OFFERED]
    MessageTemplate.objects.create(
        workspace=workspace, code=MessageTemplate.Code.OFFERED, subject=subject, body=body
    )
    make_custom_field(workspace, key=f"{slug}-budget", label=f"Budget at {name}")
    join_pool(workspace, make_member(workspace, name=f"Rep of {name}", role=Role.REP))
    rep = make_member(workspace, name=f"Away at {name}", role=Role.REP)
    Absence.objects.create(
        workspace=workspace, person=rep, first_day=MONDAY_NOON.date(), last_day=MONDAY_NOON.date()
    )
    plan = RoutingPlan.objects.create(workspace=workspace, number=1, created_at=MONDAY_NOON)
    RoutingRule.objects.create(plan=plan, name=f"All of {name}", person=rep)
    NurtureTrack.objects.create(workspace=workspace, name=f"Track of {name}")
    return workspace


def also_member_of(workspace: Workspace, user: User, role: Role) -> None:
    Membership.objects.create(workspace=workspace, user=user, role=role)
