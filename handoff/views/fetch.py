"""Fetching what a view is about: tenancy first, then whose it is."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.access import Permission, WorkspaceRequest
from handoff.lead_pages import LeadPage
from handoff.models import Handoff
from leadqual.models import Lead, LeadQuerySet


def lead_of(request: WorkspaceRequest, pk: int) -> Lead:
    """The lead, if it is one of this workspace and neither merged into another nor erased."""
    return get_object_or_404(_leads(request).present(), pk=pk)


def any_lead_of(request: WorkspaceRequest, pk: int) -> Lead:
    """The same, merged and erased ones included."""
    return get_object_or_404(_leads(request), pk=pk)


def _leads(request: WorkspaceRequest) -> LeadQuerySet:
    return Lead.objects.of(request.workspace).select_related(
        "workspace", "company", "owner", "first_source", "first_campaign", "last_source", "score"
    )


def page_of(request: WorkspaceRequest, pk: int) -> LeadPage:
    return LeadPage(lead_of(request, pk), membership=request.membership, now=timezone.now())


def offer_of(request: WorkspaceRequest, pk: int) -> Handoff:
    """An offer that the person may answer: their own, or anybody's for who may decide those."""
    offers = Handoff.objects.of(request.workspace).select_related(
        "lead__company", "lead__owner", "rep", "workspace"
    )
    offer = get_object_or_404(offers, pk=pk)
    if offer.rep_id != request.user.pk and not request.may(Permission.DECIDE_ANY_OFFER):
        raise PermissionDenied(f"This lead is offered to {offer.rep}, who decides.")
    return offer
