"""Deciding an offer, in place: the row answers with what happened."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Permission, WorkspaceRequest, may_not, workspace_view
from handoff import handoffs, offering, promotion
from handoff.forms.offers import ATTEMPTS, RejectForm, RepForm
from handoff.models import Handoff
from handoff.queues import rows_of
from handoff.touches import log_touch
from handoff.transitions import MoveNotAllowed, SomeoneWasFaster
from handoff.views.answers import (
    CONFLICT,
    LEAD_CHANGED,
    LEAD_TOUCHED,
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
def undo_acceptance(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Within its minute, by whoever decided, or by who decides anybody's offers."""
    offer = offer_of(request, pk)
    is_mine = offer.decided_by_id in (None, request.user.pk)
    if not is_mine and not request.may(Permission.DECIDE_ANY_OFFER):
        raise PermissionDenied(f"{offer.decided_by} has accepted it, and may take that back.")
    return _decide(request, offer, lambda at: handoffs.undo(offer, by=request.user, at=at))


@workspace_view(Permission.DECIDE_OFFERS)
@require_POST
def pass_offer(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """“Not mine”: no rejection, the next rep is asked."""
    offer = offer_of(request, pk)
    return _decide(request, offer, lambda at: handoffs.not_mine(offer, by=request.user, at=at))


@workspace_view(Permission.DECIDE_OFFERS)
def reject_offer(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """GET gives the reasons with what they ask, to be shown in the row; POST rejects.

    With `log` it notes an attempt to reach the lead, and asks again with all that was typed.
    """
    offer = offer_of(request, pk)
    if request.POST.get("log") in ATTEMPTS:
        return _log_attempt(request, offer)
    form = RejectForm(request.POST or None, lead=offer.lead, auto_id=f"id_{pk}_%s")
    if request.method == "POST" and form.is_valid():
        given, by = form.given(), request.user
        try:
            return _decide(request, offer, lambda at: handoffs.reject(offer, by=by, at=at, **given))
        except IntegrityError:
            form.facts.add_error("email", "Another lead has just been entered with this address.")
    answer = render(request, "handoff/reject.html", {"form": form, "offer": offer})
    return _asked_again(answer, offer) if form.is_bound else answer


def _asked_again(answer: HttpResponse, offer: Handoff) -> HttpResponse:
    answer.status_code = REFUSED
    answer["HX-Retarget"], answer["HX-Reswap"] = f"#answer-{offer.pk}", "innerHTML"
    return answer


def _log_attempt(request: WorkspaceRequest, offer: Handoff) -> HttpResponse:
    if not request.may(Permission.EDIT_LEADS):
        raise PermissionDenied(may_not(request.membership, Permission.EDIT_LEADS))
    kind, outcome, words = ATTEMPTS[request.POST["log"]]
    now = timezone.now()
    touch = log_touch(offer.lead, by=request.user, kind=kind, outcome=outcome, at=now, now=now)
    form = RejectForm(lead=offer.lead, auto_id=f"id_{offer.pk}_%s", initial=request.POST.dict())
    typed = {name: said for name, said in request.POST.items() if name in form.facts.fields}
    form.facts.initial = {**form.facts.initial, **typed}
    answer = render(request, "handoff/reject.html", {"form": form, "offer": offer})
    if touch.logged_at != now:
        text = f"{words} was logged a moment ago; a second click is no second attempt."
        return announce(answer, text=text, level="warning")
    return announce(answer, LEAD_TOUCHED, text=f"Logged: {words[0].lower()}{words[1:]}.")


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
    return _asked_again(answer, offer) if form.is_bound else answer


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
    try:
        offered = offering.offer(lead, to=rep, by=request.user, at=timezone.now())
    except MoveNotAllowed as error:
        return announce(HttpResponse(status=204), LEAD_CHANGED, text=str(error), level="warning")
    if offered is None:
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
