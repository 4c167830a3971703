"""The routing plan of a workspace: one in force, beside it at most one draft that people edit."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.models import User, Workspace
from handoff import fallback
from handoff.models import RoutingPlan, RoutingRule
from handoff.rule_checks import faults
from handoff.rule_names import RuleNames

_Status = RoutingPlan.Status


def plan_in_force(workspace: Workspace) -> RoutingPlan | None:
    return RoutingPlan.objects.of(workspace).in_force().first()


def draft_of(workspace: Workspace) -> RoutingPlan | None:
    return RoutingPlan.objects.of(workspace).filter(status=_Status.DRAFT).first()


def rules_of(plan: RoutingPlan | None) -> list[RoutingRule]:
    """In their order, with what they name; two queries."""
    if plan is None:
        return []
    rules = plan.rules.select_related("person", "pool", "track").prefetch_related("tiers")
    return list(rules.order_by("position", "pk"))


def open_draft(
    *, workspace: Workspace, at: datetime, like: RoutingPlan | None = None
) -> RoutingPlan:
    """The workspace's draft; where there is none, a new copy of the plan `like`, or of the one in
    force. Of two people who open it at once, both get the same."""
    if draft := draft_of(workspace):
        return draft
    try:
        with transaction.atomic():
            return _copy(like or plan_in_force(workspace), workspace, at=at)
    except IntegrityError:
        return RoutingPlan.objects.of(workspace).get(status=_Status.DRAFT)


def _copy(plan: RoutingPlan | None, workspace: Workspace, *, at: datetime) -> RoutingPlan:
    last = RoutingPlan.objects.of(workspace).aggregate(last=Max("number"))["last"] or 0
    draft = RoutingPlan.objects.create(workspace=workspace, number=last + 1, created_at=at)
    for rule in rules_of(plan):
        tiers = list(rule.tiers.all())
        rule.pk, rule._state.adding, rule.plan = None, True, draft
        rule.save()
        rule.tiers.add(*tiers)  # set() would believe that the copy has them already: prefetched
    return draft


@transaction.atomic
def put_in_force(draft: RoutingPlan, *, by: User, at: datetime) -> RoutingPlan:
    """The draft routes from now on, and the plan that did is retired.

    Raises ValidationError, in sentences, where a rule can not be followed, and where somebody else
    has put the draft in force or discarded it meanwhile.
    """
    plans = RoutingPlan.objects.select_for_update().filter(workspace=draft.workspace_id)
    held = {plan.pk: plan for plan in plans.exclude(status=_Status.RETIRED).order_by("pk")}
    plan = held.pop(draft.pk, None)
    if plan is None or plan.status != _Status.DRAFT:
        raise ValidationError(no_draft_any_more(draft))
    names = RuleNames(draft.workspace)
    wrong = [f"{f.rule.name}: {f.text}" for rule in rules_of(plan) for f in faults(rule, names)]
    if wrong:
        raise ValidationError(wrong)
    for former in held.values():
        former.status = _Status.RETIRED
        former.save(update_fields=["status"])
    plan.status, plan.in_force_since, plan.put_in_force_by = _Status.IN_FORCE, at, by
    plan.save(update_fields=["status", "in_force_since", "put_in_force_by"])
    fallback.setup_changed(plan.workspace, at=at)
    return plan


@transaction.atomic
def discard(draft: RoutingPlan) -> bool:
    """Whether it was still a draft; a plan that was ever in force stays."""
    there = RoutingPlan.objects.select_for_update().filter(pk=draft.pk, status=_Status.DRAFT)
    gone = there.first()
    if gone is None:
        return False
    gone.delete()
    return True


def no_draft_any_more(plan: RoutingPlan) -> str:
    """Who was faster, and when, in the workspace's time."""
    now = RoutingPlan.objects.filter(pk=plan.pk).select_related("put_in_force_by").first()
    if now is None:
        return f"Somebody discarded the draft {plan.number} meanwhile."
    if now.in_force_since is None:
        return f"Plan {plan.number} is no draft any more."
    at = now.in_force_since.astimezone(plan.workspace.zone)
    return (
        f"{now.put_in_force_by or 'Somebody'} put plan {plan.number} in force on "
        f"{at:%-d %B %Y at %H:%M}. It is not edited any more; open a new draft instead."
    )
