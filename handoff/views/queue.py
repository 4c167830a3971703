"""My queue: offers by deadline, the leads one has accepted, and for managers everybody's."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, members_with, workspace_view
from accounts.models import User
from handoff.handoffs import view_all
from handoff.queues import PAGE, OfferQueue, leads_in_sales
from handoff.release_pace import outlook
from handoff.waiting_leads import waiting_leads

KEPT = 100


@dataclass(frozen=True)
class Shown:
    """Whose offers the page shows, and where it fetches them anew."""

    queue: OfferQueue
    refresh_url: str
    everyone: bool = False


@workspace_view(Permission.DECIDE_OFFERS)
@require_safe
def queue(request: WorkspaceRequest) -> HttpResponse:
    shown = _mine(request)
    view_all(shown.queue.pks, by=request.user, at=timezone.now())
    leads = list(leads_in_sales(request.workspace, request.user, now=timezone.now())[: PAGE + 1])
    return render(request, "handoff/queue.html", {"shown": shown, "leads": leads, "page": PAGE})


@workspace_view(Permission.DECIDE_OFFERS)
@require_safe
def queue_offers(request: WorkspaceRequest) -> HttpResponse:
    """What has changed since the page's `state`; 204 where nothing has, which is nearly always."""
    shown = _mine(request)
    if "here" in request.GET:  # somebody sits before the screen
        view_all(shown.queue.pks, by=request.user, at=timezone.now())
    return _refreshed(request, shown)


@workspace_view(Permission.DECIDE_OFFERS)
@require_safe
def queue_leads(request: WorkspaceRequest) -> HttpResponse:
    leads = list(leads_in_sales(request.workspace, request.user, now=timezone.now())[: PAGE + 1])
    return render(request, "handoff/queue_leads.html", {"leads": leads, "page": PAGE})


@workspace_view(Permission.DECIDE_ANY_OFFER)
@require_safe
def queue_everyone(request: WorkspaceRequest) -> HttpResponse:
    shown, waiting_after = _everyones(request), request.GET.get("waiting", "")
    context = {
        "shown": shown,
        "reps": list(members_with(request.workspace, Permission.DECIDE_OFFERS)),
        "rep": shown.queue.rep,
        "waiting": waiting_leads(request.workspace, now=timezone.now(), after=waiting_after),
        "waiting_after": waiting_after,
        "releases": outlook(request.workspace, now=timezone.now()),
    }
    return render(request, "handoff/queue_everyone.html", context)


@workspace_view(Permission.DECIDE_ANY_OFFER)
@require_safe
def queue_everyone_offers(request: WorkspaceRequest) -> HttpResponse:
    return _refreshed(request, _everyones(request))


def _refreshed(request: WorkspaceRequest, shown: Shown) -> HttpResponse:
    if request.GET.get("state") == shown.queue.state:
        return HttpResponse(status=204)
    return render(request, "handoff/queue_offers.html", {"shown": shown})


def _mine(request: WorkspaceRequest) -> Shown:
    offers = OfferQueue(
        request.workspace,
        now=timezone.now(),
        rep=request.user,
        after=request.GET.get("after", ""),
        keep=_kept(request),
    )
    return Shown(offers, reverse("queue_offers", args=[request.workspace.slug]))


def _everyones(request: WorkspaceRequest) -> Shown:
    rep = request.GET.get("rep", "")
    offers = OfferQueue(
        request.workspace,
        now=timezone.now(),
        rep=_rep(request, rep) if rep else None,
        after=request.GET.get("after", ""),
        keep=_kept(request),
    )
    url = reverse("queue_everyone_offers", args=[request.workspace.slug])
    return Shown(offers, url, everyone=True)


def _rep(request: WorkspaceRequest, pk: str) -> User:
    if not pk.isdecimal():
        raise PermissionDenied("Choose a rep from the list.")
    deciders = members_with(request.workspace, Permission.DECIDE_OFFERS)
    rep = deciders.filter(pk=pk).first()
    if rep is None:
        raise PermissionDenied("That person does not decide offers here.")
    return rep


def _kept(request: WorkspaceRequest) -> list[int]:
    """Offers that the screen still shows: answered a moment ago, or with a form half filled."""
    return [int(pk) for pk in request.GET.getlist("keep")[:KEPT] if pk.isdecimal()]
