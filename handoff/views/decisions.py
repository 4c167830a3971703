"""Deciding an offer, in place: the row answers with what happened."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import handoffs, offering, promotion
from handoff.forms.offers import RejectForm, RepForm
from handoff.models import Handoff
from handoff.queues import rows_of
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from handoff.views.answers import (
    CONFLICT,
    LEAD_CHANGED,
    OFFERS_CHANGED,
    REFUSED,
    announce,
    faster_words,
    is_htmx,
    saved,
)
from handoff.views.fetch import lead_of, offer_of

Decision = Callable[[datetime], object]


@workspace_view(Permission.DECIDE_OFFERS)
@require_POST
def accept_offer(request: WorkspaceRequest, pk: int) -> HttpResponse:
    offer = offer_of(request, pk)
    return _decide(request, offer, lambda at: handoffs.accept(offer, by=request.user, at=at))


@workspace_view(Permission.DECIDE_OFFERS)
@require_POST
def pass_offer(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """“Not mine”: no rejection, the next rep is asked."""
    offer = offer_of(request, pk)
    return _decide(request, offer, lambda at: handoffs.not_mine(offer, by=request.user, at=at))


@workspace_view(Permission.DECIDE_OFFERS)
def reject_offer(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """GET gives the reasons, to be shown in the row; POST rejects."""
    offer = offer_of(request, pk)
    form = RejectForm(request.POST or None, workspace=request.workspace, auto_id=f"id_{pk}_%s")
    if request.method == "POST" and form.is_valid():
        reason, note = form.cleaned_data["reason"], form.cleaned_data["note"]
        return _decide(
            request,
            offer,
            lambda at: handoffs.reject(offer, by=request.user, at=at, reason=reason, note=note),
        )
    answer = render(request, "handoff/reject.html", {"form": form, "offer": offer})
    if form.is_bound:
        answer.status_code = REFUSED
        answer["HX-Retarget"], answer["HX-Reswap"] = f"#answer-{pk}", "innerHTML"
    return answer


@workspace_view(Permission.DECIDE_ANY_OFFER)
@require_POST
def withdraw_offer(request: WorkspaceRequest, pk: int) -> HttpResponse:
    offer = offer_of(request, pk)
    return _decide(request, offer, lambda at: promotion.take_back(offer, at=at, by=request.user))


@workspace_view(Permission.DECIDE_ANY_OFFER)
def reoffer(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """GET asks to whom, in the row; POST takes the offer back and makes a new one."""
    offer = offer_of(request, pk)
    form = RepForm(request.POST or None, workspace=request.workspace, auto_id=f"id_{pk}_%s")
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["rep"]
        return _decide(
            request, offer, lambda at: handoffs.reoffer(offer, to=to, by=request.user, at=at)
        )
    answer = render(request, "handoff/reoffer.html", {"form": form, "offer": offer})
    if form.is_bound:
        answer.status_code = REFUSED
        answer["HX-Retarget"], answer["HX-Reswap"] = f"#answer-{pk}", "innerHTML"
    return answer


@workspace_view(Permission.DECIDE_ANY_OFFER)
@require_POST
def offer_lead(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Offer an MQL that waits to a rep whom the manager names."""
    lead = lead_of(request, pk)
    form = RepForm(request.POST, workspace=request.workspace)
    if not form.is_valid():
        text = " ".join(str(error) for error in form.errors["rep"])
        return announce(HttpResponse(status=204), text=text, level="warning")
    rep = form.cleaned_data["rep"]
    if offering.offer(lead, to=rep, at=timezone.now()) is None:
        text = f"{lead.display_name} cannot be offered: it is offered already, or no MQL any more."
        return announce(HttpResponse(status=204), LEAD_CHANGED, text=text, level="warning")
    if request.headers.get("HX-Target") == f"waiting-{pk}":
        context = {"lead": lead, "rep": rep}
        answer = render(request, "handoff/queue_offered.html", context)
        return announce(answer, OFFERS_CHANGED)
    return saved(request, lead, text=f"{lead.display_name} is offered to {rep}.")


def _decide(request: WorkspaceRequest, offer: Handoff, decide: Decision) -> HttpResponse:
    status, problem = 200, ""
    try:
        decide(timezone.now())
    except SomeoneWasFaster as error:
        status, problem = CONFLICT, faster_words(error, person=request.user)
    except MoveNotAllowed as error:
        status, problem = REFUSED, str(error)
    row = rows_of(request.workspace, [offer.pk], now=timezone.now())[0]
    if not is_htmx(request):
        if problem:
            messages.warning(request, problem)
        return redirect("queue", request.workspace.slug)
    context = {"row": row, "problem": problem, "everyone": row.handoff.rep_id != request.user.pk}
    answer = render(request, "handoff/_offer.html", context, status=status)
    return announce(answer, LEAD_CHANGED, OFFERS_CHANGED)
